import Cyclograd
import Testing

@testable import CyclogradFormats

/// The implicit model x = φ(Ax + Bu), y = Cx + Du.
@Suite struct ImplicitModelTests {
  /// One activation, no biases but in what the model can say.
  private func network(inputs: Activation, outputs: Activation) -> Graph {
    Graph("g", seed: 2) {
      Group("u", size: 2, role: .input, activation: inputs, bias: .frozen(0))
      Group("h", size: 4, activation: .tanh)
      Group("y", size: 2, role: .output, activation: outputs)
      Connection("u", to: "h")
      Connection("u", to: "y")
      Connection("h", to: "h", weight: .normal(0.1))
      Connection("h", to: "y")
    }
  }

  private func answers(_ network: ImportedNetwork) throws -> Matrix {
    let (compiled, parameters) = try network.graph.compile()
    let inputs = Matrix(rows: 3, columns: 2, elements: [0.5, -1, 2, 0.25, -0.75, 0])
    return try Simulator(compiled).equilibrium(parameters, inputs: inputs).outputs
  }

  private func through(
    _ graph: Graph, _ name: String, _ activation: Activation = .tanh
  ) throws -> (ImportedNetwork, TemporaryFolder) {
    let folder = try TemporaryFolder()
    _ = try NetworkFormat.implicit.write(imported(graph), to: folder(name))
    var options = ImportOptions()
    // The archive says it.
    if name != "m.npz" { options.activation = activation }
    return (try NetworkFormat.implicit.read(folder(name), options: options), folder)
  }

  @Test(arguments: ["m.npz", "A.mtx", "model-A.npz", "model.A.npy", "m_A.mtx.gz"])
  func theAnswersStayTheSame(_ name: String) throws {
    let graph = network(inputs: .identity, outputs: .identity)
    let (model, folder) = try through(graph, name)
    let expanded = try model.expanded()
    #expect(expanded.blocks.map(\.name) == ["u", "x", "y"])
    #expect(expanded.blocks.map(\.size) == [2, 4, 2])
    #expect(try folder.names.count == (name == "m.npz" ? 1 : 4))
    let (before, after) = (try answers(imported(graph)), try answers(model))
    for (one, two) in zip(before.elements, after.elements) { #expect(abs(one - two) < 1e-14) }
  }

  @Test("neighbouring softmax groups stay apart, in archives of ours and of others")
  func softmaxGroups() throws {
    let graph = Graph("g", seed: 2) {
      Group("u", size: 2, role: .input, bias: .frozen(0))
      Group("h", size: 2, activation: .softmax)
      Group("k", size: 4, activation: .softmax)
      Group("l", size: 2, activation: .tanh)
      Group("m", size: 2, activation: .tanh)
      Group("y", size: 2, role: .output)
      Connection("u", to: "h")
      Connection("h", to: "k")
      Connection("k", to: "h", weight: .normal(0.3))
      Connection("k", to: "l")
      Connection("l", to: "m")
      Connection("m", to: "y")
    }
    let (model, folder) = try through(graph, "m.npz")
    #expect(try model.expanded().blocks.map(\.size) == [2, 2, 4, 4, 2])
    let archive = try NpzFile.read(folder("m.npz"))
    #expect(
      try archive.content("activations", allowsText: true).text()
        == "2 softmax; 4 softmax; 4 tanh")
    let (before, after) = (try answers(imported(graph)), try answers(model))
    for (one, two) in zip(before.elements, after.elements) { #expect(abs(one - two) < 1e-14) }
  }

  /// Inputs and outputs that do more than pass on become states.
  @Test func endsThatAreNotLinear() throws {
    let graph = network(inputs: .tanh, outputs: .tanh)
    let (model, _) = try through(graph, "m.npz")
    #expect(try model.expanded().blocks.map(\.size) == [2, 8, 2])
    let (before, after) = (try answers(imported(graph)), try answers(model))
    for (one, two) in zip(before.elements, after.elements) { #expect(abs(one - two) < 1e-14) }
  }

  @Test func throughOtherFormatsFirst() throws {
    let graph = network(inputs: .identity, outputs: .identity)
    let (direct, _) = try through(graph, "m.npz")
    for format in [NetworkFormat.graphFile, .networkX, .graphML, .szekeres] {
      let folder = try TemporaryFolder()
      let step = try throughFile(imported(graph), format, in: folder)
      let (other, _) = try through(step.network.graph, "m.npz")
      #expect(try other.expanded().edgeFacts == direct.expanded().edgeFacts, "\(format.name)")
    }
  }

  @Test func whatIsDroppedIsSaid() throws {
    let folder = try TemporaryFolder()
    let said = try NetworkFormat.implicit.write(imported(exampleNetwork()), to: folder("A.mtx"))
    for word in ["rules", "groups dropped", "activations dropped", "biases dropped", "ties of"] {
      #expect(said.contains { $0.contains(word) }, "\(word)")
    }
    let model = try NetworkFormat.implicit.read(folder("A.mtx"))
    #expect(model.lacks == [.activation])
    let archive = try NetworkFormat.implicit.write(imported(exampleNetwork()), to: folder("m.npz"))
    #expect(!archive.contains { $0.contains("activations") || $0.contains("biases") })
    #expect(try NetworkFormat.implicit.read(folder("m.npz")).lacks == [])
  }

  @Test func shapesMustFit() throws {
    let folder = try TemporaryFolder()
    func array(_ rows: Int, _ columns: Int) -> NumpyArray {
      NumpyArray(shape: [rows, columns], elements: Array(repeating: 1, count: rows * columns))
    }
    let good = [(2, 2), (2, 3), (1, 2), (1, 3)]
    for wrong in 0..<4 {
      var shapes = good
      shapes[wrong] = (shapes[wrong].0, shapes[wrong].1 + 1)
      try NpzFile.write(
        zip(ImplicitModel.names, shapes).map { ($0, array($1.0, $1.1)) }, to: folder("m.npz"))
      let error = #expect(throws: CyclogradError.self) {
        try NetworkFormat.implicit.read(folder("m.npz"))
      }
      #expect(error?.code == .shapeMismatch)
    }
    for name in ["m.mtx", "DATA.mtx", "A", "A.dat"] {
      #expect(ImplicitFiles.siblings(of: name) == nil, "\(name)")
      #expect(throws: CyclogradError.self) { try NetworkFormat.implicit.read(folder(name)) }
    }
  }

  @Test func denseArraysHaveNoDuplicates() throws {
    let (_, folder) = try through(network(inputs: .identity, outputs: .identity), "m.npz")
    var options = ImportOptions()
    options.duplicates = .sum
    let error = #expect(throws: CyclogradError.self) {
      try NetworkFormat.implicit.read(folder("m.npz"), options: options)
    }
    #expect(error?.message.contains("dense arrays") == true)
  }

