/// Trains a network, one minibatch at a time.
///
///     var trainer = try Trainer(simulator, parameters, TrainerOptions(optimizer: .adam()))
///     for _ in 0..<1000 { print(try trainer.step(inputs: x, targets: y).loss) }
///
/// A trainer is a value: a copy is a checkpoint. The results of a step depend on its data and the
/// state alone, bit for bit, not on the number of threads.
public struct Trainer: Sendable {
  /// Finds equilibria and gradients.
  public let simulator: Simulator
  /// How to train.
  public let options: TrainerOptions
  /// All that changes.
  public internal(set) var state: TrainerState

  let groups: [ParameterGroup]
  let segments: [ParameterSegments.Segment]
  let projectors: [RowBallProjector]
  private let blocks: ParameterBlocks?
  let regularisers: [any BoundRegulariser]
  /// The same where they take part in a common adjoint.
  let sharingTerms: [(any AdjointSharingTerm)?]
  /// The first one whose tangent can be solved in place of the network.
  let leadingTerm: (any LeadingTerm)?
  /// Maps from trained to effective parameters.
  let normalisers: [SpectralMap]
  /// Products with Hessians, for the method that needs them.
  let curvature: Curvature?
  /// The largest magnitude at the beginning, by group.
  let initialSize: [Double]

  /// The weights and biases of the network: the moving average, if there is one; see ``effective(_:)``.
  public var parameters: Parameters { effective(state.result) }

  /// Prepares a training.
  ///
  /// - Throws: ``CyclogradError`` for options without a meaning, parameters of another network, and
  ///   a selection that selects nothing.
  public init(
    _ simulator: Simulator, _ parameters: Parameters, _ options: TrainerOptions
  ) throws(CyclogradError) {
    let network = simulator.network
    try self.init(
      simulator,
      TrainerState(
        parameters: parameters,
        optimizer: OptimizerState(
          options.optimizer, parameterCount: network.parameterCount)), options)
    for projector in projectors { try projector.project(&state.parameters.values) }
    if options.averageDecay != nil { state.average = state.parameters.values }
  }

  /// Continues from a state.
  public init(
    _ simulator: Simulator, _ state: TrainerState, _ options: TrainerOptions
  ) throws(CyclogradError) {
    try options.validate()
    let network = simulator.network
    try network.check(state.parameters)
    guard
      state.optimizer.memory.count
        == options.optimizer.slotNames.count * network.parameterCount
    else {
      throw CyclogradError(
        .shapeMismatch,
        "the optimizer's state does not fit \(options.optimizer.name) with "
          + "\(network.parameterCount) parameters",
        advice: "continue with the optimizer that the state is from")
    }
    self.simulator = simulator
    self.options = options
    self.state = state
    if options.averageDecay == nil {
      self.state.average = []
    } else if self.state.average.count != state.parameters.values.count {
      self.state.average = state.parameters.values
    }
    groups = options.allGroups
    blocks = options.reportsBlocks ? ParameterBlocks(network) : nil
    segments = try ParameterSegments(groups, decay: options.decay, of: network).segments
    guard !segments.isEmpty else {
      throw CyclogradError(
        .invalidOption, "no parameter is trained: all are frozen",
        advice: "let some group be trainable")
    }
    var isTrained = [Bool](repeating: false, count: network.parameterCount)
    for segment in segments { for index in segment.range { isTrained[index] = true } }
    var projectors: [RowBallProjector] = []
    for ball in options.balls {
      projectors.append(try RowBallProjector(ball, of: network, isTrained: isTrained))
    }
    self.projectors = projectors
    var isLimited = [Bool](repeating: false, count: network.parameterCount)
    for projector in projectors { projector.mark(&isLimited) }
    normalisers = try Self.maps(
      options.normalisations,
      TrainedParameters(simulator, groups: groups, segments: segments))
    for p in normalisers.flatMap(\.members) { isLimited[p] = true }
    let vectors = normalisers.enumerated().map { $1.start(seed: options.seed, index: $0) }
    if self.state.normalisation.map(\.count) != vectors.map(\.count) {
      self.state.normalisation = vectors
    }
    let trained = TrainedParameters(
      simulator, groups: groups, segments: segments, terms: options.regularisers,
      isLimited: isLimited)
    var regularisers: [any BoundRegulariser] = []
    for regulariser in options.regularisers {
      regularisers.append(try regulariser.bound(to: trained))
    }
    self.regularisers = regularisers
    sharingTerms = regularisers.map { $0 as? any AdjointSharingTerm }
    leadingTerm = regularisers.lazy.compactMap { $0 as? any LeadingTerm }.first
    if case .newton(.hessian, _, _) = options.optimizer {
      do { curvature = try Curvature(simulator) } catch {
        throw error.located(at: "optimizer \(options.optimizer.name)")
      }
    } else {
      curvature = nil
    }
    var sizes = [Double](repeating: 0, count: groups.count)
    for segment in segments {
      for index in segment.range {
        sizes[segment.group] = max(sizes[segment.group], abs(state.parameters.values[index]))
      }
    }
    initialSize = sizes
  }

