/// The quick way through a line of plain numbers.
struct TableRow {
  let delimiter: Delimiter
  /// For each column of the file its place in the row, or -1 if its content does not matter.
  let places: [Int]

  /// Reads a row, or answers false for anything out of the ordinary, such as quotation marks.
  func read(
    _ line: UnsafeBufferPointer<UInt8>, into row: UnsafeMutableBufferPointer<Double>
  ) -> Bool {
    guard var next = line.baseAddress else { return false }
    let end = next + line.count
    let separator = delimiter.byte
    let isWhitespace = delimiter == .whitespace
    var column = 0
    return places.withUnsafeBufferPointer { places in
      while true {
        skipBlanks(&next, end, separator)
        if places[column] >= 0 {
          guard let value = DecimalScanner.scan(&next, end: end), value.isFinite else {
            return false
          }
          row[places[column]] = value
        } else {
          guard next < end, next.pointee != UInt8(ascii: "\"") else { return false }
          while next < end, next.pointee != separator,
            !isWhitespace || next.pointee != UInt8(ascii: "\t")
          { next += 1 }
        }
        column += 1
        let cellEnd = next
        skipBlanks(&next, end, separator)
        if next == end { return column == places.count }
        guard column < places.count else { return false }
        if isWhitespace {
          guard next > cellEnd else { return false }
        } else {
          guard next.pointee == separator else { return false }
          next += 1
        }
      }
    }
  }

  @inline(__always)
  private func skipBlanks(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ separator: UInt8
  ) {
    while next < end,
      next.pointee == UInt8(ascii: " ")
        || next.pointee == UInt8(ascii: "\t") && separator != UInt8(ascii: "\t")
    { next += 1 }
  }
}
