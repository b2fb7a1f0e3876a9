import SparseAlgebra
import TestSupport
import Testing

@Suite("Linear programs", .enabled(if: LinearProgram.isAvailable))
struct LinearProgramTests {
  private typealias Terms = [(column: Int, value: Double)]

  @Test("an optimum is that of all corners, and its duals prove it")
  func corners() throws {
    var random = TestRandom(1)
    for _ in 0..<60 {
      var program = LinearProgram()
      for _ in 0..<2 { _ = program.addColumn(random.number(-2, -0.5), random.number(0.5, 2)) }
      var rows: [(a: [Double], lower: Double, upper: Double)] = []
      for _ in 0..<3 {
        let a = [random.number(-1, 1), random.number(-1, 1)]
        let row = (a: a, lower: random.number(-2, -0.1), upper: random.number(0.1, 2))
        rows.append(row)
        program.addRow(row.lower, row.upper, [(0, a[0]), (1, 0.25 * a[1]), (1, 0.75 * a[1])])
      }
      // Every corner is where two lines meet.
      var lines = rows.flatMap { [($0.a, $0.lower), ($0.a, $0.upper)] }
      for j in 0..<2 {
        let unit = j == 0 ? [1.0, 0] : [0, 1.0]
        lines += [(unit, program.columnLower[j]), (unit, program.columnUpper[j])]
      }
      var corners: [[Double]] = []
      for (i, p) in lines.enumerated() {
        for q in lines.dropFirst(i + 1) {
          let det = p.0[0] * q.0[1] - p.0[1] * q.0[0]
          guard abs(det) > 1e-9 else { continue }
          let x = [
            (p.1 * q.0[1] - p.0[1] * q.1) / det, (p.0[0] * q.1 - p.1 * q.0[0]) / det,
          ]
          let isInside =
            (0..<2).allSatisfy {
              x[$0] >= program.columnLower[$0] - 1e-9 && x[$0] <= program.columnUpper[$0] + 1e-9
            }
            && rows.allSatisfy {
              let value = $0.a[0] * x[0] + $0.a[1] * x[1]
              return value >= $0.lower - 1e-9 && value <= $0.upper + 1e-9
            }
          if isInside { corners.append(x) }
        }
      }
      let solver = try LinearProgramSolver(program)
      for _ in 0..<4 {
        let c = [random.number(-1, 1), random.number(-1, 1)]
        let best = corners.map { c[0] * $0[0] + c[1] * $0[1] }.max()!
        let found = try #require(solver.maximum(of: c))
        #expect(abs(found.value - best) < 1e-7)
        #expect(abs(c[0] * found.columns[0] + c[1] * found.columns[1] - best) < 1e-7)
        // cᵀx ≤ Σ y b + max (c − Aᵀy) x, each at the side of its sign.
        var sum = 0.0
        var rest = c
        for (row, y) in zip(rows, found.duals) {
          sum += y > 0 ? y * row.upper : y * row.lower
          for j in 0..<2 { rest[j] -= y * row.a[j] }
        }
        for j in 0..<2 {
          sum += rest[j] > 0 ? rest[j] * program.columnUpper[j] : rest[j] * program.columnLower[j]
        }
        #expect(abs(sum - best) < 1e-7)
      }
    }
  }

  @Test("the relaxations of a published example have their known values")
  func published() throws {
    let a = [
      [0.3, -0.2, 0.0, 0.1], [0.25, 0.0, -0.4, 0.0], [0.0, 0.35, 0.1, -0.3],
      [-0.2, 0.0, 0.15, 0.2],
    ]
    let b = [[1.0, -0.5, 0.0], [0.0, 0.75, 0.5], [-0.6, 0.0, 1.0], [0.4, 0.3, -0.8]]
    let (u, sigma) = ([0.8, -0.3, 0.5], [0.1, 0.05, 0.2])
    func solve(_ start: [Double], _ step: ([Double]) -> [Double]) -> [Double] {
      (0..<300).reduce(start) { x, _ in step(x) }
    }
    func product(_ m: [[Double]], _ x: [Double], _ i: Int, absolute: Bool = false) -> Double {
      zip(m[i], x).reduce(0) { $0 + (absolute ? abs($1.0) : $1.0) * $1.1 }
    }
    let x = solve([0, 0, 0, 0]) { x in
      (0..<4).map { max(0, product(a, x, $0) + product(b, u, $0)) }
    }
    let reach = solve([0, 0, 0, 0]) { s in
      (0..<4).map { product(a, s, $0, absolute: true) + product(b, sigma, $0, absolute: true) }
    }
    let objective = [1.0, -1.6, 1.2, -1.2, 0.1, -0.05, -0.2]
    func optimum(isEquality: (Int) -> Bool) throws -> LinearProgram.Solution {
      var program = LinearProgram()
      for i in 0..<4 { _ = program.addColumn(max(0, x[i] - reach[i]), x[i] + reach[i]) }
      for j in 0..<3 { _ = program.addColumn(u[j] - sigma[j], u[j] + sigma[j]) }
      for i in 0..<4 {
        let terms: Terms =
          [(i, 1)] + a[i].enumerated().map { ($0.offset, -$0.element) }
          + b[i].enumerated().map { ($0.offset + 4, -$0.element) }
        program.addRow(0, isEquality(i) ? 0 : .infinity, terms)
      }
      return try #require(LinearProgramSolver(program).maximum(of: objective))
    }
    let printed = try optimum { _ in false }
    #expect(abs(printed.value - 2.6426853825410084) < 1e-7)
    let theorem = try optimum { x[$0] - reach[$0] > 0 }
    #expect(abs(theorem.value - 2.515563395912716) < 1e-7)
  }

  @Test("what has no optimum has no solution, and NaN is refused")
  func refused() throws {
    var empty = LinearProgram()
    let x = empty.addColumn(0, 1)
    empty.addRow(2, .infinity, [(x, 1)])
    #expect(try LinearProgramSolver(empty).maximum(of: [1])?.value == nil)
    var open = LinearProgram()
    _ = open.addColumn(0, .infinity)
    #expect(try LinearProgramSolver(open).maximum(of: [1])?.value == nil)
    #expect(try LinearProgramSolver(open).maximum(of: [.nan])?.value == nil)
    #expect(try LinearProgramSolver(open).maximum(of: [1, 2])?.value == nil)
    var broken = LinearProgram()
    _ = broken.addColumn(.nan, 1)
    #expect(throws: FactorizationError.self) { try LinearProgramSolver(broken) }
  }
}

@Suite("Builds without linear programs", .enabled(if: !LinearProgram.isAvailable))
struct NoLinearProgramTests {
  @Test("say which trait is missing")
  func message() {
    let error = #expect(throws: FactorizationError.self) {
      try LinearProgramSolver(LinearProgram())
    }
    #expect(error?.code == .unavailable && error?.message.contains("Clp") == true)
  }
}
