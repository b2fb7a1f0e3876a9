/// The terms of the dual bound of ``SampleBounds`` over one box: what every functional's multipliers are put into.
///
/// Units whose activation is linear on their interval are one loop; others are bounded one by one.
struct DualTerms {
  /// A unit by itself whose activation is not linear on its interval.
  struct Bent {
    var unit: Int
    var neuron: Int
    var activation: Activation
    var z: Interval
    /// If f is linear between kinks, where the largest value may be; else nothing.
    var points: [(z: Double, value: Interval)] = []
    var isExact: Bool

    init(unit: Int, neuron: Int, activation: Activation, z: Interval) {
      (self.unit, self.neuron, self.activation, self.z) = (unit, neuron, activation, z)
      isExact = z.isFinite && activation.isPiecewiseLinear
      guard isExact else { return }
      let places = [z.lower, z.upper] + activation.kinks.filter { z.lower < $0 && $0 < z.upper }
      points = places.map { place in
        (place, activation.enclosure(on: Interval(place))?.value ?? .everything)
      }
    }

    /// An upper bound of max ν f(z) − g z.
    func maximum(_ nu: Interval, _ g: Interval) -> Double {
      guard isExact else { return activation.maximum(of: nu, minus: g, on: z) }
      var most = -Double.infinity
      for point in points {
        let value = nu * point.value - Interval(point.z) * g
        if !(value.upper <= most) { most = value.upper }
      }
      return most
    }
  }

  private(set) var bounds: SampleBounds
  private(set) var bent: [Bent] = []
  /// Neurons with common units, and those of several units.
  private var joint: [(neurons: Range<Int>, evaluation: UnitEvaluation)] = []
  // Per unit: b + x̂, and f(z) = slope · z + intercept on z.
  private(set) var driveMiddle: [Double]
  private(set) var driveReach: [Double]
  private var slope: [Double]
  private(set) var intercept: [Double]
  private var middle: [Double]
  private var reach: [Double]
  /// An upper bound of |z| of units that pass inputs on.
  private var largest: [Double]
  private let neuronOfUnit: [Int32]

  /// Whether nothing but units by themselves matters, so that estimates of bounds are good.
  var isSimple: Bool { joint.isEmpty && bounds.inputs.changes == nil }

