import Cyclograd
import CyclogradFormats
import Foundation
import Testing

/// Every network of graphs/, written once more with the builder.
@Suite struct NetworksTests {
  private func read(_ name: String) throws -> GraphDocument {
    try GraphFile.read(packageFolder + "graphs/" + name + ".yaml")
  }

  private func compile(_ name: String) throws -> Network {
    let document = try read(name).resolved()
    return try document.graph.compile(locate: document.location(of:)).network
  }

  @Test func selfLoop() throws {
    let graph = Graph("a neuron that feeds itself") {
      Group("x", size: 2, role: .input, bias: .frozen(0))
      Group("h", size: 1, role: .output, activation: .tanh, bias: 0.25)
      Edge(.init("x", 0), to: .init("h", 0), weight: 0.5)
      Edge(.init("x", 1), to: .init("h", 0), weight: -0.75)
      Edge(.init("h", 0), to: .init("h", 0), weight: 0.5)
    }
    #expect(try read("self-loop").graph == graph)
    #expect(try compile("self-loop").edgeCount == 3)
  }

  @Test func xor() throws {
    let graph = Graph("exclusive or in one implicit layer") {
      Group("x", size: 2, role: .input, bias: .frozen(0))
      Group("y", size: 2, activation: .logistic, bias: [-4.6, -13])
      Connection("x", to: "y", weight: [8.4, 8.4, 9, 9])
      Connection("y", to: "y", weight: [1, -17, -1, 1])
      Outputs(.init("y", 0...0))
    }
    #expect(try read("xor").graph == graph)
    #expect(try compile("xor").outputNames == ["y.0"])
  }

  @Test func xorUntrained() throws {
    let graph = Graph("exclusive or, untrained", seed: 1) {
      Group("x", size: 2, role: .input, bias: .frozen(0))
      Group("y", size: 2, activation: .logistic, bias: .uniform(-1...1))
      Connection("x", to: "y", weight: .uniform(-1...1))
      Connection("y", to: "y", weight: .uniform(-1...1))
      Outputs(.init("y", 0...0))
    }
    #expect(try read("xor-untrained").graph == graph)
  }

  /// The widths of the three autoencoders, which differ in the latent layer and the activation.
  private func autoencoder(
    _ version: Int, _ activation: Activation, latent: Group, lateral: Bool
  ) -> Graph {
    let bias = ParameterRule.uniform(-1...1, scaled: .fanIn)
    return Graph("autoencoder v\(version)", seed: 1) {
      Group("x", size: 8, role: .input, bias: .frozen(0))
      Group("encoder1", size: 32, activation: activation, bias: bias)
      Group("encoder2", size: 16, activation: activation, bias: bias)
      latent
      Group("decoder1", size: 16, activation: activation, bias: bias)
      Group("decoder2", size: 32, activation: activation, bias: bias)
      Group("y", size: 8, role: .output, bias: bias)

      Connection("x", to: "encoder1")
      Connection("encoder1", to: "encoder2")
      Connection("encoder2", to: "latent")
      if lateral { Connection("latent", to: "latent", self: false) }
      Connection("latent", to: "decoder1")
      Connection("decoder1", to: "decoder2")
      Connection("decoder2", to: "y")
    }
  }

  @Test func autoencoderV0() throws {
    let bias = ParameterRule.uniform(-1...1, scaled: .fanIn)
    let latent = Group("latent", size: 8, activation: .relu, bias: bias)
    let graph = autoencoder(0, .relu, latent: latent, lateral: false)
    #expect(try read("autoencoder-v0").graph == graph)
    let network = try compile("autoencoder-v0")
    #expect(network.trainableParameterCount == 1904)
    #expect(network.cyclicComponentCount == 0)
  }

  @Test func autoencoderV1() throws {
    let bias = ParameterRule.uniform(-1...1, scaled: .fanIn)
    let latent = Group("latent", size: 8, activation: .arctan, bias: bias)
    let graph = autoencoder(1, .arctan, latent: latent, lateral: true)
    #expect(try read("autoencoder-v1").graph == graph)
    let network = try compile("autoencoder-v1")
    #expect(network.trainableParameterCount == 1960)
    #expect(network.largestComponent == 8)
  }

  @Test func autoencoderV2() throws {
    let bias = ParameterRule.uniform(-1...1, scaled: .fanIn)
    let latent = Group(
      "latent", size: 8, combine: .product,
      units: [.init(.arctan, bias: bias), .init(.logistic, bias: bias)])
    let graph = autoencoder(2, .arctan, latent: latent, lateral: true)
    #expect(try read("autoencoder-v2").graph == graph)
    #expect(try compile("autoencoder-v2").trainableParameterCount == 1968)
  }

