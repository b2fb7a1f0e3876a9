import Synchronization

/// Bounds samples of one network; what does not depend on a sample is found once.
final class BoundSolver: Sendable {
  typealias Functional = SampleBounds.Functional

  let network: Network
  let products: WeightProducts
  let biases: [Double]
  let linear: LinearizedGraph
  /// `nil` where an activation has no bound of its slope.
  let comparison: ComparisonGraph?
  private let noComparison: String?
  let isWellPosed: Bool
  /// What proves each stage, if anything does.
  private let theorems: [GlobalCertificate.Theorem?]
  /// By stages, as they are needed.
  private let reaches = Mutex<[Int: ComponentReach?]>([:])
  private let components: [Component]

  init(_ network: Network, _ parameters: Parameters) throws {
    try network.check(parameters)
    let network = try network.writtenOut()
    self.network = network
    let weights = network.weights(parameters)
    products = WeightProducts(network, weights)
    biases = network.biases(parameters)
    linear = try LinearizedGraph(network, isWithoutInputs: true)
    let certificate = try GlobalCertificate(network, parameters)
    isWellPosed = certificate.isWellPosed
    theorems = certificate.components.map(\.theorem)
    components = network.components
    do {
      comparison = try ComparisonGraph(network, weights)
      noComparison = nil
    } catch {
      comparison = nil
      noComparison = error.reason
    }
  }

  /// A sample with its box of states before anything is known of functionals.
  struct Start {
    var bounds: SampleBounds
    /// |a − A(z̃)| by the comparison graph, per neuron.
    var distance: [Double]?
    var scope: BoundScope
  }

  /// The first box of states: by the comparison graph; where that says nothing, component after component, from what
  /// activations can be at all and from how far they move at most; or around the equilibrium, by Krawczyk's operator.
  ///
  /// - Throws: ``NoCertificate``
  func start(_ inputs: InputBox.Row, center: [Double]) throws -> Start {
    var bounds = try SampleBounds(
      products, biases: biases, inputs: inputs, center: center)
    var reasons: [String] = []
    if let comparison {
      do {
        let distance = try distance(bounds, comparison)
        let radius = unitRadii(bounds, distance)
        for s in 0..<network.unitCount {
          bounds.box.z[s] = Interval(centre: center[s], radius: radius[s])
        }
        try bounds.box.activate(0..<Int32(network.runs.count))
        return Start(bounds: bounds, distance: distance, scope: .unique)
      } catch let error as NoCertificate {
        reasons.append(error.reason)
      }
    } else if let noComparison {
      reasons.append(noComparison)
    }
    var whole: SampleBounds?
    do {
      let (found, isRanged) = try enclosed(bounds)
      // Where the only equilibrium is enclosed, the other box may be smaller.
      guard isWellPosed, !isRanged else {
        return Start(bounds: found, distance: nil, scope: isWellPosed ? .unique : .all)
      }
      whole = found
    } catch let error as NoCertificate {
      reasons.append(error.reason)
    }
    do {
      let local = try local(inputs, center)
      guard var found = whole else {
        bounds.box = local
        return Start(bounds: bounds, distance: nil, scope: isWellPosed ? .unique : .local)
      }
      for s in 0..<network.unitCount { try found.narrow(s, to: local.z[s]) }
      try found.box.activate(0..<Int32(network.runs.count))
      whole = found
    } catch let error as NoCertificate {
      reasons.append(error.reason)
    }
    if let whole { return Start(bounds: whole, distance: nil, scope: .unique) }
    throw NoCertificate(reason: reasons.joined(separator: "; "))
  }

  /// The box around the computed equilibrium, by Krawczyk's operator.
  private func local(
    _ inputs: InputBox.Row, _ center: [Double]
  ) throws(NoCertificate) -> StateEnclosure {
    let proof = try SampleProof(
      KrawczykMethod(network, products.weights, components), biases: biases,
      inputs: inputs.center.indices.map { j in
        Interval(
          inputs.down[j] == 0
            ? inputs.center[j] : (inputs.center[j] - inputs.down[j]).nextDown,
          inputs.up[j] == 0 ? inputs.center[j] : (inputs.center[j] + inputs.up[j]).nextUp)
      }, center: center)
    return proof.enclosure
  }

  private func distance(_ bounds: SampleBounds, _ comparison: ComparisonGraph) throws -> [Double] {
    var drive = bounds.residual.map(\.magnitude)
    for (j, s) in network.inputUnits.enumerated() {
      drive[Int(s)] = Rounding.sumUp(drive[Int(s)], bounds.inputs.radius(j))
    }
    return try comparison.above(drive)
  }

  /// |z − z̃| ≤ |W| |a − A(z̃)| + |residual| + σ
  private func unitRadii(_ bounds: SampleBounds, _ distance: [Double]) -> [Double] {
    let moved = products.sums(of: distance.map { Interval(-$0, $0) })
    return (0..<network.unitCount).map { s in
      var sum = bounds.residual[s].magnitude
      let j = Int(bounds.inputOfUnit[s])
      if j >= 0 { sum = Rounding.sumUp(sum, bounds.inputs.radius(j)) }
      return Rounding.sumUp(sum, moved[s].upper)
    }
  }

