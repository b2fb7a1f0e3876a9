extension SampleBounds {
  /// Two parallel planes between which the activation of one of some neurons with common units lies: the range of
  /// a − Σ slope · z over the box.
  ///
  /// - Complexity: O(neurons + units of the network).
  func band(
    of k: Int, among neurons: Range<Int>
  ) -> (range: Interval, slopes: [(unit: Int, slope: Double)]) {
    var nu = [Interval](repeating: .zero, count: network.neuronCount)
    var g = [Double](repeating: 0, count: network.unitCount)
    nu[k] = .one
    let first = Int(network.unitStarts[neurons.lowerBound])
    let slopes = slopeTimes(neurons, nu, box).enumerated().map { index, slope in
      (unit: first + index, slope: slope.middle)
    }
    guard slopes.allSatisfy(\.slope.isFinite) else { return (.everything, []) }
    for entry in slopes { g[entry.unit] = entry.slope }
    let most = jointMaximum(neurons, nu, g)
    nu[k] = -.one
    let least = -jointMaximum(neurons, nu, g.map { -$0 })
    return (Interval(least, most), slopes)
  }

  /// Bounds of cᵀ(a − A(z̃)) around a known part, from slopes between z̃ and the box.
  struct Spread {
    /// gᵀ(W A(z̃) + b + x̂ − z̃)
    var middle: Interval
    /// An upper bound of |gᵀ(u − u⁰)| over the inputs' box.
    var reach: Double
    /// The units whose states matter, and by how much at most: |D ν − g|.
    var units: [Int]
    var factors: [Double]
  }

  /// - Parameter slopes: between z̃ and the box.
  func spread(_ multipliers: Multipliers, _ slopes: ChordSlopes) -> Spread {
    var result = Spread(middle: .zero, reach: 0, units: [], factors: [])
    var moved: [Double] = []
    for (s, g) in multipliers.g.enumerated() where g != 0 {
      result.middle = result.middle + g * residual[s]
      let j = Int(inputOfUnit[s])
      if j >= 0 { moved.append(Rounding.productUp(g.magnitude, inputs.radius(j))) }
    }
    result.reach = inputs.total(moved)
    let g = multipliers.ofStates
    func add(_ s: Int, _ value: Interval) {
      let factor = (value - Interval(g[s])).magnitude
      if factor > 0 {
        result.units.append(s)
        result.factors.append(factor)
      }
    }
    for run in network.runs {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(network.unitStarts[neurons.lowerBound])
      if network.evaluations[Int(run.group)].isSoftmax {
        for (index, value) in slopeTimes(neurons, multipliers.nu, slopes.hull).enumerated() {
          add(first + index, value)
        }
        continue
      }
      for s in first..<Int(network.unitStarts[neurons.upperBound]) {
        let value = multipliers.nu[Int(network.neuronOfUnit[s])]
        if value == .zero, g[s] == 0 { continue }
        add(s, slopes.units[s] * value)
      }
    }
    return result
  }

  /// Slopes between z̃ and the states of the box.
  struct ChordSlopes {
    /// Of each unit and its own neuron; of softmax what ``StateEnclosure/slope`` is.
    var units: [Interval]
    /// The box enlarged to hold z̃.
    var hull: StateEnclosure
  }

  func chordSlopes() throws(NoCertificate) -> ChordSlopes {
    var hull = box
    for s in center.indices where !box.z[s].contains(center[s]) {
      hull.z[s] = .hull(box.z[s], Interval(center[s]))
    }
    try hull.activate(0..<Int32(network.runs.count))
    var units = hull.slope
    for run in network.runs {
      guard case .single(let activation) = network.evaluations[Int(run.group)] else { continue }
      for k in run.neurons {
        let s = Int(network.unitStarts[Int(k)])
        units[s] = activation.chordSlope(from: center[s], on: box.z[s]) ?? .everything
      }
    }
    return ChordSlopes(units: units, hull: hull)
  }

  /// An upper bound of |z_s − z̃_s| over the box.
  func radius(_ s: Int) -> Double { (box.z[s] - Interval(center[s])).magnitude }
}
