/// An enclosure of d of one sample, (I − D Wᵀ) d = D g, component after component against the topological
/// order, at the equilibrium that a ``SampleProof`` encloses.
///
/// With R and T of ``KrawczykMethod``, T r ≤ κ r: the error of d̃ is Rᵀ y with y = ρ + (I − R S)ᵀ y, where
/// S = I − W Dᵀ and ρ = D g − (I − D Wᵀ) d̃. The transpose contracts in the dual norm Σ r_s |y_s|, so that
/// |d − d̃|_s ≤ |Rᵀ ρ|_s + max_i (|R_is| / r_i) · κ / (1 − κ) · Σ r_i |ρ_i|.
struct AdjointProof {
  /// Contains d, per unit.
  private(set) var d: [Interval]

  /// - Parameters:
  ///   - source: ∂E/∂a per neuron.
  /// - Throws: ``NoCertificate`` where the state may lie on a kink.
  init(_ proof: SampleProof, weights: [Double], source: [Interval]) throws(NoCertificate) {
    let enclosure = proof.enclosure
    let network = enclosure.network
    d = Array(repeating: .zero, count: network.unitCount)
    var lambda = source
    var cyclic = proof.components.count
    for stage in network.stages.reversed() {
      if let unit = enclosure.kink(in: stage.runs) {
        let neuron = Int(network.neuronOfUnit[unit])
        throw NoCertificate(
          reason: "a kink of \(network.name(atPosition: neuron)) lies within the radius")
      }
      let units = network.units(of: stage)
      if stage.isCyclic {
        cyclic -= 1
        solve(proof.components[cyclic], enclosure, weights, lambda)
      } else {
        var d = d
        enclosure.multiplySlopes(stage.runs, by: { lambda[$0] }) { d[$0] = $1 }
        self.d = d
      }
      for s in units {
        for e in network.inEdges(of: s) {
          let j = network.sourceNeuron(of: e, into: s)
          guard j < Int(stage.neurons.lowerBound) else { break }
          lambda[j] = lambda[j] + weights[e] * d[s]
        }
      }
    }
  }

  private mutating func solve(
    _ proof: ComponentProof, _ enclosure: StateEnclosure, _ weights: [Double],
    _ source: [Interval]
  ) {
    let component = proof.component
    let firstUnit = component.units.lowerBound
    let guess = Self.approximate(proof, enclosure, weights, source)
    var residual = Self.step(component, enclosure, weights, source, guess)
    for s in residual.indices { residual[s] = residual[s] - Interval(guess[s]) }
    let r = proof.radius
    var norm = 0.0
    for s in residual.indices {
      norm = Rounding.sumUp(norm, Rounding.productUp(r[s], residual[s].magnitude))
    }
    // κ / (1 − κ) · Σ r |ρ|, from above.
    let gap = (1 - proof.contraction).nextDown
    let rest = Rounding.quotientUp(Rounding.productUp(proof.contraction, norm), gap)
    let n = component.unitCount
    for s in 0..<n {
      var main = residual[s]
      var weight = Rounding.quotientUp(1, r[s])
      if let inverse = proof.inverse {
        main = .zero
        weight = 0
        for i in 0..<n {
          main = main + inverse[i * n + s] * residual[i]
          weight = max(weight, Rounding.quotientUp(inverse[i * n + s].magnitude, r[i]))
        }
      }
      let correction = Rounding.productUp(weight, rest)
      d[firstUnit + s] = Interval(guess[s]) + main + correction * Interval(-1, 1)
    }
  }

  /// d to nearest: Rᵀ D g, or plain iteration where R = I.
  private static func approximate(
    _ proof: ComponentProof, _ enclosure: StateEnclosure, _ weights: [Double],
    _ source: [Interval]
  ) -> [Double] {
    let component = proof.component
    let n = component.unitCount
    var guess = [Double](repeating: 0, count: n)
    let right = step(component, enclosure, weights, source, guess).map(\.middle)
    if let inverse = proof.inverse {
      for i in 0..<n {
        for s in 0..<n { guess[s] += inverse[i * n + s] * right[i] }
      }
      return guess
    }
    guess = right
    for _ in 0..<10_000 {
      let next = step(component, enclosure, weights, source, guess).map(\.middle)
      var change = 0.0
      var scale = 0.0
      for s in 0..<n {
        change = max(change, (next[s] - guess[s]).magnitude)
        scale = max(scale, next[s].magnitude)
      }
      guess = next
      if !(change > 1e-16 * scale) { break }
    }
    return guess
  }

  /// D (source + Wᵀ v) over the component.
  private static func step(
    _ component: Component, _ enclosure: StateEnclosure, _ weights: [Double],
    _ source: [Interval], _ v: [Double]
  ) -> [Interval] {
    let firstNeuron = component.neurons.lowerBound
    var lambda = Array(source[component.neurons])
    for row in 0..<component.unitCount where v[row] != 0 {
      for e in component.innerEdges(of: row) {
        let j = component.innerSource(of: e, into: row)
        lambda[j] = lambda[j] + weights[e] * Interval(v[row])
      }
    }
    var result = [Interval](repeating: .zero, count: component.unitCount)
    enclosure.multiplySlopes(component.runs, by: { lambda[$0 - firstNeuron] }) {
      result[$0 - component.units.lowerBound] = $1
    }
    return result
  }
}
