/// Anderson mixing for a fixed point x = G(x): the next iterate combines the last few so that the
/// residual r = x − G(x), were it linear, would be least (Walker & Ni, SIAM J. Numer. Anal. 49,
/// 2011).
///
/// The least-squares problem is solved by its normal equations with a small regularisation. They are
/// updated by one row an iteration, so that an iteration costs O(window · n). On a linear problem
/// the method is equivalent to GMRES.
final class AndersonMixing {
  private let length: Int
  private let window: Int
  /// Differences of residuals and of iterates, oldest overwritten first.
  private let residualDifferences: UnsafeMutablePointer<Double>
  private let iterateDifferences: UnsafeMutablePointer<Double>
  private let lastResidual: UnsafeMutablePointer<Double>
  private let lastIterate: UnsafeMutablePointer<Double>
  private var gram: [Double]
  private var factor: [Double]
  private var coefficients: [Double]
  private var stored = 0
  private var next = 0
  private var hasLast = false

  init(length: Int, window: Int) {
    self.length = length
    self.window = window
    residualDifferences = .allocate(capacity: length * window)
    iterateDifferences = .allocate(capacity: length * window)
    lastResidual = .allocate(capacity: length)
    lastIterate = .allocate(capacity: length)
    gram = Array(repeating: 0, count: window * window)
    factor = gram
    coefficients = Array(repeating: 0, count: window)
  }

  deinit {
    residualDifferences.deallocate()
    iterateDifferences.deallocate()
    lastResidual.deallocate()
    lastIterate.deallocate()
  }

  /// Forgets what it has seen.
  func restart() {
    amplification = 1
    stored = 0
    next = 0
    hasLast = false
  }

  /// How many times longer than the residual the last step was: an estimate from below of
  /// ‖(I − G′)⁻¹‖, and infinite where the differences did not determine a step.
  private(set) var amplification = 1.0

  /// Replaces the iterate x, whose residual is r, by the next one.
  func advance(
    _ x: UnsafeMutableBufferPointer<Double>, residual r: UnsafeMutableBufferPointer<Double>
  ) {
    var largestResidual = 0.0
    for value in r { largestResidual = max(largestResidual, abs(value)) }
    defer {
      if largestResidual > 0, stored > 0 {
        var largestStep = 0.0
        for i in 0..<length { largestStep = max(largestStep, abs(x[i] - lastIterate[i])) }
        if amplification != .infinity { amplification = largestStep / largestResidual }
      }
    }
    amplification = largestResidual > 0 ? 1 : amplification
    if hasLast { store(x, r) }
    hasLast = true
    for i in 0..<length {
      lastResidual[i] = r[i]
      lastIterate[i] = x[i]
    }
    guard stored > 0, solve(r) else {
      if stored > 0, largestResidual > 0 { amplification = .infinity }
      for i in 0..<length { x[i] -= r[i] }
      return
    }
    for i in 0..<length { x[i] -= r[i] }
    for column in 0..<stored {
      let gamma = coefficients[column]
      let dr = residualDifferences + column * length
      let dx = iterateDifferences + column * length
      for i in 0..<length { x[i] -= gamma * (dx[i] - dr[i]) }
    }
  }

  private func store(
    _ x: UnsafeMutableBufferPointer<Double>, _ r: UnsafeMutableBufferPointer<Double>
  ) {
    let dr = residualDifferences + next * length
    let dx = iterateDifferences + next * length
    for i in 0..<length {
      dr[i] = r[i] - lastResidual[i]
      dx[i] = x[i] - lastIterate[i]
    }
    let row = next
    stored = min(stored + 1, window)
    next = (next + 1) % window
    for column in 0..<stored {
      let other = residualDifferences + column * length
      var sum = 0.0
      for i in 0..<length { sum += dr[i] * other[i] }
      gram[row * window + column] = sum
      gram[column * window + row] = sum
    }
  }

  /// Solves (ΔRᵀ ΔR + ε I) γ = ΔRᵀ r by Cholesky; false where that is not possible.
  private func solve(_ r: UnsafeMutableBufferPointer<Double>) -> Bool {
    var trace = 0.0
    for column in 0..<stored {
      trace += gram[column * window + column]
      let dr = residualDifferences + column * length
      var sum = 0.0
      for i in 0..<length { sum += dr[i] * r[i] }
      coefficients[column] = sum
    }
    guard trace > 0, trace.isFinite else { return false }
    let ridge = 1e-14 * trace
    for i in 0..<stored {
      for j in 0...i {
        var sum = gram[i * window + j] + (i == j ? ridge : 0)
        for k in 0..<j { sum -= factor[i * window + k] * factor[j * window + k] }
        if i == j {
          guard sum > 0 else { return false }
          factor[i * window + i] = sum.squareRoot()
        } else {
          factor[i * window + j] = sum / factor[j * window + j]
        }
      }
    }
    for i in 0..<stored {
      for k in 0..<i { coefficients[i] -= factor[i * window + k] * coefficients[k] }
      coefficients[i] /= factor[i * window + i]
    }
    for i in stride(from: stored - 1, through: 0, by: -1) {
      for k in i + 1..<stored { coefficients[i] -= factor[k * window + i] * coefficients[k] }
      coefficients[i] /= factor[i * window + i]
      guard coefficients[i].isFinite else { return false }
    }
    return true
  }
}
