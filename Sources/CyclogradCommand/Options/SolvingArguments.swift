import ArgumentParser
import Cyclograd
import CyclogradFormats

/// What every command takes that solves a network for samples.
struct SolvingArguments: ParsableArguments {
  // In the order of help: what everybody needs comes first.
  @OptionGroup var samples: SampleArguments
  @OptionGroup var backend: BackendArguments
  @OptionGroup var stopping: StoppingArguments
  @OptionGroup var graph: GraphArguments

  /// A network with samples, and how to solve it.
  struct Problem {
    let imported: ImportedNetwork
    let network: Network
    let parameters: Parameters
    var inputs: Matrix
    let backend: GradientBackend
    let options: SolverOptions

    /// Analyses the network's topology.
    func simulator() throws -> Simulator {
      try Simulator(network, backend: backend, options: options)
    }

    /// The equilibrium of the samples, or given states as their equilibrium.
    ///
    /// - Parameter state: a file with z of all units, which then are not solved for.
    func equilibrium(
      _ simulator: Simulator, at state: String?, trace: ResidualTrace? = nil
    ) throws -> Equilibrium {
      guard let state else {
        return try simulator.equilibrium(parameters, inputs: inputs, trace: trace)
      }
      return try simulator.equilibrium(
        parameters, inputs: inputs,
        at: SampleFile.readStates(state, network, samples: inputs.rows))
    }
  }

  /// Checks the options, then reads the network and the samples.
  ///
  /// - Parameters:
  ///   - task: what the network is read for, in errors.
  ///   - listsComponents: whether evidence is kept for each component.
  ///   - kinks: what becomes of derivatives where a neuron stands on a kink.
  ///   - written: the files that the command writes.
  ///   - read: the files that it reads besides the graph and the samples.
  ///   - needsOutputs: whether a network without outputs has to be given some.
  ///   - readsSamples: whether --input holds samples, and is read here.
  ///   - inInputUnits: what of the answer is measured in units of inputs, which may not be those of the file.
  func problem(
    for task: String, listsComponents: Bool = false, kinks: KinkPolicy = .branch,
    written: [(option: String, path: String?)], read: [(option: String, path: String?)] = [],
    needsOutputs: Bool = true, readsSamples: Bool = true, inInputUnits: String? = nil
  ) throws -> Problem {
    var options = try stopping.options(threads: graph.threads)
    options.listsComponents = listsComponents
    options.kinks = kinks
    let backend = try backend.chosen()
    if options.stopping == .printed, !(backend.state is AlgorithmOne) {
      throw CyclogradError(
        .invalidOption,
        "--stopping printed is about Algorithm 1, which \(backend.name) does not use",
        advice: "leave it out, or take --backend edge-list")
    }
    try FileNames.checkDistinct(
      written: written, read: [("the graph", graph.graph), ("--input", samples.input)] + read)
    try samples.refuseGraph(beside: graph.graph)
    var needs: Set<ImportedNetwork.Need> = [.activation]
    if samples.input != nil { needs.insert(.inputs) }
    if needsOutputs { needs.insert(.outputs) }
    let (imported, network, parameters) = try graph.read(needing: needs, for: task)
    if let inInputUnits, let transform = try samples.transform(graph), transform.isScaled {
      Console.note(
        "inputs are scaled as they were in the training: \(inInputUnits) in units of scaled inputs, not of the file's columns"
      )
    }
    return Problem(
      imported: imported, network: network, parameters: parameters,
      inputs: readsSamples
        ? try samples.inputs(of: network, graph) : Matrix(rows: 0, columns: network.inputCount),
      backend: backend, options: options)
  }
}