  @Test func feedback() throws {
    let weight = ParameterRule.normal(0.6, scaled: .fanIn)
    let graph = Graph("two layers with feedback", seed: 1) {
      Group("x", size: 4, role: .input, bias: .frozen(0))
      Group("h1", size: 8, activation: .tanh, bias: .uniform(-0.1...0.1))
      Group("h2", size: 6, activation: .tanh, bias: .uniform(-0.1...0.1))
      Group("y", size: 2, role: .output)
      Connection("x", to: "h1")
      Connection("h1", to: "h1", self: false, weight: weight)
      Connection("h1", to: "h2", weight: weight)
      Connection("h2", to: "h2", self: false, weight: weight)
      Connection("h2", to: "h1", weight: weight)
      Connection("h2", to: "y")
    }
    #expect(try read("feedback").graph == graph)
    let network = try compile("feedback")
    #expect(network.cyclicComponentCount == 1)
    #expect(network.largestComponent == 14)
  }

  @Test func islands() throws {
    let graph = Graph("islands", seed: 1) {
      Group("x", shape: [200, 5], role: .input, bias: .frozen(0))
      Group("h", shape: [200, 5], role: .output, activation: .tanh)
      Connection("x", to: "h", .oneToOne, weight: .frozen(1))
      Connection("h", to: "h", .neighborhood(.init(1, 9)), self: false, weight: .normal(0.2))
      Connection("h", to: "h", .neighborhood(.init(1, 1, offset: .init(-1, 0))), weight: 0.3)
    }
    #expect(try read("islands").graph == graph)
    let network = try compile("islands")
    #expect(network.cyclicComponentCount == 200)
    #expect(network.largestComponent == 5)
    #expect(network.edgeCount == 1000 + 200 * 20 + 199 * 5)
  }

