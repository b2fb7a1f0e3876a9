/// What can be proved about the equilibria of given samples: which of those met from several starts are
/// certified, and whether there are two, or none.
public struct SampleChecks: Sendable {
  /// One sample.
  public struct Row: Sendable {
    /// The equilibria that were met.
    public var found: [EquilibriumSearch.Found]
    /// What is proved about each of them.
    public var certificates: [LocalCertificate.Sample]
    /// How many different equilibria are certified: their error bounds do not meet.
    public var certifiedCount: Int
    /// Why there is no equilibrium, where that is proved.
    public var nonexistence: String?
    /// Why none was found from the first start.
    public var failure: String?

    /// Whether the sample has two equilibria, or none, for certain.
    public var isRefuting: Bool { certifiedCount > 1 || nonexistence != nil }
  }

  /// One for each sample.
  public let rows: [Row]

  /// Whether some sample has two equilibria, or none, for certain: then the network is not well-posed.
  public var isRefuted: Bool { rows.contains(where: \.isRefuting) }

  /// Searches, and certifies what is found.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - global: what is proved for every input.
  ///   - options: when to stop.
  ///   - starts: from how many starts each sample is solved.
  ///   - progress: is told what is about to happen.
  /// - Throws: ``CyclogradError`` for samples that do not fit.
  public init(
    _ network: Network, _ parameters: Parameters, inputs: Matrix, global: GlobalCertificate,
    options: SolverOptions = SolverOptions(), starts: Int,
    progress: (String) -> Void = { _ in }
  ) throws {
    let search = try EquilibriumSearch(
      network, parameters, inputs: inputs, options: options, starts: starts, progress: progress)
    rows = try search.samples.enumerated().map { sample, found in
      progress("certifying row \(sample) of \(inputs.rows)")
      let certificates = try found.map { try LocalCertificate($0.equilibrium).samples[0] }
      return Row(
        found: found, certificates: certificates,
        certifiedCount: Self.countDistinct(found, certificates),
        nonexistence: found.isEmpty
          ? Self.nonexistence(search.first, sample, global) : nil,
        failure: search.first.evidence[sample].status == .converged
          ? nil
          : search.first.evidence[sample].detail ?? search.first.evidence[sample].status.rawValue)
    }
  }

  /// How many certified equilibria lie apart, each from all others counted.
  static func countDistinct(
    _ found: [EquilibriumSearch.Found], _ certificates: [LocalCertificate.Sample]
  ) -> Int {
    var counted: [Int] = []
    for index in found.indices where certificates[index].isProved {
      let isApart = counted.allSatisfy { other in
        let reach = Rounding.sumUp(
          certificates[index].stateError, certificates[other].stateError)
        return zip(found[index].equilibrium.z, found[other].equilibrium.z)
          .contains { abs($0 - $1).nextDown > reach }
      }
      if isApart { counted.append(index) }
    }
    return counted.count
  }

  /// Follows the condensation as far as each component's equilibrium is the only one for certain, and asks whether
  /// the next component has none.
  private static func nonexistence(
    _ equilibrium: Equilibrium, _ sample: Int, _ global: GlobalCertificate
  ) -> String? {
    let network = equilibrium.network
    let weights = network.weights(equilibrium.parameters)
    let components = network.components
    let method = KrawczykMethod(network, weights, components)
    let count = equilibrium.sampleCount
    let center = (0..<network.unitCount).map { equilibrium.z[$0 * count + sample] }
    var enclosure = StateEnclosure(network)
    var drive = network.biases(equilibrium.parameters).map { Interval($0) }
    for (s, x) in zip(network.inputUnits, equilibrium.inputs[row: sample]) {
      drive[Int(s)] = drive[Int(s)] + Interval(x)
    }
    var cyclic = 0
    for (index, stage) in network.stages.enumerated() {
      enclosure.addUpstream(of: stage, weights, to: &drive)
      let units = network.units(of: stage)
      do throws(NoCertificate) {
        guard stage.isCyclic else {
          for s in units { enclosure.z[s] = drive[s] }
          try enclosure.activate(stage.runs)
          continue
        }
        let component = components[cyclic]
        if Nonexistence.isProved(component, weights, drive: Array(drive[units])) {
          return
            "the component of \(component.firstName) has none: its activations grow without end"
        }
        guard global.components[index].theorem != nil, units.allSatisfy({ center[$0].isFinite })
        else { return nil }
        _ = try method.prove(cyclic, center: center, drive: Array(drive[units]), &enclosure)
        cyclic += 1
      } catch {
        return nil
      }
    }
    return nil
  }
}
