import SparseAlgebra

/// Anderson mixing for a fixed point x = G(x): the next iterate combines the last few so that the
/// residual r = x − G(x), were it linear, would be least (Walker & Ni, SIAM J. Numer. Anal. 49,
/// 2011).
///
/// Where vectors are long, and as long as plain steps do not make the residual grow, two of them are taken
/// between one mixed iterate and the next (Pratapa, Suryanarayana & Pask, J. Comput. Phys. 306, 2016):
/// mixing passes over a dozen vectors, which is more than a sweep over a sparse matrix, and combining every
/// third iterate takes about as many sweeps.
///
/// The least-squares problem is solved by its normal equations with a small regularisation. They are
/// updated by the new differences, so that mixing costs O(window · n) an iterate. On a linear problem
/// the method is equivalent to GMRES.
package final class AndersonMixing {
  /// See ``interval(units:)``.
  private let usualInterval: Int
  private let length: Int
  private let window: Int
  /// Who does the pieces of a vector.
  var context = ExecutionContext.serial
  /// The other processes that hold parts of the vectors; `nil` where there are none.
  private let others: VectorParts?
  private let pieces: Int
  private let storage: UnsafeMutablePointer<Double>
  /// The last iterates and their residuals, one more than differences, oldest overwritten first; and the same in their order.
  private let iterates: [UnsafeMutablePointer<Double>]
  private let residuals: [UnsafeMutablePointer<Double>]
  private let orderedIterates: UnsafeMutablePointer<UnsafePointer<Double>?>
  private let orderedResiduals: UnsafeMutablePointer<UnsafePointer<Double>?>
  /// The products of differences by the places of their later residuals, those that are combined and their Cholesky factor, and
  /// the right-hand side that becomes γ: raw memory, because their loops of a few elements would otherwise be spent on
  /// checks of bounds and of access.
  private let known: UnsafeMutablePointer<Double>
  private let gram: UnsafeMutablePointer<Double>
  private let factor: UnsafeMutablePointer<Double>
  private let coefficients: UnsafeMutablePointer<Double>
  /// What each piece contributes: products of fresh differences, ΔRᵀ r, and the largest element.
  private let parts: UnsafeMutablePointer<Double>
  /// How many iterates are kept, and where the last one is.
  private var stored = 0
  private var last = 0
  /// How many were kept since the last mixed iterate.
  private var sinceMixed = 0
  private var interval: Int
  /// ‖r‖₂² before a plain step.
  private var squaresBefore: Double?
  /// What residuals are multiplied with in ``known``.
  private var scale = 1.0

  /// - Parameters:
  ///   - length: of the vectors, or of the part of them that this process holds.
  ///   - window: how many differences of iterates are combined.
  ///   - interval: see ``interval(units:)``; that of a vector of this length if `nil`.
  ///   - others: the processes that hold the other parts, if there are some.
  package init(length: Int, window: Int, interval: Int? = nil, others: VectorParts? = nil) {
    let window = min(max(1, window), MixingKernels.mostDifferences)
    (self.length, self.window, self.others) = (length, window, others)
    usualInterval = interval ?? Self.interval(units: length)
    self.interval = usualInterval
    let kept = window + 1
    let capacity = 2 * kept * length + kept * kept + (2 * window + 1) * window
    let storage = UnsafeMutablePointer<Double>.allocate(capacity: capacity)
    storage.initialize(repeating: 0, count: capacity)
    self.storage = storage
    iterates = (0..<kept).map { storage + $0 * length }
    residuals = (kept..<2 * kept).map { storage + $0 * length }
    orderedIterates = .allocate(capacity: 2 * kept)
    orderedIterates.initialize(repeating: nil, count: 2 * kept)
    orderedResiduals = orderedIterates + kept
    known = storage + 2 * kept * length
    gram = known + kept * kept
    factor = gram + window * window
    coefficients = factor + window * window
    pieces = Parallel.pieces(length * window)
    let count = pieces * Self.partWidth(window)
    parts = .allocate(capacity: count)
    parts.initialize(repeating: 0, count: count)
  }

  deinit {
    storage.deallocate()
    orderedIterates.deallocate()
    parts.deallocate()
  }

  private static func partWidth(_ window: Int) -> Int { (window + 1) * window + 1 }

  /// How many differences of iterates are combined where nothing else was asked for. On large components fewer
  /// serve as well, measured on lattices, and each costs a pass over memory.
  static func window(_ component: Component) -> Int { window(units: component.unitCount) }

  /// The same for a system of so many units.
  package static func window(units: Int) -> Int { units > 4096 ? 5 : 8 }

  /// How many steps lead from one mixed iterate to the next while plain ones do no harm, in a system of so
  /// many units. Where there are few, a pass over a dozen vectors is cheap, and hard problems are solved more
  /// surely with all iterates.
  package static func interval(units: Int) -> Int { units > 4096 ? 3 : 1 }

  /// Forgets what it has seen.
  ///
  /// - Parameter mixesAlways: whether plain steps are known to do harm.
  func restart(mixesAlways: Bool = false) {
    amplification = 1
    (stored, sinceMixed, scale) = (0, 0, 1)
    interval = mixesAlways ? 1 : usualInterval
    squaresBefore = nil
  }

  /// How many times longer than the residual the last mixed step was: an estimate from below of
  /// ‖(I − G′)⁻¹‖, and infinite where the differences did not determine a step.
  private(set) var amplification = 1.0

  /// The iterate that ``advance(_:residual:mustMix:)`` has replaced last.
  func copyReplaced(to x: UnsafeMutableBufferPointer<Double>) {
    x.copy(from: UnsafeMutableBufferPointer(start: iterates[last], count: length))
  }

  /// Replaces the iterate x, whose residual is r, by the next one.
  ///
  /// - Parameter mustMix: whether to combine iterates now, for what the ``amplification`` says.
  func advance(
    _ x: UnsafeMutableBufferPointer<Double>, residual r: UnsafeMutableBufferPointer<Double>,
    mustMix: Bool = false
  ) {
    guard let x = x.baseAddress, let r = r.baseAddress else { return }
    let isFirst = stored == 0
    last = isFirst ? 0 : (last + 1) % (window + 1)
    stored = min(stored + 1, window + 1)
    sinceMixed += 1
    let mixes = !isFirst && (mustMix || sinceMixed >= interval)
    let largestResidual = largest { part, range in
      let kept = MixingKernels.keep(
        range, x: x, r: r, keptX: iterates[last], keptR: residuals[last], isPlain: !mixes)
      part[0] = kept.squares
      return kept.largest
    }
    if interval > 1 { watch(isPlain: !mixes) }
    if mixes { mix(x, largestResidual) }
  }

  /// Mixes every iterate from now on where a plain step has made ‖r‖₂ grow.
  private func watch(isPlain: Bool) {
    let width = Self.partWidth(window)
    var squares = (0..<pieces).reduce(0) { $0 + parts[$1 * width] }
    if let others {
      withUnsafeMutablePointer(to: &squares) { others.add(.init(start: $0, count: 1)) }
    }
    // Beyond the range of numbers nothing is seen.
    if !(squares > 0 && squares.isFinite) { interval = 1 }
    if let squaresBefore, !(squares <= squaresBefore) { interval = 1 }
    squaresBefore = isPlain ? squares : nil
  }

  /// Combines what is kept.
  private func mix(_ x: UnsafeMutablePointer<Double>, _ largestResidual: Double) {
    order()
    let largestResidual = multiply(largestResidual)
    sinceMixed = 0
    let isDetermined = solve()
    let used = isDetermined ? stored - 1 : 0
    let first = stored - 1 - used
    var largestStep = largest { _, range in
      MixingKernels.update(
        range, x: x, iterates: orderedIterates + first, residuals: orderedResiduals + first,
        coefficients: coefficients, count: used)
    }
    if let others { largestStep = others.largest(largestStep) }
    guard largestResidual > 0 else { return }
    amplification = isDetermined ? largestStep / largestResidual : .infinity
  }

  /// The place of the kept iterate with a number, 0 being the oldest.
  private func place(_ number: Int) -> Int {
    (last + window + 1 - (stored - 1 - number)) % (window + 1)
  }

  private func order() {
    for number in 0..<stored {
      orderedIterates[number] = UnsafePointer(iterates[place(number)])
      orderedResiduals[number] = UnsafePointer(residuals[place(number)])
    }
  }

  /// Leaves ΔRᵀ ΔR in ``gram`` and ΔRᵀ r in the coefficients, for which only products of new differences are missing;
  /// returns the largest |r| over all processes.
  private func multiply(_ largestResidual: Double) -> Double {
    let count = stored - 1
    let result = others.map { $0.largest(largestResidual) } ?? largestResidual
    let before = scale
    // Squares of residuals of any size are to be numbers.
    scale = 1e-100...1e100 ~= result || result == 0 || !result.isFinite ? 1 : Self.inverse(result)
    let fresh = scale == before ? min(count, sinceMixed) : count
    let width = Self.partWidth(window)
    _ = largest { part, range in
      MixingKernels.products(
        range, residuals: orderedResiduals, count: count, fresh: fresh, scale: scale,
        products: part, projection: part + fresh * count)
      return 0
    }
    let sums = (fresh + 1) * count
    for piece in 1..<max(1, pieces) {
      for index in 0..<sums { parts[index] += parts[piece * width + index] }
    }
    if let others { others.add(UnsafeMutableBufferPointer(start: parts, count: sums)) }
    let kept = window + 1
    for number in 0..<fresh {
      let row = count - fresh + number
      for column in 0...row {
        known[place(row + 1) * kept + place(column + 1)] = parts[number * count + column]
      }
    }
    for row in 0..<count {
      coefficients[row] = parts[fresh * count + row]
      for column in 0...row {
        gram[row * window + column] = known[place(row + 1) * kept + place(column + 1)]
      }
    }
    return result
  }

  /// The power of two that brings a number near 1.
  private static func inverse(_ value: Double) -> Double {
    Double(sign: .plus, exponent: -max(-1000, min(1000, Int(value.exponent))), significand: 1)
  }

  /// Calls `body` for each piece of the vectors, with room for what it contributes, and returns the
  /// largest of what it returns.
  private func largest(
    _ body: (_ part: UnsafeMutablePointer<Double>, Range<Int>) -> Double
  ) -> Double {
    let width = Self.partWidth(window)
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
    let (count, window, gram, factor, gamma) = (stored - 1, window, gram, factor, coefficients)
    var trace = 0.0
    for column in 0..<count { trace += gram[column * window + column] }
    guard trace > 0, trace.isFinite else { return false }
    let ridge = 1e-14 * trace
    for i in 0..<count {
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
    for i in 0..<count {
      for k in 0..<i { gamma[i] -= factor[i * window + k] * gamma[k] }
      gamma[i] /= factor[i * window + i]
    }
    for i in stride(from: count - 1, through: 0, by: -1) {
      for k in i + 1..<max(i + 1, count) { gamma[i] -= factor[k * window + i] * gamma[k] }
      gamma[i] /= factor[i * window + i]
      guard gamma[i].isFinite else { return false }
    }
    return true
  }
}
