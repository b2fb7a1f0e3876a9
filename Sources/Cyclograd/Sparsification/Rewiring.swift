/// Takes edges out of a network that matter least, and puts those in that would matter most: structure learning.
///
/// Between two trainings a share of the weights goes, by magnitude or by what their loss would change the objective, and edges that are not
/// there come, by the size of the derivative that they would have at the weight 0, |Σ dₛ aⱼ| over samples (Evci et al.
/// 2020, RigL). Any topology will do. Edges that are not trainable, are frozen, or share their parameter stay.
public struct Rewiring: Hashable, Sendable {
  /// By what edges are taken out.
  public enum Criterion: String, Hashable, Sendable, CaseIterable {
    /// The smallest |w|.
    case magnitude
    /// The smallest |w ∂E/∂w|: to first order what the loss changes by without the edge.
    case gradient
    /// Weights that are 0, as ℓ1 makes them; all of these.
    case zeros
  }

  /// Which edges it is about.
  public var selection: ParameterSelection
  /// The share of edges that goes.
  public var prune: Double
  /// By what.
  public var criterion: Criterion
  /// How many edges come for each that goes.
  public var grow: Double
  /// How many edges there are in the end, whatever ``grow`` says; `nil` for what follows from that.
  public var edges: Int?
  /// At how many samples derivatives are taken, at most.
  public var sampleLimit: Int
  /// Groups of parameters, of which those that are frozen stay.
  public var parameterGroups: [ParameterGroup] = []

  /// Creates a rule.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for numbers without a meaning.
  public init(
    _ selection: ParameterSelection = ParameterSelection(.weights), prune: Double = 0.3,
    by criterion: Criterion = .magnitude, grow: Double = 1, edges: Int? = nil,
    sampleLimit: Int = 2048
  ) throws(CyclogradError) {
    guard prune >= 0, prune <= 1, grow >= 0, grow <= 1e6, edges ?? 0 >= 0, sampleLimit >= 1 else {
      throw CyclogradError(
        .invalidOption,
        "a share of \(prune) of the edges goes, and \(grow) come for each, to \(edges ?? 0), seen at "
          + "\(sampleLimit) samples",
        advice: "give a share between 0 and 1, and numbers that are not negative")
    }
    (self.selection, self.prune, self.criterion) = (selection, prune, criterion)
    (self.grow, self.edges, self.sampleLimit) = (grow, edges, sampleLimit)
  }

  /// An edge by its place in W, rows and columns in file order.
  public struct Edge: Hashable, Sendable {
    /// The unit that it leads to.
    public var row: Int
    /// The neuron that it comes from.
    public var column: Int32

    /// An edge.
    public init(row: Int, column: Int32) { (self.row, self.column) = (row, column) }
  }

  /// What is to be done.
  public struct Plan: Hashable, Sendable {
    /// Edges that go, in the order of the file.
    public var dropped: [Edge]
    /// Edges that come, the largest derivative first.
    public var added: [Edge]
    /// How many edges there were that might go.
    public var before: Int
    /// How many there will be.
    public var after: Int { before - dropped.count + added.count }

    /// A plan.
    public init(dropped: [Edge], added: [Edge], before: Int) {
      (self.dropped, self.added, self.before) = (dropped, added, before)
    }
  }

  /// Refuses a selection that means nothing in a network.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option`.
  public func check(_ network: Network) throws(CyclogradError) {
    _ = try RewiringCandidates(network, selection, parameterGroups)
  }

  /// Finds out which edges go and which come. Those that come may be among those that go; their weight is 0 all the same.
  ///
  /// Edges come between groups of the selection that are connected already, but for loops from a neuron to itself. No matrix of
  /// all pairs is formed: rows are taken by blocks, of which the largest derivatives are kept.
  ///
  /// - Parameters:
  ///   - source: the samples.
  ///   - loss: their loss.
  /// - Throws: ``CyclogradError``: `invalid-option` where the selection means nothing, `invalid-value` where no sample has a
  ///   gradient.
  /// - Complexity: O(rows · neurons · samples) time, O((units + neurons) · samples) memory.
  public func plan(
    _ simulator: Simulator, _ parameters: Parameters, on source: any SampleSource, loss: any Loss
  ) throws -> Plan {
    let network = simulator.network
    try network.check(parameters)
    let candidates = try RewiringCandidates(network, selection, parameterGroups)
    let going = goingCount(candidates, parameters)
    let wanted = edges ?? (candidates.own.count - going + Int(grow * Double(going)))
    let needsGradient = criterion == .gradient || wanted > candidates.own.count - going
    let states = needsGradient ? try self.states(simulator, parameters, source, loss) : nil
    // Where fewer are wanted than would be left, the next in order go as well.
    let gone = Set(
      ranking(candidates, parameters, states?.gradient)
        .prefix(max(going, candidates.own.count - wanted)))
    let room = max(0, wanted - (candidates.own.count - gone.count))
    let added = states.map { candidates.best(room, without: gone, $0) } ?? []
    return Plan(
      dropped: candidates.own.filter(gone.contains).map { candidates.place($0) }, added: added,
      before: candidates.own.count)
  }

  private func goingCount(_ candidates: RewiringCandidates, _ parameters: Parameters) -> Int {
    criterion == .zeros
      ? candidates.own.count { candidates.weight($0, parameters) == 0 }
      : Int(prune * Double(candidates.own.count))
  }

  /// The edges that might go, what matters least first.
  private func ranking(
    _ candidates: RewiringCandidates, _ parameters: Parameters, _ gradient: [Double]?
  ) -> [Int] {
    let scores = candidates.own.map { edge -> (score: Double, edge: Int) in
      let parameter = candidates.network.parameter(ofEdge: edge)
      return criterion == .gradient
        ? (abs(parameters.values[parameter] * (gradient?[parameter] ?? 0)), edge)
        : (abs(candidates.weight(edge, parameters)), edge)
    }
    return scores.sorted { ($0.score, $0.edge) < ($1.score, $1.edge) }.map(\.edge)
  }

  /// States, adjoints and the gradient at some of the samples.
  private func states(
    _ simulator: Simulator, _ parameters: Parameters, _ source: any SampleSource, _ loss: any Loss
  ) throws -> RewiringStates {
    let count = min(sampleLimit, source.count)
    let indices = (0..<count).map { $0 * source.count / count }
    let (inputs, targets) = try source.samples(indices)
    let objective = try Objective(
      meanOf: loss, targets: targets, samples: count, simulator.network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let rows = (0..<count).filter { equilibrium.evidence[$0].status == .converged }
    guard !rows.isEmpty else { throw Self.noGradient }
    let part = rows.count == count ? equilibrium : equilibrium.selecting(rows)
    let (outcome, d) = try simulator.adjoints(objective.selecting(rows), at: part)
    guard let gradient = outcome.gradient else { throw outcome.overflow ?? Self.noGradient }
    return RewiringStates(
      gradient: gradient.parameters, d: d, activations: part.activations, count: rows.count)
  }

  private static var noGradient: CyclogradError {
    CyclogradError(
      .invalidValue, "no sample has an equilibrium and an adjoint, so edges cannot be compared",
      advice: "try another backend, or other samples")
  }
}

/// What derivatives by edges that are not there are made of.
struct RewiringStates {
  var gradient: [Double]
  /// ∂E/∂z, unit-major; 0 for samples that failed.
  var d: [Double]
  /// a, neuron-major.
  var activations: [Double]
  var count: Int
}
