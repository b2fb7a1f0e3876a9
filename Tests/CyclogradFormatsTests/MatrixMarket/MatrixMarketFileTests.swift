import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("Matrix Market files")
struct MatrixMarketFileTests {
  private func parse(_ bytes: [UInt8]) throws -> CoordinateMatrix {
    try MatrixMarketParser.parse(.holding(bytes), file: "f").matrix
  }

  private func parse(_ kind: String, _ rest: String) throws -> CoordinateMatrix {
    try parse(Array("%%MatrixMarket matrix \(kind)\n\(rest)".utf8))
  }

  @Test(arguments: ["\n", "\r\n", "\r"])
  func coordinates(_ end: String) throws {
    let text = [
      "%%MatrixMarket MATRIX Coordinate real General", "% c", "", " 2 3  3 ", "1 1 0",
      "%", "2\t3 -1.5e0", "", "1 2 +4",
    ].joined(separator: end)
    #expect(
      try parse(Array(text.utf8))
        == CoordinateMatrix(
          rows: 2, columns: 3, rowIndices: [0, 1, 0], columnIndices: [0, 2, 1],
          values: [0, -1.5, 4]))
  }

  @Test func symmetricFilesAreExpanded() throws {
    #expect(
      try parse("coordinate integer symmetric", "2 2 2\n1 1 5\n2 1 7\n")
        == CoordinateMatrix(
          rows: 2, columns: 2, rowIndices: [0, 1, 0], columnIndices: [0, 0, 1],
          values: [5, 7, 7]))
    #expect(
      try parse("coordinate real skew-symmetric", "2 2 1\n2 1 7\n")
        == CoordinateMatrix(
          rows: 2, columns: 2, rowIndices: [1, 0], columnIndices: [0, 1], values: [7, -7]))
    #expect(
      try parse("coordinate pattern symmetric", "2 2 1\n2 1\n")
        == CoordinateMatrix(
          rows: 2, columns: 2, rowIndices: [1, 0], columnIndices: [0, 1], values: nil))
  }

  @Test func arraysAreListedColumnByColumn() throws {
    #expect(
      try parse("array real general", "2 2\n1\n2\n0\n4\n")
        == CoordinateMatrix(
          rows: 2, columns: 2, rowIndices: [0, 1, 0, 1], columnIndices: [0, 0, 1, 1],
          values: [1, 2, 0, 4]))
    let symmetric = try parse("array integer symmetric", "2 2\n1\n2\n3\n")
    #expect(symmetric.rowIndices == [0, 1, 0, 1])
    #expect(symmetric.columnIndices == [0, 0, 1, 1])
    #expect(symmetric.values == [1, 2, 2, 3])
    let skew = try parse("array real skew-symmetric", "3 3\n1\n2\n3\n")
    #expect(skew.rowIndices == [1, 0, 2, 0, 2, 1])
    #expect(skew.columnIndices == [0, 1, 0, 2, 1, 2])
    #expect(skew.values == [1, -1, 2, -2, 3, -3])
  }

  @Test func emptyMatrices() throws {
    #expect(try parse("coordinate real general", "3 4 0\n").rowIndices.isEmpty)
    #expect(try parse("array real general", "0 0\n").rows == 0)
    #expect(try parse("array real skew-symmetric", "1 1\n").values == [])
  }

  @Test(arguments: [
    ("coordinate real general", "", 1, "size line is missing"),
    ("coordinate real general", "2 2\n", 2, "needs 3 numbers"),
    ("coordinate real general", "2 2 1 1\n", 2, "needs 3 numbers"),
    ("coordinate real general", "2 -2 1\n", 2, "needs 3 numbers"),
    ("coordinate real general", "2 2 99999999999999999999\n", 2, "needs 3 numbers"),
    ("coordinate real general", "2147483648 2 0\n", 2, "at most"),
    ("coordinate real general", "2 2 2\n1 1 1\n", 3, "has 1 entry, but promises 2"),
    ("coordinate real general", "2 2 9000000000000000000\n1 1 1\n", 3, "promises 9"),
    ("coordinate real general", "2 2 1\n1 1 1\n\n2 2 2\n", 5, "more entries than the 1"),
    ("coordinate real general", "2 2 1\n% c\n3 1 1\n", 4, "row 3 is outside 1 to 2"),
    ("coordinate real general", "2 2 1\n0 1 1\n", 3, "row 0 is outside"),
    ("coordinate real general", "2 2 1\n1 5 1\n", 3, "column 5 is outside"),
    ("coordinate real general", "2 2 1\n1 4294967297 1\n", 3, "column 4294967297 is outside"),
    ("coordinate real general", "2 2 1\n-1 1 1\n", 3, "\"-1\" is not a row"),
    ("coordinate real general", "2 2 1\n1\n", 3, "column is missing"),
    ("coordinate real general", "2 2 1\n1 1\n", 3, "value is missing"),
    ("coordinate real general", "2 2 1\n1 1 1 1\n", 3, "too many words"),
    ("coordinate real general", "2 2 1\n1 1 x\n", 3, "\"x\" is not a number"),
    ("coordinate real general", "2 2 1\n1 1 nan\n", 3, "not finite"),
    ("coordinate real general", "2 2 1\n1 1 1e999\n", 3, "not finite"),
    ("coordinate integer general", "2 2 1\n1 1 1.5\n", 3, "not an integer"),
    ("coordinate pattern general", "2 2 1\n1 1 1 1\n", 3, "too many words"),
    ("coordinate real general", "2 2 3\n2 1 1\n%\n1 1 1\n2 1 3\n", 6, "(2, 1) is listed a second"),
    ("coordinate pattern symmetric", "2 2 2\n2 1\n2 1\n", 4, "second time"),
    ("coordinate real symmetric", "2 2 1\n1 2 1\n", 3, "above the diagonal"),
    ("coordinate real skew-symmetric", "2 2 1\n1 1 1\n", 3, "diagonal of a skew"),
    ("coordinate real symmetric", "2 3 1\n1 1 1\n", 2, "not square"),
    ("array real general", "2147483647 2147483647\n1\n", 3, "promises 4611686014132420609"),
    ("array real general", "2 1\n1\n2\n3\n", 5, "more entries"),
    ("array real general", "2 1 2\n1\n2\n", 2, "needs 2 numbers"),
    ("coordinate complex general", "1 1 0\n", 1, "complex"),
    ("coordinate complex hermitian", "1 1 0\n", 1, "complex"),
    ("coordinate real hermitian", "1 1 0\n", 1, "complex"),
    ("array pattern general", "1 1\n1\n", 1, "pattern"),
    ("coordinate real", "1 1 0\n", 1, "four words"), ("sparse real general", "", 1, "\"sparse\""),
    ("coordinate float general", "", 1, "\"float\""),
    ("coordinate real triangular", "", 1, "\"triangular\""),
  ])
  func errorsSayWhere(_ kind: String, _ rest: String, _ line: Int, _ message: String) {
    let error = #expect(throws: CyclogradError.self) { try parse(kind, rest) }
    #expect(error?.location.file == "f")
    #expect(error?.location.line == line)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: ["", "\n", "1 1 1\n", "%MatrixMarket matrix coordinate real general\n"])
  func otherFilesAreRefused(_ text: String) {
    let error = #expect(throws: CyclogradError.self) { try parse(Array(text.utf8)) }
    #expect(error?.location.line == 1)
  }

  @Test func entriesComeBackBitForBit() throws {
    let folder = try TemporaryFolder()
    var random = TestRandom(6)
    let values = (0..<500).map { _ in
      let value = Double(bitPattern: random.next())
      return value.isFinite ? value : 0
    }
    let places = (0..<500 as Range<Int32>).shuffled(using: &random)
    let entries = CoordinateMatrix(
      rows: 50, columns: 20, rowIndices: places.map { $0 / 20 },
      columnIndices: places.map { $0 % 20 }, values: values)
    try MatrixMarketFile.write(entries, to: folder("m.mtx"))
    let copy = try MatrixMarketFile.read(folder("m.mtx"))
    #expect(copy == entries)
    #expect(copy.values?.map(\.bitPattern) == values.map(\.bitPattern))

    let pattern = CoordinateMatrix(
      rows: 2, columns: 1, rowIndices: [1], columnIndices: [0], values: nil)
    try MatrixMarketFile.write(pattern, to: folder("p.mtx"))
    #expect(
      try folder.content("p.mtx") == """
        %%MatrixMarket matrix coordinate pattern general
        % rows are targets, columns are sources
        2 1 1
        2 1

        """)
    #expect(try MatrixMarketFile.read(folder("p.mtx")) == pattern)
  }

  @Test func whatCannotBeReadBackIsNotWritten() throws {
    let folder = try TemporaryFolder()
    let bad = [
      CoordinateMatrix(rows: 1, columns: 1, rowIndices: [0], columnIndices: [], values: nil),
      CoordinateMatrix(rows: 1, columns: 1, rowIndices: [0], columnIndices: [0], values: []),
      CoordinateMatrix(rows: 1, columns: 1, rowIndices: [1], columnIndices: [0], values: nil),
      CoordinateMatrix(rows: 1, columns: 1, rowIndices: [0], columnIndices: [-1], values: nil),
      CoordinateMatrix(rows: -1, columns: 1, rowIndices: [], columnIndices: [], values: nil),
      CoordinateMatrix(rows: 1, columns: 1, rowIndices: [0], columnIndices: [0], values: [.nan]),
      CoordinateMatrix(
        rows: 1, columns: 1, rowIndices: [0, 0], columnIndices: [0, 0], values: nil),
    ]
    for entries in bad {
      #expect(throws: CyclogradError.self) { try MatrixMarketFile.write(entries, to: folder("m")) }
    }
    #expect(try folder.names.isEmpty)
  }

  @Test(arguments: [
    "coordinate real symmetric\n% c\n3 3 3\n1 1 1\n2 1 -2.5\n3 2 4e1\n",
    "array integer general\n2 2\n1\n2\n3\n4\n", "coordinate pattern general\n2 2 2\n1 1\n2 2\n",
  ])
  func damagedFilesNeverCrash(_ text: String) {
    let refused = HostileInput.refusals(
      Array("%%MatrixMarket matrix \(text)".utf8),
      check: { (entries: CoordinateMatrix) in
        entries.rowIndices.count == entries.columnIndices.count
          && entries.values?.count ?? entries.rowIndices.count == entries.rowIndices.count
          && entries.rowIndices.allSatisfy { 0..<entries.rows ~= Int($0) }
          && entries.columnIndices.allSatisfy { 0..<entries.columns ~= Int($0) }
      },
      read: { try parse($0) })
    #expect(refused > 500)
  }
}