  /// Makes one step with one minibatch.
  ///
  /// - Parameters:
  ///   - inputs: samples × inputs.
  ///   - targets: samples × outputs, or what else the loss takes (see ``Loss``).
  ///   - samples: the samples' numbers, for warm starts and reports; the rows of the batch if
  ///     absent.
  /// - Returns: what happened; samples that were left out are there, not thrown.
  /// - Throws: ``CyclogradError``: `not-converged` where ``TrainerOptions/failures`` says `stop`,
  ///   `blown-up` for a training that has diverged, or whose mean over the samples overflows; parameters are then
  ///   those before the step.
  public mutating func step(
    inputs: Matrix, targets: Matrix, samples: [Int]? = nil
  ) throws -> StepReport {
    let samples = samples ?? Array(0..<inputs.rows)
    guard samples.count == inputs.rows, inputs.rows > 0 else {
      throw CyclogradError(
        .shapeMismatch, "\(samples.count) numbers for \(inputs.rows) samples",
        advice: "give at least one sample, and a number for each")
    }
    let objective = try Objective(
      meanOf: options.loss, targets: targets, samples: inputs.rows, simulator.network)
    let rate = options.learningRate.rate(atStep: state.steps, state.plateau)
    let normalised = normalisers.isEmpty ? nil : normalised(lookedAhead)
    let solved = try slope(inputs, objective, samples, normalised?.parameters ?? lookedAhead)
    var report = StepReport(
      step: state.steps + 1, loss: solved.slope?.loss ?? .nan, used: solved.used,
      skipped: solved.skipped, learningRate: rate, gradientNorm: .nan,
      forwardIterations: solved.forwardIterations, backwardIterations: solved.backwardIterations,
      residual: solved.residual)
    if var slope = solved.slope {
      report.lossTerms = slope.lossTerms
      switch options.optimizer {
      case .lbfgs(let memory):
        report.blocks = norms(slope.gradient)
        report.gradientNorm = try searchLine(solved, slope, objective, memory, rate)
      case .newton(_, let iterations, let damping):
        report.blocks = norms(slope.gradient)
        report.gradientNorm = try stepOfNewton(
          solved, slope, objective, rate, iterations: iterations, damping: damping)
      case .sgd, .adam, .adamW:
        report.regularisation = slope.terms
        normalised?.pullBack(&slope.gradient)
        report.blocks = norms(slope.gradient)
        report.gradientNorm = try update(slope.gradient, rate)
      }
      state.emptySteps = 0
    } else {
      guard state.emptySteps + 1 < options.emptyStepLimit else {
        throw blowUp(
          fastestGrowing,
          "for \(state.emptySteps + 1) steps no equilibrium and gradient of any sample were found"
            + (solved.skipped.first.map { " (\($0.evidence.status.rawValue))" } ?? ""))
      }
      state.emptySteps += 1
    }
    if let normalised { state.normalisation = normalised.vectors }
    state.warmStates.merge(solved.states) { $1 }
    state.skippedSamples += solved.skipped.count
    state.steps += 1
    return report
  }

  private func norms(_ gradient: [Double]) -> [BlockNorm] {
    guard let blocks else { return [] }
    let (slopes, sizes) = (blocks.norms(of: gradient), blocks.norms(of: state.parameters.values))
    return blocks.names.indices.map {
      BlockNorm(blocks.names[$0], gradient: slopes[$0], parameters: sizes[$0])
    }
  }

  /// Tells the rule for plateaus how a validation went; smaller is better.
  public mutating func observe(_ value: Double) {
    guard let rule = options.learningRate.plateau else { return }
    state.plateau.observe(value, rule)
  }
}
