extension SourceText {
  /// The same JSON, in which a character beyond U+FFFF is one escape sequence of YAML where it was two halves,
  /// `\ud83d\ude00`, which YAML does not know. Columns after it in its line are two smaller.
  ///
  /// Other texts stay as they are: quoted otherwise, a backslash is one.
  static func joiningSurrogates(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isJSON = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: "{")
    guard isJSON, hasHighHalf(bytes) else { return bytes }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      guard bytes[index] == UInt8(ascii: "\\") else {
        result.append(bytes[index])
        index += 1
        continue
      }
      let rest = bytes[index...]
      if let high = escape(rest), 0xD800..<0xDC00 ~= high, let low = escape(rest.dropFirst(6)),
        0xDC00..<0xE000 ~= low
      {
        let digits = String(0x10000 + (high - 0xD800) << 10 + low - 0xDC00, radix: 16)
        result += "\\U\(String(repeating: "0", count: 8 - digits.count))\(digits)".utf8
        index += 12
      } else {
        // A backslash that is escaped begins nothing.
        result += rest.prefix(2)
        index += min(2, rest.count)
      }
    }
    return result[...]
  }

  private static func hasHighHalf(_ bytes: ArraySlice<UInt8>) -> Bool {
    var index = bytes.startIndex
    while let next = bytes[index...].firstIndex(of: UInt8(ascii: "\\")) {
      if let code = escape(bytes[next...]), 0xD800..<0xDC00 ~= code { return true }
      index = next + 1
    }
    return false
  }

  /// The number in `\u` and four digits at the beginning.
  private static func escape(_ bytes: ArraySlice<UInt8>) -> UInt32? {
    guard bytes.count >= 6, bytes.starts(with: Array("\\u".utf8)) else { return nil }
    let digits = bytes.dropFirst(2).prefix(4)
    guard digits.allSatisfy({ $0 < 0x80 && Character(Unicode.Scalar($0)).isHexDigit }) else {
      return nil
    }
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
