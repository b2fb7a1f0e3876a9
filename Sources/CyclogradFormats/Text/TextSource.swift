import Cyclograd
import Glibc

/// Text as it is found in files, and what must be true of all of it.
enum TextSource {
  /// The text without a byte order mark; refuses what is not UTF-8 text.
  static func check(
    _ bytes: UnsafeBufferPointer<UInt8>, file: String
  ) throws -> UnsafeBufferPointer<UInt8> {
    if let base = bytes.baseAddress, let zero = memchr(base, 0, bytes.count) {
      throw malformed(
        "the file contains a NUL byte, so it is not text",
        bytes, UnsafeRawPointer(base).distance(to: zero), file)
    }
    do {
      _ = try UTF8Span(validating: Span(_unsafeElements: bytes))
    } catch {
      throw malformed("the text is not valid UTF-8", bytes, error.byteOffsets.lowerBound, file)
    }
    return bytes.starts(with: [0xEF, 0xBB, 0xBF])
      ? UnsafeBufferPointer(rebasing: bytes.dropFirst(3)) : bytes
  }

  private static func malformed(
    _ message: String, _ bytes: UnsafeBufferPointer<UInt8>, _ offset: Int, _ file: String
  ) -> CyclogradError {
    // With this byte, the last line is the one that contains it.
    var lines = TextLines(UnsafeBufferPointer(rebasing: bytes[...offset]))
    while lines.next() != nil {}
    return CyclogradError(
      .malformedFile, message, at: CyclogradError.Location(file: file, line: lines.number),
      advice: "save the file as UTF-8 text")
  }
}
