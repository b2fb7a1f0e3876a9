import Glibc

/// Reads the entries of a Matrix Market file on all processors, where every line is an entry.
///
/// Anything out of the ordinary, be it a mistake, a comment or a blank line, makes it give up; who
/// reads line by line then finds out what it is, and where.
struct MatrixMarketChunks {
  let banner: MatrixMarketBanner
  let rows: Int
  let columns: Int

  private struct Pointers: @unchecked Sendable {
    var text: UnsafePointer<UInt8>
    var rows: UnsafeMutablePointer<Int32>
    var columns: UnsafeMutablePointer<Int32>
    var values: UnsafeMutablePointer<Double>?
  }

  private struct Chunk {
    var start: Int
    var end: Int
    var firstEntry = 0
    var entries = 0
  }

  private static let chunkSize = 1 << 20

  /// The entries as they are listed, or nothing if reading gave up.
  func read(_ text: UnsafeBufferPointer<UInt8>, count: Int) -> CoordinateMatrix? {
    guard let base = text.baseAddress, count > 0 else { return nil }
    var end = text.count
    while end > 0, text[end - 1] == 10 || text[end - 1] == 13 { end -= 1 }
    var chunks = Self.split(base, end)
    guard Self.countEntries(&chunks, base) == count else { return nil }
    let hasValues = banner.field != .pattern
    var columnIndices: [Int32] = []
    var values: [Double] = []
    var isComplete = false
    let rowIndices = [Int32](unsafeUninitializedCapacity: count) { rows, rowCount in
      columnIndices = [Int32](unsafeUninitializedCapacity: count) { columns, columnCount in
        values = [Double](unsafeUninitializedCapacity: hasValues ? count : 0) {
          values, valueCount in
          if let rows = rows.baseAddress, let columns = columns.baseAddress {
            let pointers = Pointers(
              text: base, rows: rows, columns: columns,
              values: hasValues ? values.baseAddress : nil)
            let chunks = chunks
            isComplete = Workers.forEach(chunks.count) { parse(chunks[$0], pointers) }
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

  /// Chunks end behind a line feed.
  private static func split(_ base: UnsafePointer<UInt8>, _ end: Int) -> [Chunk] {
    var chunks: [Chunk] = []
    var start = 0
    while start < end {
      let stop = start + chunkSize
      var next = end
      if stop < end, let found = memchr(base + stop, 10, end - stop) {
        next = UnsafeRawPointer(base).distance(to: found) + 1
      }
      chunks.append(Chunk(start: start, end: next))
      start = next
    }
    return chunks
  }

  /// Numbers the chunks' entries, and returns how many there are.
  private static func countEntries(_ chunks: inout [Chunk], _ base: UnsafePointer<UInt8>) -> Int {
    nonisolated(unsafe) let base = base
    let isLast = chunks.count - 1
    chunks.withUnsafeMutableBufferPointer { chunks in
      nonisolated(unsafe) let chunks = chunks
      Workers.forEach(chunks.count) { index in
        let chunk = chunks[index]
        let bytes = UnsafeRawBufferPointer(
          start: base + chunk.start, count: chunk.end - chunk.start)
        chunks[index].entries = LineFeeds.count(bytes) + (index == isLast ? 1 : 0)
        return true
      }
    }
    var total = 0
    for index in chunks.indices {
      chunks[index].firstEntry = total
      total += chunks[index].entries
    }
    return total
  }

  private func parse(_ chunk: Chunk, _ pointers: Pointers) -> Bool {
    var next = pointers.text + chunk.start
    let end = pointers.text + chunk.end
    var entry = chunk.firstEntry
    let lastEntry = chunk.firstEntry + chunk.entries
    let isSymmetric = banner.symmetry != .general
    while next < end {
      guard entry < lastEntry, let row = Self.index(&next, end, below: rows),
        let column = Self.index(&next, end, below: columns)
      else { return false }
      if isSymmetric {
        guard row > column || row == column && banner.symmetry == .symmetric else { return false }
      }
      if let values = pointers.values {
        Self.skipBlanks(&next, end)
        let start = next
        guard let value = DecimalScanner.scan(&next, end: end), value.isFinite else {
          return false
        }
        if banner.field == .integer {
          guard
            MatrixMarketWords.isInteger(UnsafeBufferPointer(start: start, count: next - start))
          else { return false }
        }
        values[entry] = value
      }
      pointers.rows[entry] = row
      pointers.columns[entry] = column
      entry += 1
      guard Self.skipLineEnd(&next, end) else { return false }
    }
    return entry == lastEntry
  }

  /// An index with at least a blank or the line's end behind it.
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

  /// Only blanks may precede the end: LF, CRLF, or that of the text.
  @inline(__always)
  private static func skipLineEnd(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> Bool {
    skipBlanks(&next, end)
    if next < end, next.pointee == 13 { next += 1 }
    guard next < end else { return next == end }
    guard next.pointee == 10 else { return false }
    next += 1
    return true
  }
}
