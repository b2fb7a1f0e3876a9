import SparseAlgebra
import Testing

@Suite struct `A sparse pattern` {
  @Test func `rejects arrays that contradict each other`() throws {
    func make(_ rows: Int, _ columns: Int, _ starts: [Int32], _ entries: [Int32]) throws {
      _ = try SparsePattern(
        rowCount: rows, columnCount: columns, rowStarts: starts, columns: entries)
    }
    try make(2, 3, [0, 2, 3], [0, 2, 1])
    try make(0, 0, [0], [])

    let wrong: [(Int, Int, [Int32], [Int32])] = [
      (2, 3, [0, 2], [0, 2]),  // too few row starts
      (2, 3, [1, 2, 3], [0, 2, 1]),  // does not start at 0
      (2, 3, [0, 2, 2], [0, 2, 1]),  // does not end at the count
      (2, 3, [0, 4, 3], [0, 2, 1]),  // a row ends past the entries
      (3, 3, [0, 2, 1, 3], [0, 2, 1]),  // descends
      (2, 3, [0, 2, 3], [2, 0, 1]),  // unsorted
      (2, 3, [0, 2, 3], [1, 1, 1]),  // repeated
      (2, 3, [0, 2, 3], [0, 3, 1]),  // column too large
      (2, 3, [0, 2, 3], [-1, 2, 1]),  // column negative
      (-1, 3, [0], []),
      (0, 3, [], []),
    ]
    for (rows, columns, starts, entries) in wrong {
      expectCode(.invalidArgument) { try make(rows, columns, starts, entries) }
    }
    expectCode(.tooLarge) { try make(0, Int(Int32.max), [0], []) }
  }

  @Test func `transposes with the sources of its entries`() throws {
    var generator = TestRandom(1)
    var rows = [[Int: Double]](repeating: [:], count: 7)
    for _ in 0..<20 {
      rows[Int.random(in: 0..<7, using: &generator)][Int.random(in: 0..<4, using: &generator)] =
        generator.symmetricUnit()
    }
    let matrix = try SparseMatrix(rows: rows, columnCount: 4)
    let (pattern, sources) = matrix.pattern.transposed()
    #expect(pattern.rowCount == 4 && pattern.columnCount == 7)
    for row in 0..<4 {
      for entry in pattern.entries(ofRow: row) {
        let value = matrix.values[Int(sources[entry])]
        #expect(value == matrix.dense[Int(pattern.columns[entry])][row])
      }
    }
    #expect(Set(sources).count == matrix.values.count)
    #expect(pattern.transposed().pattern == matrix.pattern)
  }

  @Test func `knows whether it is structurally symmetric`() throws {
    #expect(try SparseMatrix(dense: [[0, 1], [2, 0]]).pattern.isStructurallySymmetric)
    #expect(try !SparseMatrix(dense: [[1, 1], [0, 1]]).pattern.isStructurallySymmetric)
    let wide = try SparsePattern(rowCount: 1, columnCount: 2, rowStarts: [0, 1], columns: [0])
    #expect(!wide.isStructurallySymmetric)
  }
}
