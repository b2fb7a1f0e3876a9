import COpenBLAS

final class DenseNumericFactorization: NumericFactorization {
  let pattern: SparsePattern
  var method: FactorizationMethod { .dense }

  private var order: Int32
  /// A by rows, which is Aᵀ by columns as LAPACK sees it; then the factors of Aᵀ.
  private let factors: MallocBuffer<Double>
  private let pivots: MallocBuffer<Int32>
  /// One right-hand side, at the same alignment in all solves, since sums of BLAS may depend on it.
  private let column: MallocBuffer<Double>
  private var isFactored = false
  private var norm = 0.0
  private var knownReciprocalCondition: Double?

  init(_ pattern: SparsePattern) throws {
    self.pattern = pattern
    order = Int32(pattern.rowCount)
    factors = try MallocBuffer(count: pattern.rowCount * pattern.rowCount)
    pivots = try MallocBuffer(count: pattern.rowCount)
    column = try MallocBuffer(count: pattern.rowCount)
  }

  func factor(_ values: UnsafeBufferPointer<Double>) throws {
    isFactored = false
    knownReciprocalCondition = nil
    try checkValues(values)

    scatter(values)
    var info: Int32 = 0
    dgetrf_(&order, &order, factors.pointer, &order, pivots.pointer, &info)
    if info > 0 {
      throw FactorizationError(.singular, "pivot \(info) is zero", libraryStatus: Int(info))
    }
    if info < 0 {
      throw FactorizationError(
        .internalError, "dgetrf rejected an argument", libraryStatus: Int(info))
    }
    // What overflows in a column spreads to its diagonal entry.
    for i in 0..<Int(order) where !factors.pointer[i * Int(order) + i].isFinite {
      throw FactorizationError(.notFinite, "the factorization overflowed at pivot \(i + 1)")
    }
    isFactored = true
  }

  private func scatter(_ values: UnsafeBufferPointer<Double>) {
    let n = Int(order)
    factors.pointer.update(repeating: 0, count: n * n)
    norm = 0
    for row in 0..<n {
      let target = factors.pointer + row * n
      var rowSum = 0.0
      for entry in pattern.entries(ofRow: row) {
        target[Int(pattern.columns[entry])] = values[entry]
        rowSum += abs(values[entry])
      }
      norm = max(norm, rowSum)
    }
  }

  func solve(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try substitute("T", x, rightHandSides)
  }

  func solveTransposed(_ x: UnsafeMutableBufferPointer<Double>, rightHandSides: Int) throws {
    try substitute("N", x, rightHandSides)
  }

  private func substitute(
    _ form: Character, _ x: UnsafeMutableBufferPointer<Double>, _ rightHandSides: Int
  ) throws {
    try checkFactored(isFactored)
    var form = CChar(form.asciiValue!)
    var one: Int32 = 1
    let count = Int(order)
    try forEachColumn(of: x, count: rightHandSides) { x in
      column.pointer.update(from: x, count: count)
      var info: Int32 = 0
      dgetrs_(
        &form, &order, &one, factors.pointer, &order, pivots.pointer, column.pointer, &order,
        &info, 1)
      if info != 0 {
        throw FactorizationError(
          .internalError, "dgetrs rejected an argument", libraryStatus: Int(info))
      }
      x.update(from: column.pointer, count: count)
    }
  }

  var reciprocalConditionEstimate: Double {
    guard isFactored else { return 0 }
    if let knownReciprocalCondition { return knownReciprocalCondition }
    let n = Int(order)
    var work = [Double](repeating: 0, count: 4 * n)
    var integerWork = [Int32](repeating: 0, count: n)
    // The 1-norm of what LAPACK sees is the ∞-norm of A.
    var form = CChar(Character("1").asciiValue!)
    var estimate = 0.0
    var info: Int32 = 0
    dgecon_(
      &form, &order, factors.pointer, &order, &norm, &estimate, &work, &integerWork, &info, 1)
    estimate = min(estimate, 1)  // It may exceed 1 by a rounding error.
    knownReciprocalCondition = estimate
    return estimate
  }
}
