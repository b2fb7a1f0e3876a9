import Cyclograd

/// Text files of names, one in each line; a line between quotation marks is a cell of CSV.
enum NameFile {
  static func read(_ path: String) throws -> [String] {
    try InputFile.content(path).withBytes { bytes in
      let bytes = bytes.bindMemory(to: UInt8.self)
      var lines = TextLines(try TextSource.check(bytes, file: path))
      var names: [String] = []
      while let line = lines.next() {
        names.append(try name(Substring(decoding: line, as: UTF8.self), path, lines.number))
      }
      return names
    }
  }

  private static func name(_ line: Substring, _ path: String, _ number: Int) throws -> String {
    guard line.first == "\"" else { return String(line) }
    let inner = String(line.dropFirst().dropLast()).replacing("\"\"", with: "\u{0}")
    guard line.count > 1, line.last == "\"", !inner.contains("\"") else {
      throw CyclogradError(
        .malformedFile, "a quotation mark without its pair",
        at: .init(file: path, line: number), advice: "write one name in each line")
    }
    return inner.replacing("\u{0}", with: "\"")
  }

  static func write(_ names: [String], to path: String) throws {
    try AtomicFile.write(to: path) { file in
      for name in names { try file.write(CSVFile.cell(name) + "\n") }
    }
  }
}
