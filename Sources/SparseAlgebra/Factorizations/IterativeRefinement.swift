/// Solves and then improves solutions by solving for their residuals, with reusable workspace.
///
/// The result's quality is the componentwise backward error of Oettli and Prager: the smallest ω
/// such that the solution is exact for a matrix and a right-hand side whose entries differ from
/// the given ones by at most a fraction ω each.
public struct IterativeRefinement {
  private var residual: [Double]
  private var scale: [Double]
  private var previous: [Double]

  /// Prepares workspace for systems of the given order; other orders make it allocate again.
  public init(order: Int) {
    residual = Array(repeating: 0, count: order)
    scale = residual
    previous = residual
  }

  /// Solves A x = b, or Aᵀ x = b, and returns the backward error of the solution.
  ///
  /// A step that does not lower the backward error is taken back and ends the refinement. The
  /// residuals are computed in double precision.
  ///
  /// - Parameters:
  ///   - numeric: A factor of the matrix, or of one near it.
  ///   - values: The matrix, in the order of the pattern of `numeric`.
  ///   - b: One right-hand side; it must not overlap `x`.
  ///   - x: Where the solution goes.
  ///   - transposed: Whether to solve with the transpose.
  ///   - steps: The largest number of refinement steps.
  /// - Returns: The backward error; infinite when the solution is not finite.
  /// - Throws: ``FactorizationError``: `notFactored`, or `invalidArgument` for a wrong length.
  public mutating func solve(
    _ numeric: any NumericFactorization, values: UnsafeBufferPointer<Double>,
    rightHandSide b: UnsafeBufferPointer<Double>, solution x: UnsafeMutableBufferPointer<Double>,
    transposed: Bool = false, steps: Int = 2
  ) throws -> Double {
    let pattern = numeric.pattern
    let order = pattern.rowCount
    guard values.count == pattern.entryCount, b.count == order, x.count == order else {
      throw FactorizationError(
        .invalidArgument,
        """
        a system of order \(order) with \(pattern.entryCount) entries does not fit \
        \(values.count) values, a right-hand side of \(b.count) and a solution of \(x.count)
        """)
    }
    if residual.count != order { self = IterativeRefinement(order: order) }

    for i in 0..<order { x[i] = b[i] }
    try Self.substitute(numeric, x, transposed)
    var error = backwardError(pattern, values, b, UnsafeBufferPointer(x), transposed)
    for _ in 0..<max(steps, 0) where error > Double.ulpOfOne / 2 {
      for i in 0..<order { previous[i] = x[i] }
      try residual.withUnsafeMutableBufferPointer { try Self.substitute(numeric, $0, transposed) }
      for i in 0..<order { x[i] += residual[i] }
      let newError = backwardError(pattern, values, b, UnsafeBufferPointer(x), transposed)
      guard newError < error else {
        for i in 0..<order { x[i] = previous[i] }
        break
      }
      error = newError
    }
    return error
  }

  private static func substitute(
    _ numeric: any NumericFactorization, _ x: UnsafeMutableBufferPointer<Double>,
    _ transposed: Bool
  ) throws {
    if transposed {
      try numeric.solveTransposed(x, rightHandSides: 1)
    } else {
      try numeric.solve(x, rightHandSides: 1)
    }
  }

  /// Leaves b − A x in `residual`.
  private mutating func backwardError(
    _ pattern: SparsePattern, _ values: UnsafeBufferPointer<Double>,
    _ b: UnsafeBufferPointer<Double>, _ x: UnsafeBufferPointer<Double>, _ transposed: Bool
  ) -> Double {
    for i in 0..<b.count {
      residual[i] = b[i]
      scale[i] = abs(b[i])
    }
    for row in 0..<pattern.rowCount {
      for entry in pattern.entries(ofRow: row) {
        let column = Int(pattern.columns[entry])
        let (target, source) = transposed ? (column, row) : (row, column)
        let product = values[entry] * x[source]
        residual[target] -= product
        scale[target] += abs(product)
      }
    }
    var error = 0.0
    for i in 0..<b.count where residual[i] != 0 {
      let component = abs(residual[i]) / scale[i]
      guard component.isFinite else { return .infinity }
      error = max(error, component)
    }
    return error
  }
}

extension NumericFactorization {
  /// Solves one system with iterative refinement, in workspace made for this one call.
  ///
  /// ``IterativeRefinement`` keeps the workspace and says what is computed.
  public func solveRefined(
    _ b: [Double], values: [Double], transposed: Bool = false, steps: Int = 2
  ) throws -> (solution: [Double], backwardError: Double) {
    var refinement = IterativeRefinement(order: b.count)
    var x = b
    let error = try b.withUnsafeBufferPointer { b in
      try values.withUnsafeBufferPointer { values in
        try x.withUnsafeMutableBufferPointer { x in
          try refinement.solve(
            self, values: values, rightHandSide: b, solution: x, transposed: transposed,
            steps: steps)
        }
      }
    }
    return (x, error)
  }
}