  init(_ bounds: SampleBounds) {
    self.bounds = bounds
    let network = bounds.network
    driveMiddle = Array(repeating: 0, count: network.unitCount)
    (driveReach, slope, intercept) = (driveMiddle, driveMiddle, driveMiddle)
    (middle, reach) = (driveMiddle, driveMiddle)
    neuronOfUnit = network.neuronOfUnit
    largest = (0..<bounds.products.passedCount).map { bounds.box.z[$0].magnitude }
    let isCounted = bounds.inputs.changes != nil
    for s in 0..<network.unitCount {
      var drive = Interval(bounds.biases[s])
      let j = Int(bounds.inputOfUnit[s])
      if j >= 0 {
        let x = isCounted ? Interval(bounds.inputs.center[j]) : bounds.inputs.interval(j)
        drive = bounds.biases[s] == 0 ? x : drive + x
      }
      (driveMiddle[s], driveReach[s]) = Self.split(drive)
    }
    for run in network.runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let evaluation = network.evaluations[Int(run.group)]
      switch evaluation {
      case .single(let activation):
        for k in neurons {
          let s = Int(network.unitStarts[k])
          let z = bounds.box.z[s]
          if z.isFinite, let line = activation.line(on: z) {
            (slope[s], intercept[s]) = line
            (middle[s], reach[s]) = Self.split(z)
          } else {
            bent.append(Bent(unit: s, neuron: k, activation: activation, z: z))
          }
        }
      case .softmax: joint.append((neurons, evaluation))
      case .product, .max, .select:
        for k in neurons { joint.append((k..<k + 1, evaluation)) }
      }
    }
  }

  private static func split(_ x: Interval) -> (middle: Double, reach: Double) {
    if x.lower == x.upper { return (x.lower, 0) }
    let middle = x.middle
    return (middle, max(x.upper - middle, middle - x.lower).nextUp)
  }

  /// The same with another interval of one bent unit.
  func splitting(_ index: Int, to z: Interval) -> DualTerms {
    var result = self
    let old = bent[index]
    result.bounds.box.z[old.unit] = z
    result.bent[index] = Bent(
      unit: old.unit, neuron: old.neuron, activation: old.activation, z: z)
    return result
  }

  /// An upper bound, over all equilibria in the box, of the functional that the multipliers belong to.
  ///
  /// Sums are to nearest, beside the sums of magnitudes that bound their errors.
  ///
  /// - Complexity: O(units), and what bent units take.
  func upperBound(_ m: Multipliers) -> Double {
    let count = slope.count
    var sums = Sums()
    let block = 256
    var first = 0
    while first < count {
      // Blocks end where units that pass inputs on do.
      let end = min(first < m.passedCount ? m.passedCount : count, first + block)
      sums.add(first < m.passedCount ? passed(first..<end, m) : plain(first..<end, m))
      first = end
    }
    let (total, size, error) = (sums.total, sums.size, sums.error)
    // Twice what the roundings of a block, and of the blocks, can be; and what underflow can.
    let share = (Double(min(count, block)) + Double(count / block) + 14) * Double.ulpOfOne
    let least = Double(count + 1) * 0x1p-900
    var sum = Rounding.sumUp(
      total, (2 * share * size + (1 + 2 * share) * error + least).nextUp)
    if size + error == 0, m.g.allSatisfy({ $0 == 0 }), m.nu.allSatisfy({ $0 == 0 }) { sum = 0 }
    if bounds.inputs.changes != nil {
      var moved: [Double] = []
      for (j, s) in bounds.network.inputUnits.enumerated() where m.g[Int(s)] != 0 {
        moved.append(bounds.inputs.support(m.g(Int(s)), j))
      }
      sum = (sum + bounds.inputs.total(moved)).nextUp
    }
    for unit in bent {
      let (nu, states) = (m.nu(unit.neuron), m.states(unit.unit))
      if nu == .zero, states == .zero { continue }
      sum = (sum + unit.maximum(nu, states)).nextUp
    }
    if !joint.isEmpty { sum = (sum + jointBound(m)).nextUp }
    return sum.isNaN ? .infinity : sum
  }

  /// A sum, that of its terms' magnitudes, and what terms may be wrong by.
  private struct Sums {
    var (total, size, error) = (0.0, 0.0, 0.0)

    mutating func add(_ other: Sums) {
      total += other.total
      size += other.size
      error += other.error
    }
  }

  /// The terms of units whose activation is linear.
  private func plain(_ units: Range<Int>, _ m: Multipliers) -> Sums {
    var sums = Sums()
    for s in units {
      let (g, gError, states) = (m.g[s], m.gError[s], m.states[s])
      let k = Int(neuronOfUnit[s])
      let (nu, nuError) = (m.nu[k], m.nuError[k])
      let steep = slope[s] * nu
      let kappa = steep - states
      let kappaError =
        slope[s].magnitude * nuError + gError
        + (steep.magnitude + states.magnitude) * (2 * Double.ulpOfOne)
      let a = g * driveMiddle[s]
      let b = g.magnitude * driveReach[s]
      let c = kappa * middle[s]
      let d = kappa.magnitude * reach[s]
      let i = nu * intercept[s]
      sums.total += (a + b) + (c + d) + i
      sums.size += (a.magnitude + b) + (c.magnitude + d) + i.magnitude
      sums.error +=
        gError * (driveMiddle[s].magnitude + driveReach[s])
        + kappaError * (middle[s].magnitude + reach[s]) + nuError * intercept[s].magnitude
    }
    return sums
  }

  /// The same for units that pass inputs on, where g is ν but for its error.
  private func passed(_ units: Range<Int>, _ m: Multipliers) -> Sums {
    m.g.withUnsafeBufferPointer { g in
      m.nuError.withUnsafeBufferPointer { errors in
        driveMiddle.withUnsafeBufferPointer { middle in
          driveReach.withUnsafeBufferPointer { reach in
            largest.withUnsafeBufferPointer { largest in
              var sums = Sums()
              for s in units {
                let a = g[s] * middle[s]
                let b = g[s].magnitude * reach[s]
                sums.total += a + b
                sums.size += a.magnitude + b
                sums.error += errors[s] * largest[s]
              }
              return sums
            }
          }
        }
      }
    }
  }

  private func jointBound(_ m: Multipliers) -> Double {
    let nu = m.nu.indices.map { m.nu($0) }
    let g = m.g.indices.map { m.states($0) }
    var sum = 0.0
    for (neurons, evaluation) in joint {
      switch evaluation {
      case .softmax, .product: sum = (sum + bounds.jointMaximum(neurons, nu, g)).nextUp
      case .select:
        // Where another unit is selected the activation jumps, so slopes say nothing.
        sum = (sum + bounds.jointMaximum(neurons, nu, g, isContinuous: false)).nextUp
      case .max(let activations):
        let k = neurons.lowerBound
        let exact = bounds.maximumOfUnits(k, activations, nu[k], g)
        sum = (sum + min(exact, bounds.jointMaximum(neurons, nu, g))).nextUp
      case .single: break
      }
    }
    return sum
  }
}

extension Activation {
  /// f(z) = slope · z + intercept, exactly, on an interval; `nil` where there is no such line.
  func line(on z: Interval) -> (slope: Double, intercept: Double)? {
    switch self {
    case .identity: (1, 0)
    case .complement: (-1, 1)
    case .relu: z.lower >= 0 ? (1, 0) : z.upper <= 0 ? (0, 0) : nil
    case .leakyReLU(let slope):
      slope == 1 || z.lower >= 0 ? (1, 0) : z.upper <= 0 ? (slope, 0) : nil
    case .elu(let alpha): z.lower >= 0 ? (1, 0) : alpha == 0 && z.upper <= 0 ? (0, 0) : nil
    case .clamp(let lower, let upper):
      z.lower >= lower && z.upper <= upper
        ? (1, 0) : z.lower >= upper ? (0, upper) : z.upper <= lower ? (0, lower) : nil
    case .logistic, .tanh, .arctan, .silu, .gelu, .softplus, .softsign, .cos, .asinh, .reciprocal,
      .softmax, .derivative:
      nil
    }
  }
}
