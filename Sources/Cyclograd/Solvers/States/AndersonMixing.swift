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
  /// Who does the pieces of a vector.
  var context = ExecutionContext.serial
  private let pieces: Int
  /// Differences of r and of x − r, oldest overwritten first.
  private let columns: [UnsafeMutablePointer<Double>?]
  private let moves: [UnsafeMutablePointer<Double>?]
  private let lastResidual: UnsafeMutablePointer<Double>
  private let lastIterate: UnsafeMutablePointer<Double>
  private let storage: UnsafeMutablePointer<Double>
  private var gram: [Double]
  private var factor: [Double]
  /// What each piece contributes: the new row of the Gram matrix, ΔRᵀ r, and the largest element.
  private let parts: UnsafeMutablePointer<Double>
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
    columns = (0..<window).map { storage + $0 * length }
    moves = (window..<2 * window).map { storage + $0 * length }
    lastResidual = storage + 2 * window * length
    lastIterate = lastResidual + length
    gram = Array(repeating: 0, count: window * window)
    factor = gram
    coefficients = Array(repeating: 0, count: window)
    pieces = Parallel.pieces(length * window)
    let count = pieces * (2 * window + 1)
    parts = .allocate(capacity: count)
    parts.initialize(repeating: 0, count: count)
  }

  deinit {
    storage.deallocate()
    parts.deallocate()
  }

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

  /// The iterate that ``advance(_:residual:)`` has replaced last.
  func copyReplaced(to x: UnsafeMutableBufferPointer<Double>) {
    x.copy(from: UnsafeMutableBufferPointer(start: lastIterate, count: length))
  }

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
    let used = isDetermined ? stored : 0
    let largestStep = largest { _, range in
      MixingKernels.update(
        range, x: x, r: r, lastX: lastIterate, moves: moves, coefficients: coefficients, used: used)
    }
    guard largestResidual > 0 else { return }
    amplification = isDetermined ? largestStep / largestResidual : .infinity
  }

  /// Takes in the last step, and leaves ΔRᵀ r in the coefficients; returns the largest |r|.
  private func store(_ x: UnsafePointer<Double>, _ r: UnsafePointer<Double>) -> Double {
    let place = next
    stored = min(stored + 1, window)
    next = (next + 1) % window
    let width = 2 * window + 1
    let result = largest { part, range in
      MixingKernels.store(
        range, x: x, r: r, lastX: lastIterate, lastR: lastResidual, columns: columns, moves: moves,
        used: stored, row: place, gram: part, projection: part + window)
    }
    for column in 0..<stored {
      var (product, projection) = (0.0, 0.0)
      for piece in 0..<pieces {
        product += parts[piece * width + column]
        projection += parts[piece * width + window + column]
      }
      gram[place * window + column] = product
      gram[column * window + place] = product
      coefficients[column] = projection
    }
    return result
  }

  /// Calls `body` for each piece of the vectors, with room for what it contributes, and returns the
  /// largest of what it returns.
  private func largest(
    _ body: (_ part: UnsafeMutablePointer<Double>, Range<Int>) -> Double
  ) -> Double {
    let width = 2 * window + 1
    context.forEachPart(of: 0..<length, pieces) { piece, range in
      let part = parts + piece * width
      part[width - 1] = body(part, range)
    }
    return (0..<pieces).reduce(0) { max($0, parts[$1 * width + width - 1]) }
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
