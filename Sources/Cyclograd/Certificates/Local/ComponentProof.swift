/// What is proved of one cyclic component: exactly one z lies within ``radius`` of the given one, for every
/// drive of an interval, and it is at most ``error`` away.
struct ComponentProof {
  let component: Component
  /// R, an approximate inverse of I − W Dᵀ, row-major; `nil` stands for the identity.
  let inverse: [Double]?
  /// Per unit; the slopes that belong to it were used for ``contraction``.
  let radius: [Double]
  /// The Lipschitz constant, in the norm max |z_s| / radius_s, of z − R F(z) on the box of ``radius``.
  let contraction: Double
  /// Bounds of |z* − z̃|, per unit.
  let error: [Double]
  /// A radius, the same for all units, within which there is no second equilibrium; at least max radius
  /// where the radii are all the same.
  let isolation: Double
}

/// Proves components by Krawczyk's operator; one sample after the other, on one thread.
///
/// F(z) = z − W A(z) − u. For states z, z' of a box, F(z) − F(z') = (I − W D̂ᵀ) (z − z') with D̂ in the
/// intervals that ``StateEnclosure`` gives, kinks or not. With q ≥ |R F(z̃)| and T ≥ |I − R (I − W D̂ᵀ)|,
/// q + T r < r makes z ↦ z − R F(z) map the box z̃ ± r into its interior and contract there, and R
/// regular, so F has exactly one zero in the box, within q + T r of z̃.
final class KrawczykMethod {
  let network: Network
  let weights: [Double]
  private let state: StateVectors
  private let workspaces: [ComponentWorkspace]

  /// Up to this many units an inverse is computed; beyond, R = I is tried.
  static let largestInverse = 1_000
  private static let attempts = 6

  init(_ network: Network, _ weights: [Double], _ components: [Component]) {
    self.network = network
    self.weights = weights
    let state = StateVectors(network, lanes: 1)
    state.context = .cancellableSerial
    self.state = state
    workspaces = components.map { ComponentWorkspace($0, state) }
  }

  /// Proves one component and narrows its part of the enclosure to the errors found.
  ///
  /// - Parameters:
  ///   - center: z̃ of all units.
  ///   - drive: b + x̂ and what comes from upstream, per unit of the component.
  ///   - enclosure: holds what is upstream.
  func prove(
    _ number: Int, center: [Double], drive: [Interval], _ enclosure: inout StateEnclosure
  ) throws(NoCertificate) -> ComponentProof {
    let component = workspaces[number].component
    let units = component.units
    for s in units { enclosure.z[s] = Interval(center[s]) }
    try enclosure.activate(component.runs)
    let residual = residual(component, drive, enclosure)
    let inverse =
      units.count <= Self.largestInverse ? try inverse(workspaces[number], center) : nil
    var first = inverse.map { Self.bound($0, residual) } ?? residual.map(\.magnitude)
    // So that a radius is never below the spacing of the numbers around z̃.
    let floor = units.reduce(0x1p-1000) { max($0, center[$1].magnitude * 0x1p-52) }
    first = first.map { max($0, floor) }
    let shape = inverse == nil ? weightsOfContraction(component, enclosure) : nil
    var radius = first.map { _ in 2 * (first.max() ?? 0) }
    if let shape { radius = scaled(shape, first, by: 2) }
    for _ in 0..<Self.attempts {
      let map = try contraction(component, inverse, radius, center, &enclosure)
      if let error = Self.image(first, map.product, within: radius), map.factor < 1 {
        let isolation = isolate(component, inverse, first, radius, center, &enclosure)
        for s in units {
          enclosure.z[s] = Interval(centre: center[s], radius: error[s - units.lowerBound])
        }
        try enclosure.activate(component.runs)
        return ComponentProof(
          component: component, inverse: inverse, radius: radius, contraction: map.factor,
          error: error, isolation: isolation)
      }
      guard map.factor < 1 else { throw Self.failure(component, map.factor, inverse != nil) }
      radius = radius.map { 1.5 * $0 / (1 - map.factor) }
    }
    throw NoCertificate(
      reason: "no box around the state is mapped into itself\(Self.place(component))")
  }

