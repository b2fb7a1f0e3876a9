/// Trains a network without derivatives through equilibria: states are unknowns of their own, and a divergence draws
/// them to where the equations hold (El Ghaoui et al. 2021, section 6.4).
///
/// What falls is
///
///     (1/N) Σ [½ ‖y − ŷ‖² + λ Σ F(xₛ, zₛ)] + (ridge / 2) ‖C‖²
///
/// over N samples, with z = W a + b + x̂ at the states x, one ``FenchelDivergence`` F for each unit, and C the weights
/// of the readout. A step goes over three blocks: states, by projected gradients, sample by sample; the other weights
/// and biases, by projected gradients within balls; the readout, by least squares. Each is tried until it falls enough,
/// so that the objective never rises while λ stays. Where there are cycles it is not convex in the states. In the end
/// true equilibria take the place of the states, and the readout is fitted to these.
///
///     var descent = try FenchelDescent(.init("y", steps: 40), simulator, parameters, on: samples, loss: .halfSquaredError)
///     while let report = try descent.next() { print(report.objective) }
///     let (trained, fit) = try descent.finished()
public struct FenchelDescent: Sendable {
  /// How it proceeds.
  public let options: Options
  /// Finds equilibria.
  public let simulator: Simulator
  /// The parameters so far.
  public internal(set) var parameters: Parameters
  /// How many steps were made.
  public private(set) var step: Int

  let source: any SampleSource
  private let loss: any Loss
  let equations: FenchelEquations
  private let fit: ReadoutFit
  let projectors: [RowBallProjector]
  private(set) var blocks: [FenchelBlock]

  /// Begins at the equilibria of some parameters, or continues from states.
  ///
  /// - Parameters:
  ///   - source: the samples; all of their states are in memory.
  ///   - loss: what brings targets into a column for each output, such as class numbers.
  ///   - states: activations by sample, as ``states`` gives them; samples without any begin at their equilibria.
  ///   - step: how many steps were made.
  /// - Throws: ``CyclogradError``: `invalid-option` for neurons whose activations have no divergence, for readouts that
  ///   do not only add, and for options and steps without a meaning; `shape-mismatch` for states of other samples or of
  ///   another number of neurons; `invalid-value` for states that are not finite.
  public init(
    _ options: Options, _ simulator: Simulator, _ parameters: Parameters,
    on source: any SampleSource, loss: any Loss, states: [Int: [Double]] = [:], step: Int = 0
  ) throws {
    try options.validate()
    guard step >= 0 else {
      throw CyclogradError(
        .invalidOption, "\(step) steps were made", advice: "give 0, or the number of steps made")
    }
    let network = simulator.network
    try network.check(parameters)
    (self.options, self.simulator, self.source, self.loss) = (options, simulator, source, loss)
    (self.parameters, self.step) = (parameters, step)
    fit = try ReadoutFit(options.readout, ridge: options.ridge)
    let design = try ReadoutDesign(options.readout, of: network)
    equations = try FenchelEquations(
      network, design, options.readout,
      frozen: ParameterSegments.frozen(by: options.parameterGroups, of: network))
    var projectors: [RowBallProjector] = []
    for ball in options.balls {
      projectors.append(
        try RowBallProjector(ball, of: network, isTrained: equations.isTrained))
    }
    self.projectors = projectors
    try Self.check(states, equations, samples: source.count)
    for projector in projectors { try projector.project(&self.parameters.values) }
    blocks = []
    for first in stride(from: 0, to: source.count, by: FenchelBlock.size) {
      let indices = Array(first..<min(first + FenchelBlock.size, source.count))
      let (inputs, targets) = try source.samples(indices)
      let prepared = try loss.prepare(
        targets, samples: indices.count, outputs: network.outputCount)
      guard prepared.columns == network.outputCount, prepared.elements.allSatisfy(\.isFinite) else {
        throw CyclogradError(
          .invalidOption, "states are not fitted to targets of \(loss.name)",
          advice: "there must be a target for every output of every sample")
      }
      let start = try Self.start(
        states, of: indices, inputs: inputs, simulator, self.parameters)
      blocks.append(
        FenchelBlock(
          count: indices.count, inputs: inputs, targets: prepared, activations: start, equations,
          self.parameters.values))
    }
  }

  // MARK: Steps

  /// Makes a step; `nil` when all have been made.
  ///
  /// - Throws: ``CyclogradError`` `blown-up` where the objective is not finite.
  /// - Complexity: some (4 · sweeps) products of W with the states of all samples.
  public mutating func next() throws -> Report? {
    guard step < options.steps else { return nil }
    var weight = options.weight
    for _ in 0..<step { weight *= options.growth }
    let before = try measure(weight)
    try updateStates(weight)
    try updateWeights()
    try updateReadout()
    let after = try measure(weight)
    step += 1
    return Report(
      step: step, weight: weight, objective: after.objective, objectiveBefore: before.objective,
      loss: after.loss, divergence: after.divergence)
  }

  /// The parameters with a readout that fits the true equilibria.
  ///
  /// - Throws: what ``ReadoutFit`` throws.
  public func finished() throws -> (parameters: Parameters, report: ReadoutFit.Report) {
    try fit.fitted(simulator, parameters, on: source, loss: loss)
  }

  /// The objective as it is.
  func measure(_ weight: Double) throws -> (objective: Double, loss: Double, divergence: Double) {
    let parts = try map { equations, values, block in block.measure(equations, values) }
    let count = Double(source.count)
    let loss = parts.reduce(0) { $0 + $1.loss } / count
    let divergence = parts.reduce(0) { $0 + $1.divergence } / count
    let squares = equations.readoutWeights.reduce(0) {
      $0 + parameters.values[$1] * parameters.values[$1]
    }
    let objective = loss + weight * divergence + options.ridge / 2 * squares
    guard objective.isFinite else {
      throw CyclogradError(
        .blownUp, "the objective of the states is \(objective)",
        at: .init(subject: "step \(step + 1) of the descent"),
        advice: "lower the weight or its growth, or keep rows in balls")
    }
    return (objective, loss, divergence)
  }

  private mutating func updateStates(_ weight: Double) throws {
    let sweeps = options.sweeps
    blocks = try map { equations, values, block in
      var block = block
      block.descend(equations, values, weight: weight, sweeps: sweeps)
      return block
    }
  }

  private mutating func updateReadout() throws {
    let network = simulator.network
    let blocks = blocks
    parameters = try fit.fitted(
      network, parameters, pieces: blocks.count,
      piece: { number in
        let block = blocks[number]
        return (block.activations, Array(0..<block.count), block.count, block.targets)
      }
    ).parameters
  }

  /// Something of every block, on several threads; the results have the order of the blocks.
  func map<Result: Sendable>(
    _ body: @Sendable (FenchelEquations, [Double], FenchelBlock) throws -> Result
  ) throws -> [Result] {
    let results = OrderedResults<Result>(count: blocks.count)
    let (blocks, equations, values) = (blocks, equations, parameters.values)
    try Parallel.forEach(blocks.count, threads: simulator.options.threads) { _, number in
      results.set(number, try body(equations, values, blocks[number]))
    }
    return results.all
  }
}
