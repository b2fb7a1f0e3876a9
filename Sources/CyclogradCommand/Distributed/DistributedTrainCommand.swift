#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports
  import Foundation

  /// `cyclograd-mpi train`
  struct DistributedTrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "train",
      abstract: "Train a network as a training file says.",
      discussion: """
        As 'cyclograd train', with the optimizers sgd, adam and adamw, one loss, schedules, decay and limits of the \
        gradient, and validations; groups of parameters, warm starts and terms beside the loss are refused. There is one \
        checkpoint, which any number of processes can continue. If a process is killed, what came after the last \
        checkpoint is lost.
        """)

    @OptionGroup var training: TrainingFileArguments
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp("PETSc's own options.", valueName: "options"))
    var petsc: String = ""
    @Flag(help: ArgumentHelp(DistributedArguments.partitionHelp)) var partition = false
    @Option(
      help: ArgumentHelp(
        "What processes share: the rows of W, or the samples of each minibatch, where every one of them holds the whole "
          + "network.", valueName: "rows|samples"))
    var split = Split.rows
    @Flag(name: .shortAndLong, help: "Show no progress.") var quiet = false
    @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

    /// What each process has a part of.
    enum Split: String, ExpressibleByArgument, CaseIterable {
      case rows, samples
    }

    func run() throws {
      let processes = DistributedMain.processes
      guard split == .rows || !partition else {
        throw CyclogradError(
          .invalidOption,
          "--partition divides neurons, of which every process has all with --split samples",
          advice: "leave one of them out")
      }
      let holders = split == .rows ? processes : processes.alone
      try processes.setOptions(petsc)
      var (description, draft, prepared) = try processes.agree { try self.read(holders) }
      holders.largest(&draft.largestFanIn)
      let slice = draft.slice()
      let samples = try processes.agree { try self.samples(&description, prepared, slice) }
      let simulator = try DistributedSimulator(
        slice, holders, description.solver, isPartitioned: partition)
      var options = description.options
      let steps = (samples.inputs.rows + description.run.batchSize - 1) / description.run.batchSize
      options.learningRate = description.learningRate(stepsPerEpoch: steps)
      options.seed = description.run.seed
      let trainer = try processes.agree {
        try located { try DistributedTrainer(simulator, options, processes) }
      }
      var settings = description.distributedIdentity(prepared)
      // Names of groups may be many, and the header is short.
      settings["groups"] = TrainingSetup.digest(try CheckpointNetwork.text(of: slice.groups))
      var run = DistributedRun(
        trainer: trainer, samples: samples, validation: try description.validation(of: prepared),
        options: description.run, checkpoints: description.checkpoints, settings: settings,
        isQuiet: quiet || json)
      let resumed = try run.begin(beginning)
      let begin = ContinuousClock.now
      try run.finish()
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      let problem = DistributedArguments.Problem(simulator: simulator, inputs: samples.inputs)
      let file = DistributedParametersFile(problem: problem, parameters: run.result)
      switch split {
      case .rows: try file.write(to: description.output, transform: prepared.transform)
      case .samples:
        try processes.agree {
          guard processes.rank == 0 else { return }
          try file.write(to: description.output, transform: prepared.transform)
        }
      }
      try answer(problem, run, description, resumed, seconds)
    }

    private var beginning: TrainingSession.Beginning {
      training.resume ? .resume : training.overwrite ? .overwrite : .new
    }

    /// What every process reads by itself.
    private func read(
      _ processes: Processes
    ) throws -> (TrainingFile, SliceDraft, PreparedData) {
      var description = try training.read()
      let further = [
        ("stages", !description.stages.isEmpty),
        ("'early-stopping'", description.run.earlyStopping != nil),
      ]
      if let (what, _) = further.first(where: \.1) {
        throw CyclogradError(
          .invalidOption, "a training over several processes has no \(what)",
          at: .init(file: training.file),
          advice: "leave them out, or use 'cyclograd train'")
      }
      if description.backend.name != GradientBackend.automatic.name {
        throw CyclogradError(
          .invalidOption, "the training file names a backend, of which there is one only here",
          at: .init(file: training.file), advice: "leave it out")
      }
      var imported = try TrainingSetup.imported(
        for: &description, keepsShards: description.parameters == nil)
      if let parameters = description.parameters {
        imported = try imported.taking(parameters: parameters)
      }
      let draft = try imported.graph.draft(
        parts: processes.count, index: processes.rank, rowSources: imported.rowSources,
        locate: imported.location(of:))
      let names = draft.names
      return try located {
        (description, draft, try PreparedData(description.data, names: names))
      }
    }

    private func samples(
      _ description: inout TrainingFile, _ prepared: PreparedData, _ slice: NetworkSlice
    ) throws -> SampleTable {
      try located {
        if let part = description.data.parts.first(where: {
          $0 != .training && $0 != .validation && prepared.parts[$0] != nil
        }) {
          throw CyclogradError(
            .invalidOption, "a training over several processes has no \(part.rawValue) samples",
            advice: "leave them out, and judge the parameters with 'cyclograd evaluate'")
        }
        guard let samples = prepared.parts[.training] else {
          throw CyclogradError(
            .invalidOption, "samples that stay on the disk are not for several processes",
            advice: "let them be read")
        }
        description = try description.withLoss(outputs: slice.outputCount, prepared) { _ in
          throw CyclogradError(
            .invalidOption, "a training over several processes has one loss",
            advice: "leave the other terms out")
        }
        guard samples.inputs.columns == slice.inputCount else {
          throw CyclogradError(
            .shapeMismatch,
            "\(samples.inputs.columns) columns are inputs, but the network has \(slice.inputCount)",
            at: .init(file: samples.origin), advice: "select as many columns as there are inputs")
        }
        return try SampleTable(
          inputs: samples.inputs,
          targets: description.options.loss.prepare(
            samples.targets, samples: samples.inputs.rows, outputs: slice.outputCount))
      }
    }

    private func located<Result>(_ body: () throws -> Result) throws -> Result {
      do { return try body() } catch var error as CyclogradError {
        if error.location.file == nil { error.location.file = training.file }
        throw error
      }
    }

    private func answer(
      _ problem: DistributedArguments.Problem, _ run: DistributedRun, _ description: TrainingFile,
      _ resumed: String?, _ seconds: Double
    ) throws {
      let state = run.trainer.state
      let entries: [(key: String, value: JSONValue)] = [
        ("training_file", .string(training.file)), ("graph", problem.graphJSON),
        ("finished", .boolean(true)), ("stopped_early", .boolean(false)),
        ("resumed_from", .optional(resumed)), ("changes", .list([])),
        ("chose_anew", .boolean(false)),
        ("epochs", .integer(run.epoch)), ("steps", .integer(state.steps)),
        ("samples", .integer(run.samples.count)),
        ("skipped_samples", .integer(state.skippedSamples)), ("loss", .optional(run.lastLoss)),
        ("best", run.best.map { $0.json() } ?? .null), ("output", .string(description.output)),
        ("network_output", .null),
        ("checkpoints", .string(description.checkpoints.folder)), ("seconds", .number(seconds)),
        problem.processEntries(
          copies: run.trainer.splitsSamples ? run.trainer.processes.count : 1),
      ]
      try problem.first {
        if json { return try Console.answer(.object(entries)) }
        var lines = [
          "trained \(Quantity.count(run.epoch, "epoch")), \(Quantity.count(state.steps, "step")), "
            + Quantity.seconds(seconds)
        ]
        if let loss = run.lastLoss { lines.append(TrainingSummary.line(lossOfLastEpoch: loss)) }
        lines += TrainingSummary.lines(best: run.best, skippedSamples: state.skippedSamples)
        lines.append(
          TrainingSummary.line(parameters: description.output, areBest: run.best != nil))
        try Console.answer(lines.joined(separator: "\n") + "\n")
      }
    }
  }
#endif
