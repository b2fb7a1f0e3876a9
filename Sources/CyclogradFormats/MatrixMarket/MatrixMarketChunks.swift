/// Reads the entries of a Matrix Market file on all processors, where every line is an entry.
///
/// Anything unusual, such as a mistake, a comment or a blank line, makes it give up. The parser that
/// reads line by line then finds out what it is and where.
struct MatrixMarketChunks {
  let banner: MatrixMarketBanner
  let rows: Int
  let columns: Int

  private struct Pointers: @unchecked Sendable {
    var rows: UnsafeMutablePointer<Int32>
    var columns: UnsafeMutablePointer<Int32>
    var values: UnsafeMutablePointer<Double>?
  }

  /// The entries as they are listed, or nothing if reading gave up.
  func read(_ stream: TextStream, count: Int) throws -> CoordinateMatrix? {
    guard count > 0 else { return nil }
    let hasValues = banner.field != .pattern
    var columnIndices: [Int32] = []
    var values: [Double] = []
    var isComplete = false
    let rowIndices = try [Int32](unsafeUninitializedCapacity: count) { rows, rowCount in
      columnIndices = try [Int32](unsafeUninitializedCapacity: count) { columns, columnCount in
        values = try [Double](unsafeUninitializedCapacity: hasValues ? count : 0) {
          values, valueCount in
          LargeBlock.prepare(rows)
          LargeBlock.prepare(columns)
          LargeBlock.prepare(values)
          if let rows = rows.baseAddress, let columns = columns.baseAddress {
            isComplete = try read(
              stream, count,
              Pointers(
                rows: rows, columns: columns, values: hasValues ? values.baseAddress : nil))
          }
          valueCount = isComplete && hasValues ? count : 0
        }
        columnCount = isComplete ? count : 0
      }
      rowCount = isComplete ? count : 0
    }
    guard isComplete else { return nil }
    return CoordinateMatrix(
      rows: self.rows, columns: self.columns, rowIndices: rowIndices,
      columnIndices: columnIndices, values: hasValues ? values : nil)
  }

  private func read(_ stream: TextStream, _ count: Int, _ pointers: Pointers) throws -> Bool {
    try stream.readLines(count) { next, end, place in
      guard let entry = entry(&next, end) else { return false }
      pointers.values?[place] = entry.value
      pointers.rows[place] = entry.row
      pointers.columns[place] = entry.column
      return true
    }
  }

  /// The entry of a line, which the cursor leaves behind; 1 for the value of a pattern's. Nothing if there is none, or if
  /// it is not of such a matrix.
  @inline(__always)
  func entry(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> (row: Int32, column: Int32, value: Double)? {
    guard let row = Self.index(&next, end, below: rows),
      let column = Self.index(&next, end, below: columns)
    else { return nil }
    if banner.symmetry != .general {
      guard row > column || row == column && banner.symmetry == .symmetric else { return nil }
    }
    var result = 1.0
    if banner.field != .pattern {
      Self.skipBlanks(&next, end)
      let start = next
      guard let value = DecimalScanner.scan(&next, end: end), value.isFinite else { return nil }
      if banner.field == .integer {
        guard
          MatrixMarketWords.isInteger(UnsafeBufferPointer(start: start, count: next - start))
        else { return nil }
      }
      result = value
    }
    Self.skipBlanks(&next, end)
    return (row, column, result)
  }

  /// An index that is followed by a blank or the line's end.
  @inline(__always)
  private static func index(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, below limit: Int
  ) -> Int32? {
    skipBlanks(&next, end)
    let start = next
    var number = 0
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      if digit > 9 { break }
      number = number &* 10 &+ Int(digit)
      next += 1
    }
    // Longer ones might overflow, or have leading zeros.
    guard next > start, next - start <= 10, number >= 1, number <= limit,
      next == end || next.pointee <= UInt8(ascii: " ")
    else { return nil }
    return Int32(truncatingIfNeeded: number - 1)
  }

  @inline(__always)
  private static func skipBlanks(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) {
    while next < end, next.pointee == UInt8(ascii: " ") || next.pointee == UInt8(ascii: "\t") {
      next += 1
    }
  }
}
