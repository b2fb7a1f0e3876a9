/// Reads little-endian numbers from bytes, one after another.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    self.bytes = bytes
    self.position = position
  }

  /// How many bytes are left; none if the position lies outside.
  var available: Int { position < 0 ? 0 : max(0, bytes.count - position) }

  mutating func skip(_ count: Int) { position += count }

  /// The next number, or nothing if the bytes end before.
  mutating func next<Integer: FixedWidthInteger & BitwiseCopyable>(
    _ type: Integer.Type
  ) -> Integer? {
    let size = MemoryLayout<Integer>.size
    guard available >= size else { return nil }
    defer { position += size }
    return Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Integer.self))
  }

  mutating func next(bytes count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, available >= count else { return nil }
    defer { position += count }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
  }
}
