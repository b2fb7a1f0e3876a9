/// Walks through JSON text token by token, without building anything.
///
/// Foundation's parser keeps one of several equal keys, rounds some numbers twice, and needs fifty times the memory of its
/// text.
struct JSONScanner {
  /// What is wrong with a text, and at which byte.
  struct Malformed: Error {
    var reason: String
    var offset: Int
  }

  let bytes: UnsafeBufferPointer<UInt8>
  /// Where the next token begins, or blanks before it.
  var next = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// The next byte that is not blank.
  mutating func peek() -> UInt8? {
    while next < bytes.count {
      switch bytes[next] {
      case 0x20, 0x09, 0x0A, 0x0D: next += 1
      case let byte: return byte
      }
    }
    return nil
  }

  mutating func accept(_ token: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: token) else { return false }
    next += 1
    return true
  }

  mutating func expect(_ token: Unicode.Scalar) throws(Malformed) {
    if !accept(token) { throw failure("'\(token)' is expected") }
  }

  func failure(_ reason: String, at offset: Int? = nil) -> Malformed {
    Malformed(reason: reason, offset: offset ?? next)
  }

  /// What stands between the quotation marks of a string, escapes as they are.
  mutating func quoted() throws(Malformed) -> Range<Int> {
    try expect("\"")
    let start = next
    while next < bytes.count {
      switch bytes[next] {
      case UInt8(ascii: "\""):
        next += 1
        return start..<next - 1
      case UInt8(ascii: "\\"): next += 2
      case 0..<32: throw failure("a string contains a control character")
      default: next += 1
      }
    }
    throw failure("a string does not end", at: start)
  }

  mutating func string() throws(Malformed) -> String { try text(quoted()) }

  /// The text of a string with its escapes undone.
  func text(_ range: Range<Int>) throws(Malformed) -> String {
    let escape = UInt8(ascii: "\\")
    guard bytes[range].contains(escape) else {
      return String(decoding: bytes[range], as: UTF8.self)
    }
    var units: [UInt8] = []
    var place = range.lowerBound
    while place < range.upperBound {
      if bytes[place] == escape {
        units += String(try character(&place, range.upperBound)).utf8
      } else {
        units.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: units, as: UTF8.self)
  }

  /// The character of the escape at a place, which moves behind it.
  private func character(_ place: inout Int, _ end: Int) throws(Malformed) -> Character {
    let start = place
    // A string ends behind an escaped character, so there is one.
    place += 2
    switch bytes[place - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = UInt32(try codeUnit(&place, end))
      if (0xD800..<0xDC00).contains(code), place + 1 < end, bytes[place] == UInt8(ascii: "\\"),
        bytes[place + 1] == UInt8(ascii: "u")
      {
        place += 2
        let low = UInt32(try codeUnit(&place, end))
        guard (0xDC00..<0xE000).contains(low) else {
          throw failure("half a character is escaped", at: start)
        }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else {
        throw failure("half a character is escaped", at: start)
      }
      return Character(scalar)
    default: throw failure("an escape is unknown", at: start)
    }
  }

  private func codeUnit(_ place: inout Int, _ end: Int) throws(Malformed) -> UInt16 {
    guard end - place >= 4 else { throw failure("an escape is unknown", at: place) }
    var code: UInt16 = 0
    for byte in bytes[place..<place + 4] {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw failure("an escape is unknown", at: place)
      }
      code = code << 4 | UInt16(digit)
    }
    place += 4
    return code
  }

  /// A number or a word such as `null`, as it stands.
  mutating func bare() throws(Malformed) -> Range<Int> {
    _ = peek()
    let start = next
    while next < bytes.count, isBare(bytes[next]) { next += 1 }
    guard next > start else { throw failure("a value is expected") }
    return start..<next
  }

  private func isBare(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }

  /// Passes over a value of any kind; brackets must match, and what stands between them is not looked at closely.
  mutating func skip() throws(Malformed) {
    // Deep nesting must not use up the stack.
    var closing: [UInt8] = []
    repeat {
      switch peek() {
      case UInt8(ascii: "{"):
        closing.append(UInt8(ascii: "}"))
        next += 1
      case UInt8(ascii: "["):
        closing.append(UInt8(ascii: "]"))
        next += 1
      case UInt8(ascii: "\""): _ = try quoted()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard !closing.isEmpty else { throw failure("a value is expected") }
        next += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard closing.popLast() == bytes[next] else { throw failure("a bracket does not match") }
        next += 1
      case nil: throw failure("the text ends within a value")
      default: _ = try bare()
      }
    } while !closing.isEmpty
  }
}