  /// q + T r, if that is less than r everywhere.
  private static func image(
    _ first: [Double], _ product: [Double], within radius: [Double]
  ) -> [Double]? {
    var result: [Double] = []
    for (s, r) in radius.enumerated() {
      let sum = Rounding.sumUp(first[s], product[s])
      guard sum < r else { return nil }
      result.append(sum)
    }
    return result
  }

  /// The least radius of a larger box without a second zero, if one is found.
  private func isolate(
    _ component: Component, _ inverse: [Double]?, _ first: [Double], _ radius: [Double],
    _ center: [Double], _ enclosure: inout StateEnclosure
  ) -> Double {
    let largest = radius.max() ?? 0
    let isCheap = inverse == nil || component.unitCount * component.edgeCount <= 1_000_000
    let sizes = isCheap ? [1, 1e-1, 1e-2, 1e-4, 1e-6, 1e-8, 1e-10] : [1e-2, 1e-6, 1e-10]
    for size in sizes where size > 2 * largest {
      let box = radius.map { size * ($0 / largest) }
      // Near a pole a wide box has no enclosure; a smaller one may.
      guard let map = try? contraction(component, inverse, box, center, &enclosure) else {
        continue
      }
      if map.factor < 1, Self.image(first, map.product, within: box) != nil {
        return box.min() ?? .infinity
      }
    }
    return radius.min() ?? .infinity
  }

  private static func place(_ component: Component) -> String {
    " (the component of \(component.firstName))"
  }

  private static func failure(
    _ component: Component, _ factor: Double, _ hasInverse: Bool
  ) -> NoCertificate {
    NoCertificate(
      reason: (hasInverse
        ? "Newton's map does not contract around the state"
        : "the component has \(component.unitCount) units, more than \(largestInverse), and plain "
          + "iteration does not contract around the state")
        + ": factor \(factor)" + place(component))
  }

  // MARK: The residual and the inverse

  /// F(z̃) = z̃ − drive − W A(z̃).
  private func residual(
    _ component: Component, _ drive: [Interval], _ enclosure: StateEnclosure
  ) -> [Interval] {
    component.units.enumerated().map { row, s in
      var sum = enclosure.z[s] - drive[row]
      for e in component.innerEdges(of: row) {
        sum =
          sum - weights[e]
          * enclosure.activation[network.sourceNeuron(of: e, into: s)]
      }
      return sum
    }
  }

