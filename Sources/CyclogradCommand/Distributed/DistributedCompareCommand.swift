#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports

  /// `cyclograd-mpi compare`
  struct DistributedCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "compare",
      abstract: "Compare the gradient with that of the engine for one machine.",
      discussion: """
        Process 0 compiles the whole network besides, and solves and differentiates it with the backend automatic, which is \
        the reference. The difference is the largest one of any derivative by weights and biases. Without --input \
        and --target, samples are drawn from the graph's seed. The exit code is 2 if either of the two found no gradient.
        """)

    @OptionGroup var arguments: DistributedArguments
    @Option(help: "The targets, one row a sample.") var target: String?
    @Option(
      name: .customLong("target-columns"), help: "Which columns are targets, such as 8 or last:2.")
    var targetColumnLists: [String] = []
    @Option(help: "\(LossRegistry.names).") var loss: String = HalfSquaredError().name
    @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

    /// How one of the two went.
    private struct Row {
      var backend: String
      var states: [SampleEvidence]
      var adjoints: [SampleEvidence]
      var equilibriumSeconds: Double
      var gradientSeconds: Double
      var loss: Double?

      var worst: SampleEvidence? {
        (states + adjoints).first { $0.status != .converged } ?? adjoints.first
      }
    }

    private var targetColumns: String? { targetColumnLists.joinedList }

    func run() throws {
      let task = "a comparison of gradients"
      let problem = try arguments.problem(
        for: task, written: [], read: [("--target", target)], drawnSamples: 1)
      let (slice, processes, inputs) = (problem.slice, problem.processes, problem.inputs)
      let loss = try LossRegistry.named(loss)
      let targets = try processes.agree {
        let given = try target.map {
          let targets = try SampleFile.readTargets(
            $0, columns: targetColumns, input: nil, slice, loss)
          try SampleFile.checkTargets(targets, slice, loss, in: $0)
          return targets
        }
        let targets =
          given
          ?? RandomSamples.targets(
            seed: slice.seed, samples: inputs.rows, outputs: slice.outputCount, loss: loss)
        return (
          targets, try loss.prepare(targets, samples: inputs.rows, outputs: slice.outputCount)
        )
      }
      let (row, gradient) = try solve(problem, loss, targets.1)
      // Numbers in the order of the table of derivatives, on process 0.
      let own = try gradient.map {
        try DistributedGradientTable(problem: problem, derivatives: $0.parameters).rows()
          .map { $0.derivative ?? .nan }
      }
      let graph = problem.graphJSON
      let shares = problem.processEntries()
      var isFound = true
      try problem.first {
        let (reference, other) = try solveWhole(task, inputs, targets.0, loss)
        let difference = own.flatMap { own in
          other.map { zip(own, $0).reduce(0.0) { max($0, abs($1.0 - $1.1)) } }
        }
        let largest = other?.reduce(0.0) { max($0, abs($1)) } ?? 0
        isFound = own != nil && other != nil
        if json {
          try Console.answer(
            .object(
              [
                ("graph", graph), ("samples", .integer(inputs.rows)),
                ("drawn", .boolean(arguments.samples.input == nil || target == nil)),
                ("seed", .string(String(slice.seed))), ("loss_name", .string(loss.name)),
                ("repeat", .integer(1)), ("reference", .string(reference.backend)),
                (
                  "backends",
                  .list([
                    Self.json(reference, other == nil ? nil : 0, 0),
                    Self.json(row, difference, difference.map { $0 / max(largest, 1e-300) }),
                  ])
                ), ("gradients", .list([])), ("costs", .null), shares,
              ]))
        } else {
          try Console.answer(table(reference, row, difference))
        }
        if !isFound { Console.error("there is nothing to compare") }
      }
      if processes.sum(isFound ? 0 : 1) > 0 { throw ExitCode(2) }
    }

    private func solve(
      _ problem: DistributedArguments.Problem, _ loss: any Loss, _ targets: Matrix
    ) throws -> (Row, DistributedGradient?) {
      let clock = ContinuousClock()
      let begin = clock.now
      let equilibrium = try problem.simulator.equilibrium(problem.inputs)
      let middle = clock.now
      let (gradient, evidence) = try problem.simulator.differentiate(
        .loss(loss, targets: targets), at: equilibrium, kinks: .branch, skippingFailures: false)
      let row = Row(
        backend: "\(problem.processes.count) processes", states: equilibrium.evidence,
        adjoints: evidence, equilibriumSeconds: (middle - begin) / .seconds(1),
        gradientSeconds: (clock.now - middle) / .seconds(1), loss: gradient?.value)
      return (row, gradient)
    }

    /// The same on one process with the ordinary engine; its derivatives as the table of derivatives lists them.
    private func solveWhole(
      _ task: String, _ inputs: Matrix, _ targets: Matrix, _ loss: any Loss
    ) throws -> (Row, [Double]?) {
      let imported = try arguments.read([.activation, .outputs], task)
      let (network, parameters) = try imported.graph.compile(locate: imported.location(of:))
      let simulator = try Simulator(
        network, backend: .automatic, options: try arguments.stopping.options(threads: 1))
      let clock = ContinuousClock()
      let begin = clock.now
      let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      let middle = clock.now
      let outcome = try simulator.differentiate(loss, targets: targets, at: equilibrium)
      let row = Row(
        backend: GradientBackend.automatic.name, states: equilibrium.evidence,
        adjoints: outcome.evidence, equilibriumSeconds: (middle - begin) / .seconds(1),
        gradientSeconds: (clock.now - middle) / .seconds(1), loss: outcome.gradient?.loss)
      guard let gradient = outcome.gradient else { return (row, nil) }
      var derivatives: [Double] = []
      network.forEachParameterUse { derivatives.append(gradient.parameters[$0.parameter]) }
      return (row, derivatives)
    }

    private func table(_ reference: Row, _ row: Row, _ difference: Double?) -> String {
      var table = TextTable([
        ("backend", .left), ("status", .left), ("residual", .right), ("forward", .right),
        ("backward", .right), ("equilibrium", .right), ("gradient", .right),
        ("difference", .right),
      ])
      for one in [reference, row] {
        table.add([
          one.backend, one.worst?.status.rawValue ?? "", Quantity.small(one.states.largestResidual),
          Quantity.count(one.states.mostIterations), Quantity.count(one.adjoints.mostIterations),
          Quantity.seconds(one.equilibriumSeconds), Quantity.seconds(one.gradientSeconds),
          one.backend == reference.backend ? "reference" : Quantity.small(difference),
        ])
      }
      return table.text
    }

    private static func json(_ row: Row, _ difference: Double?, _ relative: Double?) -> JSONValue {
      .object([
        ("backend", .string(row.backend)),
        ("status", .string((row.worst?.status ?? .converged).rawValue)),
        ("detail", .optional(row.worst?.detail)), ("analysis_seconds", .null),
        ("equilibrium_seconds", .number(row.equilibriumSeconds)),
        ("gradient_seconds", .number(row.gradientSeconds)),
        ("equilibrium_iterations", .integer(row.states.mostIterations)),
        ("gradient_iterations", .integer(row.adjoints.mostIterations)),
        ("residual", .optional(row.states.largestResidual)), ("loss", .optional(row.loss)),
        ("max_difference", .optional(difference)), ("relative_difference", .optional(relative)),
      ])
    }
  }
#endif
