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
  public struct Options: Hashable, Sendable {
    /// The outputs that are fitted; they only add, and feed nothing.
    public var readout: String
    /// What their squared weights are multiplied with.
    public var ridge: Double
    /// The number of steps.
    public var steps: Int
    /// λ of the first step.
    public var weight: Double
    /// What λ is multiplied with after each step.
    public var growth: Double
    /// How many projected gradients a step makes for states, and for weights.
    public var sweeps: Int
    /// Balls that rows of W stay in.
    public var balls: [RowBall]
    /// Groups of parameters, of which those that are frozen stay; the readout is fitted all the same.
    public var parameterGroups: [ParameterGroup] = []

    /// Creates options.
    public init(
      _ readout: String, ridge: Double = 1e-4, steps: Int = 50, weight: Double = 1,
      growth: Double = 1.06, sweeps: Int = 5, balls: [RowBall] = []
    ) {
      (self.readout, self.ridge, self.steps) = (readout, ridge, steps)
      (self.weight, self.growth, self.sweeps, self.balls) = (weight, growth, sweeps, balls)
    }

    /// Checks that the numbers have a meaning.
    ///
    /// - Throws: ``CyclogradError`` with the code `invalid-option`.
    public func validate() throws(CyclogradError) {
      _ = try ReadoutFit(readout, ridge: ridge)
      guard steps >= 1, sweeps >= 1, weight > 0, weight.isFinite, growth >= 1, growth.isFinite
      else {
        throw CyclogradError(
          .invalidOption,
          "\(steps) steps of \(sweeps) sweeps with the weight \(weight), which grows by \(growth)",
          advice:
            "give at least one step and one sweep, a positive weight, and a growth of at least 1")
      }
    }
  }

  /// What a step came to.
  public struct Report: Hashable, Sendable {
    /// The number of the step, from 1.
    public var step: Int
    /// λ.
    public var weight: Double
    /// The objective after the step.
    public var objective: Double
    /// The objective before the step, with the same λ.
    public var objectiveBefore: Double
    /// The mean of ½ ‖y − ŷ‖² at the states.
    public var loss: Double
    /// The mean over the samples of the sum of divergences.
    public var divergence: Double
  }

  /// How it proceeds.
  public let options: Options
  /// Finds equilibria.
  public let simulator: Simulator
  /// The parameters so far.
  public private(set) var parameters: Parameters
  /// How many steps were made.
  public private(set) var step: Int

  private let source: any SampleSource
  private let loss: any Loss
  private let equations: FenchelEquations
  private let fit: ReadoutFit
  private let projectors: [RowBallProjector]
  private var blocks: [FenchelBlock]

  /// Begins at the equilibria of some parameters, or continues from states.
  ///
  /// - Parameters:
  ///   - source: the samples; all of their states are in memory.
  ///   - loss: what brings targets into a column for each output, such as class numbers.
  ///   - states: activations by sample, as ``states`` gives them.
  ///   - step: how many steps were made.
  /// - Throws: ``CyclogradError``: `invalid-option` for neurons whose activations have no divergence, for readouts that
  ///   do not only add, and for options without a meaning.
  public init(
    _ options: Options, _ simulator: Simulator, _ parameters: Parameters,
    on source: any SampleSource, loss: any Loss, states: [Int: [Double]] = [:], step: Int = 0
  ) throws {
    try options.validate()
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
      let known = indices.map { states[$0] }
      let start: [Double]
      if known.allSatisfy({ $0 != nil }) {
        var activations = [Double](repeating: 0, count: network.neuronCount * indices.count)
        for (lane, state) in known.enumerated() {
          for k in 0..<network.neuronCount {
            activations[k * indices.count + lane] = state?[k] ?? 0
          }
        }
        start = activations
      } else {
        start = try simulator.equilibrium(self.parameters, inputs: inputs).activations
      }
      blocks.append(
        FenchelBlock(
          count: indices.count, inputs: inputs, targets: prepared, activations: start, equations,
          self.parameters.values))
    }
  }

  /// The activations of all neurons by sample, in an order of the library's own: what it can be continued from.
  ///
  /// - Complexity: O(samples · neurons).
  public var states: [Int: [Double]] {
    var result: [Int: [Double]] = [:]
    for (number, block) in blocks.enumerated() {
      for lane in 0..<block.count {
        result[number * FenchelBlock.size + lane] = (0..<simulator.network.neuronCount).map {
          block.activations[$0 * block.count + lane]
        }
      }
    }
    return result
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

  /// Projected gradients of the mean divergence by all weights and biases but the readout's.
  private mutating func updateWeights() throws {
    guard !equations.trained.isEmpty else { return }
    let count = Double(source.count)
    var length = 1.0
    for _ in 0..<options.sweeps {
      let (sum, gradient) = try weightGradient()
      let old = sum / count
      let current = parameters
      var isLower = false
      for _ in 0..<40 where !isLower {
        for p in equations.trained {
          parameters.values[p] = current.values[p] - length * gradient[p]
        }
        for projector in projectors { try projector.project(&parameters.values) }
        var (slope, square) = (0.0, 0.0)
        for p in equations.trained {
          let change = parameters.values[p] - current.values[p]
          slope += gradient[p] * change
          square += change * change
        }
        let new =
          try map { equations, values, block in
            block.measure(equations, values).divergence
          }.reduce(0, +) / count
        isLower = new <= old && new <= old + slope + square / (2 * length)
        if !isLower { length /= 2 }
      }
      guard isLower else {
        parameters = current
        return
      }
      length *= 1.5
    }
  }

  /// The sum of all divergences, and the gradient of their mean by parameters.
  private func weightGradient() throws -> (divergence: Double, gradient: [Double]) {
    // As many sums as parts, whatever the number of threads.
    let parts = min(blocks.count, 16)
    let results = OrderedResults<(Double, [Double])>(count: parts)
    let (blocks, equations, values) = (blocks, equations, parameters.values)
    try Parallel.forEach(parts, threads: simulator.options.threads) { _, part in
      var gradient = [Double](repeating: 0, count: values.count)
      var divergence = 0.0
      for number in stride(from: part, to: blocks.count, by: parts) {
        divergence += blocks[number].addGradient(equations, values, to: &gradient)
      }
      results.set(part, (divergence, gradient))
    }
    var (divergence, gradient) = (0.0, [Double](repeating: 0, count: values.count))
    for part in results.all {
      divergence += part.0
      for p in equations.trained { gradient[p] += part.1[p] / Double(source.count) }
    }
    return (divergence, gradient)
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
  private func map<Result: Sendable>(
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