  /// (I − W Dᵀ)⁻¹ at z̃ to nearest, column by column through the factorization that solvers use.
  private func inverse(
    _ workspace: ComponentWorkspace, _ center: [Double]
  ) throws(NoCertificate) -> [Double] {
    let component = workspace.component
    let n = component.unitCount
    var result = [Double](repeating: 0, count: n * n)
    do {
      try weights.withUnsafeBufferPointer { weights in
        try state.withWeights(weights.baseAddress!) {
          for s in component.units { state.z[s] = center[s] }
          workspace.activate()
          let linearization = try workspace.memory.factorization(.automatic)
          try linearization.factor(workspace)
          try workspace.withScratch { right, column in
            right.update(repeating: 0)
            for j in 0..<n {
              try workspace.checkCancellation()
              right[j] = 1
              try linearization.solveState(workspace, rho: right, step: column)
              right[j] = 0
              for i in 0..<n { result[i * n + j] = column[i] }
            }
          }
        }
      }
    } catch let error as JacobianError {
      throw NoCertificate(reason: "I − W Dᵀ has no inverse: \(error.detail)")
    } catch {
      throw NoCertificate(reason: "I − W Dᵀ has no inverse: \(error)")
    }
    guard result.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "the inverse of I − W Dᵀ overflows\(Self.place(component))")
    }
    return result
  }

  /// Upper bounds of |R v|.
  private static func bound(_ inverse: [Double], _ v: [Interval]) -> [Double] {
    v.indices.map { i in
      var sum = Interval.zero
      for j in v.indices { sum = sum + inverse[i * v.count + j] * v[j] }
      return sum.magnitude
    }
  }

  // MARK: The contraction

  /// T r from above, and max (T r)_s / r_s, with the slopes on the box center ± radius, which the
  /// enclosure then holds.
  private func contraction(
    _ component: Component, _ inverse: [Double]?, _ radius: [Double], _ center: [Double],
    _ enclosure: inout StateEnclosure
  ) throws(NoCertificate) -> (product: [Double], factor: Double) {
    let units = component.units
    for s in units {
      enclosure.z[s] = Interval(centre: center[s], radius: radius[s - units.lowerBound])
    }
    try enclosure.activate(component.runs)
    let product =
      inverse.map { multiply(component, $0, radius, enclosure) }
      ?? multiply(component, radius, enclosure)
    var factor = 0.0
    for (s, r) in radius.enumerated() {
      let quotient = Rounding.quotientUp(product[s], r)
      if !(quotient <= factor) { factor = quotient.isNaN ? .infinity : quotient }
    }
    return (product, factor)
  }

  /// |W D̂ᵀ| r, for R = I.
  private func multiply(
    _ component: Component, _ radius: [Double], _ enclosure: StateEnclosure
  ) -> [Double] {
    var reach = [Double](repeating: 0, count: component.neuronCount)
    enclosure.reach(component.runs, of: { radius[$0 - component.units.lowerBound] }) {
      reach[$0 - component.neurons.lowerBound] = $1
    }
    return (0..<component.unitCount).map { row in
      var sum = 0.0
      for e in component.innerEdges(of: row) {
        let j = component.innerSource(of: e, into: row)
        sum = Rounding.sumUp(sum, Rounding.productUp(weights[e].magnitude, reach[j]))
      }
      return sum
    }
  }

  /// |I − R (I − W D̂ᵀ)| r.
  private func multiply(
    _ component: Component, _ inverse: [Double], _ radius: [Double], _ enclosure: StateEnclosure
  ) -> [Double] {
    let n = component.unitCount
    let firstUnit = component.units.lowerBound
    let firstNeuron = component.neurons.lowerBound
    var products = [Interval](repeating: .zero, count: component.neuronCount)
    return (0..<n).map { i in
      // What is no number proves nothing, and the caller looks why.
      if state.context.isCancelled { return .nan }
      for k in products.indices { products[k] = .zero }
      for s in 0..<n where inverse[i * n + s] != 0 {
        for e in component.innerEdges(of: s) {
          let j = component.innerSource(of: e, into: s)
          products[j] = products[j] + weights[e] * Interval(inverse[i * n + s])
        }
      }
      var sum = 0.0
      enclosure.multiplySlopes(component.runs, by: { products[$0 - firstNeuron] }) { unit, value in
        let j = unit - firstUnit
        let entry = Interval(i == j ? 1 : 0) - Interval(inverse[i * n + j]) + value
        sum = Rounding.sumUp(sum, Rounding.productUp(entry.magnitude, radius[j]))
      }
      return sum
    }
  }

  /// v > 0 with |W D̂ᵀ| v < v to nearest, where there is one, from v ← |W D̂ᵀ| v + 1.
  private func weightsOfContraction(
    _ component: Component, _ enclosure: StateEnclosure
  ) -> [Double] {
    var v = [Double](repeating: 1, count: component.unitCount)
    for _ in 0..<2_000 {
      let product = multiply(component, v, enclosure)
      var isDone = true
      for s in v.indices {
        if product[s] >= 0.999 * v[s] { isDone = false }
        v[s] = product[s] + 1
      }
      guard let most = v.max(), most < 1e6 else { return v }
      if isDone { return v }
    }
    return v
  }

  /// The shape, so large that q + T r < r as far as the slopes at z̃ tell.
  private func scaled(_ shape: [Double], _ first: [Double], by factor: Double) -> [Double] {
    // With v = T v + 1 nearly, v − T v is nearly 1.
    let size = factor * (first.max() ?? 0)
    return shape.map { size * $0 }
  }
}