  @Test func hopfield() throws {
    let graph = Graph("two patterns remembered") {
      Group("x", size: 16, role: .input, bias: .frozen(0))
      Group("h", size: 16, role: .output, activation: .tanh)
      Connection("x", to: "h", .oneToOne, weight: .frozen(1))
      Connection("h", to: "h", .file("hopfield.mtx"))
    }
    #expect(try read("hopfield").graph == graph)
    guard case .entries(let entries) = try read("hopfield").resolved().graph.connections[1].pattern
    else {
      Issue.record("the pattern is not resolved")
      return
    }
    var weights: [[Int32]: Double] = [:]
    for (index, value) in (entries.values ?? []).enumerated() {
      weights[[entries.rows[index], entries.columns[index]]] = value
    }
    #expect(weights.count == 112)
    for (place, value) in weights { #expect(weights[[place[1], place[0]]] == value) }
    #expect(try compile("hopfield").edgeCount == 128)
  }

  @Test func newtonOnly() throws {
    let graph = Graph("an equilibrium that plain iteration never finds") {
      Group("x", size: 2, role: .input, bias: .frozen(0))
      Group("h", size: 2, role: .output, activation: .tanh, bias: [0.5, -0.25])
      Connection("x", to: "h", .oneToOne, weight: 0.25)
      Edge(.init("h", 0), to: .init("h", 1), weight: -4)
      Edge(.init("h", 1), to: .init("h", 0), weight: 4)
    }
    #expect(try read("newton-only").graph == graph)
    #expect(try compile("newton-only").largestComponent == 2)
  }

  @Test func noEquilibrium() throws {
    let graph = Graph("no equilibrium") {
      Group("x", size: 1, role: .input, activation: .logistic, bias: .frozen(0))
      Group(
        "h", size: 1, role: .output, combine: .product,
        units: [.init(bias: 0.5), .init(bias: 0.5)])
      for source in ["x", "h"] {
        for unit in 0...1 {
          Edge(.init(source, 0), to: .init("h", 0), unit: unit, weight: 1)
        }
      }
    }
    #expect(try read("no-equilibrium").graph == graph)
    #expect(try compile("no-equilibrium").edgeCount == 4)
  }

  @Test func convolution() throws {
    let pool = Group.Unit(bias: .frozen(0))
    let window = Pattern.neighborhood(.init(3, 3))
    let graph = Graph("recurrent convolution", seed: 1) {
      Group("image", shape: [8, 8], role: .input, bias: .frozen(0))
      Group("map", shape: [2, 8, 8], activation: .softplus, bias: .single(-0.5))
      Group("pool", shape: [2, 4, 4], combine: .max, units: [pool, pool, pool, pool])
      Group("y", size: 2, role: .output)
      Connection("image", to: "map", window, weight: .kernel(.normal(deviation: 0.3)))
      Connection("map", to: "map", window, weight: .kernel(.normal(deviation: 0.05)))
      for row in 0...1 {
        for column in 0...1 {
          Connection(
            "map", to: "pool", unit: 2 * row + column,
            .neighborhood(
              .init(
                1, 1, stride: .init(2, 2), offset: .init(row, column), channels: .oneToOne)),
            weight: .frozen(1))
        }
      }
      Connection("pool", to: "y")
    }
    #expect(try read("convolution").graph == graph)
    let network = try compile("convolution")
    #expect(network.largestComponent == 128)
    // Two kernels, their two biases for 1 and y's two; the weights of y.
    #expect(network.trainableParameterCount == 18 + 36 + 1 + 2 + 64)
  }

  @Test func softmax() throws {
    let gate = Group.Unit(bias: .frozen(0))
    let graph = Graph("attention with feedback", seed: 1) {
      Group("value", size: 4, role: .input, bias: .frozen(0))
      Group("attention", size: 4, activation: .softmax, bias: .uniform(-0.5...0.5))
      Group("gate", size: 4, combine: .product, units: [gate, gate])
      Group("sum", size: 1, role: .output, bias: .frozen(0))
      Connection("value", to: "attention", weight: .normal(0.5))
      Connection("value", to: "gate", .oneToOne, weight: .frozen(1))
      Connection("attention", to: "gate", unit: 1, .oneToOne, weight: .frozen(1))
      Connection("gate", to: "sum", weight: .frozen(1))
      Connection("sum", to: "attention", weight: .uniform(-0.5...0.5))
    }
    #expect(try read("softmax").graph == graph)
    #expect(try compile("softmax").cyclicComponentCount == 1)
  }

  @Test func bistable() throws {
    let graph = Graph("a neuron that stays where it is") {
      Group("h", size: 1, activation: .tanh, bias: .frozen(0))
      Edge(.init("h", 0), to: .init("h", 0), weight: 2)
      Inputs(NeuronRange("h"))
      Outputs(NeuronRange("h"))
    }
    #expect(try read("bistable").graph == graph)
  }

  @Test func stateDict() throws {
    func tensor(_ name: String) -> ParameterRule { .file("deq.safetensors", array: name) }
    let graph = Graph("state dict") {
      Group("x", size: 3, role: .input)
      Group("h", size: 6, activation: .tanh, bias: tensor("injection.bias"))
      Group("y", size: 2, role: .output, bias: tensor("readout.bias"))
      Connection("x", to: "h", weight: tensor("injection.weight"))
      Connection("h", to: "h", weight: tensor("recurrence.weight"))
      Connection("h", to: "y", weight: tensor("readout.weight"))
    }
    #expect(try read("deq").graph == graph)
    #expect(try compile("deq").edgeCount == 66)
  }

  @Test func everyNetworkIsHere() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: packageFolder + "graphs")
    let examples = [
      "autoencoder-v0.yaml", "autoencoder-v1.yaml", "autoencoder-v2.yaml", "bistable.yaml",
      "convolution.yaml", "feedback.yaml", "hopfield.mtx", "hopfield.yaml", "islands.yaml",
      "newton-only.yaml", "no-equilibrium.yaml", "oscillator.yaml", "self-loop.yaml",
      "softmax.yaml", "studies", "training", "xor-untrained.yaml", "xor.yaml",
    ]
    #expect(Set(examples).subtracting(files).isEmpty)
    for file in files where file.hasSuffix(".yaml") {
      _ = try GraphFile.read(packageFolder + "graphs/" + file).resolved().graph.compile()
    }
  }

  @Test(arguments: [
    "autoencoder-v0", "autoencoder-v1", "autoencoder-v2", "bistable", "convolution", "feedback",
    "hopfield",
    "islands", "newton-only", "no-equilibrium", "self-loop", "softmax", "xor",
    "xor-untrained",
  ])
  func theTwinInJSON(_ name: String) throws {
    let document = try read(name)
    let json = try GraphFile.json(for: document.graph)
    #expect(try GraphFile.parse(json).graph == document.graph)
    let resolved = try document.resolved().graph
    #expect(try GraphFile.parse(GraphFile.text(for: resolved)).graph == resolved)
  }
}
