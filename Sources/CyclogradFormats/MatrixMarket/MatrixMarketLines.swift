import Cyclograd

/// The lines of a Matrix Market file that are neither blank nor comments.
struct MatrixMarketLines {
  let file: String
  private var lines: TextLines

  init(_ text: UnsafeBufferPointer<UInt8>, file: String) {
    lines = TextLines(text)
    self.file = file
  }

  /// What follows the line that was read last.
  var rest: UnsafeBufferPointer<UInt8> { lines.rest }

  mutating func first() -> UnsafeBufferPointer<UInt8>? { lines.next() }

  mutating func next() -> UnsafeBufferPointer<UInt8>? {
    while let line = lines.next() {
      let start = line.first { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
      if let start, start != UInt8(ascii: "%") { return line }
    }
    return nil
  }

  /// An error in the line that was read last.
  func malformed(_ reason: String) -> CyclogradError { error(.malformedFile, reason) }

  func error(_ code: CyclogradError.Code, _ reason: String) -> CyclogradError {
    CyclogradError(
      code, reason, at: CyclogradError.Location(file: file, line: max(lines.number, 1)))
  }
}
