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

  /// The training at its beginning, or where a checkpoint left it.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for options that do not fit the network or the samples.
  public func run(continuing checkpoint: Checkpoint? = nil) throws -> TrainingRun {
    try run(
      from: checkpoint?.trainer, parameters, checkpoint?.progress ?? TrainingProgress())
  }

  /// The training of a stage, from a state, or from its beginning with some parameters.
  func run(
    from state: TrainerState?, _ parameters: Parameters, _ progress: TrainingProgress
  ) throws -> TrainingRun {
    let source = try trainingSource
    let file = self.file.inStage(progress.stage)
    var options = file.options
    let steps = (source.count + file.run.batchSize - 1) / file.run.batchSize
    options.learningRate = file.learningRate(stepsPerEpoch: steps)
    options.seed = file.run.seed
    return try located {
      // What the graph has was checked before the first stage; what a stage has taken out is no mistake of the file.
      if topology != nil { _ = try options.removeIdle(in: network) }
      let trainer =
        try state.map { try Trainer(simulator, $0, options) }
        ?? Trainer(simulator, parameters, options)
      return try TrainingRun(
        trainer, on: source, file.run, validation: try validation(), progress: progress)
    }
  }

  /// What the file says of a stage, and means nothing any more since edges were exchanged.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` as ``run(continuing:)``.
  package func idleRules(inStage stage: Int) throws -> [String] {
    guard topology != nil else { return [] }
    if case .fenchel(var options) = file.otherStage(stage) {
      return try TrainerOptions.removeIdle(&options.balls, in: network)
    }
    var options = file.inStage(stage).options
    return try options.removeIdle(in: network)
  }

  /// Looks for a learning rate of the training, or of the first one of several stages, from the parameters at the beginning.
  ///
  /// - Throws: what ``Cyclograd/LearningRateSearch`` throws, and errors of options that do not fit.
  public func findRate(
    _ search: LearningRateSearch, shouldStop: () -> Bool = { false }
  ) throws -> LearningRateSearch.Outcome {
    let trains =
      file.stages.isEmpty || (0..<file.stageCount).contains { file.otherStage($0) == nil }
    guard trains else {
      throw CyclogradError(
        .invalidOption, "no stage of the file takes steps, so there is no rate to look for",
        at: .init(file: file.path), advice: "add a stage 'train'")
    }
    var options = file.options
    options.seed = file.run.seed
    return try search.run(
      Trainer(simulator, parameters, options), on: trainingSource, batchSize: file.run.batchSize,
      seed: file.run.seed, shouldStop: shouldStop)
  }

  /// Refuses a stage that the network cannot have, before the first one begins.
  func check(stage: Int) throws {
    try located {
      switch file.otherStage(stage) {
      case .fenchel(let options):
        guard file.options.normalisations.isEmpty else {
          throw CyclogradError(
            .invalidOption, "a descent on states does not keep normalised weights normalised",
            at: .init(subject: "stage \(stage + 1)"),
            advice: "leave out 'normalise', or say it in the stages that train")
        }
        _ = try FenchelDescent(
          options, simulator, parameters, on: SampleTable.first(of: trainingSource),
          loss: file.options.loss)
      case .rewire(let rule):
        try rule.check(network)
        _ = try rewired(to: edges, parameters)
      case .match(let rule):
        try rule.check(network)
        _ = try rewired(to: edges, parameters)
      case .fit(let fit): try fit.check(network)
      case .train, nil: break
      }
    }
  }

  /// Says with errors that name no file that they are of the training file.
  func located<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as CyclogradError {
      if error.location.file == nil { error.location.file = file.path }
      throw error
    }
  }

  /// The samples to train on.
  var trainingSource: any SampleSource {
    get throws { try data.stream ?? samples(.training) }
  }

  private func samples(_ part: DataRecipe.Part) throws -> SampleTable {
    guard let samples = data.parts[part] else { throw missing(part) }
    return try SampleTable(inputs: samples.inputs, targets: samples.targets)
  }

  private func missing(_ part: DataRecipe.Part) -> CyclogradError {
    CyclogradError(
      .invalidOption, "the training file has no \(part.rawValue) samples",
      at: .init(file: file.path),
      advice: "name a file under '\(part.rawValue)', or split a share off in the steps of 'data'")
  }

  private func validation() throws -> Validation? {
    try file.validation(of: data)
  }

  /// How many of an autoencoder's validation samples are anomalies, whose errors count in the loss of validations as
  /// all others do; `nil` for other tasks, and without such samples or labels.
  public var validationAnomalies: Int? {
    guard case .autoencoder = file.task else { return nil }
    return data.parts[.validation]?.labels?.count { $0 == 1 }
  }

  /// What a network answers to the samples of a part.
  ///
  /// - Returns: the evaluation, and the classes of the samples that have an equilibrium.
  /// - Throws: ``Cyclograd/CyclogradError`` if there are no such samples.
  public func evaluate(
    _ part: DataRecipe.Part, _ parameters: Parameters
  ) throws -> (evaluation: Evaluation, labels: [Int]?) {
    if part == .training, let stream = data.stream {
      throw CyclogradError(
        .invalidOption, "samples that stay on the disk are not evaluated",
        at: .init(file: stream.inputs.path), advice: "name the file under 'test' as well")
    }
    guard let samples = data.parts[part] else { throw missing(part) }
    let evaluation = try Evaluation(
      simulator, parameters, loss: file.options.loss, inputs: samples.inputs,
      targets: samples.targets)
    return (
      evaluation, samples.labels.map { labels in evaluation.answers.rows.map { labels[$0] } }
    )
  }
}

extension SampleTable {
  /// The first of some samples alone.
  fileprivate static func first(of source: any SampleSource) throws -> SampleTable {
    let (inputs, targets) = try source.samples([0])
    return try SampleTable(inputs: inputs, targets: targets)
  }
}
