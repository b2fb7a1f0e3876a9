/// Reads the header of a safetensors file.
struct HeaderJSONParser {
  private var scanner: JSONScanner

  init(_ bytes: UnsafeRawBufferPointer) {
    scanner = JSONScanner(bytes.bindMemory(to: UInt8.self))
  }

  /// Objects lie in objects only once: tensors and metadata in the header.
  mutating func object(depth: Int) throws(HeaderJSON.Malformed) -> [HeaderJSON.Member] {
    try expect("{")
    var members: [HeaderJSON.Member] = []
    var names: Set<String> = []
    if scanner.accept("}") { return members }
    repeat {
      let name = try string()
      guard names.insert(name).inserted else {
        throw failure("the name \(Excerpt.quoted(name)) is there twice")
      }
      try expect(":")
      members.append(HeaderJSON.Member(name: name, value: try value(depth: depth)))
    } while scanner.accept(",")
    try expect("}")
    return members
  }

  mutating func expectEnd() throws(HeaderJSON.Malformed) {
    guard scanner.peek() == nil else { throw failure("something follows the object") }
  }

  private mutating func value(depth: Int) throws(HeaderJSON.Malformed) -> HeaderJSON {
    switch scanner.peek() {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "["): return .numbers(try numbers())
    case UInt8(ascii: "{") where depth == 0: return .object(try object(depth: 1))
    default: throw failure("a string, a list of counts or an object is expected")
    }
  }

  private mutating func numbers() throws(HeaderJSON.Malformed) -> [Int] {
    try expect("[")
    var result: [Int] = []
    if scanner.accept("]") { return result }
    repeat {
      guard let range = try? scanner.bare(),
        scanner.bytes[range].allSatisfy({ (48...57).contains($0) }),
        let number = Int(String(decoding: scanner.bytes[range], as: UTF8.self))
      else { throw failure("a count is expected") }
      result.append(number)
    } while scanner.accept(",")
    try expect("]")
    return result
  }

  private mutating func string() throws(HeaderJSON.Malformed) -> String {
    do { return try scanner.string() } catch { throw failure(error.reason, at: error.offset) }
  }

  private mutating func expect(_ token: Unicode.Scalar) throws(HeaderJSON.Malformed) {
    do { try scanner.expect(token) } catch { throw failure(error.reason, at: error.offset) }
  }

  /// The header begins behind its length, of 8 bytes.
  private func failure(_ reason: String, at offset: Int? = nil) -> HeaderJSON.Malformed {
    HeaderJSON.Malformed(
      reason: "the header is damaged at byte \(8 + (offset ?? scanner.next)): \(reason)")
  }
}
