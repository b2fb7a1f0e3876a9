import Foundation

/// Stands in for the readers of the data files' branch until it is merged.
enum InputFile {
  static func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }
}

struct Writer {
  var text = ""
  mutating func write(_ string: String) throws { text += string }
}

enum AtomicFile {
  static func write(to path: String, _ body: (inout Writer) throws -> Void) throws {
    var writer = Writer()
    try body(&writer)
    try writer.text.write(toFile: path, atomically: true, encoding: .utf8)
  }
}
