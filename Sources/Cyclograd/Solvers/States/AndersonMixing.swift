import SparseAlgebra

/// Anderson mixing for a fixed point x = G(x): the next iterate combines the last few so that the
/// residual r = x − G(x), were it linear, would be least (Walker & Ni, SIAM J. Numer. Anal. 49,
/// 2011).
///
/// The least-squares problem is solved by its normal equations with a small regularisation. They are
/// updated by one row an iteration, so that an iteration costs O(window · n). On a linear problem
/// the method is equivalent to GMRES.
package final class AndersonMixing {
  private let length: Int
  private let window: Int
  /// Who does the pieces of a vector.
  var context = ExecutionContext.serial
  /// The other processes that hold parts of the vectors; `nil` where there are none.
  private let others: VectorParts?
  private let pieces: Int
  /// Differences of r and of x − r, oldest overwritten first.
  private let columns: [UnsafeMutablePointer<Double>?]
  private let moves: [UnsafeMutablePointer<Double>?]
  private let lastResidual: UnsafeMutablePointer<Double>
  private let lastIterate: UnsafeMutablePointer<Double>
  private let storage: UnsafeMutablePointer<Double>
  /// ΔRᵀ ΔR, its Cholesky factor, and the right-hand side that becomes γ: raw memory, because their loops of a few
  /// elements would otherwise be spent on checks of bounds and of access.
  private let gram: UnsafeMutablePointer<Double>
  private let factor: UnsafeMutablePointer<Double>
  private let coefficients: UnsafeMutablePointer<Double>
  /// What each piece contributes: the new row of the Gram matrix, ΔRᵀ r, and the largest element.
  private let parts: UnsafeMutablePointer<Double>
  private var stored = 0
  private var next = 0
  private var hasLast = false

  /// - Parameters:
  ///   - length: of the vectors, or of the part of them that this process holds.
  ///   - window: how many earlier iterates are combined.
  ///   - others: the processes that hold the other parts, if there are some.
  package init(length: Int, window: Int, others: VectorParts? = nil) {
    self.length = length
    self.others = others
    self.window = window
    let capacity = (2 * window + 2) * length + (2 * window + 1) * window
    let storage = UnsafeMutablePointer<Double>.allocate(capacity: capacity)
    storage.initialize(repeating: 0, count: capacity)
    self.storage = storage
    columns = (0..<window).map { storage + $0 * length }
    moves = (window..<2 * window).map { storage + $0 * length }
    lastResidual = storage + 2 * window * length
    lastIterate = lastResidual + length
    gram = lastIterate + length
    factor = gram + window * window
    coefficients = factor + window * window
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
  static func window(_ component: Component) -> Int { window(units: component.unitCount) }

  /// The same for a system of so many units.
  package static func window(units: Int) -> Int { units > 4096 ? 5 : 8 }

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
    var largestStep = largest { _, range in
      MixingKernels.update(
        range, x: x, r: r, lastX: lastIterate, moves: moves, coefficients: coefficients, used: used)
    }
    if let others { largestStep = others.largest(largestStep) }
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
    guard let others else { return result }
    return addOthers(others, row: place, result)
  }

  /// Takes in what the other processes have found of their parts.
  private func addOthers(_ others: VectorParts, row: Int, _ largest: Double) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * window) { sums in
      for column in 0..<stored {
        sums[column] = gram[row * window + column]
        sums[stored + column] = coefficients[column]
      }
      others.add(UnsafeMutableBufferPointer(rebasing: sums[..<(2 * stored)]))
      for column in 0..<stored {
        gram[row * window + column] = sums[column]
        gram[column * window + row] = sums[column]
        coefficients[column] = sums[stored + column]
      }
    }
    return others.largest(largest)
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
    let (stored, window, gram, factor, gamma) = (stored, window, gram, factor, coefficients)
    var trace = 0.0
    for column in 0..<stored { trace += gram[column * window + column] }
    guard trace > 0, trace.isFinite else { return false }
    let ridge = 1e-14 * trace
    for i in 0..<stored {
      let row = factor + i * window
      for j in 0...i {
        let other = factor + j * window
        var sum = gram[i * window + j] + (i == j ? ridge : 0)
        for k in 0..<j { sum -= row[k] * other[k] }
        if i == j {
          guard sum > 0 else { return false }
          row[i] = sum.squareRoot()
        } else {
          row[j] = sum / other[j]
        }
      }
    }
    for i in 0..<stored {
      for k in 0..<i { gamma[i] -= factor[i * window + k] * gamma[k] }
      gamma[i] /= factor[i * window + i]
    }
    for i in stride(from: stored - 1, through: 0, by: -1) {
      for k in i + 1..<stored { gamma[i] -= factor[k * window + i] * gamma[k] }
      gamma[i] /= factor[i * window + i]
      guard gamma[i].isFinite else { return false }
    }
    return true
  }
}