  /// The box of all states that the inputs' box leaves possible, component after component: from what activations can be at
  /// all, and from how far a component moves at most, where that is proved for every drive. One with an unbounded
  /// activation and no such proof has none.
  ///
  /// - Returns: the box, and whether activations in cycles are all bounded.
  private func enclosed(
    _ bounds: SampleBounds
  ) throws -> (bounds: SampleBounds, isRanged: Bool) {
    var bounds = bounds
    var isRanged = true
    for s in 0..<network.unitCount { bounds.box.z[s] = .everything }
    for (index, stage) in network.stages.enumerated() {
      guard stage.isCyclic else {
        try bounds.enter(stage)
        continue
      }
      let reach = reach(index)
      do {
        try bounds.box.takeRanges(stage.runs)
        try bounds.enter(stage)
      } catch {
        guard reach != nil else { throw error }
        isRanged = false
      }
      if let reach { try bounds.narrow(stage, by: reach) }
    }
    return (bounds, isRanged)
  }

  private func reach(_ stage: Int) -> ComponentReach? {
    if let found = reaches.withLock({ $0[stage] }) { return found }
    let made = theorems[stage].flatMap {
      ComponentReach(network, products.weights, network.stages[stage], provedBy: $0)
    }
    reaches.withLock { $0[stage] = .some(made) }
    return made
  }

  /// Narrows a start's box by the wanted methods and bounds the functionals.
  ///
  /// - Throws: ``EmptyBox``, ``NoCertificate``
  func bound(_ start: inout Start, _ request: Request) throws -> Answer {
    var answer = Answer(request.functionals.count)
    let methods = request.methods
    let plain = products.multipliers(
      request.functionals, request.functionals.flatMap { start.bounds.pulledThroughIdentities($0) })
    if methods.contains(.box) {
      for (index, functional) in request.functionals.enumerated() {
        if let found = try boxBound(start, functional, plain.sum(index)) {
          answer.take(index, found, by: .box)
        }
      }
    }
    guard methods != [.box] else { return answer }
    try start.bounds.propagate()
    if methods.contains(.interval) {
      let terms = DualTerms(start.bounds)
      for index in request.functionals.indices {
        answer.take(
          index,
          Interval(
            request.isOneSided ? -.infinity : -terms.upperBound(plain.sum(index, sign: -1)),
            terms.upperBound(plain.sum(index))), by: .interval)
      }
    }
    // Lines along bent activations are drawn anew in a narrower box, where they may serve less.
    try takeLinearProgram(of: request, in: start, &answer)
    if methods.contains(.slopes) || methods.contains(.dual) {
      do {
        try refine(&start, request, &answer)
      } catch is NoCertificate where methods.contains(.interval) {
        // What is found so far stays.
      }
      try takeLinearProgram(of: request, in: start, &answer)
    }
    return answer
  }

  private func takeLinearProgram(
    of request: Request, in start: Start, _ answer: inout Answer
  ) throws {
    guard request.methods.contains(.lp) else { return }
    do {
      try takeLinearProgram(start.bounds, request, &answer)
    } catch is NoCertificate where request.methods.count > 1 {
      // What is found so far stays.
    }
  }

  /// cᵀa within cᵀA(z̃) + gᵀ(δx̂ + residual) ± |ν| |a − A(z̃)|, with g that takes c through identities. Where few
  /// inputs change, by the largest entries of a row of sensitivities.
  private func boxBound(
    _ start: Start, _ functional: Functional, _ plain: Multipliers
  ) throws -> Interval? {
    guard let distance = start.distance, let comparison else { return nil }
    let bounds = start.bounds
    var middle = bounds.atCenter(functional)
    var moved = [Double](repeating: 0, count: bounds.inputs.center.count)
    for (s, g) in plain.g.enumerated() where g != 0 {
      middle = middle + plain.g(s) * bounds.residual[s]
      let j = Int(bounds.inputOfUnit[s])
      if j >= 0 { moved[j] = Rounding.productUp(g.magnitude, bounds.inputs.radius(j)) }
    }
    let groupOfNeuron = network.groupOfNeuron
    // What identities leave over is where activations bend.
    let rest = (0..<network.neuronCount).map { k in
      let s = Int(network.unitStarts[k])
      guard case .single(.identity) = network.evaluations[groupOfNeuron[k]], plain.g[s] != 0
      else { return plain.nu(k).magnitude }
      return (plain.nu(k) - plain.g(s)).magnitude
    }
    var reach = 0.0
    if bounds.inputs.changes == nil {
      reach = bounds.inputs.total(moved)
      for (k, value) in rest.enumerated() {
        reach = Rounding.sumUp(reach, Rounding.productUp(value, distance[k]))
      }
    } else {
      let row = try comparison.solveTransposed([rest])[0].upper
      for (j, s) in network.inputUnits.enumerated() {
        let weight = comparison.atUnit(
          Int(s), row, sum: Rounding.sumUp, product: Rounding.productUp)
        moved[j] = Rounding.sumUp(
          moved[j], Rounding.productUp(weight, bounds.inputs.radius(j)))
      }
      reach = bounds.inputs.total(moved)
      // z̃ is not the equilibrium itself.
      let error = try comparison.solve([bounds.residual.map(\.magnitude)])[0].upper
      for (k, value) in rest.enumerated() {
        reach = Rounding.sumUp(reach, Rounding.productUp(value, error[k]))
      }
    }
    return middle + Interval(-reach, reach)
  }
}
