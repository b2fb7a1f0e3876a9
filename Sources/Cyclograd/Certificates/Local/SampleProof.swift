/// What is proved about one sample, component after component in topological order: the errors of what is
/// upstream enter a component as an interval of drives.
struct SampleProof {
  /// The components of cyclic stages, in order.
  private(set) var components: [ComponentProof] = []
  /// Contains the equilibrium, its activations and D.
  private(set) var enclosure: StateEnclosure

  private let network: Network

  /// - Parameters:
  ///   - inputs: what is proved holds for each of these inputs.
  ///   - center: the computed z of all units.
  init(
    _ method: KrawczykMethod, biases: [Double], inputs: [Interval], center: [Double]
  ) throws(NoCertificate) {
    network = method.network
    enclosure = StateEnclosure(network)
    guard center.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "the state is not finite")
    }
    var drive = biases.map { Interval($0) }
    for (s, x) in zip(network.inputUnits, inputs) { drive[Int(s)] = drive[Int(s)] + x }
    for stage in network.stages {
      let units = network.units(of: stage)
      enclosure.addUpstream(of: stage, method.weights, to: &drive)
      guard stage.isCyclic else {
        for s in units { enclosure.z[s] = drive[s] }
        try enclosure.activate(stage.runs)
        continue
      }
      components.append(
        try method.prove(
          components.count, center: center, drive: Array(drive[units]), &enclosure))
    }
  }

  /// Within this distance of the computed z, the same for all units, there is exactly one equilibrium.
  var isolation: Double { components.map(\.isolation).min() ?? .infinity }
  /// The largest Lipschitz constant of a component's map; 0 where there is no cycle.
  var contraction: Double { components.map(\.contraction).max() ?? 0 }
}

extension StateEnclosure {
  /// drive += W a over the edges from upstream of a stage.
  func addUpstream(of stage: Network.Stage, _ weights: [Double], to drive: inout [Interval]) {
    for s in network.units(of: stage) {
      // Rows are sorted, so that what comes from upstream stands first.
      for e in network.inEdges(of: s) {
        let j = network.sourceNeuron(of: e, into: s)
        guard j < Int(stage.neurons.lowerBound) else { break }
        drive[s] = drive[s] + weights[e] * activation[j]
      }
    }
  }
}

extension Network {
  func units(of stage: Stage) -> Range<Int> {
    Int(
      unitStarts[Int(stage.neurons.lowerBound)])..<Int(unitStarts[Int(stage.neurons.upperBound)])
  }
}
