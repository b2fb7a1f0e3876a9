import SparseAlgebra

/// g of one bound and ν = c + Wᵀ g, each within an error.
struct Multipliers: Sendable {
  /// What multiplies W a + b + x̂ − z, per unit.
  var g: [Double]
  var gError: [Double]
  /// What remains of −z: g without the 1 that belongs to the state of a functional's unit; with the same errors.
  var states: [Double]
  /// Per neuron.
  var nu: [Double]
  var nuError: [Double]
  /// So many units, the first, pass inputs on: there g and what remains of −z are ν as it stands, without an error.
  var passedCount = 0

  init(units: Int, neurons: Int) {
    g = Array(repeating: 0, count: units)
    (gError, states) = (g, g)
    nu = Array(repeating: 0, count: neurons)
    nuError = nu
  }

  func nu(_ k: Int) -> Interval { Self.interval(nu[k], nuError[k]) }
  func g(_ s: Int) -> Interval { Self.interval(g[s], gError[s]) }
  func states(_ s: Int) -> Interval { Self.interval(states[s], gError[s]) }

  private static func interval(_ x: Double, _ error: Double) -> Interval {
    error == 0 ? Interval(x) : Interval(centre: x, radius: error)
  }
}

/// Multipliers of several functionals, row by row, and sums of them.
///
/// As every h has 0 = hᵀ (W a + b + x̂ − z), any multiple of any row's g may be added to another's, and the same multiple of its
/// Wᵀ g; so multipliers with other slopes of a few units cost no products with W.
struct MultiplierRows: Sendable {
  let count: Int
  let unitCount: Int
  let neuronCount: Int
  /// So many neurons, the first, each have one unit that passes an input on. Nothing enters them, so that g there changes no ν:
  /// it is ν, which is best, and sums have it once.
  let passedCount: Int
  /// Rows × units.
  private(set) var g: [Double]
  /// Rows × neurons, and how far ν is from it at most.
  private(set) var nu: [Double]
  private var radius: [Double]
  /// The unit whose state a row's functional is, or −1; and g less 1 there.
  private(set) var ownUnits: [Int]
  private var ownStates: [Double]
  private var gSizes: Sizes
  private var nuSizes: Sizes
  private var radiusSizes: Sizes

  /// The largest magnitudes of rows and of columns.
  private struct Sizes: Sendable {
    var rows: [Double] = []
    var columns: [Double] = []

    /// - Parameter first: the column to begin with; those before it count as 0.
    init(_ values: [Double], _ count: Int, _ width: Int, from first: Int = 0) {
      rows = Array(repeating: 0, count: count)
      columns = Array(repeating: 0, count: width)
      guard width > first else { return }
      values.withUnsafeBufferPointer { values in
        columns.withUnsafeMutableBufferPointer { columns in
          for row in 0..<count {
            let value = values.baseAddress! + row * width
            var most = SIMD4<Double>.zero
            for i in first..<width {
              let size = value[i].magnitude
              columns[i] = columns[i] > size ? columns[i] : size
              most[i & 3] = most[i & 3] > size ? most[i & 3] : size
            }
            rows[row] = most.max()
          }
        }
      }
    }

    /// Upper bounds of Σ |factor · value| of each column: the smaller of `all` and the column's largest value times `share`.
    func bounds(_ steps: [Step]) -> (all: Double, share: Double) {
      var (all, share) = (0.0, 0.0)
      for step in steps {
        all += step.factor.magnitude * rows[step.row]
        share += step.factor.magnitude
      }
      // Twice what rounding here can be.
      let more = 1 + Double(2 * steps.count + 8) * Double.ulpOfOne
      return (all * more, share * more)
    }
  }

  /// - Parameters:
  ///   - g: rows × units.
  ///   - nu: c + Wᵀ g, and `radius` how far it is from that at most.
  ///   - ownUnits: the unit whose state a row's functional is, or −1.
  ///   - ownStates: g less 1 there, exactly.
  init(
    _ count: Int, units: Int, neurons: Int, passed: Int, g: [Double], nu: [Double],
    radius: [Double], ownUnits: [Int], ownStates: [Double]
  ) {
    (self.count, unitCount, neuronCount) = (count, units, neurons)
    passedCount = ownUnits.reduce(passed) { $1 < 0 ? $0 : min($0, $1) }
    (self.g, self.nu, self.radius) = (g, nu, radius)
    (self.ownUnits, self.ownStates) = (ownUnits, ownStates)
    for row in 0..<count {
      for k in 0..<passedCount { self.g[row * units + k] = nu[row * neurons + k] }
    }
    gSizes = Sizes(self.g, count, units)
    nuSizes = Sizes(nu, count, neurons, from: passedCount)
    radiusSizes = Sizes(radius, count, neurons)
  }

