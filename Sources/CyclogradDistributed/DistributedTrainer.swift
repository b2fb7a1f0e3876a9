#if PETSc
  package import Cyclograd
  import SparseAlgebra

  /// Trains a network that is spread over processes: each updates its own parameters, and all update those of ties alike.
  /// Or each has the whole network and a share of every minibatch: gradients are summed, and all update alike.
  package final class DistributedTrainer {
    package let simulator: DistributedSimulator
    private let options: TrainerOptions
    private let segments: [Segment]
    /// All processes, also where each has the whole network.
    package let processes: Processes
    /// Whether each has the whole network, and a share of the samples.
    package var splitsSamples: Bool { simulator.processes.isAlone }
    /// All that changes.
    package private(set) var state: State

    /// Where a training stands; the vectors are this process's.
    package struct State {
      package var parameters: [Double]
      /// The vectors of ``Optimizer/slotNames``, one after the other.
      package var memory: [Double]
      package var updates = 0
      package var steps = 0
      package var emptySteps = 0
      package var skippedSamples = 0
    }

    /// What a step did.
    package struct Step {
      /// The mean loss of the samples that were used; NaN if none was.
      package var loss: Double
      package var used: Int
      package var skipped: Int
      package var rate: Double
    }

    /// Trainable parameters that are treated alike.
    private struct Segment {
      var range: Range<Int>
      var decay: Double
      /// Whether this process counts them in norms.
      var counts: Bool
    }

    /// - Parameter processes: all; those of the simulator, or more, each of which has the whole network.
    /// - Throws: ``CyclogradError`` for options that are not for several processes.
    package init(
      _ simulator: DistributedSimulator, _ options: TrainerOptions, _ processes: Processes
    ) throws {
      try options.validate()
      if let what = Self.unsupported(options) {
        throw CyclogradError(
          .invalidOption, "a training over several processes has no \(what)",
          advice: "leave it out, or train with 'cyclograd train' on one machine")
      }
      self.simulator = simulator
      self.options = options
      self.processes = processes
      let slice = simulator.slice
      let (weights, own) = (slice.ownWeightCount, slice.parameters.count - slice.tiedCount)
      let isFirst = simulator.processes.rank == 0
      let parts: [(Range<Int>, decay: Double, counts: Bool)] = [
        (0..<weights, options.decay, true), (weights..<own, 0, true),
        (own..<own + slice.tiedWeightCount, options.decay, isFirst),
        (own + slice.tiedWeightCount..<slice.parameters.count, 0, isFirst),
      ]
      var segments: [Segment] = []
      for (range, decay, counts) in parts {
        var start = range.lowerBound
        while start < range.upperBound {
          var end = start
          while end < range.upperBound, slice.isTrainable(end) { end += 1 }
          if end > start {
            segments.append(Segment(range: start..<end, decay: decay, counts: counts))
          }
          start = max(end, start) + (end == start ? 1 : 0)
        }
      }
      self.segments = segments
      guard simulator.processes.sum(segments.count) > 0 else {
        throw CyclogradError(
          .invalidOption, "no parameter is trained: all are frozen",
          advice: "let some group be trainable")
      }
      state = State(
        parameters: slice.parameters,
        memory: [Double](
          onLargePages: options.optimizer.slotNames.count * slice.parameters.count))
    }

    /// What of the options goes beyond the parameters that a process has.
    private static func unsupported(_ options: TrainerOptions) -> String? {
      switch options.optimizer {
      case .sgd, .adam, .adamW: break
      case .lbfgs, .newton: return "optimizer \(options.optimizer.name)"
      }
      if options.gradient != .exact { return "gradient \(options.gradient.name)" }
      if !options.groups.isEmpty { return "groups of parameters" }
      if !options.balls.isEmpty { return "projections of rows onto balls" }
      if !options.normalisations.isEmpty { return "normalised weights" }
      if !options.regularisers.isEmpty { return "terms beside the loss" }
      if options.warmStart != .none { return "warm starts" }
      if options.learningRate.plateau != nil { return "rule for plateaus" }
      if options.pieceSize != nil { return "batches in pieces" }
      if options.averageDecay != nil { return "averages of parameters" }
      return nil
    }

    package var optimizerName: String { options.optimizer.name }
    /// How many vectors the optimizer remembers.
    package var slotCount: Int { options.optimizer.slotNames.count }

    /// Goes on from a state.
    package func resume(_ state: State) { self.state = state }

    /// Makes one step with one minibatch.
    ///
    /// - Parameter targets: as the loss has prepared them.
    /// - Throws: ``CyclogradError``: `not-converged` where the options say `stop`, `blown-up` for a training that has
    ///   diverged; the parameters are then those before the step.
    package func step(_ inputs: Matrix, _ targets: Matrix) throws -> Step {
      let rate = options.learningRate.rate(atStep: state.steps, PlateauState())
      simulator.set(lookedAhead)
      let found =
        splitsSamples ? try summed(inputs, targets) : try differentiate(inputs, targets)
      var step = Step(loss: .nan, used: found.used, skipped: found.skipped, rate: rate)
      if found.used > 0 {
        try update(found.gradient, rate)
        step.loss = found.loss
        state.emptySteps = 0
      } else {
        guard state.emptySteps + 1 < options.emptyStepLimit else {
          throw blowUp(
            "for \(state.emptySteps + 1) steps no equilibrium and gradient of any sample were found"
          )
        }
        state.emptySteps += 1
      }
      state.skippedSamples += step.skipped
      state.steps += 1
      return step
    }

    /// What a minibatch, or a share of one, gives: means over the samples that were used.
    private struct Found {
      var gradient: [Double] = []
      var loss = 0.0
      var used = 0
      var skipped = 0
    }

    private func differentiate(_ inputs: Matrix, _ targets: Matrix) throws -> Found {
      let equilibrium = try simulator.equilibrium(inputs)
      let (gradient, evidence) = try simulator.differentiate(
        .loss(options.loss, targets: targets), at: equilibrium, kinks: .branch,
        skippingFailures: true)
      if options.failures == .stop, let failed = evidence.first(where: { $0.status != .converged })
      {
        throw CyclogradError(
          .notConverged,
          "no gradient was found for a sample (\(failed.status.rawValue)"
            + "\(failed.detail.map { ": \($0)" } ?? ""))",
          at: .init(subject: "step \(state.steps + 1)"),
          advice: "leave such samples out, or lower the learning rate")
      }
      let used = gradient == nil ? 0 : evidence.count { $0.status == .converged }
      return Found(
        gradient: gradient?.parameters ?? [], loss: gradient?.value ?? 0, used: used,
        skipped: evidence.count - used)
    }

    /// Differentiates this process's share of a minibatch, and takes the mean over all processes.
    private func summed(_ inputs: Matrix, _ targets: Matrix) throws -> Found {
      let rows = Array(stride(from: processes.rank, to: inputs.rows, by: processes.count))
      let own = try processes.agree {
        try differentiate(inputs.selecting(rows: rows), targets.selecting(rows: rows))
      }
      var counts = [own.used, own.skipped]
      processes.add(&counts)
      let share = Double(own.used) / Double(max(1, counts[0]))
      var sums =
        own.used == 0
        ? [Double](repeating: 0, count: state.parameters.count) : own.gradient.map { $0 * share }
      sums.append(own.used == 0 ? 0 : own.loss * share)
      processes.add(&sums)
      let loss = sums.removeLast()
      return Found(gradient: sums, loss: loss, used: counts[0], skipped: counts[1])
    }

    /// Measures the network on other samples.
    ///
    /// - Parameter parameters: those to be measured; the present ones if `nil`.
    package func validate(
      _ validation: Validation, parameters: [Double]? = nil, at step: Int, epoch: Int
    ) throws -> ValidationReport {
      simulator.set(parameters ?? state.parameters)
      return try validation.report(
        loss: options.loss, outputs: simulator.slice.outputCount, at: step, epoch: epoch
      ) { inputs in
        let equilibrium = try simulator.equilibrium(inputs)
        return (equilibrium.outputs, equilibrium.evidence)
      }
    }

    private var lookedAhead: [Double] {
      guard case .sgd(let momentum, .paper) = options.optimizer else { return state.parameters }
      return zip(state.parameters, state.memory).map { $0 + momentum * $1 }
    }

    private func update(_ gradient: [Double], _ rate: Double) throws {
      let cut = options.valueLimit ?? .infinity
      var sums = [0.0]
      for segment in segments where segment.counts {
        for index in segment.range {
          let value = min(max(gradient[index], -cut), cut)
          sums[0] += value * value
        }
      }
      simulator.processes.add(&sums)
      let norm = sums[0].squareRoot()
      guard norm.isFinite else { throw blowUp("the gradient's norm overflows") }
      var scale = 1.0
      if let limit = options.normLimit, norm > limit { scale = limit / norm }
      let rule = OptimizerUpdate(
        optimizer: options.optimizer, count: state.updates + 1, scale: scale,
        limit: options.valueLimit, parameterLimit: options.parameterLimit)
      var new = state.parameters
      var memory = state.memory
      let exceeding = rule.apply(
        to: segments.map { ($0.range, $0.decay) }, rate: rate, gradient: gradient,
        memory: &memory, parameters: state.parameters, result: &new)
      guard simulator.processes.sum(exceeding) == 0 else {
        throw blowUp(
          "a parameter is larger than \(options.parameterLimit) with the learning rate \(rate)")
      }
      (state.parameters, state.memory) = (new, memory)
      state.updates += 1
    }

    private func blowUp(_ what: String) -> CyclogradError {
      CyclogradError(
        .blownUp, "the training blows up: \(what)",
        at: .init(subject: "step \(state.steps + 1)"),
        advice: "lower the learning rate, or limit the gradient's norm")
    }
  }
#endif
