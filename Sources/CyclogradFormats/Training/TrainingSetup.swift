public import Cyclograd

/// What a training file names, read and checked: a network, samples, and a training to begin.
public struct TrainingSetup: Sendable {
  /// What the file says, with the loss of its terms.
  public let file: TrainingFile
  /// The graph, with what the file changes in it.
  private let graph: Graph
  /// The graph compiled, with its own parameters.
  private let base: (network: Network, parameters: Parameters)
  /// The network: that of the graph, or with other edges.
  public private(set) var network: Network
  /// The parameters that it begins with.
  public private(set) var parameters: Parameters
  /// The edges, where a training has exchanged some.
  public private(set) var topology: TrainingTopology?
  /// The edges as they are.
  var edges: TrainingTopology { topology ?? TrainingTopology(network) }
  /// The samples.
  public let data: PreparedData
  /// Finds equilibria and gradients.
  public private(set) var simulator: Simulator

  /// Reads everything that the file names, and checks that it fits together.
  ///
  /// - Parameter data: samples that another training with the same recipe has prepared already.
  /// - Throws: ``Cyclograd/CyclogradError`` for whatever is wrong with any of it.
  public init(
    _ file: TrainingFile, data: PreparedData? = nil, threads: Int = 1,
    progress: (String) -> Void = { _ in }
  ) throws {
    progress("reading \(file.graph)")
    var file = file
    let (graph, network, initial) = try Self.network(of: &file)
    (self.graph, self.network, base) = (graph, network, (network, initial))
    parameters = try file.parameters.map { try ParametersFile.read($0, for: network) } ?? initial
    do {
      self.data =
        try data
        ?? PreparedData(
          file.data, names: (network.inputNames, network.outputNames), progress: progress)
    } catch var error as CyclogradError {
      if error.location.file == nil { error.location.file = file.path }
      throw error
    }
    self.file = try file.withLoss(of: network, self.data)
    var solver = file.solver
    solver.threads = threads
    simulator = try Simulator(network, backend: file.backend, options: solver)
    if let reason = simulator.unsuitability {
      throw CyclogradError(
        .invalidOption, "the backend \(file.backend.name) cannot treat this network: \(reason)",
        at: .init(file: file.path), advice: "use the backend automatic")
    }
    try checkMeasures()
    try checkClasses()
    for samples in self.data.parts.values { try check(samples) }
    if let stream = self.data.stream {
      // The first sample shows whether shapes fit; numbers are checked as they are read.
      let (inputs, targets) = try stream.samples([0])
      try check(.init(inputs: inputs, targets: targets, origin: stream.inputs.path))
    }
  }

  /// Refuses measures that this number of classes does not have: by one that is never defined no parameters are the best.
  private func checkMeasures() throws {
    guard case .classifier = file.task else { return }
    let count = max(2, network.outputCount)
    let defined = file.task.measureNames(classes: count) + ["loss"]
    guard let name = (file.metrics + [file.selection]).first(where: { !defined.contains($0) })
    else {
      return
    }
    throw CyclogradError(
      .invalidOption, "'\(name)' is not defined for \(count) classes",
      at: file.measurePlaces[name] ?? .init(file: file.path),
      advice: "for them there are \(defined.joined(separator: ", "))")
  }

  /// Refuses a classifier whose targets are not classes, and classes that no output stands for.
  private func checkClasses() throws {
    guard case .classifier = file.task else { return }
    let count = max(2, network.outputCount)
    if case .classes(let names)? = file.data.labels?.rule, file.data.areLabelsTargets,
      names.count > count
    {
      throw CyclogradError(
        .invalidOption, "\(names.count) classes are listed, but the network tells \(count) apart",
        at: .init(file: file.path, subject: "labels"),
        advice: "list as many as there are outputs, or give the network more")
    }
    for samples in data.parts.values {
      do {
        _ = try samples.classes(outputs: network.outputCount)
      } catch {
        var located = error
        located.location.file = samples.origin
        throw located
      }
    }
  }

