import Cyclograd
import CyclogradFormats
import Testing

@Suite("Columns are selected by number, range, position from the end, or name")
struct ColumnSelectionTests {
  private let names = ["t", "speed", "mass, dry", "say \"hi\"", "7", "t"]

  @Test(arguments: [
    ("0", [0]), ("0..2", [0, 1, 2]), ("0..1,4", [0, 1, 4]), ("last:2", [4, 5]), ("5,0", [5, 0]),
    ("speed", [1]), (" speed , 0 ", [1, 0]), ("\"mass, dry\",0", [2, 0]),
    ("\"say \"\"hi\"\"\"", [3]), ("\"7\"", [4]), ("last:6", [0, 1, 2, 3, 4, 5]), ("3..3", [3]),
  ])
  func valid(_ text: String, _ expected: [Int]) throws {
    #expect(try ColumnSelection(text).indices(columnCount: 6, names: names) == expected)
  }

  @Test(arguments: [
    ("", "empty"), ("1,,2", "empty"), ("1,", "empty"), ("7..0", "backwards"), ("0...7", "range"),
    ("1..", "range"), ("-1", "counted from 0"), ("1..x", "range"), ("last:0", "last:2"),
    ("last:x", "last:2"), ("last:-1", "last:2"), ("\"open", "not closed"), ("\"a\"b", "comma"),
    ("99999999999999999999", "range"), ("1.5", "range"),
  ])
  func malformed(_ text: String, _ reason: String) throws {
    let error = #expect(throws: CyclogradError.self) { try ColumnSelection(text) }
    #expect(error?.code == .invalidOption)
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    #expect(error?.location.subject?.contains("columns") == true)
  }

  @Test(arguments: [
    ("6", "no column 6"), ("0..9223372036854775807", "no column 9223372036854775807"),
    ("last:7", "last 7"), ("0..3,2", "column 2 is selected twice"), ("weight", "\"weight\""),
    ("t", "2 columns are named"),
  ])
  func unsuitable(_ text: String, _ reason: String) throws {
    let selection = try ColumnSelection(text)
    let error = #expect(throws: CyclogradError.self) {
      try selection.indices(columnCount: 6, names: names)
    }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func namesNeedAHeader() throws {
    let error = #expect(throws: CyclogradError.self) {
      try ColumnSelection("speed").indices(columnCount: 6)
    }
    #expect(error?.message.contains("header") == true)
  }
}