  /// A multiple of another row.
  struct Step: Sendable {
    var row: Int
    var factor: Double

    /// Smaller factors are left out, so that no product vanishes.
    static let least = 0x1p-100
  }

  /// A row times 1 or −1, plus multiples of rows of states.
  func sum(_ row: Int, sign: Double = 1, _ steps: [Step] = []) -> Multipliers {
    var result = Multipliers(units: unitCount, neurons: neuronCount)
    sum(row, sign: sign, steps, into: &result)
    return result
  }

  /// The same, into what there is already.
  func sum(_ row: Int, sign: Double, _ steps: [Step], into result: inout Multipliers) {
    let steps = steps.filter { $0.factor.magnitude >= Step.least && $0.factor.isFinite }
    addRows(row, sign, steps, into: &result)
    // Twice what rounding to nearest can be, so that sums of it may be to nearest, too.
    let share = steps.isEmpty ? 0 : Double(steps.count + 4) * Double.ulpOfOne
    let passed = passedCount
    result.passedCount = passed
    if passed > 0 {
      result.nu.withUnsafeMutableBufferPointer { nu in
        for k in 0..<passed { nu[k] = result.g[k] }
      }
    }
    let (ofG, ofNu) = (gSizes.bounds(steps), nuSizes.bounds(steps))
    let ofRadius = radiusSizes.bounds(steps)
    result.gError.withUnsafeMutableBufferPointer { errors in
      for s in 0..<passed { errors[s] = 0 }
      g.withUnsafeBufferPointer { g in
        gSizes.columns.withUnsafeBufferPointer { columns in
          let own = g.baseAddress! + row * unitCount
          for s in passed..<unitCount {
            errors[s] = share * (own[s].magnitude + min(ofG.all, ofG.share * columns[s]))
          }
        }
      }
    }
    let unit = ownUnits[row]
    if unit >= 0 { result.gError[unit] += share }
    for s in 0..<unitCount { result.states[s] = result.g[s] }
    if unit >= 0 {
      result.states[unit] = sign * ownStates[row]
      for step in steps { result.states[unit] += step.factor * g[step.row * unitCount + unit] }
    }
    guard neuronCount > 0 else { return }
    result.nuError.withUnsafeMutableBufferPointer { errors in
      radius.withUnsafeBufferPointer { radius in
        let ownRadius = radius.baseAddress! + row * neuronCount
        if steps.isEmpty {
          for k in errors.indices { errors[k] = ownRadius[k] }
          return
        }
        radiusSizes.columns.withUnsafeBufferPointer { radii in
          nu.withUnsafeBufferPointer { nu in
            let own = nu.baseAddress! + row * neuronCount
            // Of units that pass inputs on g is ν.
            for (range, sizes, all) in [
              (0..<passed, gSizes, ofG), (passed..<errors.count, nuSizes, ofNu),
            ] {
              sizes.columns.withUnsafeBufferPointer { columns in
                for k in range {
                  let size = own[k].magnitude + min(all.all, all.share * columns[k])
                  let rest = ownRadius[k] + min(ofRadius.all, ofRadius.share * radii[k])
                  errors[k] = (share * size + rest) * (1 + share) + 0x1p-1000
                }
              }
            }
          }
        }
      }
    }
  }

  /// sign · row + Σ factor · row of g, and of ν where that is not g.
  private func addRows(
    _ row: Int, _ sign: Double, _ steps: [Step], into result: inout Multipliers
  ) {
    let places = steps.map { Int32($0.row) }
    let factors = steps.map(\.factor)
    func add(_ rows: [Double], _ width: Int, from first: Int, _ target: inout [Double]) {
      guard width > first else { return }
      rows.withUnsafeBufferPointer { rows in
        target.withUnsafeMutableBufferPointer { target in
          let own = rows.baseAddress! + row * width
          for i in first..<width { target[i] = sign * own[i] }
          DenseRows(places, stride: width, width: width - first).add(
            of: rows.baseAddress! + first, times: factors, to: target.baseAddress! + first)
        }
      }
    }
    add(g, unitCount, from: 0, &result.g)
    add(nu, neuronCount, from: passedCount, &result.nu)
  }
}
