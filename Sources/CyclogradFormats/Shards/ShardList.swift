import Cyclograd

/// The list of a folder of shards, as text:
///
///     cyclograd-shards/1
///     rows 9 columns 9 entries 20
///     0.npz rows 4 entries 11 checksum 0011aabb-22cc33dd-4455eeff
struct ShardList {
  let columns: Int
  let shards: [ShardedMatrix.Shard]

  private static let format = "cyclograd-shards/1"

  init(columns: Int, shards: [ShardedMatrix.Shard]) {
    self.columns = columns
    self.shards = shards
  }

  init(_ bytes: [UInt8], path: String) throws {
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(whereSeparator: \.isNewline).map { $0.split(separator: " ") }
    func fail(_ message: String, line: Int?) -> CyclogradError {
      CyclogradError(
        .malformedFile, message, at: .init(file: path, line: line),
        advice: "convert the matrix again")
    }
    guard lines.first == [Substring(Self.format)] else {
      throw fail("the file does not begin with \(Self.format)", line: 1)
    }
    /// The numbers of a line behind their words.
    func numbers(_ words: ArraySlice<Substring>, _ names: [String], line: Int) throws -> [Int] {
      guard words.count == 2 * names.count else {
        throw fail("the line needs \(names.joined(separator: ", "))", line: line)
      }
      return try names.enumerated().map { place, name in
        let number = Int(words[words.startIndex + 2 * place + 1])
        guard words[words.startIndex + 2 * place] == name, let number, 0...1 << 40 ~= number else {
          throw fail("the line needs '\(name)' and a number", line: line)
        }
        return number
      }
    }
    guard lines.count >= 3 else { throw fail("the list is cut short", line: nil) }
    let sizes = try numbers(lines[1][...], ["rows", "columns", "entries"], line: 2)
    var shards: [ShardedMatrix.Shard] = []
    for (index, words) in lines.enumerated().dropFirst(2) {
      guard words.count == 7, words[5] == "checksum", !words[0].contains("/") else {
        throw fail("the line needs a file, rows, entries and a checksum", line: index + 1)
      }
      let counts = try numbers(words[1..<5], ["rows", "entries"], line: index + 1)
      shards.append(
        .init(
          name: String(words[0]), rows: counts[0], entries: counts[1], checksum: String(words[6])))
    }
    guard shards.reduce(0, { $0 + $1.rows }) == sizes[0],
      shards.reduce(0, { $0 + $1.entries }) == sizes[2]
    else {
      throw fail(
        "the shards do not have the \(sizes[0]) rows and \(sizes[2]) entries of the matrix: the list is "
          + "cut short", line: nil)
    }
    guard sizes[0] < Int(Int32.max), sizes[1] < Int(Int32.max) else {
      throw fail("the matrix has too many rows or columns", line: 2)
    }
    columns = sizes[1]
    self.shards = shards
  }

  var text: String {
    let rows = shards.reduce(0) { $0 + $1.rows }
    let entries = shards.reduce(0) { $0 + $1.entries }
    var lines = [Self.format, "rows \(rows) columns \(columns) entries \(entries)"]
    lines += shards.map {
      "\($0.name) rows \($0.rows) entries \($0.entries) checksum \($0.checksum)"
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
