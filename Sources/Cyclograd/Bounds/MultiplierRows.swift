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
  /// Rows × units.
  var g: [Double]
  /// Rows × neurons, and how far ν is from it at most.
  var nu: [Double]
  var radius: [Double]
  /// The unit whose state a row's functional is, or −1; and g less 1 there.
  var ownUnits: [Int]
  var ownStates: [Double]

  init(_ count: Int, units: Int, neurons: Int) {
    (self.count, unitCount, neuronCount) = (count, units, neurons)
    g = Array(repeating: 0, count: count * units)
    nu = Array(repeating: 0, count: count * neurons)
    radius = nu
    ownUnits = Array(repeating: -1, count: count)
    ownStates = Array(repeating: 0, count: count)
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
    let share = Double(steps.count + 3) * Double.ulpOfOne
    Self.add(g, row, unitCount, sign, steps, into: &result.g, sizes: &result.gError)
    let unit = ownUnits[row]
    if unit >= 0 { result.gError[unit] += 1 }
    for s in 0..<unitCount {
      result.gError[s] = steps.isEmpty ? 0 : share * result.gError[s]
      result.states[s] = result.g[s]
    }
    if unit >= 0 {
      result.states[unit] = sign * ownStates[row]
      for step in steps { result.states[unit] += step.factor * g[step.row * unitCount + unit] }
    }
    Self.add(nu, row, neuronCount, sign, steps, into: &result.nu, sizes: &result.nuError)
    radius.withUnsafeBufferPointer { radius in
      result.nuError.withUnsafeMutableBufferPointer { errors in
        let own = radius.baseAddress! + row * neuronCount
        if steps.isEmpty {
          for k in errors.indices { errors[k] = own[k] }
          return
        }
        for k in errors.indices { errors[k] = share * errors[k] + own[k] }
        for step in steps {
          let other = radius.baseAddress! + step.row * neuronCount
          let factor = step.factor.magnitude
          for k in errors.indices { errors[k] += factor * other[k] }
        }
        for k in errors.indices where errors[k] > 0 {
          errors[k] = errors[k] * (1 + share) + 0x1p-1000
        }
      }
    }
  }

  /// sign · row + Σ factor · row, beside the sums of magnitudes.
  private static func add(
    _ rows: [Double], _ row: Int, _ width: Int, _ sign: Double, _ steps: [Step],
    into result: inout [Double], sizes: inout [Double]
  ) {
    guard width > 0 else { return }
    rows.withUnsafeBufferPointer { rows in
      result.withUnsafeMutableBufferPointer { result in
        sizes.withUnsafeMutableBufferPointer { sizes in
          let own = rows.baseAddress! + row * width
          for i in 0..<width {
            result[i] = sign * own[i]
            sizes[i] = own[i].magnitude
          }
          for step in steps {
            let other = rows.baseAddress! + step.row * width
            let factor = step.factor
            for i in 0..<width {
              let product = factor * other[i]
              result[i] += product
              sizes[i] += product.magnitude
            }
          }
        }
      }
    }
  }
}
