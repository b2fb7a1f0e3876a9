import Cyclograd
import Foundation
import Testing

@testable import CyclogradFormats

@Suite("Tables are read from text")
struct TextTableTests {
  private func parse(
    _ bytes: [UInt8], columns: String? = nil, allowNonFinite: Bool = false
  ) throws -> DataTable {
    let selection = try columns.map { try ColumnSelection($0) }
    return try bytes.withUnsafeBufferPointer {
      try TextTable.read($0, columns: selection, allowNonFinite: allowNonFinite, file: "f")
    }
  }

  private func parse(_ text: String, columns: String? = nil) throws -> DataTable {
    try parse(Array(text.utf8), columns: columns)
  }

  @Test(
    "A damaged first row is not taken for a header",
    arguments: [
      ",2\n1,1\n", "NA,2\n1,1\n", "1.5.2,2\n1,1\n", "1,b\n2,3\n", "0x10,1\n",
    ])
  func damagedFirstRow(text: String) throws {
    #expect(failure(text)?.location.line == 1)
  }

  private func failure(_ text: String, columns: String? = nil) -> CyclogradError? {
    #expect(throws: CyclogradError.self) { try parse(text, columns: columns) }
  }

  @Test(arguments: [
    "1,2\n3,4\n", "1,2\n3,4", "1;2\n3;4\n", "1\t2\n3\t4\n", "1 2\n3 4\n", "  1   2 \n\t3\t 4  \n",
    "1,2\r3,4\r", "1,2\r\n3,4\r\n", "1,2\r\n3,4\n", "\u{FEFF}1,2\n3,4\n",
    "# c\n\n1,2\n \n#,\n3,4\n\n",
    " 1 , 2 \n+3,\t4.0e0\n", "\"1\",\"2\"\n\"3\",4\n", "1e0,.2e1\n30e-1,4.\n", "\"1\" 2\n3 \"4\"",
    "1\t2 \n 3\t4", "\r\r1\t2\r\r3\t4\r",
  ])
  func formats(_ text: String) throws {
    let table = try parse(text)
    #expect(table == DataTable(matrix: Matrix([[1, 2], [3, 4]])))
  }

  @Test(arguments: [
    ("x,y\n1,2\n", ["x", "y"]), ("x y\n1 2\n", ["x", "y"]), ("x\ty z\n1\t2\n", ["x", "y z"]),
    ("\"a,b\",\"c \"\"d\"\"\"\n1,2\n", ["a,b", "c \"d\""]), ("zero,one\n1,2\n", ["zero", "one"]),
    ("x,\n1,2\n", ["x", ""]), ("\u{FEFF}größe;t\r\n1;2\r\n", ["größe", "t"]),
    ("\"#x\",\"\"\"\"\n1,2", ["#x", "\""]), ("\"\" \"a b\"\n1 2", ["", "a b"]),
    ("# comment\n\nx,y\r1,2\r", ["x", "y"]), ("0x1,y\n1,2\n", ["0x1", "y"]),
  ])
  func headers(_ text: String, _ names: [String]) throws {
    #expect(try parse(text) == DataTable(matrix: Matrix([[1, 2]]), columnNames: names))
  }

  @Test func oneColumn() throws {
    #expect(try parse("1\n2\n3\n").matrix == Matrix([[1], [2], [3]]))
    #expect(try parse("x\n1\n").columnNames == ["x"])
  }

