import Cyclograd
import Testing

@testable import CyclogradFormats

@Suite("A header that knows the names decides which column is which")
struct NamedColumnTests {
  private let names = ["a", "b"]

  private func read(_ text: String) throws -> Matrix {
    let table = try text.utf8.withContiguousStorageIfAvailable {
      try TextTable.read($0, columns: nil, allowNonFinite: false, file: "f")
    }!
    return try table.columns(named: names, file: "f")
  }

  @Test func orders() throws {
    let expected = Matrix([[1, 2], [3, 4]])
    #expect(try read("a,b\n1,2\n3,4\n") == expected)
    #expect(try read("b,a\n2,1\n4,3\n") == expected)
    #expect(try read("x,b,a\n9,2,1\n9,4,3\n") == expected)
    #expect(try read("u,v\n1,2\n3,4\n") == expected)
    #expect(try read("1,2\n3,4\n") == expected)
  }

  @Test(arguments: ["a,c\n1,2\n", "b,B\n1,2\n", "a,b,a\n1,2,3\n"])
  func refused(_ text: String) {
    let error = #expect(throws: CyclogradError.self) { try read(text) }
    #expect(error?.code == .shapeMismatch && error?.location.file == "f")
  }

  @Test(
    "A first row of missing values is a row",
    arguments: ["NA,NA", ",", "n/a,1", "null,None", "1,?"])
  func missing(_ first: String) {
    let error = #expect(throws: CyclogradError.self) { try read(first + "\n1,2\n") }
    #expect(error?.location.line == 1)
  }

  @Test func permutations() throws {
    var random = TestRandom(1)
    for _ in 0..<50 {
      let count = Int.random(in: 1...6, using: &random)
      let names = (0..<count).map { "n.\($0)" }
      let matrix = Matrix(rows: 2, columns: count, elements: random.vector(2 * count))
      let order = Array(0..<count).shuffled(using: &random)
      let shuffled = Matrix((0..<2).map { row in order.map { matrix[row, $0] } })
      let table = DataTable(matrix: shuffled, columnNames: order.map { names[$0] })
      #expect(try table.columns(named: names, file: "f") == matrix)
    }
  }
}
