import Cyclograd
import Foundation

/// A network of known-answers.json: solved in 50-digit arithmetic, the figures as 20 digits.
struct KnownAnswer: Decodable {
  struct Unit: Decodable {
    var neuron: Int
    var activation: String
  }

  struct Block: Decodable {
    var units: [Int]
    var activation: String
  }

  struct Gradient: Decodable {
    var bias: [String]
    var edges: [String]
    var x: [String]
  }

  struct Edge: Decodable {
    var source: Int
    var unit: Int
    var weight: Double

    init(from decoder: any Decoder) throws {
      var container = try decoder.unkeyedContainer()
      source = try container.decode(Int.self)
      unit = try container.decode(Int.self)
      weight = Double(try container.decode(String.self))!
    }
  }

  var name: String
  var neurons: Int
  var units: [Unit]
  var edges: [Edge]
  var bias: [String]
  var inputs: [Int]
  var outputs: [Int]
  var x: [String]
  var y: [String]
  var loss: String
  var z: [String]
  var a: [String]
  var picard_converges: Bool
  var gradient: Gradient
  var blocks: [Block]?

  static let all: [KnownAnswer] = {
    let url = Bundle.module.url(forResource: "known-answers", withExtension: "json")!
    return try! JSONDecoder().decode([KnownAnswer].self, from: Data(contentsOf: url))
  }()

  static func numbers(_ strings: [String]) -> [Double] { strings.map { Double($0)! } }

  /// The network with a group for each neuron, or softmax block.
  func graph() -> Graph {
    let names: [String: Activation] = [
      "identity": .identity, "logistic": .logistic, "tanh": .tanh, "arctan": .arctan,
      "relu": .relu, "silu": .silu, "softplus": .softplus, "cos": .cos, "asinh": .asinh,
    ]
    let bias = Self.numbers(bias)
    let block = blocks?.first?.units ?? []
    var graph = Graph(name: name)
    var references: [NeuronReference] = []
    for k in 0..<neurons {
      let own = units.indices.filter { units[$0].neuron == k }
      if let first = block.first, own == [first] {
        graph.groups.append(
          Group(
            "s", size: block.count, activation: .softmax,
            bias: .init(.list(block.map { bias[$0] }))))
      }
      if let index = block.firstIndex(of: own[0]) {
        references.append(NeuronReference("s", index))
        continue
      }
      references.append(NeuronReference("n\(k)", 0))
      graph.groups.append(
        Group(
          "n\(k)", size: 1, combine: .product,
          units: own.map {
            Group.Unit(names[units[$0].activation]!, bias: .init(.constant(bias[$0])))
          }))
    }
    for edge in edges {
      let k = units[edge.unit].neuron
      let first = units.firstIndex { $0.neuron == k }!
      graph.edges.append(
        Cyclograd.Edge(
          references[edge.source], to: references[k], unit: edge.unit - first,
          weight: .init(.constant(edge.weight))))
    }
    func range(_ k: Int) -> NeuronRange {
      NeuronRange(references[k].group, references[k].index...references[k].index)
    }
    graph.inputs = inputs.map(range)
    graph.outputs = outputs.map(range)
    return graph
  }

  /// The derivatives by parameter, given the network that ``graph()`` compiles to.
  func parameterGradient(_ network: Network) -> (edges: [Int], biases: [Int]) {
    // File order of units is that of the answer; edges are found by their ends.
    var edgeParameter: [String: Int] = [:]
    var biases: [Int] = []
    network.forEachParameterUse { use in
      if let source = use.source {
        edgeParameter["\(source) \(use.target) \(use.unit)"] = use.parameter
      } else {
        biases.append(use.parameter)
      }
    }
    let graph = graph()
    let edges = graph.edges.map { edgeParameter["\($0.source) \($0.target) \($0.unit)"]! }
    return (edges, biases)
  }
}