  /// The network of a training, and the parameters that its graph says.
  static func network(
    of file: inout TrainingFile
  ) throws -> (graph: Graph, network: Network, parameters: Parameters) {
    let imported = try imported(for: &file)
    let (network, parameters) = try imported.graph.compile(locate: imported.location(of:))
    return (imported.graph, network, parameters)
  }

  /// The graph of a training, with the sizes and the seed that the training file says.
  ///
  /// - Parameter keepsShards: see ``ImportedNetwork/rowSources``.
  package static func imported(
    for file: inout TrainingFile, keepsShards: Bool = false
  ) throws -> ImportedNetwork {
    var options = ImportOptions()
    options.keepsShards = keepsShards
    var imported = try NetworkFormat.read(file.graph, options: options)
    try imported.require([.activation, .inputs, .outputs], for: "training it")
    var graph = imported.graph
    for (name, size) in file.sizes.sorted(by: { $0.key < $1.key }) {
      guard let group = graph.groups.firstIndex(where: { $0.name == name }) else {
        throw CyclogradError(
          .invalidOption, "'sizes' names the group '\(name)', which the graph does not have",
          at: .init(file: file.path),
          advice: "the groups are \(graph.groups.map(\.name).joined(separator: ", "))")
      }
      graph.groups[group].shape = [size]
    }
    if let seed = file.graphSeed { graph.seed = seed }
    let connections = graph.connections
    try file.changeSteps { (steps) throws(CyclogradError) in
      for rule in steps.sharedNormalisations {
        guard let first = connections.first(where: { $0.weight.share == rule.share }) else {
          throw CyclogradError(
            .invalidOption, "no connection shares its weights as '\(rule.share)'",
            at: rule.location,
            advice: "give the name that connections of the graph have under 'share'")
        }
        steps.options.normalisations[rule.place].source = first.from
        steps.options.normalisations[rule.place].target = first.to
      }
    }
    imported.graph = graph
    return imported
  }

  /// The same training with other edges; those that are new have the weight 0.
  ///
  /// - Parameters:
  ///   - parameters: those of this network, which are taken over where edges stay; the graph's if `nil`.
  ///   - added: edges that are new, also where the graph had them once.
  func rewired(
    to topology: TrainingTopology, _ parameters: Parameters? = nil, added: [Rewiring.Edge] = []
  ) throws -> Self {
    let other = try located {
      try ExpandedNetwork(graph, base.network, base.parameters)
        .rewired(to: topology, of: graph, base.network)
    }
    var result = self
    (result.network, result.parameters) = try other.compile()
    result.topology = topology
    if let parameters {
      let moved = ParameterMove(from: network, to: result.network, added: added)
      result.parameters.values = moved.values(parameters.values)
    }
    result.simulator = try Simulator(
      result.network, backend: simulator.backend, options: simulator.options)
    return result
  }

  /// The training with the edges that it had where a checkpoint was written.
  ///
  /// - Throws: errors of the file.
  public func rewired(asIn checkpoint: String) throws -> TrainingSetup {
    guard let topology = try Checkpoint.topology(checkpoint, of: network) else { return self }
    return try rewired(to: topology)
  }

  /// The network as a graph in which every weight has its number.
  public func trainedGraph(_ parameters: Parameters) -> Graph {
    ExpandedNetwork(graph, network, parameters).graph()
  }

  private func check(_ samples: PreparedData.Samples) throws {
    guard samples.inputs.columns == network.inputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "\(samples.inputs.columns) columns are inputs, but the network has \(network.inputCount)",
        at: .init(file: samples.origin), advice: "select as many columns as there are inputs")
    }
    do {
      _ = try file.options.loss.prepare(
        samples.targets, samples: samples.targets.rows, outputs: network.outputCount)
    } catch {
      var located = error
      located.location.file = samples.origin
      throw located
    }
  }
}
