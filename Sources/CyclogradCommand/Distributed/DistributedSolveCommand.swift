#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports

  /// `cyclograd-mpi solve`
  struct DistributedSolveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "solve",
      abstract: "Find the equilibrium for every sample and write the outputs.",
      discussion: """
        As 'cyclograd solve': CSV with a header and a row for each sample, nan and the exit code 2 where there is no \
        equilibrium. Sweeps come first, then Anderson mixing, then Newton's method with PETSc's Krylov methods; the \
        answer says which of them it was. Samples are solved one after the other.
        """)

    @Option(
      name: .shortAndLong,
      help: ArgumentHelp(
        "Where the outputs go (default: standard output): .csv, .tsv, .json, .jsonl or .npy.",
        valueName: "file"))
    var output: String?
    @OptionGroup var arguments: DistributedArguments
    @OptionGroup var states: StateArguments
    @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

    func run() throws {
      try TableFile.check(output, for: "the outputs")
      try states.check()
      let problem = try arguments.problem(
        for: "solving it", written: [("--output", output)] + states.written)
      let start = try states.state.map { try problem.states($0) }
      let clock = ContinuousClock()
      let begin = clock.now
      let equilibrium = try problem.simulator.equilibrium(problem.inputs, start: start)
      let seconds = (clock.now - begin) / .seconds(1)
      let slice = problem.slice
      if let path = states.saveState {
        let rows = zip(equilibrium.z, equilibrium.evidence).map { z, evidence in
          evidence.status == .converged ? z : z.map { _ in .nan }
        }
        try write(rows, starts: slice.unitStarts, problem, to: path) { slice.unitNames }
      }
      if let path = states.saveActivations {
        try write(
          problem.simulator.activations(equilibrium), starts: slice.starts, problem,
          to: path
        ) { slice.neuronNames }
      }
      let report = SolveReport(
        graph: problem.graphJSON, backend: equilibrium.evidence.methods,
        evidence: equilibrium.evidence, outputNames: slice.outputNames, seconds: seconds)
      let processes = problem.processEntries()
      try problem.first {
        if output != nil || !json {
          try TableFile.write(
            header: slice.outputNames, matrix: equilibrium.outputs, to: output ?? "-",
            for: "the outputs")
        }
        if json {
          try Console.answer(
            .object(
              report.entries(outputs: output == nil ? equilibrium.outputs : nil) + [processes]))
        }
        if !json || !equilibrium.isConverged {
          report.printSummary(
            advice:
              "There may be none, or it may take more iterations or another method of --petsc.")
        }
      }
      problem.noteUnusedOptions()
      if !equilibrium.isConverged { throw ExitCode(2) }
    }

    /// Writes a row for each sample, of which each process has a part.
    private func write(
      _ rows: [[Double]], starts: [Int], _ problem: DistributedArguments.Problem, to path: String,
      names: () -> [String]
    ) throws {
      var elements: [Double] = []
      for row in rows { elements += problem.processes.gather(row, starts: starts) }
      try problem.first {
        let header = names()
        var matrix = Matrix(rows: rows.count, columns: header.count)
        matrix.elements = elements
        try TableFile.write(header: header, matrix: matrix, to: path, for: "a state")
      }
    }
  }
#endif
