#if PETSc
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports
  import Foundation

  /// The epochs of a training over several processes, with validations, and its checkpoint.
  struct DistributedRun {
    let trainer: DistributedTrainer
    let samples: SampleTable
    let validation: Validation?
    let options: TrainingRunOptions
    let checkpoints: TrainingFile.Checkpoints
    /// What of the training file decides whether a checkpoint is of this training.
    let settings: [String: String]
    let isQuiet: Bool

    private(set) var epoch = 0
    private var stepInEpoch = 0
    private var validationsInEpoch = 0
    /// The best validation so far, the quantity that was compared, and this process's parameters then.
    private(set) var best: ValidationReport?
    private var bestValue: Double?
    private var bestParameters: [Double] = []
    private var sums = (loss: 0.0, used: 0)
    /// The mean loss of the last whole epoch.
    private(set) var lastLoss: Double?
    private var lastSave = ContinuousClock.now

    private var processes: Processes { trainer.processes }
    /// Those that share the network.
    private var holders: Processes { trainer.simulator.processes }
    private var stepsPerEpoch: Int {
      (samples.count + options.batchSize - 1) / options.batchSize
    }
    private var path: String { checkpoints.folder + "/checkpoint.mpi" }

    init(
      trainer: DistributedTrainer, samples: SampleTable, validation: Validation?,
      options: TrainingRunOptions, checkpoints: TrainingFile.Checkpoints,
      settings: [String: String], isQuiet: Bool
    ) {
      self.trainer = trainer
      self.samples = samples
      self.validation = validation
      self.options = options
      self.checkpoints = checkpoints
      self.settings = settings
      self.isQuiet = isQuiet
    }

    /// What the training came to: the parameters of the best validation, or those of the end.
    var result: [Double] { best == nil ? trainer.state.parameters : bestParameters }

    // MARK: Epochs

    /// Does all epochs that are left; the checkpoint is that of the end then.
    mutating func finish() throws {
      while epoch < options.epochs {
        let order =
          options.isShuffled
          ? ShuffledOrder.indices(samples.count, seed: options.seed, epoch: epoch)
          : Array(0..<samples.count)
        while stepInEpoch < stepsPerEpoch {
          let first = stepInEpoch * options.batchSize
          let rows = Array(order[first..<min(first + options.batchSize, samples.count)])
          let (inputs, targets) = samples.samples(rows)
          let step = try trainer.step(inputs, targets)
          if step.used > 0 { sums.loss += step.loss * Double(step.used) }
          sums.used += step.used
          stepInEpoch += 1
          try validateIfDue()
          if isDue { try save() }
        }
        endEpoch()
        if let every = checkpoints.every, epoch % every == 0 { try save() }
      }
      try save()
    }

    /// Validates as often as the training file says, at the same steps as `cyclograd`.
    private mutating func validateIfDue() throws {
      guard let validation else { return }
      while validationsInEpoch < stepInEpoch * options.validationsPerEpoch / stepsPerEpoch {
        var report = try trainer.validate(
          validation, at: trainer.state.steps, epoch: epoch + 1)
        let (value, isBest) = try validation.judge(report, best: bestValue)
        report.isBest = isBest
        validationsInEpoch += 1
        if isBest {
          (best, bestValue, bestParameters) = (report, value, trainer.state.parameters)
        }
        if !isQuiet {
          Console.note(
            "epoch \(report.epoch)  validation \(String(shortest: report.loss))"
              + report.measurements.map { "  \($0.name) \(String(shortest: $0.value))" }.joined()
              + (isBest ? "  best so far" : ""))
        }
      }
    }

    private mutating func endEpoch() {
      lastLoss = sums.used > 0 ? sums.loss / Double(sums.used) : .nan
      epoch += 1
      (stepInEpoch, validationsInEpoch) = (0, 0)
      sums = (0, 0)
      guard !isQuiet, let lastLoss else { return }
      Console.note("epoch \(epoch)/\(options.epochs)  loss \(String(shortest: lastLoss))")
    }

    // MARK: The checkpoint

    /// Whether process 0 finds that so much time has passed.
    private var isDue: Bool {
      guard let interval = checkpoints.interval else { return false }
      let passed = processes.rank == 0 && ContinuousClock.now - lastSave >= interval
      return processes.sum(passed ? 1 : 0) > 0
    }

    private var identity: [String: String] {
      let slice = trainer.simulator.slice
      let own = [
        "neurons": "\(slice.neuronCount)", "units": "\(slice.unitCount)",
        "edges": "\(holders.sum(slice.columns.count))", "topology": "\(topology)",
        "optimizer": trainer.optimizerName, "samples": "\(samples.count)",
        "batch": "\(options.batchSize)",
        "validation": validation.map { "\($0.source.count) samples, \($0.monitored)" } ?? "none",
      ]
      return own.merging(settings) { $1 }
    }

    /// A sum over all edges, which does not depend on who has them.
    private var topology: UInt64 {
      let slice = trainer.simulator.slice
      let random = CounterRandom(seed: 1, purpose: .pattern, index: 0)
      let first = slice.units.lowerBound
      var sum: UInt64 = 0
      for row in 0..<slice.units.count {
        for edge in Int(slice.rowStarts[row])..<Int(slice.rowStarts[row + 1]) {
          sum &+= random.word((first + row) << 31 ^ Int(slice.columns[edge])) >> 8
        }
      }
      return UInt64(truncatingIfNeeded: holders.sum(Int(truncatingIfNeeded: sum)))
    }

    /// Continues, or begins anew.
    ///
    /// - Returns: the checkpoint that is continued, if any.
    mutating func begin(_ beginning: TrainingSession.Beginning) throws -> String? {
      let (folder, path, rank) = (checkpoints.folder, path, processes.rank)
      let identity = identity
      try processes.agree {
        try DistributedCheckpoint.checkLength(of: identity, path)
        guard rank == 0 else { return }
        try CheckpointFolder.make(folder)
      }
      let exists =
        processes.sum(rank == 0 && FileManager.default.fileExists(atPath: path) ? 1 : 0) > 0
      guard exists else { return nil }
      switch beginning {
      case .new:
        throw CyclogradError(
          .file, "the folder has a checkpoint of a training already", at: .init(file: folder),
          advice: "continue it with --resume, remove it with --overwrite, or give another folder")
      case .overwrite:
        try processes.agree {
          guard rank == 0, unlink(path) != 0 else { return }
          throw CyclogradError(
            .file, "cannot remove the checkpoint: \(String(cString: strerror(errno)))",
            at: .init(file: path))
        }
        return nil
      case .resume, .restartingChoice: break
      }
      let (progress, vectors) = try byEach {
        try DistributedCheckpoint.read(
          path, of: trainer.simulator.slice, holders,
          vectors: 1 + trainer.slotCount + (validation == nil ? 0 : 1), identity: identity)
      }
      var state = trainer.state
      state.parameters = vectors[0]
      state.memory = Array(vectors[1..<1 + trainer.slotCount].joined())
      state.updates = progress["updates"] ?? 0
      state.steps = progress["steps"] ?? 0
      state.emptySteps = progress["empty"] ?? 0
      state.skippedSamples = progress["skipped"] ?? 0
      trainer.resume(state)
      epoch = progress["epoch"] ?? 0
      stepInEpoch = progress["step-in-epoch"] ?? 0
      sums = (Self.number(progress["loss"]) ?? 0, progress["used"] ?? 0)
      lastLoss = Self.number(progress["last-loss"])
      validationsInEpoch = progress["validations"] ?? 0
      if let validation, let value = Self.number(progress["best"]) {
        (bestValue, bestParameters) = (value, vectors[vectors.count - 1])
        // What else was measured then is found once more.
        best = try trainer.validate(
          validation, parameters: bestParameters, at: progress["best-step"] ?? 0,
          epoch: progress["best-epoch"] ?? 0)
        best?.isBest = true
      }
      if !isQuiet { Console.note("continuing from \(path)") }
      return path
    }

    /// Does what processes do together where they share the network, and each by itself where it has the whole one.
    private func byEach<Result>(_ body: () throws -> Result) throws -> Result {
      try trainer.splitsSamples ? processes.agree(body) : body()
    }

    private static func number(_ bits: Int?) -> Double? {
      bits.map { Double(bitPattern: UInt64(bitPattern: Int64($0))) }
    }

    private mutating func save() throws {
      func bits(_ number: Double) -> Int { Int(truncatingIfNeeded: number.bitPattern) }
      let state = trainer.state
      var progress = [
        "updates": state.updates, "steps": state.steps, "empty": state.emptySteps,
        "skipped": state.skippedSamples, "epoch": epoch, "step-in-epoch": stepInEpoch,
        "loss": bits(sums.loss), "used": sums.used,
      ]
      if let lastLoss { progress["last-loss"] = bits(lastLoss) }
      progress["validations"] = validationsInEpoch
      if let best, let bestValue {
        progress["best"] = bits(bestValue)
        progress["best-step"] = best.step
        progress["best-epoch"] = best.epoch
      }
      let count = state.parameters.count
      let slots = (0..<trainer.slotCount).map { Array(state.memory[$0 * count..<($0 + 1) * count]) }
      let last = validation == nil ? [] : [best == nil ? state.parameters : bestParameters]
      let checkpoint = DistributedCheckpoint(progress: progress, identity: identity)
      try byEach {
        // All have the same where each has the whole network.
        guard !trainer.splitsSamples || processes.rank == 0 else { return }
        try checkpoint.write(
          [state.parameters] + slots + last, of: trainer.simulator.slice, holders, to: path)
      }
      lastSave = .now
    }
  }
#endif
