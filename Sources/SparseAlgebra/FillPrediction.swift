/// A cheap guess, made before any ordering, of what a direct factorization would cost.
public struct FillPrediction: Hashable, Sendable {
  /// The predicted order of the largest dense submatrix that the elimination works on.
  public let largestFront: Int
  /// The order of the pattern.
  public let order: Int

  /// The bytes that the largest front takes.
  public var bytes: Double { 8 * Double(largestFront) * Double(largestFront) }

  /// The operations that eliminating the largest front takes.
  public var flops: Double {
    let front = Double(largestFront)
    return 2.0 / 3.0 * front * front * front
  }

  /// Predicts the fill of a square pattern in time O(n + entries).
  public init(_ pattern: SparsePattern) {
    precondition(pattern.isSquare, "only square matrices are factored")
    order = pattern.rowCount
    var graph = EliminationGraph(pattern)
    let removed = graph.removeDenseVertices()
    graph.eliminateLowDegrees()
    largestFront = min(order, removed + graph.widestLevel())
  }

  /// Whether ordering the pattern and reading the precise estimates is worth the time.
  public func isFeasible(maximumBytes: Double = 4e9, maximumFlops: Double = 1e12) -> Bool {
    order <= Self.alwaysFeasibleOrder || (bytes <= maximumBytes && flops <= maximumFlops)
  }

  /// Up to this order even a full matrix is factored in seconds.
  static let alwaysFeasibleOrder = 5_000
}
