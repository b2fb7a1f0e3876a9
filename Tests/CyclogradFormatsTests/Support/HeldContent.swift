import Testing

@testable import CyclogradFormats

extension FileContent {
  /// Bytes as the content of a file.
  static func holding(_ bytes: some Collection<UInt8>) -> FileContent {
    var buffer = GrowingBuffer(for: "the test", file: "f")
    do {
      try buffer.room(bytes.count + 1).copyBytes(from: bytes)
      buffer.advance(bytes.count)
    } catch { Issue.record(error) }
    return buffer.finish()
  }
}
