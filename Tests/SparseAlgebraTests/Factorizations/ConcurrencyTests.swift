import SparseAlgebra
import Testing

@Suite struct `Workers that share an analysis` {
  @Test(arguments: FactorizationMethod.available)
  func `get bit-identical answers`(_ method: FactorizationMethod) async throws {
    let side = method == .dense ? 12 : 40
    let order = side * side
    let matrix = try SparseMatrix(
      rows: latticeRows(side) { row, column in
        row == column ? 9 : -1 + 1 / Double(2 + row + column)
      })
    let symbolic = try method.analyze(matrix.pattern)
    let pattern = matrix.pattern
    let values = matrix.values

    let answers = try await withThrowingTaskGroup(of: [[Double]].self) { group in
      for _ in 0..<8 {
        group.addTask {
          let numeric = try symbolic.makeNumeric()
          let b = (0..<order).map { Double($0 % 7) - 3 }
          return try (1...6).map { round in
            let shift = Double(round) / 8
            var shifted = values
            for row in 0..<order {
              for entry in pattern.entries(ofRow: row) where Int(pattern.columns[entry]) == row {
                shifted[entry] += shift
              }
            }
            try numeric.factor(shifted)
            return try numeric.solve(b) + numeric.solveTransposed(b)
          }
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(answers.count == 8)
    for answer in answers { #expect(answer == answers[0]) }
    #expect(Set(answers[0]).count == 6)
  }
}
