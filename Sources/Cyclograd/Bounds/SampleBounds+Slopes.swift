extension SampleBounds {
  /// Two parallel planes between which the activation of one of some neurons with common units lies: the range of
  /// a − Σ slope · z over the box.
  ///
  /// - Complexity: O(neurons + units of the network).
  func band(
    of k: Int, among neurons: Range<Int>
  ) -> (range: Interval, slopes: [(unit: Int, slope: Double)]) {
    var nu = [Interval](repeating: .zero, count: network.neuronCount)
    var g = [Interval](repeating: .zero, count: network.unitCount)
    nu[k] = .one
    let first = Int(network.unitStarts[neurons.lowerBound])
    let slopes = slopeTimes(neurons, nu, box).enumerated().map { index, slope in
      (unit: first + index, slope: slope.middle)
    }
    guard slopes.allSatisfy(\.slope.isFinite) else { return (.everything, []) }
    for entry in slopes { g[entry.unit] = Interval(entry.slope) }
    let most = jointMaximum(neurons, nu, g)
    nu[k] = -.one
    let least = -jointMaximum(neurons, nu, g.map { -$0 })
    return (Interval(least, most), slopes)
  }

  /// Bounds of cᵀ(a − A(z̃)) around a known part, from slopes between z̃ and the box.
  struct Spread {
    /// gᵀ(W A(z̃) + b + x̂ − z̃)
    var middle: Interval
    /// An upper bound of |gᵀ(u − u⁰)| over the inputs' box, and of what units with known slopes leave over.
    var reach: Double
    /// For each unstable unit by how much its state matters at most: |D ν − g|.
    var factors: [Double]
  }

  /// - Parameters:
  ///   - slopes: between z̃ and the box.
  ///   - unstable: the units whose states are bounded by themselves.
  func spread(_ m: Multipliers, _ slopes: ChordSlopes, _ unstable: [Int]) -> Spread {
    // Where few inputs change it matters which.
    let passed = inputs.changes == nil ? m.passedCount : 0
    var middle = Interval.zero
    var moved: [Double] = []
    for s in passed..<m.g.count where m.g[s] != 0 || m.gError[s] != 0 {
      middle = middle + m.g(s) * residual[s]
      let j = Int(inputOfUnit[s])
      if j >= 0 { moved.append(Rounding.productUp(m.g(s).magnitude, inputs.radius(j))) }
    }
    var factors = [Double](repeating: 0, count: network.unitCount)
    for run in network.runs {
      let neurons =
        max(passed, Int(run.neurons.lowerBound))..<max(passed, Int(run.neurons.upperBound))
      guard !neurons.isEmpty else { continue }
      let first = Int(network.unitStarts[neurons.lowerBound])
      if network.evaluations[Int(run.group)].isSoftmax {
        let nu = m.nu.indices.map { m.nu($0) }
        for (index, value) in slopeTimes(neurons, nu, slopes.hull).enumerated() {
          factors[first + index] = (value - m.states(first + index)).magnitude
        }
        continue
      }
      for s in first..<Int(network.unitStarts[neurons.upperBound]) {
        let value = m.nu(Int(network.neuronOfUnit[s]))
        if value == .zero, m.states[s] == 0, m.gError[s] == 0 { continue }
        factors[s] = (slopes.units[s] * value - m.states(s)).magnitude
      }
    }
    let own = unstable.map { factors[$0] }
    for s in unstable { factors[s] = 0 }
    var reach = Rounding.sumUp(inputs.total(moved), passedReach(m, slopes, passed))
    for (s, factor) in factors.enumerated() where factor > 0 {
      reach = Rounding.sumUp(reach, Rounding.productUp(factor, slopes.radii[s]))
    }
    return Spread(middle: middle, reach: reach, factors: own)
  }

  /// An upper bound of what units that pass inputs on give: Σ |g| |z − z̃| and what ν may be away from g.
  private func passedReach(_ m: Multipliers, _ slopes: ChordSlopes, _ count: Int) -> Double {
    m.g.withUnsafeBufferPointer { g in
      m.nuError.withUnsafeBufferPointer { errors in
        slopes.radii.withUnsafeBufferPointer { radii in
          // No term is negative, so that sums to nearest are wrong by a share of themselves.
          var sum = 0.0
          for s in 0..<count { sum += (g[s].magnitude + errors[s]) * radii[s] }
          return sum == 0
            ? 0 : (sum * (1 + Double(count + 8) * Double.ulpOfOne) + 0x1p-1000).nextUp
        }
      }
    }
  }

  /// Slopes between z̃ and the states of the box.
  struct ChordSlopes {
    /// Of each unit and its own neuron; of softmax what ``StateEnclosure/slope`` is.
    var units: [Interval]
    /// The box enlarged to hold z̃.
    var hull: StateEnclosure
    /// Upper bounds of |z − z̃| over the box, per unit.
    var radii: [Double]
  }

  func chordSlopes() throws(NoCertificate) -> ChordSlopes {
    var hull = box
    var isInside = true
    for s in center.indices where !box.z[s].contains(center[s]) {
      hull.z[s] = .hull(box.z[s], Interval(center[s]))
      isInside = false
    }
    if !isInside { try hull.activate(0..<Int32(network.runs.count)) }
    var units = hull.slope
    for run in network.runs {
      guard case .single(let activation) = network.evaluations[Int(run.group)],
        activation != .identity
      else { continue }
      for k in run.neurons {
        let s = Int(network.unitStarts[Int(k)])
        units[s] = activation.chordSlope(from: center[s], on: box.z[s]) ?? .everything
      }
    }
    return ChordSlopes(units: units, hull: hull, radii: center.indices.map { radius($0) })
  }

  /// An upper bound of |z_s − z̃_s| over the box.
  func radius(_ s: Int) -> Double { (box.z[s] - Interval(center[s])).magnitude }
}
