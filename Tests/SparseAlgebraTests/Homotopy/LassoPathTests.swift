import SparseAlgebra
import TestSupport
import Testing

@Suite("The path of the lasso is optimal at every point")
struct LassoPathTests {
  /// min ½‖M a − z‖² + λ‖a‖₁ by its definition, for checks.
  private struct Problem {
    var rows: [[Double]]
    var z: [Double]

    var count: Int { rows[0].count }
    var gram: [Double] {
      (0..<count).flatMap { i in
        (0..<count).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } }
      }
    }
    var right: [Double] { (0..<count).map { j in zip(rows, z).reduce(0) { $0 + $1.0[j] * $1.1 } } }

    func correlations(_ a: [Double]) -> [Double] {
      let rest = zip(rows, z).map { row, z in z - zip(row, a).reduce(0) { $0 + $1.0 * $1.1 } }
      return (0..<count).map { j in zip(rows, rest).reduce(0) { $0 + $1.0[j] * $1.1 } }
    }

    func dense(_ entries: [(index: Int, value: Double)]) -> [Double] {
      var result = [Double](repeating: 0, count: count)
      for (index, value) in entries { result[index] = value }
      return result
    }

    /// The conditions that are necessary and sufficient for a minimum.
    func check(_ path: LassoPath, _ tolerance: Double = 1e-9) {
      let a = dense(path.polished())
      let size = right.map { abs($0) }.max() ?? 1
      for (c, a) in zip(correlations(a), a) {
        #expect(abs(c) <= path.multiplier + tolerance * size)
        if abs(a) > 1e-9 {
          #expect(abs(c - (a > 0 ? 1 : -1) * path.multiplier) <= tolerance * size)
        }
      }
      let norm = a.reduce(0) { $0 + abs($1) }
      #expect(abs(norm - path.norm) <= 1e-8 * max(1, norm))
    }
  }

  private func path(_ problem: Problem) throws -> LassoPath {
    try LassoPath(gram: problem.gram, right: problem.right)
  }

  @Test("Exact fractions: knots, and solutions in balls of several radii")
  func fractions() throws {
    let problem = Problem(
      rows: [
        [1, 2, 0, -1], [0, 1, 1, 2], [2, 0, -1, 1], [1, -1, 3, 0], [-1, 1, 0, 2], [0, 2, 1, 1],
      ], z: [3, 1, 2, -1, 0, 2])
    let knots: [(Double, [Double])] = [
      (12, [0, 0, 0, 0]), (6, [0, 6.0 / 11, 0, 0]), (2.5, [0.5, 19.0 / 22, 0, 0]),
      (0.01, [0.89, 1.09, -0.24, 0]),
      (0, [0.8917506985785445, 1.0905114809865144, -0.2411614627627263, 0.0010934272870854087]),
    ]
    var path = try path(problem)
    for (number, knot) in knots.enumerated() {
      if number > 0 { _ = try path.advance() }
      #expect(abs(path.multiplier - knot.0) < 1e-12)
      for (a, expected) in zip(problem.dense(path.polished()), knot.1) {
        #expect(abs(a - expected) < 1e-12)
      }
    }
    #expect(try path.isComplete && !path.advance())
    let balls: [(Double, [Double], Double)] = [
      (0.25, [0, 0.25, 0, 0], 9.25), (0.5, [0, 0.5, 0, 0], 6.5),
      (0.9, [13.0 / 60, 41.0 / 60, 0, 0], 269.0 / 60), (1.2, [0.4, 0.8, 0, 0], 3.2),
    ]
    for (radius, solution, multiplier) in balls {
      var path = try self.path(problem)
      while try path.advance(normLimit: radius) {}
      #expect(path.norm == radius && abs(path.multiplier - multiplier) < 1e-12)
      for (a, expected) in zip(problem.dense(path.polished()), solution) {
        #expect(abs(a - expected) < 1e-12)
      }
    }
  }

  @Test(
    "The knots of lars_path_gram of scikit-learn 1.x, where a coefficient leaves and comes back")
  func reference() throws {
    let problem = Problem(
      rows: (0..<9).map { i in
        (0..<8).map { j in
          let number: Int = i * i + 3 * i * j + 11 * j * j + 5 * j + i
          return Double(number % 17 - 5)
        }
      },
      z: (0..<9).map { i in
        let number: Int = 5 * i * i + 2 * i
        return Double(number % 11 - 5)
      })
    let multipliers = [
      126.0, 50.7313829787234, 16.300861963978836, 16.031288091338496, 11.379405698369899,
      8.743682891321496, 5.899385984762759, 4.238569795744129, 1.083635082111248,
      0.7844980038048216, 0,
    ]
    let counts = [0, 1, 2, 3, 4, 5, 5, 5, 6, 7, 8]
    var path = try path(problem)
    for (number, multiplier) in multipliers.enumerated() {
      if number > 0 { _ = try path.advance() }
      #expect(abs(path.multiplier - multiplier) < 1e-10)
      #expect(path.polished().count { abs($0.value) > 1e-12 } == counts[number])
      problem.check(path)
    }
    let end = [
      -0.1120172698629631, -0.7161887493520893, -0.013373660741151892, 0.10102170963101587,
      0.19140505943309932, 0.17389447445920042, 0.21409699155725764, 0.02928460912763553,
    ]
    for (a, expected) in zip(problem.dense(path.polished()), end) {
      #expect(abs(a - expected) < 1e-11)
    }
  }

  @Test(
    "Every knot and ball is optimal, also with equal, dependent and empty columns",
    arguments: 0..<60)
  func optimal(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let (m, n) = (2 + seed % 9, 1 + seed % 12)
    var problem = Problem(
      rows: (0..<m).map { _ in (0..<n).map { _ in random.number(-1, 1) } },
      z: (0..<m).map { _ in random.number(-2, 2) })
    for i in 0..<m where n > 4 {
      switch seed % 4 {
      case 1: problem.rows[i][2] = problem.rows[i][1]
      case 2: problem.rows[i][3] = 0
      case 3: problem.rows[i][4] = problem.rows[i][0] - 2 * problem.rows[i][1]
      default: break
      }
    }
    var path = try path(problem)
    problem.check(path)
    var norms: [Double] = []
    var last = path.multiplier
    while try path.advance() {
      problem.check(path)
      #expect(path.multiplier <= last)
      last = path.multiplier
      norms.append(path.norm)
    }
    problem.check(path)
    guard let whole = norms.last, whole > 0 else { return }
    for share in [0.1, 0.5, 0.93] {
      var path = try self.path(problem)
      while try path.advance(normLimit: share * whole) {}
      problem.check(path)
      #expect(path.norm == share * whole)
    }
  }

  @Test("Numbers without a meaning are refused")
  func wrong() {
    #expect(throws: FactorizationError.self) { try LassoPath(gram: [1, 2], right: [1]) }
    #expect(throws: FactorizationError.self) { try LassoPath(gram: [.nan], right: [1]) }
    #expect(throws: FactorizationError.self) { try LassoPath(gram: [1], right: [.infinity]) }
  }

  @Test("Unknowns that are taken out come back", arguments: 0..<20)
  func elimination(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let (n, first) = (6, seed % 5)
    var rows = (0..<9).map { _ in (0..<n).map { _ in random.number(-1, 1) } }
    // Where an unknown depends on those before it, the solution is another one, but as good.
    if seed % 3 == 0, first > 1 { for i in rows.indices { rows[i][1] = 3 * rows[i][0] } }
    let problem = Problem(rows: rows, z: (0..<9).map { _ in random.number(-1, 1) })
    let elimination = PartialElimination(problem.gram, count: n, first: first)
    let reduced = elimination.reduced(problem.right)
    var path = try LassoPath(gram: elimination.matrix, right: Array(reduced[first...]))
    while try path.advance() {}
    var rest = [Double](repeating: 0, count: n - first)
    for (index, value) in path.polished() { rest[index] = value }
    let all = elimination.completed(reduced, rest) + rest
    for c: Double in problem.correlations(all) { #expect(abs(c) < 1e-10) }
  }

  @Test("A matrix of products grows piece by piece")
  func products() throws {
    var random = TestRandom(4)
    let rows = (0..<11).map { _ in (0..<3).map { _ in random.number(-1, 1) } }
    var gram = GramMatrix(count: 3)
    for piece in [rows[..<4], rows[4..<4], rows[4...]] {
      try gram.add((0..<3).flatMap { j in piece.map { $0[j] } }, rows: piece.count)
    }
    for i in 0..<3 {
      for j in 0..<3 {
        #expect(abs(gram[i, j] - rows.reduce(0) { $0 + $1[i] * $1[j] }) < 1e-14)
      }
    }
    #expect(gram.selecting([2, 0]) == [gram[2, 2], gram[0, 2], gram[0, 2], gram[0, 0]])
    #expect(throws: FactorizationError.self) { try gram.add([1], rows: 1) }
    #expect(throws: FactorizationError.self) { try gram.add([1, .nan, 0], rows: 1) }
  }
}
