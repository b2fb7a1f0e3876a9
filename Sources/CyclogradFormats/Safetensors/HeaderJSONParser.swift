/// Reads the header of a safetensors file.
struct HeaderJSONParser {
  private let bytes: UnsafeRawBufferPointer
  private var next = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// Objects lie in objects only once: tensors and metadata in the header.
  mutating func object(depth: Int) throws(HeaderJSON.Malformed) -> [HeaderJSON.Member] {
    try expect("{")
    var members: [HeaderJSON.Member] = []
    var names: Set<String> = []
    if accept("}") { return members }
    repeat {
      let name = try string()
      guard names.insert(name).inserted else {
        throw failure("the name \(Excerpt.quoted(name)) is there twice")
      }
      try expect(":")
      members.append(HeaderJSON.Member(name: name, value: try value(depth: depth)))
    } while accept(",")
    try expect("}")
    return members
  }

  mutating func expectEnd() throws(HeaderJSON.Malformed) {
    guard peek() == nil else { throw failure("something follows the object") }
  }

  private mutating func value(depth: Int) throws(HeaderJSON.Malformed) -> HeaderJSON {
    switch peek() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["): return .numbers(try numbers())
    case UInt8(ascii: "{") where depth == 0: return .object(try object(depth: 1))
    default: throw failure("a string, a list of counts or an object is expected")
    }
  }

  private mutating func numbers() throws(HeaderJSON.Malformed) -> [Int] {
    try expect("[")
    var result: [Int] = []
    if accept("]") { return result }
    repeat {
      _ = peek()
      let start = next
      while next < bytes.count, (48...57).contains(bytes[next]) { next += 1 }
      guard let number = Int(String(decoding: bytes[start..<next], as: UTF8.self)) else {
        throw failure("a count is expected")
      }
      result.append(number)
    } while accept(",")
    try expect("]")
    return result
  }

  private mutating func string() throws(HeaderJSON.Malformed) -> String {
    try expect("\"")
    var units: [UInt8] = []
    while next < bytes.count {
      let byte = bytes[next]
      next += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units += String(try escape()).utf8
      case 0..<32: throw failure("a string contains a control character")
      default: units.append(byte)
      }
    }
    throw failure("a string does not end")
  }

  private mutating func escape() throws(HeaderJSON.Malformed) -> Character {
    guard next < bytes.count else { throw failure("a string does not end") }
    next += 1
    switch bytes[next - 1] {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var code = UInt32(try codeUnit())
      if (0xD800..<0xDC00).contains(code), next + 1 < bytes.count,
        bytes[next] == UInt8(ascii: "\\"), bytes[next + 1] == UInt8(ascii: "u")
      {
        next += 2
        let low = UInt32(try codeUnit())
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half a character is escaped") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = UnicodeScalar(code) else { throw failure("half a character is escaped") }
      return Character(scalar)
    default: throw failure("an escape is unknown")
    }
  }

  private mutating func codeUnit() throws(HeaderJSON.Malformed) -> UInt16 {
    guard bytes.count - next >= 4 else { throw failure("a string does not end") }
    var code: UInt16 = 0
    for byte in bytes[next..<next + 4] {
      guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else {
        throw failure("an escape is unknown")
      }
      code = code << 4 | UInt16(digit)
    }
    next += 4
    return code
  }

  /// The next byte that is not blank.
  private mutating func peek() -> UInt8? {
    while next < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[next]) { next += 1 }
    return next < bytes.count ? bytes[next] : nil
  }

  private mutating func accept(_ token: Unicode.Scalar) -> Bool {
    guard peek() == UInt8(ascii: token) else { return false }
    next += 1
    return true
  }

  private mutating func expect(_ token: Unicode.Scalar) throws(HeaderJSON.Malformed) {
    if !accept(token) { throw failure("'\(token)' is expected") }
  }

  private func failure(_ reason: String) -> HeaderJSON.Malformed {
    HeaderJSON.Malformed(reason: "the header is damaged at byte \(8 + next): \(reason)")
  }
}
