import Cyclograd
import CyclogradFormats
import Testing

@Suite("Layers in graph files")
struct LayerFileTests {
  @Test("A file says what Swift says, in whatever order it names sources")
  func equalToSwift() throws {
    let document = try GraphFile.parse(
      """
      format: cyclograd/1
      seed: 2
      groups:
        - {name: image, shape: [2, 6, 6], role: input}
        - name: map
          layer: {convolution: {kernel: 3, channels: 4, stride: [2, 1], padding: 1}}
          of: previous
          activation: relu
          weight: {normal: 0.3}
        - {name: pool, layer: {max-pooling: {kernel: [1, 2]}}, of: previous}
        - {name: classes, layer: {dense: {size: 3}}, of: cell, activation: softmax, role: output}
        - {name: cell, layer: {lstm: {size: 5, after: cell, recurrent-weight: {normal: 0.1}}}, of: pool}
      connections:
        - {from: cell, to: classes, pattern: {entries: [[0, 1]]}, weight: 0.5}
      """)
    let image = Group("image", shape: [2, 6, 6], role: .input)
    let map = try Layer(
      "map", .convolution(.init(channels: 4, kernel: 3, stride: [2, 1], padding: 1)), of: image,
      activation: .relu, weight: .normal(0.3))
    let pool = try Layer("pool", .maxPooling(.init(kernel: [1, 2])), of: map.output)
    let cell = try Layer(
      "cell", .lstm(.init(size: 5, after: "cell", recurrentWeight: .normal(0.1))), of: pool.output)
    let classes = try Layer(
      "classes", .dense(size: 3), of: cell.output, activation: .softmax, role: .output)
    let graph = Graph("", seed: 2) {
      image
      map
      pool
      classes
      cell
      Connection("cell", to: "classes", .entries(.init(rows: [0], columns: [1])), weight: 0.5)
    }
    #expect(document.graph == graph)
    // The dense layer gives that edge already.
    #expect(throws: CyclogradError.self) { try graph.compile() }
    #expect(try GraphFile.parse(GraphFile.text(for: graph)).graph == graph)
  }

  @Test("Layers in modules and repetitions, also of parts that come later")
  func composition() throws {
    let (network, _) = try GraphFile.parse(
      """
      format: cyclograd/1
      modules:
        block:
          groups:
            - {name: u, shape: [2, 4, 4], role: input}
            - {name: y, layer: {convolution: {kernel: 3, channels: 2, padding: 1}}, of: u, role: output}
      groups:
        - {name: x, shape: [2, 4, 4], role: input}
        - {name: b0, layer: residual, of: [x, first]}
        - {name: head, layer: {dense: {size: 2}}, of: b3, role: output}
      connections: [{from: x, to: first, pattern: one-to-one}]
      instances: [{name: first, module: block}]
      repeat:
        - index: t
          from: 1
          to: 3
          groups:
            - {name: "f{t}", layer: {convolution: {kernel: 3, channels: 2, padding: 1}}, of: "b{t-1}", share: f}
            - {name: "b{t}", layer: residual, of: [previous, "b{t-1}"], activation: relu}
      """
    ).graph.compile()
    #expect(
      network.groups.map(\.name) == [
        "x", "b0", "head", "first.u", "first.y", "f1", "b1", "f2", "b2", "f3", "b3",
      ])
    #expect(network.cyclicComponentCount == 0)
  }

  @Test(
    "What cannot be is one clear error with its line",
    arguments: [
      ("{name: y, layer: {dense: {size: 2}}, of: z}", "there is no group of that name"),
      ("{name: y, layer: {dense: {size: 2}}, of: y}", "made from itself"),
      ("{name: y, layer: {dense: {size: 2}}}", "has no 'of'"),
      ("{name: y, layer: {dence: {size: 2}}, of: x}", "unknown key 'dence'"),
      ("{name: y, layer: dense, of: x}", "needs something to go with it"),
      ("{name: y, layer: {max-pooling: {kernel: 9}}, of: x}", "does not fit"),
      ("{name: y, layer: residual, of: x, role: input}", "is no input"),
      ("{name: y, layer: residual, of: x, size: 3}", "unknown key 'size'"),
      (
        "{name: y, layer: {convolution: {kernel: [1, 2, 3], channels: 1}}, of: x}",
        "[rows, columns]"
      ),
      ("{name: y, layer: {normalization: {mean: 0}}, of: x}", "has no 'variance'"),
    ])
  func refusals(_ entry: String, _ message: String) throws {
    let text = "format: cyclograd/1\ngroups:\n  - {name: x, size: 4, role: input}\n  - \(entry)\n"
    let error = #expect(throws: CyclogradError.self) {
      try GraphFile.parse(text).graph.compile()
    }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.location.line == 4)
  }

  @Test("Biases of a grid can be one for each channel, and windows can be dilated")
  func kernels() throws {
    let text = """
      format: cyclograd/1
      groups:
        - {name: x, shape: [1, 5, 5], role: input}
        - {name: y, shape: [2, 3, 3], role: output, bias: {kernel: [1, 2]}}
      connections:
        - {from: x, to: y, pattern: {neighborhood: {kernel: [2, 2], offset: [0, 0], dilation: [2, 2]}}, weight: {kernel: 0}}
      """
    let graph = try GraphFile.parse(text).graph
    #expect(try GraphFile.parse(GraphFile.text(for: graph)).graph == graph)
    let (network, parameters) = try graph.compile()
    #expect(network.parameterCount == 8 + 25 + 2)
    let outputs = try Simulator(network).equilibrium(
      parameters, inputs: Matrix([[Double](repeating: 1, count: 25)])
    ).outputs.elements
    #expect(outputs == Array(repeating: 1, count: 9) + Array(repeating: 2, count: 9))
  }

  @Test("Arrays are taken as PyTorch lays them out")
  func files() throws {
    let folder = try TemporaryFolder()
    let table = Matrix([[1, 2], [3, 4], [5, 6]])
    try NumpyFile.write(table, to: folder("table.npy"))
    try NumpyFile.write(
      Matrix((0..<8).map { row in (0..<2).map { Double(10 * row + $0) } }), to: folder("ih.npy"))
    let graph = try GraphFile.parse(
      """
      format: cyclograd/1
      groups:
        - {name: tokens, shape: [2, 3], role: input}
        - {name: e, layer: {embedding: {size: 2}}, of: tokens, weight: {file: table.npy}, role: output}
        - {name: x, size: 2, role: input}
        - {name: cell, layer: {lstm: {size: 2}}, of: x, weight: {file: ih.npy}, role: output}
      """, folder: folder("")
    ).resolved().graph
    let (network, parameters) = try graph.compile()
    let outputs = try Simulator(network).equilibrium(
      parameters, inputs: Matrix([[0, 0, 1, 1, 0, 0, 0, 0]])
    ).outputs.elements
    #expect(outputs == [5, 6, 1, 2, 0, 0])
    var weights: [String: Double] = [:]
    network.forEachParameterUse { use in
      weights["\(use.source ?? "-") \(use.target)"] = parameters.values[use.parameter]
    }
    #expect(weights["x.1 cell.gates.6"] == 61)
    #expect(weights["tokens.4 e.2"] == 3)
  }
}
