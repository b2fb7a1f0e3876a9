public import Cyclograd

extension TrainingFile {
  /// Reads and compiles the graph, with the parameters that the training begins with.
  public func compile(
    progress: (String) -> Void = { _ in }
  ) throws -> (network: Network, parameters: Parameters) {
    progress("reading \(graph)")
    var imports = ImportOptions()
    imports.parameters = parameters
    let imported = try NetworkFormat.read(graph, options: imports)
    try imported.require([.activation, .inputs, .outputs], for: "training it")
    progress("compiling \(graph)")
    return try imported.graph.compile(locate: imported.location(of:))
  }

  /// Reads samples, and refuses those that do not fit the network or the loss.
  public func samples(
    _ data: Data, for network: Network, progress: (String) -> Void = { _ in }
  ) throws -> SampleTable {
    progress("reading \(data.file)")
    let inputs = try DataFile.read(data.file, columns: data.inputs).matrix
    let targetFile = data.targetFile ?? data.file
    let targets = try DataFile.read(targetFile, columns: data.targets).matrix
    guard inputs.columns == network.inputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "\(inputs.columns) columns are inputs, but the network has \(network.inputCount)",
        at: .init(file: data.file), advice: "select as many columns as there are inputs")
    }
    do {
      let table = try SampleTable(inputs: inputs, targets: targets)
      _ = try options.loss.prepare(targets, samples: targets.rows, outputs: network.outputCount)
      return table
    } catch {
      var located = error
      located.location.file = targetFile
      throw located
    }
  }
}
