import Testing

@testable import Cyclograd

@Suite("Layers are PyTorch's")
struct LayerTests {
  private func distance(_ answer: LayerAnswer, _ layer: Layer) throws -> Double {
    try answer.distance(
      Graph("layer") {
        answer.source
        layer
      })
  }

  @Test(
    "convolutions in one direction and two",
    arguments: [
      "convolution-2d", "convolution-stride", "convolution-dilation", "convolution-depthwise",
      "convolution-1d",
    ])
  func convolutions(_ name: String) throws {
    let answer = LayerAnswer.named(name)
    let window = answer.window
    let layer = try Layer(
      "y",
      .convolution(
        .init(
          channels: answer.integer("channels"), kernel: window.kernel, stride: window.stride ?? 1,
          padding: window.padding, dilation: window.dilation,
          depthwise: answer.integer("depthwise") == 1)),
      of: answer.source, role: .output, weight: answer.rule("weight"), bias: answer.rule("bias"))
    #expect(try distance(answer, layer) < 1e-12)
    #expect(layer.output.shape[0] == answer.integer("channels"))
  }

  @Test(
    "pooling",
    arguments: [
      "max-pooling", "max-pooling-padding", "max-pooling-dilation", "max-pooling-1d",
      "average-pooling",
    ])
  func pooling(_ name: String) throws {
    let answer = LayerAnswer.named(name)
    let kind: Layer.Kind =
      name.hasPrefix("max") ? .maxPooling(answer.window) : .averagePooling(answer.window)
    #expect(
      try distance(answer, Layer("y", kind, of: answer.source, role: .output)) < 1e-12)
  }

  @Test("dense layers and embeddings")
  func dense() throws {
    let dense = LayerAnswer.named("dense")
    let layer = try Layer(
      "y", .dense(size: 3), of: dense.source, activation: .tanh, role: .output,
      weight: dense.rule("weight"), bias: dense.rule("bias"))
    #expect(try distance(dense, layer) < 1e-12)
    let embedding = LayerAnswer.named("embedding")
    let table = try Layer(
      "y", .embedding(size: 4), of: embedding.source, role: .output,
      weight: embedding.rule("weight"))
    #expect(try distance(embedding, table) == 0)
    // All tokens have one table.
    #expect(table.connections.count == 3)
    let (network, _) = try Graph("table") {
      embedding.source
      table
    }.compile()
    #expect(network.weightParameterCount == 24)
  }

  private func normalization(_ answer: LayerAnswer, _ scale: String, _ shift: String)
    -> Layer.Normalization
  {
    Layer.Normalization(
      mean: answer.parameters["mean"] ?? [], variance: answer.parameters["variance"] ?? [],
      scale: answer.parameters[scale] ?? [], shift: answer.parameters[shift] ?? [],
      epsilon: answer.options["epsilon"]?.numbers[0] ?? 0)
  }

  @Test("batch normalization, by itself and folded into a convolution")
  func normalization() throws {
    let alone = LayerAnswer.named("normalization")
    #expect(
      try distance(
        alone,
        Layer(
          "y", .normalization(normalization(alone, "weight", "bias")), of: alone.source,
          role: .output)) < 1e-12)
    let folded = LayerAnswer.named("normalized-convolution")
    let layer = try Layer(
      "y",
      .convolution(
        .init(
          channels: 3, kernel: 3, padding: 1,
          normalization: normalization(folded, "scale", "shift"))),
      of: folded.source, activation: .relu, role: .output, weight: folded.rule("weight"),
      bias: folded.rule("bias"))
    #expect(layer.groups.count == 1)
    #expect(try distance(folded, layer) < 1e-12)
  }

  @Test("a residual block, what it adds before its activation")
  func residual() throws {
    let answer = LayerAnswer.named("residual")
    let kind = Layer.Kind.convolution(.init(channels: 2, kernel: 3, padding: 1))
    let first = try Layer(
      "f", kind, of: answer.source, activation: .relu, weight: answer.rule("weight1"),
      bias: answer.rule("bias1"))
    let second = try Layer(
      "y", kind, of: first.output, activation: .relu, role: .output,
      weight: answer.rule("weight2"), bias: answer.rule("bias2"), adding: [answer.source])
    #expect(
      try answer.distance(
        Graph("added") {
          answer.source
          first
          second
        }) < 1e-12)
    let branch = try Layer(
      "g", kind, of: first.output, weight: answer.rule("weight2"), bias: answer.rule("bias2"))
    let sum = try Layer(
      "y", .residual, of: branch.output, answer.source, activation: .relu, role: .output)
    #expect(
      try answer.distance(
        Graph("summed") {
          answer.source
          first
          branch
          sum
        }) < 1e-12)
  }

  /// A layer for each step, with the same parameters.
  private func recurrent(
    _ answer: LayerAnswer, _ kind: (Layer.Recurrent) -> Layer.Kind
  ) throws -> Graph {
    let steps = answer.integer("steps")
    var layers: [Layer] = []
    let inputs = (1...steps).map {
      Group("x\($0)", size: 2, role: .input, bias: .frozen(0))
    }
    for (step, input) in inputs.enumerated() {
      layers.append(
        try Layer(
          "cell\(step + 1)",
          kind(
            .init(
              size: 3, after: step == 0 ? nil : "cell\(step)",
              recurrentWeight: answer.rule("weight_hh_l0"),
              recurrentBias: answer.rule("bias_hh_l0"))),
          of: input, role: .output, weight: answer.rule("weight_ih_l0"),
          bias: answer.rule("bias_ih_l0"), share: "cell"))
    }
    return Graph("steps") {
      inputs.map { .group($0) }
      layers.map { .layer($0) }
    }
  }

  @Test("LSTM over three and a hundred steps, GRU over four, with one set of parameters")
  func recurrent() throws {
    for name in ["lstm", "lstm-100"] {
      let answer = LayerAnswer.named(name)
      let graph = try recurrent(answer) { .lstm($0) }
      #expect(try answer.distance(graph) < 1e-12, "\(name)")
      let (network, _) = try graph.compile()
      // Constants are one parameter each, which no step shares with another.
      #expect(network.trainableParameterCount == 12 * 2 + 12 * 3 + 24)
    }
    let answer = LayerAnswer.named("gru")
    #expect(try answer.distance(recurrent(answer) { .gru($0) }) < 1e-12)
  }

  @Test("a cell whose state is its own is an equilibrium")
  func equilibrium() throws {
    let answer = LayerAnswer.named("gru")
    let x = Group("x", size: 2, role: .input, bias: .frozen(0))
    let cell = try Layer(
      "cell",
      .gru(
        .init(
          size: 3, after: "cell", recurrentWeight: answer.rule("weight_hh_l0"),
          recurrentBias: answer.rule("bias_hh_l0"))),
      of: x, role: .output, weight: answer.rule("weight_ih_l0"), bias: answer.rule("bias_ih_l0"))
    let (network, parameters) = try Graph("cell") {
      x
      cell
    }.compile()
    #expect(network.cyclicComponentCount == 1)
    let found = try Simulator(network).equilibrium(parameters, inputs: Matrix([[0.5, -1]]))
    #expect(found.isConverged)
  }

  @Test("heads of attention, also those that see no later token", arguments: [false, true])
  func attention(_ isCausal: Bool) throws {
    let answer = LayerAnswer.named(isCausal ? "attention-causal" : "attention")
    func projection(_ part: String) -> Layer.Attention.Projection {
      .init(weight: answer.rule("\(part)-weight"), bias: answer.rule("\(part)-bias"))
    }
    let head = try Layer(
      "head",
      .attention(
        .init(
          size: 3, valueSize: 2, causal: isCausal, query: projection("query"),
          key: projection("key"), value: projection("value"))), of: answer.source, role: .output)
    #expect(try distance(answer, head) < 1e-12)
    #expect(head.output.shape == [4, 2])
  }

  /// What a graph answers to one sample.
  private func answer(_ inputs: [Double], _ layer: Layer, _ groups: Group...) throws -> [Double] {
    let (network, parameters) = try Graph("known") {
      groups.map { .group($0) }
      layer
    }.compile()
    return try Simulator(network, options: .init(tolerance: 1e-15)).equilibrium(
      parameters, inputs: Matrix([inputs])
    ).requireConverged().outputs.elements
  }

  @Test("answers that were found apart: gru-cell, convolution, max-pool, batch-norm")
  func knownAnswers() throws {
    let x = Group("x", size: 2, role: .input, bias: .frozen(0))
    func gru(after previous: String) throws -> Layer {
      try Layer(
        "cell", .gru(.init(size: 1, after: previous, recurrentWeight: [0.2, 0.5, -0.4])), of: x,
        role: .output, weight: [-0.5, 0.4, 0.3, -0.2, 0.6, 0.1], bias: [0.05, 0.2, -0.1])
    }
    let before = Group("old.h", size: 1, role: .input, bias: .frozen(0))
    let next = try answer([0.5, -1, 0.3], gru(after: "old"), x, before)
    #expect(abs(next[0] - 0.21895804679189995) < 1e-14)
    let rest = try answer([0.5, -1], gru(after: "cell"), x)
    #expect(abs(rest[0] - 0.08726848610308807) < 1e-13)

    let image = Group("x", shape: [3, 3], role: .input, bias: .frozen(0))
    let map = try Layer(
      "y", .convolution(.init(channels: 1, kernel: 2)), of: image, role: .output,
      weight: [1, -2, 3, 0.5])
    #expect(try answer([1, 2, 3, 4, 5, 6, 7, 8, 10], map, image) == [11.5, 14, 19, 22])

    let large = Group("x", shape: [4, 4], role: .input, bias: .frozen(0))
    let pool = try Layer("y", .maxPooling(.init(kernel: 2)), of: large, role: .output)
    #expect(
      try answer(
        [12, 20, 30, 0, 8, 12, 2, 0, 34, 70, 37, 4, 112, 100, 25, 12], pool, large)
        == [20, 30, 112, 37])

    let folded = try Layer(
      "y",
      .dense(
        size: 2,
        normalization: .init(
          mean: [0.3, -0.4], variance: [2, 0.5], scale: [1.5, 0.5], shift: [0.1, -0.2],
          epsilon: 1e-5)), of: x, role: .output, weight: [1, 2, -1, 0.5], bias: [0.2, 0.1])
    guard case .list(let weights)? = folded.connections[0].weight.initial,
      case .list(let biases)? = folded.output.units[0].bias.initial
    else {
      Issue.record("weights are not numbers")
      return
    }
    let known = [
      1.0606575201393356, 2.121315040278671, -0.7070997102247999, 0.35354985511239995,
      -0.0060657520139335485, 0.15354985511239996,
    ]
    for (a, b) in zip(weights + biases, known) { #expect(abs(a - b) < 1e-15) }
  }

  @Test("connections and lists that name a layer of several groups mean its result")
  func ports() throws {
    let x = Group("x", size: 2, role: .input)
    let cell = try Layer("cell", .gru(.init(size: 3)), of: x)
    let graph = Graph("ports") {
      x
      cell
      Group("y", size: 3)
      Connection("cell", to: "y", .oneToOne)
      Outputs(NeuronRange("cell"), NeuronRange("y"))
    }
    #expect(graph.connections.last?.from == "cell.h")
    #expect(try graph.compile().network.outputNames.first == "cell.h.0")
  }

  @Test("what does not fit is one clear error")
  func refusals() throws {
    let x = Group("x", shape: [2, 4, 4], role: .input)
    let wrong: [(String, () throws -> Layer)] = [
      ("does not fit", { try Layer("y", .maxPooling(.init(kernel: 5)), of: x) }),
      ("no use for a weight", { try Layer("y", .residual, of: x, weight: 1) }),
      ("has 2 sources", { try Layer("y", .dense(size: 3), of: x, x) }),
      ("the size is 0", { try Layer("y", .dense(size: 0), of: x) }),
      ("added twice", { try Layer("y", .residual, of: x, x) }),
      (
        "cannot be added",
        { try Layer("y", .dense(size: 3), of: x, adding: [Group("z", size: 2)]) }
      ),
      (
        "has as many",
        { try Layer("y", .convolution(.init(channels: 3, kernel: 1, depthwise: true)), of: x) }
      ),
      (
        "given as numbers",
        {
          try Layer(
            "y", .dense(size: 3, normalization: .init(mean: [0], variance: [1])), of: x)
        }
      ),
      ("the kernel is", { try Layer("y", .maxPooling(.init(kernel: [1, 2, 3])), of: x) }),
    ]
    for (message, make) in wrong {
      let error = #expect(throws: CyclogradError.self) { try make() }
      #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}