  @Test func selectedColumnsComeInTheOrderAskedFor() throws {
    let text = "a,b,c,d\n1,2,3,4\n5,6,7,8\n"
    #expect(
      try parse(text, columns: "d,0..1")
        == DataTable(matrix: Matrix([[4, 1, 2], [8, 5, 6]]), columnNames: ["d", "a", "b"]))
    #expect(try parse("1 2 3\n4 5 6", columns: "last:2").matrix == Matrix([[2, 3], [5, 6]]))
  }

  @Test(arguments: [
    "id,x,note\nA,1,hi there\nB,2,\n", "id,x,note\n\"A,1\",1,\"\"\"\"\nB,2,nan\n",
    "id\tx\tn o\nA\t1\tp q\n\t2\tr\n",
  ])
  func columnsThatAreNotSelectedMayContainAnything(_ text: String) throws {
    #expect(try parse(text, columns: "1").matrix == Matrix([[1], [2]]))
    #expect(try parse(text, columns: "x").columnNames == ["x"])
  }

  @Test func samplesAreNotLostAsAHeaderBecauseOfTextInUnusedColumns() throws {
    let error = failure("5.1,3.5,setosa\n4.9,3.0,setosa\n", columns: "0..1")
    #expect(error?.location.line == 2)
    #expect(error?.advice?.contains("line 1 looks like a header") == true)
    #expect(try parse("0,1,class\n4,5,6\n", columns: "0..1").matrix == Matrix([[4, 5]]))
  }

  @Test(
    arguments: [
      ("1,2\n3\n", 2, nil, "row has 1 column, expected 2 as in line 1"),
      ("\n#\n1,2\n3,4,5\n", 4, nil, "row has 3 columns, expected 2 as in line 3"),
      ("1 2\r\n3 4 5\r\n", 2, nil, "row has 3 columns, expected 2 as in line 1"),
      ("1,2\n3,4,\n", 2, nil, "row has 3 columns"), ("1,2\r3,x\r", 2, 2, "\"x\" is not a number"),
      ("x,y\n3,\n", 2, 2, "the cell is empty"), ("x,y\n3,nan\n", 2, 2, "\"nan\" is not finite"),
      ("1,2\n-inf,4\n", 2, 1, "\"-inf\" is not finite"), ("nan,2\n", 1, 1, "\"nan\" is not finite"),
      ("1,2\n1e999,4\n", 2, 1, "\"1e999\" is too large"), ("1;2\n1,5;2\n", 2, 1, "\"1,5\" is not"),
      ("1,2\n0x10,2\n", 2, 1, "\"0x10\" is not a number"), ("1,2\n1 1,2\n", 2, 1, "\"1 1\" is not"),
      ("x,y\n", 1, nil, "header, but no rows"), ("x,y\n#\n\n", 1, nil, "header, but no rows"),
      ("", nil, nil, "the file is empty"), ("\u{FEFF}", nil, nil, "the file is empty"),
      ("\n \n# only\n", nil, nil, "the file has no rows"),
      ("1,2\n\"3,4\n", 2, nil, "quotation mark"),
      ("1,2\n\"3\"x,4\n", 2, nil, "quotation mark"),
      ("\"a\nb\",c\n1,2\n", 1, nil, "quotation mark"),
      ("1,2\n3,\u{0}\n", 2, nil, "NUL"), ("1,2\n1_0,4\n", 2, 1, "\"1_0\" is not a number"),
    ] as [(String, Int?, Int?, String)])
  func errorsSayWhere(_ text: String, _ line: Int?, _ column: Int?, _ message: String) {
    let error = failure(text)
    #expect(error?.location.file == "f")
    #expect(error?.location.line == line)
    #expect(error?.location.column == column)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test func errorsNameTheColumn() {
    #expect(failure("speed,mass\n1,x\n")?.location.subject == "column \"mass\"")
    #expect(failure("1,2,3\n1,2,x\n")?.location.subject == "column 3 of 3")
    #expect(failure("1;2\n1,5;2\n")?.advice == "write decimals with a point")
  }

  @Test func textInErrorsIsShortAndPrintable() {
    let long = failure("1\n" + String(repeating: "ä", count: 500))
    #expect(long?.message == "\"" + String(repeating: "ä", count: 20) + "…\" is not a number")
    let control = failure("1\n\u{1B}[31m\u{202E}")
    #expect(control?.message == "\"\\u{1B}[31m\\u{202E}\" is not a number")
  }

  @Test func textThatIsNotUTF8IsRefusedWithItsLine() {
    let error = #expect(throws: CyclogradError.self) {
      try parse(Array("a,b\r1,2\r# ".utf8) + [0xE4, 0x0A] + Array("3,4\n".utf8))
    }
    #expect(error?.location.line == 3)
    #expect(error?.message.contains("UTF-8") == true)
    let utf16 = #expect(throws: CyclogradError.self) { try parse([0xFF, 0xFE, 0x31, 0x00]) }
    #expect(utf16?.advice?.contains("UTF-8") == true)
  }

  @Test func nonFiniteNumbersPassIfAllowed() throws {
    let table = try parse(Array("1,nan\n-inf,Infinity\n".utf8), allowNonFinite: true)
    #expect(table.matrix.elements[1].isNaN)
    #expect(table.matrix.elements[2...] == [-.infinity, .infinity])
    #expect(throws: CyclogradError.self) {
      try parse(Array("1,1e999\n".utf8), allowNonFinite: true)
    }
  }

  @Test func selectionErrorsNameTheFile() {
    let error = failure("1,2\n3,4\n", columns: "2")
    #expect(error?.code == .invalidOption)
    #expect(error?.location.file == "f")
    #expect(failure("1,2\n", columns: "x")?.message.contains("no header") == true)
  }

  @Test(
    arguments: [
      "x,\"y z\",w\n1.5,-2e3,\"3\"\n\n# c\n4,5,6.25e-300\n", "1 2\r\n3 4\r\n",
      "\u{FEFF}a\tb c\r1\t2\r",
    ], [nil, "0", "last:2"])
  func damagedFilesNeverCrash(_ text: String, _ columns: String?) {
    let refused = HostileInput.refusals(
      Array(text.utf8),
      check: { (table: DataTable) in
        table.matrix.rows > 0 && table.matrix.columns > 0
          && table.matrix.elements.allSatisfy(\.isFinite)
          && table.columnNames.map { $0.count == table.matrix.columns } ?? true
      },
      read: { try parse($0, columns: columns) })
    #expect(refused > 100)
  }
}
