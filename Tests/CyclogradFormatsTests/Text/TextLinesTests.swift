import Testing

@testable import CyclogradFormats

@Suite("Lines end with LF, CRLF or CR")
struct TextLinesTests {
  private func lines(_ text: String) -> [String] {
    Array(text.utf8).withUnsafeBufferPointer {
      var lines = TextLines($0)
      var result: [String] = []
      while let line = lines.next() {
        result.append(String(decoding: line, as: UTF8.self))
        #expect(lines.number == result.count)
      }
      return result
    }
  }

  @Test(arguments: [
    ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
    ("a\rb\r", ["a", "b"]), ("\n\n", ["", ""]), ("a\r\r\nb\n\rc", ["a", "", "b", "", "c"]),
    ("a\r", ["a"]), ("\r\n", [""]), ("a\nb\rc\r\nd", ["a", "b", "c", "d"]),
  ])
  func endings(_ text: String, _ expected: [String]) { #expect(lines(text) == expected) }

  /// Lengths around those at which the counter works in other steps.
  @Test func lineFeedsAreCounted() {
    for count in [0, 1, 31, 32, 33, 8159, 8160, 8161, 8192, 20_000] {
      for step in [1, 2, 7, 1000] {
        let bytes = (0..<count).map { $0 % step == 0 ? UInt8(10) : UInt8(truncatingIfNeeded: $0) }
        #expect(bytes.withUnsafeBytes(LineFeeds.count) == bytes.count { $0 == 10 })
      }
    }
  }
}
