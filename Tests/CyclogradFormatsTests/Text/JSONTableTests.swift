import Cyclograd
import Foundation
import TestSupport
import Testing

@testable import CyclogradFormats

@Suite("Tables in JSON are read as the same tables in text are")
struct JSONTableTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func read(
    _ text: String, _ name: String = "t.json", columns: String? = nil, names: [String]? = nil,
    vectors: VectorLayout = .column, allowNonFinite: Bool = false, allowMissing: Bool = false
  ) throws -> DataTable {
    try DataFile.read(
      folder.write(text, name), columns: columns.map { try ColumnSelection($0) }, names: names,
      vectors: vectors, allowNonFinite: allowNonFinite, allowMissing: allowMissing)
  }

  @Test(
    "Every way to write a table with names",
    arguments: [
      ("t.json", #"[{"a": 1, "b": 2}, {"b": 4, "a": 3}]"#),
      ("t.json", #"{"a": [1, 3], "b": [2, 4]}"#),
      ("t.json", #"{"a":{"0":1,"1":3},"b":{"0":2,"1":4}}"#),
      ("t.json", #"{"index":[0,1],"data":[[1,2],[3,4]],"columns":["a","b"]}"#),
      ("t.json", #"{"schema":{"fields":[]},"data":[{"a":1,"b":2},{"a":3,"b":4}]}"#),
      ("t.json", "{\"a\": 1, \"b\": 2}\n{\"a\": 3, \"b\": 4}"),
      ("t.jsonl", "{\"a\": 1, \"b\": 2}\n\n{\"\\u0062\": 4.0, \"a\": \"3\"}\n"),
      ("t.ndjson", "{\"a\": 1, \"b\": 2}\r\n{\"a\": 3e0, \"b\": 4}\r\n"),
      ("t", "\u{FEFF} [{\"a\": 1, \"b\": 2}, {\"b\": 4, \"a\": 3}]"),
    ])
  func named(_ name: String, _ text: String) throws {
    let expected = DataTable(matrix: Matrix([[1, 2], [3, 4]]), columnNames: ["a", "b"])
    #expect(try read(text, name) == expected)
    #expect(try DataFile.header(folder(name)) == ["a", "b"])
    #expect(try read(text, name, columns: "b,0").matrix == Matrix([[2, 1], [4, 3]]))
    #expect(
      try read(text, name).columns(named: ["b", "a"], file: name) == Matrix([[2, 1], [4, 3]]))
  }

  @Test func rowsAndVectors() throws {
    #expect(try read("[[1, 2], [3, 4]]").matrix == Matrix([[1, 2], [3, 4]]))
    #expect(try read("[1, 2]\n[3, 4]\n", "t.jsonl").matrix == Matrix([[1, 2], [3, 4]]))
    #expect(try read("[1, 2]\n[3, 4]\n").matrix == Matrix([[1, 2], [3, 4]]))
    #expect(try read("[1, 2]").matrix == Matrix([[1], [2]]))
    #expect(try read("[1, 2]", vectors: .row).matrix == Matrix([[1, 2]]))
    #expect(try read("[1, 2]", "t.jsonl").matrix == Matrix([[1, 2]]))
    #expect(try read(#"{"a": 1, "b": [2, 3]}"#).columnNames == ["a", "b.0", "b.1"])
    #expect(try read("[[1, 2]]", names: ["u", "v"]).columnNames == ["u", "v"])
  }

  @Test(
    "A list in a record is the columns of a group's neurons, and what is not selected may be anything"
  )
  func lists() throws {
    let text = #"{"x": [1, 2], "m": [[1], {"k": [2, "]"]}], "s": "t", "y": 5}"# + "\n"
    let table = try read(text + text, "t.jsonl", columns: "y,x.1")
    #expect(table == DataTable(matrix: Matrix([[5, 2], [5, 2]]), columnNames: ["y", "x.1"]))
    #expect(try DataFile.header(folder("t.jsonl")) == ["x.0", "x.1", "m", "s", "y"])
    #expect(
      try DataFile.words(folder("t.jsonl"), columns: ColumnSelection("s,y")) == [
        ["t", "t"], ["5", "5"],
      ])
    #expect(throws: CyclogradError.self) { try DataFile.read(folder("t.jsonl")) }
  }

  @Test("What is missing or not finite is so by request alone")
  func missing() throws {
    let text = #"[{"a": null, "b": NaN}, {"a": "Infinity", "b": -Infinity}]"#
    #expect(throws: CyclogradError.self) { try read(text) }
    let table = try read(text, allowNonFinite: true).matrix
    #expect(table[0, 0].isNaN && table[0, 1].isNaN && table[1, 0] == .infinity)
    #expect(table[1, 1] == -.infinity)
    #expect(try read("[[1, null]]", allowMissing: true).matrix[0, 1].isNaN)
    #expect(throws: CyclogradError.self) { try read("[[1, Infinity]]", allowMissing: true) }
    #expect(
      try DataFile.words(
        folder.write(#"[["é\n", null]]"#, "w.json"), columns: ColumnSelection("0,1"),
        allowMissing: true) == [["é\n"], [""]])
  }

  @Test(
    "Refused, with the place",
    arguments: [
      ("", 1, "empty"), ("[]", 1, "no rows"), ("[[]]", 1, "empty"), ("{}", 1, "empty"),
      ("[[1, 2],\n[3]]", 2, "1 values"), ("[[1],\n{\"a\": 1}]", 2, "others are objects"),
      ("[{\"a\": 1},\n{\"b\": 1}]", 2, "\"b\""),
      ("[{\"a\": 1, \"b\": 2},\n{\"b\": 1}]", 2, "\"a\""),
      ("[{\"a\": 1,\n\"a\": 2}]", 2, "twice"),
      ("[{\"a\": 1, \"b\": 2},\n{\"b\": 1, \"b\": 1}]", 2, "twice"),
      ("{\"a\": [1],\n\"b\": [1, 2]}", 2, "2 values"),
      ("{\"a\": {\"0\": 1}, \"b\": {\"1\": 2}}", 1, "rows"),
      ("{\"columns\": [\"a\"], \"data\": [[1, 2]]}", 1, "1 columns are named"),
      ("[[1, true]]", 1, "not a number"), ("[[1, \"x\"]]", 1, "not a number"),
      ("[[1, null]]", 1, "missing"),
      ("[[1, [2]]]", 1, "list"), ("[[1e999]]", 1, "too large"), ("[[1 2]]", 1, "expected"),
      ("[[1, 2]", 1, "expected"), ("[[1, 2]] x", 1, "follows"), ("[[1, nul]]", 1, "nul"),
      ("[[1, 0x2]]", 1, "not a number"), ("[\"a\n\"]", 1, "control"), ("[1, 2", 1, "expected"),
      ("[[\"\\ud800\"]]", 1, "not a number"), ("{\"\\x\": 1}", 1, "escape"),
      ("[{\"a\": [1, 2]}, {\"a\": null}]", 1, "list of 2"),
      ("{\"a\": [[[[", 1, "ends"), ("{\"a\": [}}", 1, "match"),
    ])
  func refused(_ text: String, _ line: Int, _ part: String) {
    let error = #expect(throws: CyclogradError.self) { try read(text) }
    #expect(error?.location.line == line && error?.location.file == folder("t.json"), "\(error!)")
    #expect(error?.message.contains(part) == true, "\(error!)")
  }

  @Test("Deep nesting and long texts end nothing")
  func hostile() throws {
    let deep = String(repeating: "[", count: 200_000)
    #expect(throws: CyclogradError.self) { try read(deep) }
    #expect(throws: CyclogradError.self) { try read("{\"a\": " + deep) }
    #expect(
      try read("[[1, " + deep + String(repeating: "]", count: 200_000) + "]]", columns: "0").matrix
        == Matrix([[1]]))
  }

  @Test("What is written is read back, bit for bit")
  func roundTrip() throws {
    var random = TestRandom(5)
    for name in ["t.json", "t.jsonl", "t.json.gz", "t.tsv", "t.csv"] {
      for _ in 0..<20 {
        let columns = Int.random(in: 1...4, using: &random)
        var matrix = Matrix(rows: 3, columns: columns)
        for row in 0..<3 {
          for column in 0..<columns {
            let bits = Double(bitPattern: UInt64.random(in: 0...UInt64.max, using: &random))
            matrix[row, column] = bits.isFinite ? bits : -.infinity
          }
        }
        let names = ["a\"b", "é, x", "\\", "c d"].prefix(columns)
        try TableFile.write(header: Array(names), matrix: matrix, to: folder(name), for: "a table")
        let table = try DataFile.read(folder(name), allowNonFinite: true)
        #expect(table == DataTable(matrix: matrix, columnNames: Array(names)), "\(name)")
      }
    }
  }

  @Test func namesMustDiffer() {
    #expect(throws: CyclogradError.self) {
      try TableFile.write(
        header: ["a", "a"], matrix: Matrix([[1, 2]]), to: folder("d.json"), for: "a table")
    }
  }

  @Test("Cells cost little, whatever the text")
  func large() throws {
    let row = "[" + (0..<100).map { "\($0).5" }.joined(separator: ",") + "]\n"
    let table = try read(String(repeating: row, count: 2000), "t.jsonl")
    #expect(table.matrix.rows == 2000 && table.matrix[1999, 99] == 99.5)
  }
}
