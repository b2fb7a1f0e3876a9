import Cyclograd

/// The words of one of the simulator's files: separated by white space, `;` a word of its own.
struct SzekeresTokens {
  /// A word with the line on which it stands.
  struct Token {
    var text: UnsafeBufferPointer<UInt8>
    var line: Int
  }

  let file: String
  private(set) var line = 1
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Reads a whole file.
  static func read<Result>(
    _ path: String, _ body: (inout SzekeresTokens) throws -> Result
  ) throws -> Result {
    try read(InputFile.bytes(path), file: path, body)
  }

  /// Reads the bytes of a file.
  static func read<Result>(
    _ bytes: [UInt8], file: String, _ body: (inout SzekeresTokens) throws -> Result
  ) throws -> Result {
    try bytes.withUnsafeBufferPointer { bytes in
      var tokens = SzekeresTokens(try TextSource.check(bytes, file: file), file: file)
      return try body(&tokens)
    }
  }

  /// Whether nothing but white space is left.
  mutating func isAtEnd() -> Bool {
    skipBlanks()
    return position == bytes.count
  }

  /// Goes over `###`.
  mutating func separator(_ what: String) throws {
    let token = try next("### \(what)")
    guard token.text.elementsEqual("###".utf8) else {
      throw malformed("### is expected \(what), not \(Excerpt.quoted(token.text))")
    }
  }

  /// Goes over `;`.
  mutating func semicolon() throws {
    let token = try next("a semicolon")
    guard token.text.elementsEqual(";".utf8) else {
      throw malformed("a semicolon is expected, not \(Excerpt.quoted(token.text))")
    }
  }

  /// A whole number between two bounds.
  mutating func integer(_ what: String, in range: ClosedRange<Int>) throws -> Int {
    let token = try next(what)
    guard let value = Self.integer(token.text) else {
      throw malformed("\(what) is expected, not \(Excerpt.quoted(token.text))")
    }
    guard range.contains(value) else {
      throw malformed(
        "\(what) must lie between \(range.lowerBound) and \(range.upperBound), not be \(value)")
    }
    return value
  }

  /// A finite number.
  mutating func number(_ what: String) throws -> Double {
    let token = try next(what)
    guard let value = DecimalScanner.number(token.text) else {
      throw malformed("\(what) is expected, not \(Excerpt.quoted(token.text))")
    }
    guard value.isFinite else {
      throw error(.invalidValue, "\(what) is not finite: \(Excerpt.quoted(token.text))")
    }
    return value
  }

  func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    error(.malformedFile, message, advice: advice)
  }

  func error(
    _ code: CyclogradError.Code, _ message: String, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, message, at: .init(file: file, line: line), advice: advice)
  }

  private mutating func next(_ what: String) throws -> Token {
    skipBlanks()
    guard position < bytes.count else {
      throw malformed("the file ends where \(what) is expected")
    }
    let start = position
    if bytes[position] == UInt8(ascii: ";") {
      position += 1
    } else {
      while position < bytes.count, !Self.isBlank(bytes[position]),
        bytes[position] != UInt8(ascii: ";")
      { position += 1 }
    }
    return Token(
      text: UnsafeBufferPointer(rebasing: bytes[start..<position]), line: line)
  }

  private mutating func skipBlanks() {
    while position < bytes.count, Self.isBlank(bytes[position]) {
      let byte = bytes[position]
      // Of CR LF, the second one ends the line.
      let isPair = byte == 13 && position + 1 < bytes.count && bytes[position + 1] == 10
      if byte == 10 || byte == 13 && !isPair { line += 1 }
      position += 1
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || 9...13 ~= byte }

  private static func integer(_ text: UnsafeBufferPointer<UInt8>) -> Int? {
    guard (1...18).contains(text.count) else { return nil }
    var value = 0
    for byte in text {
      guard 48...57 ~= byte else { return nil }
      value = value * 10 + Int(byte - 48)
    }
    return value
  }
}
