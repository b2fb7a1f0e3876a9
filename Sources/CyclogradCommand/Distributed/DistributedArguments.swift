#if PETSc
  import ArgumentParser
  import Cyclograd
  import CyclogradDistributed
  import CyclogradFormats
  import CyclogradReports
  import Foundation

  /// The network that a distributed command works on, and how it is solved.
  struct DistributedArguments: ParsableArguments {
    @OptionGroup var samples: SampleArguments
    @OptionGroup var stopping: StoppingArguments
    @Argument(
      help:
        "A graph file, or a network in another format: 'cyclograd help formats' lists them and their options."
    )
    var graph: String
    @OptionGroup var parameterFile: ParameterArguments
    @Option(
      parsing: .unconditional,
      help: ArgumentHelp(
        "PETSc's own options, such as \"-ksp_type bcgs -pc_type bjacobi\".", valueName: "options"))
    var petsc: String = ""
    @Flag(help: ArgumentHelp(DistributedArguments.partitionHelp)) var partition = false
    @OptionGroup var quiet: QuietArguments
    @OptionGroup(title: "Other formats than graph files", visibility: .hidden)
    var reading: ImportArguments

    static let partitionHelp =
      "Let PT-Scotch divide the neurons among processes, such that few edges lead from one to another: for local graphs "
      + "whose neurons stand in no good order."

    /// A network that is spread over the processes, with samples.
    struct Problem {
      let simulator: DistributedSimulator
      let inputs: Matrix

      var slice: NetworkSlice { simulator.slice }
      var processes: Processes { simulator.processes }
    }

    /// Reads the network and the samples on all processes, each of which keeps its part; as
    /// ``SolvingArguments/problem(for:listsComponents:kinks:written:read:needsOutputs:readsSamples:)``.
    func problem(
      for task: String, kinks: KinkPolicy = .branch,
      written: [(option: String, path: String?)], read: [(option: String, path: String?)] = [],
      needsOutputs: Bool = true, drawnSamples: Int? = nil
    ) throws -> Problem {
      let processes = DistributedMain.processes
      var options = try stopping.options(threads: 1)
      options.kinks = kinks
      guard options.stopping == .common else {
        throw CyclogradError(
          .invalidOption, "--stopping printed is about Algorithm 1, which is not used here",
          advice: "leave it out")
      }
      try FileNames.checkDistinct(
        written: written, read: [("the graph", graph), ("--input", samples.input)] + read)
      try samples.refuseGraph(beside: graph)
      var needs: Set<ImportedNetwork.Need> = [.activation]
      if samples.input != nil { needs.insert(.inputs) }
      if needsOutputs { needs.insert(.outputs) }
      try processes.setOptions(petsc)
      let slice = try slice(processes, needs, task)
      let simulator = try DistributedSimulator(
        slice, processes, options, isPartitioned: partition)
      try checkOptions(processes)
      let inputs = try processes.agree {
        if let drawnSamples, samples.input == nil {
          return RandomSamples.inputs(
            seed: slice.seed, samples: drawnSamples, inputs: slice.inputCount)
        }
        return try samples.inputs(of: slice, parameters: parameterFile.parameters)
      }
      note(simulator)
      return Problem(simulator: simulator, inputs: inputs)
    }

    /// The graph, as every process reads it.
    ///
    /// - Parameter keepsShards: whether edges in shards stay there, of which each process then reads its own.
    func read(
      _ needs: Set<ImportedNetwork.Need>, _ task: String, keepsShards: Bool = false
    ) throws -> ImportedNetwork {
      var options = try reading.options()
      options.keepsShards = keepsShards
      options.parameters = parameterFile.parameters
      var imported = try reading.read(graph, options)
      imported.graph.name = imported.name(ofFile: graph)
      if !imported.graph.groups.isEmpty { try imported.require(needs, for: task) }
      return imported
    }

    private func slice(
      _ processes: Processes, _ needs: Set<ImportedNetwork.Need>, _ task: String
    ) throws -> NetworkSlice {
      var draft = try processes.agree {
        let imported = try read(needs, task, keepsShards: true)
        return try imported.graph.draft(
          parts: processes.count, index: processes.rank, rowSources: imported.rowSources,
          locate: imported.location(of:))
      }
      processes.largest(&draft.largestFanIn)
      return draft.slice()
    }

    /// Refuses options of PETSc's that nothing has asked for: misspelt ones would change nothing. Some are asked for
    /// only when there is a matrix.
    private func checkOptions(_ processes: Processes) throws {
      let unused = processes.unusedOptions.split(separator: " ").filter { option in
        !["-sub_", "-mg_", "-pc_", "-mat_"].contains(where: option.hasPrefix)
      }
      guard unused.isEmpty else {
        throw CyclogradError(
          .invalidOption,
          "--petsc has options that PETSc does not use here: \(unused.joined(separator: " "))",
          advice: "the Krylov method and its preconditioner are all that it solves with: "
            + "options begin with -ksp_ and -pc_")
      }
    }

    /// Says how the network is divided.
    private func note(_ simulator: DistributedSimulator) {
      let shares = simulator.shares
      let trimmed = shares.reduce(0) { $0 + $1.trimmed }
      if trimmed > 0 {
        Console.note(
          "\(Quantity.count(trimmed, "neuron")) in acyclic ends, which are no part of the system")
      }
      guard shares.count > 1 else { return }
      func span(_ numbers: [Int]) -> String {
        let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
        return least == most
          ? Quantity.count(most) : "\(Quantity.count(least)) to \(Quantity.count(most))"
      }
      Console.note(
        "\(Quantity.count(shares.count, "rank")), each with \(span(shares.map(\.neurons))) neurons, "
          + "\(span(shares.map(\.edges))) edges and \(span(shares.map(\.ghosts))) ghosts"
          + (simulator.ghostsInFileOrder.map { "; in the file's order up to \(Quantity.count($0))" }
            ?? ""))
    }
  }

  extension DistributedArguments.Problem {
    /// The rows of a file of states that belong to this process.
    func states(_ path: String) throws -> Matrix {
      try processes.agree {
        let all = try SampleFile.readStates(path, slice, samples: inputs.rows)
        var own = Matrix(rows: all.rows, columns: slice.units.count)
        for row in 0..<all.rows {
          for (place, unit) in slice.units.enumerated() { own[row, place] = all[row, unit] }
        }
        return own
      }
    }

    /// Has process 0 do something, which may fail.
    func first(_ body: () throws -> Void) throws {
      try processes.agree { if processes.rank == 0 { try body() } }
    }

    /// What every JSON answer says of the graph; what needs the whole network is null.
    var graphJSON: JSONValue {
      var counts = [
        slice.columns.count, slice.ownWeightCount + slice.ownBiasCount,
        slice.frozenOwnCount,
      ]
      processes.add(&counts)
      let all = counts[1] + slice.tiedCount
      return GraphJSON.object(
        name: slice.name, neurons: slice.neuronCount, units: slice.unitCount, edges: counts[0],
        structure: nil, inputs: slice.inputCount, outputs: slice.outputCount, parameters: all,
        trainable: all - counts[2] - slice.frozenTiedCount)
    }

    /// Says which of PETSc's options had no effect after all.
    func noteUnusedOptions() {
      let unused = processes.unusedOptions
      if !unused.isEmpty { Console.note("PETSc has not used these options: \(unused)") }
    }

    /// What is said of the processes.
    ///
    /// - Parameter copies: how many processes have each of the parts.
    func processEntries(copies: Int = 1) -> (key: String, value: JSONValue) {
      let shares = simulator.shares.flatMap {
        [DistributedSimulator.Share](repeating: $0, count: copies)
      }
      return (
        "processes",
        .list(
          shares.map {
            .object([
              ("neurons", .integer($0.neurons)), ("edges", .integer($0.edges)),
              ("ghosts", .integer($0.ghosts)), ("trimmed", .integer($0.trimmed)),
            ])
          })
      )
    }
  }

  extension [SampleEvidence] {
    /// The methods that were used, each once, in the place of a backend's name.
    var methods: String {
      var names: [String] = []
      for case let name? in lazy.filter({ $0.status == .converged }).map(\.detail)
      where !names.contains(name) { names.append(name) }
      return names.isEmpty ? "none" : names.joined(separator: ", ")
    }
  }
#endif
