/// Numbers as files hold them, whatever the machine's byte order.
enum LittleEndian {
  static let isNative = 1.littleEndian == 1

  static func withBytes<Result>(
    _ numbers: [Double], _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if isNative { return try numbers.withUnsafeBytes(body) }
    return try numbers.map(\.bitPattern.littleEndian).withUnsafeBytes(body)
  }

  static func withBytes<Result>(
    _ numbers: [some FixedWidthInteger], _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    if isNative { return try numbers.withUnsafeBytes(body) }
    return try numbers.map(\.littleEndian).withUnsafeBytes(body)
  }
}
