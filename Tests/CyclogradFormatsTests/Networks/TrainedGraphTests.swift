import Cyclograd
import Foundation
import TestSupport
import Testing

@testable import CyclogradFormats

@Suite("A network written with other parameters is the same network") struct TrainedGraphTests {
  private static let named = """
    format: cyclograd/1
    groups:
      - {name: h, size: 2, activation: tanh}
      - {name: x, size: 2, role: input, names: [current, "a,b"]}
      - {name: y, size: 1, role: output, names: [voltage]}
    connections:
      - {from: x, to: h}
      - {from: h, to: h, weight: {uniform: [-0.4, 0.4]}}
      - {from: h, to: y}
    """
  private static let sharedSoftmax = """
    format: cyclograd/1
    groups:
      - {name: x, size: 2, role: input}
      - {name: h, size: 3, activation: tanh, bias: {uniform: [-1, 1], share: b}}
      - {name: y, size: 3, role: output, activation: softmax, bias: {share: {name: b, factor: 2}}}
    connections:
      - {from: x, to: h}
      - {from: h, to: h, weight: {uniform: [-0.3, 0.3]}}
      - {from: h, to: y}
    """
  private static let tiedInstances = """
    format: cyclograd/1
    modules:
      cell:
        groups:
          - {name: u, size: 3, role: input}
          - {name: y, size: 3, role: output, activation: softmax, bias: {uniform: [-1, 1]}}
        connections:
          - {from: u, to: y}
    groups:
      - {name: x, size: 3, role: input}
    connections:
      - {from: x, to: a, pattern: one-to-one, weight: 1}
      - {from: a, to: b, pattern: one-to-one, weight: 1}
    instances:
      - {name: a, module: cell}
      - {name: b, tied: a}
    outputs: [b]
    """
  /// One for each channel, shared by two groups.
  private static let kernels = """
    format: cyclograd/1
    groups:
      - {name: x, size: 2, role: input}
      - {name: h, shape: [2, 2, 2], activation: tanh, bias: {kernel: {uniform: [-1, 1]}}}
      - {name: g, shape: [2, 2, 2], activation: tanh, bias: {kernel: {uniform: [-1, 1]}, share: k}}
      - {name: f, shape: [2, 1, 3], activation: tanh, bias: {kernel: default, share: {name: k, factor: -0.5}}}
      - {name: y, size: 2, role: output}
    connections:
      - {from: x, to: h}
      - {from: h, to: g}
      - {from: g, to: f}
      - {from: f, to: f, weight: {uniform: [-0.2, 0.2]}}
      - {from: f, to: y}
      - {from: h, to: y}
    """

  private func graph(_ text: String) throws -> Graph {
    try GraphFile.parse(text).resolved().graph
  }

  private func check(_ graph: Graph) throws {
    let (network, initial) = try graph.compile()
    var parameters = initial
    let random = CounterRandom(seed: 3, purpose: .weights, index: 0)
    for p in 0..<network.parameterCount where network.isTrainable(parameter: p) {
      parameters.values[p] = initial.values[p] * 0.9 + 0.05 * (2 * random.uniform(p) - 1)
    }
    let trained = ExpandedNetwork(graph, network, parameters).graph()
    let (other, values) = try trained.compile()
    #expect(other.neuronNames == network.neuronNames)
    #expect(other.inputNames == network.inputNames)
    #expect(other.outputNames == network.outputNames)
    #expect(other.trainableParameterCount == network.trainableParameterCount)
    #expect(trained.groups.map(\.name) == graph.groups.map(\.name))
    #expect(
      values.values.sorted().map(\.bitPattern) == parameters.values.sorted().map(\.bitPattern))
    var inputs = Matrix(rows: 3, columns: network.inputCount)
    for i in inputs.elements.indices { inputs.elements[i] = 2 * random.uniform(1000 + i) - 1 }
    let before = try Simulator(network).equilibrium(parameters, inputs: inputs)
    let after = try Simulator(other).equilibrium(values, inputs: inputs)
    for (a, b) in zip(before.outputs.elements, after.outputs.elements) {
      #expect(a.isNaN && b.isNaN || abs(a - b) <= 1e-9 * max(1, abs(a)))
    }
  }

  @Test func neuronsKeepTheirNames() throws { try check(graph(Self.named)) }

  @Test func softmaxWithSharedBiasesStaysWhole() throws { try check(graph(Self.sharedSoftmax)) }

  @Test func softmaxOfTiedInstancesStaysWhole() throws {
    let whole = try graph(Self.tiedInstances)
    let (network, parameters) = try whole.compile()
    let trained = ExpandedNetwork(whole, network, parameters).graph()
    #expect(trained.groups.filter { $0.units[0].activation == .softmax }.map(\.size) == [3, 3])
    let outputs = try Simulator(trained.compile().network).equilibrium(
      trained.compile().parameters, inputs: Matrix(rows: 1, columns: 3, elements: [1, -1, 0.5])
    ).outputs.elements
    #expect(abs(outputs.reduce(0, +) - 1) < 1e-12)
  }

  @Test func biasesOfChannelsStayTogether() throws { try check(graph(Self.kernels)) }

  @Test func neuronsOfDividedGroupsKeepTheirNames() throws {
    var expanded = try ExpandedNetwork(
      expanding: try graph(Self.named), locate: { _ in nil })
    expanded.names = nil
    expanded.frozenBiases = [true, false, false, false, false]
    let groups = expanded.graph().groups
    #expect(groups.map(\.size) == [1, 1, 2, 1])
    #expect(
      try expanded.graph().compile().network.neuronNames == ["h.0", "h.1", "x.0", "x.1", "y.0"])
  }

  @Test(
    "the graphs of the repository",
    arguments: [
      "attention", "gru", "lstm", "modules", "residual", "softmax", "implicit-rnn", "xor",
    ]
  ) func repositoryGraphs(_ name: String) throws {
    let path = packageFolder + "graphs/\(name).yaml"
    let imported = try NetworkFormat.read(path)
    let graph = imported.graph
    let network = try graph.compile().network
    let names = (network.inputNames, network.outputNames)
    let trained = try ExpandedNetwork(graph, network, graph.compile().parameters).graph()
    let other = try trained.compile().network
    #expect(other.inputNames == names.0 && other.outputNames == names.1)
    #expect(other.neuronNames == network.neuronNames)
  }

  @Test func parametersOfAFileComeToNamedNeurons() throws {
    let folder = try TemporaryFolder()
    try Self.named.write(toFile: folder("n.yaml"), atomically: true, encoding: .utf8)
    let (network, initial) = try graph(Self.named).compile()
    var parameters = initial
    parameters.values[0] += 0.25
    try ParametersFile.write(parameters, of: network, to: folder("p.safetensors"))
    var options = ImportOptions()
    options.parameters = folder("p.safetensors")
    let read = try NetworkFormat.read(folder("n.yaml"), options: options)
    let (other, values) = try read.graph.compile()
    #expect(other.inputNames == ["current", "a,b"] && other.outputNames == ["voltage"])
    let inputs = Matrix(rows: 1, columns: 2, elements: [0.3, -0.7])
    let expected = try Simulator(network).equilibrium(parameters, inputs: inputs).outputs
    #expect(try Simulator(other).equilibrium(values, inputs: inputs).outputs == expected)
  }
}
