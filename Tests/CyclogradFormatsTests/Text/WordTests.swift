import Cyclograd
import CyclogradFormats
import Testing

@Suite("Columns of text, and names for files without a header")
struct WordTests {
  @Test("words are read as they stand, numbers beside them as numbers")
  func words() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,tcp,\"a, b\"\n2, udp ,\"say \"\"x\"\"\"\n", "t.csv")
    let names = ["count", "protocol", "note"]
    #expect(
      try DataFile.words(path, columns: ColumnSelection("note,protocol"), names: names)
        == [["a, b", "say \"x\""], ["tcp", "udp"]])
    #expect(
      try DataFile.read(path, columns: ColumnSelection("count"), names: names).matrix
        == Matrix([[1], [2]]))
    // Without names the first line would be a header.
    #expect(throws: CyclogradError.self) { try DataFile.read(path, columns: ColumnSelection("0")) }
    let header = try folder.write("count,protocol\n1,tcp\n", "h.csv")
    #expect(try DataFile.words(header, columns: ColumnSelection("protocol")) == [["tcp"]])
    #expect(try DataFile.words(header, columns: ColumnSelection("count")) == [["1"]])
  }

  @Test("what is wrong is said with its line")
  func bad() throws {
    let folder = try TemporaryFolder()
    let short = try folder.write("1,a\n2\n", "s.csv")
    #expect {
      try DataFile.words(short, columns: ColumnSelection("1"), names: ["n", "w"])
    } throws: {
      "\($0)".contains(":2")
    }
    let empty = try folder.write("1,a\n2,\n", "e.csv")
    #expect {
      try DataFile.words(empty, columns: ColumnSelection("1"), names: ["n", "w"])
    } throws: {
      "\($0)".contains("empty") && "\($0)".contains(":2")
    }
    #expect {
      try DataFile.read(short, names: ["n"])
    } throws: {
      "\($0)".contains("1 names for 2 columns")
    }
    #expect(throws: CyclogradError.self) {
      try DataFile.words(short, columns: ColumnSelection("x"), names: ["n", "w"])
    }
  }
}