  /// Arrays without elements may claim any extent.
  @Test func sizesThatAreOnlySaid() throws {
    let folder = try TemporaryFolder()
    let most = Int(Int32.max)
    try NpzFile.write(
      [("A", 0, 0), ("B", 0, most), ("C", 0, 0), ("D", 0, most)].map {
        ($0.0, NumpyArray(shape: [$0.1, $0.2], elements: []))
      }, to: folder("m.npz"))
    let error = #expect(throws: CyclogradError.self) {
      try NetworkFormat.implicit.read(folder("m.npz"))
    }
    #expect(error?.code == .tooLarge)
  }
}

/// Parameters of a network in a file of their own.
@Suite struct SafetensorsNetworkTests {
  @Test func parametersOfAnotherTraining() throws {
    let folder = try TemporaryFolder()
    let graph = exampleNetwork()
    var (network, parameters) = try graph.compile()
    for index in parameters.values.indices { parameters.values[index] += 0.125 }
    try ParametersFile.write(parameters, of: network, to: folder("p.safetensors"))
    _ = try NetworkFormat.graphFile.write(imported(graph), to: folder("g.yaml"))
    var options = ImportOptions()
    options.parameters = folder("p.safetensors")
    let trained = try NetworkFormat.read(folder("g.yaml"), options: options)
    #expect(trained.remarks.count == 1)
    let (before, after) = (try imported(graph).expanded(), try trained.expanded())
    #expect(after.weights == before.weights.map { $0 + 0.125 })
    #expect(after.biases == before.biases.map { $0 + 0.125 })
    #expect(after.tieSets == before.tieSets && after.frozenEdges == before.frozenEdges)
    #expect(after.blocks.map(\.shape) == before.blocks.map(\.shape))
    // And back into such a file.
    _ = try NetworkFormat.safetensors.write(trained, to: folder("q.safetensors"))
    (network, parameters) = try trained.graph.compile()
    #expect(try ParametersFile.read(folder("q.safetensors"), for: network) == parameters)
    let error = #expect(throws: CyclogradError.self) {
      try NetworkFormat.read(folder("q.safetensors"))
    }
    #expect(error?.advice?.contains("--parameters") == true)
  }

  @Test func theSameParametersKeepTheRules() throws {
    let folder = try TemporaryFolder()
    let graph = exampleNetwork()
    _ = try NetworkFormat.safetensors.write(imported(graph), to: folder("p.safetensors"))
    _ = try NetworkFormat.graphFile.write(imported(graph), to: folder("g.yaml"))
    var options = ImportOptions()
    options.parameters = folder("p.safetensors")
    #expect(try NetworkFormat.read(folder("g.yaml"), options: options).graph == graph)
  }
}
