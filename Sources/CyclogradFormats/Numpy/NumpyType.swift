/// The type of the elements in a NumPy file.
struct NumpyType: Equatable {
  enum Kind: Equatable { case float, signed, unsigned, boolean, bytes, text }

  /// The longest text that is of any use here.
  private static let longestText = 1 << 16

  let kind: Kind
  let size: Int
  let isBigEndian: Bool

  struct Unsupported: Error { let reason: String }

  /// Parses a type string such as `<f8` or `|b1`, and `|S3` or `<U3` if text is allowed.
  init(_ text: String, allowsText: Bool = false) throws(Unsupported) {
    let parts = Array(text.utf8)
    let order = parts.first
    guard parts.count >= 2,
      order == UInt8(ascii: "<") || order == UInt8(ascii: ">")
        || order == UInt8(ascii: "|")
    else { throw Unsupported(reason: "\(Excerpt.quoted(text)) is not an element type") }
    if allowsText, parts[1] == UInt8(ascii: "S") || parts[1] == UInt8(ascii: "U") {
      guard let length = Int(String(decoding: parts[2...], as: UTF8.self)),
        0...Self.longestText ~= length
      else { throw Unsupported(reason: "\(Excerpt.quoted(text)) is not an element type") }
      kind = parts[1] == UInt8(ascii: "S") ? .bytes : .text
      size = kind == .bytes ? length : 4 * length
      isBigEndian = order == UInt8(ascii: ">")
      return
    }
    switch String(decoding: parts[1...], as: UTF8.self) {
    case "f8", "f4", "f2": kind = .float
    case "i1", "i2", "i4", "i8": kind = .signed
    case "u1", "u2", "u4", "u8": kind = .unsigned
    case "b1": kind = .boolean
    default: throw Unsupported(reason: Self.refusal(text, parts[1]))
    }
    size = Int(parts[2] - UInt8(ascii: "0"))
    isBigEndian = order == UInt8(ascii: ">")
    guard size == 1 || order != UInt8(ascii: "|") else {
      throw Unsupported(reason: "the element type \(Excerpt.quoted(text)) lacks its byte order")
    }
  }

  private static func refusal(_ text: String, _ letter: UInt8) -> String {
    let names: [Character: String] = [
      "O": "Python objects", "c": "complex numbers", "S": "byte strings", "a": "byte strings",
      "U": "text", "V": "structured or raw records", "M": "dates", "m": "time spans",
    ]
    let name = names[Character(UnicodeScalar(letter))].map { "\($0) " } ?? ""
    return "elements of type \(Excerpt.quoted(text)) are \(name)not supported"
  }

  /// The number at the start of the bytes; integers beyond 2^53 are rounded.
  @inline(__always)
  func number(_ bytes: UnsafeRawPointer) -> Double {
    switch (kind, size) {
    case (.bytes, _), (.text, _): .nan
    case (.boolean, _): bytes.load(as: UInt8.self) == 0 ? 0 : 1
    case (.float, 8): Double(bitPattern: load(bytes))
    case (.float, 4): Double(Float(bitPattern: load(bytes)))
    case (.float, _): Double(Float16(bitPattern: load(bytes)))
    case (.signed, 8): Double(load(bytes) as Int64)
    case (.signed, 4): Double(load(bytes) as Int32)
    case (.signed, 2): Double(load(bytes) as Int16)
    case (.signed, _): Double(load(bytes) as Int8)
    case (.unsigned, 8): Double(load(bytes) as UInt64)
    case (.unsigned, 4): Double(load(bytes) as UInt32)
    case (.unsigned, 2): Double(load(bytes) as UInt16)
    case (.unsigned, _): Double(load(bytes) as UInt8)
    }
  }

  @inline(__always)
  func load<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawPointer
  ) -> Integer {
    let stored = bytes.loadUnaligned(as: Integer.self)
    return isBigEndian ? Integer(bigEndian: stored) : Integer(littleEndian: stored)
  }
}
