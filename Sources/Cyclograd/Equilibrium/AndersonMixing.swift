import SparseAlgebra

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
  private let residualDifferences: [UnsafeMutablePointer<Double>?]
  private let iterateDifferences: [UnsafeMutablePointer<Double>?]
  private let lastResidual: UnsafeMutablePointer<Double>
  private let lastIterate: UnsafeMutablePointer<Double>
  private let storage: UnsafeMutablePointer<Double>
  private var gram: [Double]
  private var factor: [Double]
  private var row: [Double]
  private var coefficients: [Double]
  private var stored = 0
  private var next = 0
  private var hasLast = false

  init(length: Int, window: Int) {
    self.length = length
    self.window = window
    let storage = UnsafeMutablePointer<Double>.allocate(capacity: (2 * window + 2) * length)
    storage.initialize(repeating: 0, count: (2 * window + 2) * length)
    self.storage = storage
    residualDifferences = (0..<window).map { storage + $0 * length }
    iterateDifferences = (window..<2 * window).map { storage + $0 * length }
    lastResidual = storage + 2 * window * length
    lastIterate = lastResidual + length
    gram = Array(repeating: 0, count: window * window)
    factor = gram
    row = Array(repeating: 0, count: window)
    coefficients = row
  }

  deinit { storage.deallocate() }

  /// How many earlier iterates are combined where nothing else was asked for. On large components fewer
  /// serve as well, measured on lattices, and each costs a pass over memory.
  static func window(_ component: Component) -> Int { component.unitCount > 4096 ? 5 : 8 }

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
    guard let x = x.baseAddress, let r = r.baseAddress else { return }
    guard hasLast else {
      hasLast = true
      lastResidual.update(from: r, count: length)
      lastIterate.update(from: x, count: length)
      for i in 0..<length { x[i] -= r[i] }
      return
    }
    let largestResidual = store(x, r)
    let isDetermined = solve()
    let largestStep = MixingKernels.update(
      count: length, x: x, r: r, lastX: lastIterate, dr: residualDifferences,
      dx: iterateDifferences, coefficients: coefficients, used: isDetermined ? stored : 0)
    guard largestResidual > 0 else { return }
    amplification = isDetermined ? largestStep / largestResidual : .infinity
  }

  /// Takes in the last step, and leaves ΔRᵀ r in the coefficients; returns the largest |r|.
  private func store(_ x: UnsafePointer<Double>, _ r: UnsafePointer<Double>) -> Double {
    let place = next
    stored = min(stored + 1, window)
    next = (next + 1) % window
    let largest = MixingKernels.store(
      count: length, x: x, r: r, lastX: lastIterate, lastR: lastResidual,
      columns: residualDifferences, used: stored, row: place, dx: iterateDifferences[place]!,
      gram: &row, projection: &coefficients)
    for column in 0..<stored {
      gram[place * window + column] = row[column]
      gram[column * window + place] = row[column]
    }
    return largest
  }

  /// Solves (ΔRᵀ ΔR + ε I) γ = ΔRᵀ r by Cholesky; false where that is not possible.
  ///
  /// On entry the coefficients hold ΔRᵀ r.
  private func solve() -> Bool {
    var trace = 0.0
    for column in 0..<stored { trace += gram[column * window + column] }
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
