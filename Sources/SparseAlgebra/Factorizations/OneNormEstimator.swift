/// Estimates the 1-norm of a square matrix that is known by its products (Hager 1984; Higham, ACM Trans. Math. Softw.
/// 14, 1988; LAPACK's `dlacon`).
///
/// The estimate is the norm of a product, so a lower bound up to rounding; it is nearly always within a factor of 3.
/// All starting vectors are fixed, so that the same matrix gives the same estimate. The workspace is kept.
public struct OneNormEstimator: Sendable {
  /// How many columns of the matrix are tried at most.
  private static let columnLimit = 3

  private var x: [Double]
  private var signs: [Double]

  /// Prepares workspace of 2 · order numbers; other orders make it allocate again.
  public init(order: Int) {
    x = Array(repeating: 0, count: max(0, order))
    signs = x
  }

  /// A lower bound of ‖M‖₁, and infinity where a product is not finite.
  ///
  /// - Complexity: usually three products with M and two with Mᵀ, at most five and three, and O(n) for each.
  /// - Parameters:
  ///   - order: n, the number of rows and columns of M.
  ///   - multiply: replaces x, n numbers, by M x.
  ///   - multiplyTransposed: replaces x, n numbers, by Mᵀ x.
  /// - Throws: What the products throw.
  public mutating func estimate(
    order: Int,
    multiply: (UnsafeMutableBufferPointer<Double>) throws -> Void,
    multiplyTransposed: (UnsafeMutableBufferPointer<Double>) throws -> Void
  ) rethrows -> Double {
    guard order > 0 else { return 0 }
    if x.count != order { self = OneNormEstimator(order: order) }

    for i in x.indices { x[i] = 1 / Double(order) }
    try x.withUnsafeMutableBufferPointer { try multiply($0) }
    var norm = sumOfMagnitudes()
    guard norm.isFinite, order > 1 else { return norm }
    for i in x.indices { signs[i] = 0 }

    for _ in 0..<Self.columnLimit {
      // The gradient of ‖M x‖₁. Where the signs are those of before, x was a local maximum.
      guard takeSigns() else { break }
      for i in x.indices { x[i] = signs[i] }
      try x.withUnsafeMutableBufferPointer { try multiplyTransposed($0) }
      guard sumOfMagnitudes().isFinite else { return .infinity }
      let column = indexOfLargestMagnitude()
      for i in x.indices { x[i] = i == column ? 1 : 0 }
      try x.withUnsafeMutableBufferPointer { try multiply($0) }
      let columnNorm = sumOfMagnitudes()
      guard columnNorm.isFinite else { return .infinity }
      guard columnNorm > norm else { break }
      norm = columnNorm
    }

    // Catches matrices for which the products above cancel.
    for i in x.indices {
      let magnitude = 1 + Double(i) / Double(order - 1)
      x[i] = i.isMultiple(of: 2) ? magnitude : -magnitude
    }
    try x.withUnsafeMutableBufferPointer { try multiply($0) }
    let alternating = sumOfMagnitudes()
    guard alternating.isFinite else { return .infinity }
    return max(norm, 2 * alternating / (3 * Double(order)))
  }

  /// ‖x‖₁; infinite where x is not finite.
  private func sumOfMagnitudes() -> Double {
    var sum = 0.0
    for value in x { sum += abs(value) }
    return sum.isNaN ? .infinity : sum
  }

  /// Stores the signs of x, and tells whether one changed.
  private mutating func takeSigns() -> Bool {
    var hasChanged = false
    for i in x.indices {
      let sign = x[i] < 0 ? -1.0 : 1
      if sign != signs[i] { hasChanged = true }
      signs[i] = sign
    }
    return hasChanged
  }

  private func indexOfLargestMagnitude() -> Int {
    var largest = 0
    for i in x.indices where abs(x[i]) > abs(x[largest]) { largest = i }
    return largest
  }
}
