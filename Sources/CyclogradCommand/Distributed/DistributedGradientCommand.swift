#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports

  /// `cyclograd-mpi gradient`
  struct DistributedGradientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gradient",
      abstract: "Differentiate the mean loss with respect to weights, biases and inputs.",
      discussion: """
        As 'cyclograd gradient': the answer has the columns kind, source, target, unit, value and gradient. Adjoints \
        are found by the Neumann series, by Anderson mixing, or by PETSc's Krylov methods for the transposed system; \
        whatever PETSc says of a solution, its residual is measured.
        """)

    @OptionGroup var arguments: DistributedArguments
    @OptionGroup var objective: ObjectiveArguments
    @OptionGroup var kinks: KinkArguments
    @Option(help: "Differentiate at these states (z of all units) instead of solving.")
    var state: String?
    @Option(
      name: .shortAndLong,
      help: ArgumentHelp(
        "Where the gradient goes (default: standard output): .csv, .tsv, .json or .jsonl, or .npz or .safetensors, "
          + "which process 0 holds whole.",
        valueName: "file"))
    var output: String?
    @Option(
      help: ArgumentHelp(
        "Write ∂E/∂x, one row a sample: .csv, .tsv, .json, .jsonl or .npy.", valueName: "file"))
    var inputGradient: String?
    @Flag(help: "Leave out samples that fail, and say how many the mean is over.")
    var skipFailed = false
    @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

    func run() throws {
      try objective.check()
      let format = try OutputFormat(
        of: output, among: [.csv, .tsv, .npz, .json, .jsonl, .safetensors], standard: .csv,
        for: "a gradient")
      try TableFile.check(inputGradient, for: "the derivatives of inputs")
      let policy = try kinks.policy()
      let problem = try arguments.problem(
        for: "a gradient", kinks: policy,
        written: [("--output", output), ("--input-gradient", inputGradient)],
        read: [("--state", state)] + objective.files, needsOutputs: objective.needsOutputs)
      let (slice, simulator) = (problem.slice, problem.simulator)
      let (described, objective) = try problem.processes.agree {
        let described = try self.objective.read(slice, input: arguments.samples.input)
        return (
          described, try described.distributed(samples: problem.inputs.rows, slice)
        )
      }
      let equilibrium =
        try state.map { try simulator.equilibrium(problem.inputs, at: problem.states($0)) }
        ?? simulator.equilibrium(problem.inputs)
      let (gradient, evidence) = try simulator.differentiate(
        objective, at: equilibrium, kinks: policy, skippingFailures: skipFailed)
      guard let gradient else {
        do { try evidence.requireConverged("gradient") } catch {
          var error = error
          if error.code == .notConverged, !skipFailed,
            evidence.contains(where: { $0.status == .converged })
          {
            error.advice =
              (error.advice.map { $0 + "; " } ?? "")
              + "--skip-failed takes the mean over the others"
          }
          throw error
        }
        throw CyclogradError(.notConverged, "there are no samples to differentiate")
      }
      try answer(gradient, evidence, equilibrium, described, problem, format)
      problem.noteUnusedOptions()
      if !skipFailed, !evidence.failedRows.isEmpty { throw ExitCode(2) }
    }

    private func answer(
      _ gradient: DistributedGradient, _ evidence: [SampleEvidence],
      _ equilibrium: DistributedEquilibrium, _ described: GradientObjective,
      _ problem: DistributedArguments.Problem, _ format: OutputFormat
    ) throws {
      let own = gradient.parameters.reduce(
        gradient.inputs.elements.reduce(0.0) { $1.isNaN ? $0 : max($0, abs($1)) }
      ) { max($0, abs($1)) }
      let report = GradientReport(
        graph: problem.graphJSON, objective: described, kind: .exact,
        states: equilibrium.evidence, value: gradient.value,
        largestDerivative: problem.processes.largest(own), sharedEvidence: evidence,
        evidence: evidence)
      let table = DistributedGradientTable(problem: problem, derivatives: gradient.parameters)
      if let inputGradient {
        try problem.first {
          try TableFile.write(
            header: problem.slice.inputNames, matrix: gradient.inputs, to: inputGradient,
            for: "the derivatives of inputs")
        }
      }
      if let output { try table.write(to: output, as: format) }
      let rows = json && output == nil ? try table.rows() : []
      if output == nil, !json { try table.write(to: "-", as: .csv) }
      let methods = evidence.methods
      let processes = problem.processEntries()
      try problem.first {
        if json {
          try Console.answer(
            .object(
              report.entries(methods) + [processes]
                + (output == nil ? [("gradient", .list(rows.map(\.json)))] : [])))
        } else {
          report.print()
        }
        if !evidence.failedRows.isEmpty { report.printFailures(isAccepted: skipFailed) }
      }
    }
  }

  extension GradientObjective {
    /// The same as the distributed engine takes it, checked.
    func distributed(
      samples: Int, _ slice: NetworkSlice
    ) throws -> DistributedObjective {
      try located {
        switch self {
        case .loss(let loss, let targets, _):
          .loss(
            loss,
            targets: try loss.prepare(targets, samples: samples, outputs: slice.outputCount))
        case .cotangent(let cotangent, _):
          .cotangent(try slice.checked(cotangent, samples: samples))
        }
      }
    }
  }
#endif
