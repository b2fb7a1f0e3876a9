import Cyclograd
import Testing

@Suite("Preparing samples")
struct PreparationTests {
  @Test("a split has every row once and every class's share", arguments: 0..<20)
  func split(seed: Int) throws {
    let labels = (0..<230).map { $0 % 7 == 0 ? 1 : $0 % 11 == 0 ? 2 : 0 }
    let shares = [0.6, 0.25, 0.15]
    let parts = try StratifiedSplit.rows(labels: labels, shares: shares, seed: UInt64(seed))
    #expect(parts.flatMap { $0 }.sorted() == Array(labels.indices))
    for label in 0..<3 {
      let total = labels.count { $0 == label }
      for (part, share) in zip(parts, shares) {
        let expected = share * Double(total)
        #expect(abs(Double(part.count { labels[$0] == label }) - expected) <= 1)
      }
    }
    let again = try StratifiedSplit.rows(labels: labels, shares: shares, seed: UInt64(seed))
    let other = try StratifiedSplit.rows(labels: labels, shares: shares, seed: UInt64(seed + 1))
    #expect(parts == again && parts != other)
  }

  @Test("a class that is too small for the parts is named")
  func smallClass() {
    #expect {
      try StratifiedSplit.rows(labels: [0, 0, 0, 0, 3], shares: [0.5, 0.5], seed: 1)
    } throws: {
      "\($0)".contains("class 3 has 1 samples")
    }
    #expect(throws: CyclogradError.self) {
      try StratifiedSplit.rows(labels: [0, 1], shares: [0.5, 0.4], seed: 1)
    }
  }

  @Test("standardisation uses the rows it is fitted to and no others")
  func standardisation() throws {
    let samples = Matrix([[1, 10], [3, 30], [100, 20]])
    let fitted = try Scaling(fittedTo: samples, rows: [0, 1])
    #expect(fitted.offsets == [2, 20] && fitted.divisors == [1, 10])
    #expect(try fitted.applied(to: samples) == Matrix([[-1, -1], [1, 1], [98, 0]]))
    #expect(throws: CyclogradError.self) { try fitted.applied(to: Matrix([[1]])) }
  }

  @Test("what cannot be standardised is named")
  func bad() {
    let samples = Matrix([[1, 0.1], [2, 0.1], [3, 0.1], [.nan, 5]])
    #expect {
      try Scaling(fittedTo: samples, rows: [0, 1, 2])
    } throws: {
      "\($0)".contains("column 1") && "\($0)".contains("constant")
    }
    #expect {
      try Scaling(fittedTo: samples, rows: [0, 3])
    } throws: {
      "\($0)".contains("row 3, column 0")
    }
    #expect(throws: CyclogradError.self) { try Scaling(fittedTo: samples, rows: []) }
  }

  @Test(
    "min-max scaling takes the rows it is fitted to from 0 to 1; constant columns may be shifted")
  func minMax() throws {
    let samples = Matrix([[1, 5], [3, 5], [2, 5], [9, 7]])
    let fitted = try Scaling(.minMax, fittedTo: samples, rows: [0, 1, 2], constant: .shift)
    #expect(try fitted.applied(to: samples) == Matrix([[0, 0], [1, 0], [0.5, 0], [4, 2]]))
    #expect(throws: CyclogradError.self) {
      try Scaling(.minMax, fittedTo: samples, rows: [0, 1, 2])
    }
    #expect(try Scaling(offsets: fitted.offsets, divisors: fitted.divisors) == fitted)
    for (offsets, divisors) in [([1.0], [0.0]), ([1], [1, 2]), ([.nan], [1]), ([1], [-1])] {
      #expect(throws: CyclogradError.self) { try Scaling(offsets: offsets, divisors: divisors) }
    }
  }

  @Test("new samples lie between a sample and one of its nearest neighbours")
  func oversampling() throws {
    // Two clusters far apart: with 2 neighbours nothing may lie between them.
    let samples = Matrix([[0, 0], [1, 0], [0, 1], [50, 50], [51, 50], [50, 51]])
    let made = try Oversampling.synthetic(from: samples, count: 60, neighbours: 2, seed: 4)
    #expect(made.rows == 60)
    for row in 0..<made.rows {
      let start = Array(samples[row: row % 6])
      let isFirst = row % 6 < 3
      let point = Array(made[row: row])
      let isBetween = (isFirst ? 0..<3 : 3..<6).contains { other in
        guard other != row % 6 else { return false }
        let end = Array(samples[row: other])
        let (u, v) = (
          [end[0] - start[0], end[1] - start[1]], [point[0] - start[0], point[1] - start[1]]
        )
        let cross = u[0] * v[1] - u[1] * v[0]
        let along = (u[0] * v[0] + u[1] * v[1]) / (u[0] * u[0] + u[1] * u[1])
        return abs(cross) < 1e-9 && along >= 0 && along <= 1
      }
      #expect(isBetween)
    }
    #expect(made == (try Oversampling.synthetic(from: samples, count: 60, neighbours: 2, seed: 4)))
    #expect(throws: CyclogradError.self) {
      try Oversampling.synthetic(from: samples, count: 1, neighbours: 6, seed: 4)
    }
  }
}
