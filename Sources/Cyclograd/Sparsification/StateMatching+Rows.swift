import SparseAlgebra

/// The rows of the student: each follows the path of the lasso, to a radius of its own or to the share of ‖w‖₁ that
/// leaves so many weights in all rows together.
extension StateMatching {
  /// A row of the student.
  struct Solution {
    var coefficients: [Double]
    var free: [Double]
    /// ‖M (a − w)‖².
    var squares: Double
    /// ‖M w‖².
    var size: Double
    /// Where on the path the number of coefficients changes: the share of ‖w‖₁, and the number after it.
    var knots: [(share: Double, count: Int)]
  }

  private func weights(_ row: MatchedRows.Row) -> (bound: [Double], free: [Double]) {
    (
      zip(row.parameters, row.factors).map { teacher.values[$0] * $1 },
      zip(row.freeParameters, row.freeFactors).map { teacher.values[$0] * $1 }
    )
  }

  /// The path of a row, as far as it has been followed.
  private struct RowPath {
    var path: LassoPath
    /// The teacher's weights, free ones first, Mᵀ M times these, and what is left of it after the elimination.
    let weights: [Double]
    let product: [Double]
    let right: [Double]
    /// ‖w‖₁.
    let whole: Double
    /// What edges that go add: Mᵀ M times their weights, at the other columns, and ‖M w‖² of them alone.
    let gone: (product: [Double], square: Double)
    var knots: [(share: Double, count: Int)]

    mutating func advance(normLimit: Double) throws {
      while try path.advance(normLimit: normLimit) {
        knots.append((whole > 0 ? path.norm / whole : 0, path.active.count))
      }
    }
  }

  /// The weights of a row that go, and what they add to the equations of the others.
  private func gonePart(
    _ row: MatchedRows.Row
  ) -> (weights: [Double], product: [Double], square: Double) {
    let columns = row.freeColumns + row.columns
    let weights = zip(row.goneParameters, row.goneFactors).map { teacher.values[$0] * $1 }
    guard let gram, !weights.isEmpty else {
      return ([], [Double](repeating: 0, count: columns.count), 0)
    }
    func product(_ column: Int) -> Double {
      zip(row.goneColumns, weights).reduce(0) { $0 + gram[column, $1.0] * $1.1 }
    }
    return (
      weights, columns.map(product),
      zip(row.goneColumns, weights).reduce(0) { $0 + product($1.0) * $1.1 }
    )
  }

  private func begin(_ index: Int, _ elimination: PartialElimination) throws -> RowPath {
    let (bound, free) = weights(matched.rows[index])
    let gone = gonePart(matched.rows[index])
    let product = zip(elimination.product(free + bound), gone.product).map { $0 + $1 }
    let right = elimination.reduced(product)
    let path = try LassoPath(
      gram: elimination.matrix, right: Array(right[free.count...]), isFinite: elimination.isFinite)
    return RowPath(
      path: path, weights: free + bound, product: product, right: right,
      whole: (bound + gone.weights).reduce(0) { $0 + abs($1) },
      gone: (gone.product, gone.square),
      knots: path.isComplete ? [] : [(share: 0, count: 1)])
  }

  /// Follows the path of one row.
  private func solve(
    _ index: Int, _ elimination: PartialElimination, _ radius: Radius, refits: Bool
  ) throws -> Solution {
    var row = try begin(index, elimination)
    let limit =
      switch radius {
      case .absolute(let radius):
        radius - (matched.kept[matched.rows[index].unit]?.norm(teacher.values) ?? 0)
      case .share(let share), .keep(let share): share * row.whole
      }
    try row.advance(normLimit: limit)
    var coefficients = [Double](repeating: 0, count: matched.rows[index].columns.count)
    // A radius of 0 is the beginning of the path.
    let found = refits ? row.path.leastSquares() : row.path.polished()
    if limit > 0 { for (place, value) in found { coefficients[place] = value } }
    let others = elimination.completed(row.right, coefficients)
    let difference = zip(others + coefficients, row.weights).map { $0 - $1 }
    let image = elimination.product(difference)
    let gone = row.gone
    let squares = dot(difference, image) - 2 * dot(difference, gone.product) + gone.square
    let size = dot(row.weights, row.product) + dot(row.weights, gone.product) + gone.square
    return Solution(
      coefficients: coefficients, free: others, squares: max(0, squares), size: max(0, size),
      knots: row.knots)
  }

  /// All rows, on several threads.
  func solve(_ radius: Radius, refits: Bool) throws -> [Solution] {
    try forEachRow { try solve($0, $1, radius, refits: refits) }
  }

  private func forEachRow<Result: Sendable>(
    _ body: @Sendable (Int, PartialElimination) throws -> Result
  ) throws -> [Result] {
    let work = patterns.flatMap { pattern in pattern.rows.map { ($0, pattern.elimination) } }
    let results = OrderedResults<Result>(count: matched.rows.count)
    try Self.solving {
      try Parallel.forEach(work.count, threads: simulator.options.threads) { _, number in
        let (index, elimination) = work[number]
        results.set(index, try body(index, elimination))
      }
    }
    return results.all
  }

  /// The largest share of ‖w‖₁ with which at most some share of all weights are left.
  func share(keeping part: Double) throws -> Double {
    let budget = Int((part * Double(teacherWeights)).rounded(.down))
    var share = 1 / 64.0
    var rows = try forEachRow { try begin($0, $1) }
    while true {
      let (reach, before) = (share, rows)
      rows = try forEachRow { index, _ in
        var row = before[index]
        try row.advance(normLimit: reach * row.whole)
        return row
      }
      let events = rows.enumerated().flatMap { row, path in
        path.knots.map { (share: $0.share, row: row, count: $0.count) }
      }.sorted { ($0.share, $0.row, $0.count) < ($1.share, $1.row, $1.count) }
      var counts = [Int](repeating: 0, count: matched.rows.count)
      var total = 0
      for event in events {
        total += event.count - counts[event.row]
        counts[event.row] = event.count
        // What enters at a knot is still 0 there.
        guard total > budget else { continue }
        guard event.share > 0 else {
          throw CyclogradError(
            .invalidOption, "\(budget) weights are fewer than the \(matched.rows.count) rows",
            advice: "keep more of the \(teacherWeights)")
        }
        return event.share * (1 - 1e-9)
      }
      guard share < 1 else { return 1 }
      share = min(1, 2 * share)
    }
  }
}
