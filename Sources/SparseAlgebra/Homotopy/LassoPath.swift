/// The solutions of min ½‖M a − z‖² + λ‖a‖₁ for falling λ, from G = Mᵀ M and c = Mᵀ z alone.
///
/// They are piecewise linear in λ. The path goes from knot to knot, where a coefficient enters or leaves (Osborne, Presnell &
/// Turlach 2000; Efron et al. 2004, LARS with the LASSO rule). Where the norm on a piece reaches κ lies the solution of
/// min ½‖M a − z‖² with ‖a‖₁ ≤ κ, so one path serves every κ.
public struct LassoPath: Sendable {
  /// G, n × n numbers; symmetric.
  private let gram: [Double]
  /// c.
  private let right: [Double]
  /// c − G a.
  private var correlations: [Double]
  /// The coefficients that are not 0, in the order in which they entered.
  public private(set) var active: [Int] = []
  private var signs: [Double] = []
  /// Their values.
  public private(set) var values: [Double] = []
  /// Columns that depend on active ones; their correlations stay at ±λ by themselves.
  private var isBarred: [Bool]
  private var isActive: [Bool]
  private var justLeft: Int?
  /// L of G = L Lᵀ over the active columns.
  private var factor = GrowingFactor()
  /// y of L y = the signs; a column that enters adds a number and changes no other.
  private var signSolution: [Double] = []
  private var steps = 0

  /// λ.
  public private(set) var multiplier: Double
  /// ‖a‖₁.
  public private(set) var norm = 0.0
  /// Whether λ is 0.
  public var isComplete: Bool { multiplier <= 0 }

  /// A pivot so much smaller than its column's square counts as 0.
  private static let smallestPivot = 1e-11

  /// Begins at a = 0 with the largest λ.
  ///
  /// - Parameters:
  ///   - gram: G, n × n numbers.
  ///   - right: c, n numbers.
  ///   - isFinite: whether all numbers of G are known to be finite.
  /// - Throws: ``FactorizationError``: `invalid-argument` for a wrong length, `not-finite` if a number is not.
  public init(gram: [Double], right: [Double], isFinite: Bool = false) throws {
    let n = right.count
    guard gram.count == n * n else {
      throw FactorizationError(
        .invalidArgument, "\(gram.count) numbers are no \(n) × \(n) matrix")
    }
    guard isFinite || gram.allSatisfy(\.isFinite), right.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "a product of columns is not finite")
    }
    (self.gram, self.right) = (gram, right)
    correlations = right
    isActive = [Bool](repeating: false, count: n)
    let isEmpty = (0..<n).map { gram[$0 * n + $0] <= 0 }
    multiplier = (0..<n).reduce(0) { isEmpty[$1] ? $0 : max($0, abs(right[$1])) }
    isBarred = isEmpty
  }

  /// Goes to the next knot, or to where the norm reaches a limit, if that comes first.
  ///
  /// - Returns: whether there may be more of the path within the limit.
  /// - Throws: ``FactorizationError`` `internal-error` where rounding lets coefficients enter and leave without end.
  /// - Complexity: O(n k + k²) for k active coefficients.
  public mutating func advance(normLimit: Double = .infinity) throws -> Bool {
    let n = right.count
    guard multiplier > 0, norm < normLimit else { return false }
    steps += 1
    guard steps <= 20 * n + 100 else {
      throw FactorizationError(.internalError, "the path has no end: coefficients come and go")
    }
    if active.isEmpty, !enter() { return false }
    var direction = signSolution
    factor.solveBackwards(&direction)
    // G d for active coefficients d.
    let change = DenseRows.sum(of: gram, width: n, rows: active, times: direction)
    // The nearest of: the end, an entry, an exit, the limit of the norm.
    var step = multiplier
    var entering: Int?
    var leaving: Int?
    for j in 0..<n where !isActive[j] && !isBarred[j] {
      let (c, g) = (correlations[j], change[j])
      // What has just left goes back inside on its side.
      let hasLeft = j == justLeft && abs(c) > 0.5 * multiplier
      if 1 - g > 1e-12, !(hasLeft && c > 0) {
        let length = max(0, (multiplier - c) / (1 - g))
        if length < step { (step, entering, leaving) = (length, j, nil) }
      }
      if 1 + g > 1e-12, !(hasLeft && c < 0) {
        let length = max(0, (multiplier + c) / (1 + g))
        if length < step { (step, entering, leaving) = (length, j, nil) }
      }
    }
    for i in active.indices where direction[i] * signs[i] < 0 {
      let length = max(0, -values[i] / direction[i])
      if length < step { (step, entering, leaving) = (length, nil, i) }
    }
    let growth = zip(signs, direction).reduce(0) { $0 + $1.0 * $1.1 }
    var isLimited = false
    if growth > 0, norm + step * growth >= normLimit {
      (step, entering, leaving, isLimited) = ((normLimit - norm) / growth, nil, nil, true)
    }
    move(step, direction, change)
    if isLimited {
      norm = normLimit
      return false
    }
    justLeft = nil
    if let leaving {
      justLeft = active[leaving]
      leave(leaving)
    } else if let entering {
      append(entering)
    } else {
      multiplier = 0
      return false
    }
    return true
  }

  /// The solution at the current λ, computed afresh from G and c.
  ///
  /// - Complexity: O(k²) for k active coefficients.
  public func polished() -> [(index: Int, value: Double)] {
    var right = active.map { self.right[$0] }
    for i in right.indices { right[i] -= multiplier * signs[i] }
    return Array(zip(active, factor.solve(right)))
  }

  /// The least squares solution over the columns that are active now.
  ///
  /// - Complexity: O(k²) for k active coefficients.
  public func leastSquares() -> [(index: Int, value: Double)] {
    Array(zip(active, factor.solve(active.map { right[$0] })))
  }

  // MARK: Steps

  /// Takes in the first column; whether there is one.
  private mutating func enter() -> Bool {
    let open = right.indices.filter { !isBarred[$0] && $0 != justLeft }
    guard let first = open.max(by: { abs(correlations[$0]) < abs(correlations[$1]) }) else {
      return false
    }
    multiplier = min(multiplier, abs(correlations[first]))
    guard multiplier > 0 else { return false }
    append(first)
    return !active.isEmpty
  }

  private mutating func move(_ step: Double, _ direction: [Double], _ change: [Double]) {
    multiplier -= step
    norm = 0
    for i in values.indices {
      values[i] += step * direction[i]
      norm += abs(values[i])
    }
    for j in correlations.indices { correlations[j] -= step * change[j] }
  }

  /// Adds a column, unless it depends on those that are there.
  private mutating func append(_ j: Int) {
    let n = right.count
    let square = gram[j * n + j]
    let added = factor.append(
      active.map { gram[j * n + $0] }, square: square, smallest: Self.smallestPivot * square)
    guard let added else {
      isBarred[j] = true
      return
    }
    let sign: Double = correlations[j] < 0 ? -1 : 1
    let sum = zip(added.row, signSolution).reduce(sign) { $0 - $1.0 * $1.1 }
    signSolution.append(sum / added.pivot)
    active.append(j)
    isActive[j] = true
    signs.append(sign)
    values.append(0)
  }

  /// Takes a column out.
  private mutating func leave(_ place: Int) {
    isActive[active[place]] = false
    active.remove(at: place)
    signs.remove(at: place)
    values.remove(at: place)
    factor.remove(place, rotating: &signSolution)
    for j in isBarred.indices { isBarred[j] = gram[j * right.count + j] <= 0 }
  }
}
