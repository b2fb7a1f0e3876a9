import Cyclograd
import Foundation

/// A network of tangent-answers.json with its first and second derivatives, which were had in 60-digit arithmetic in
/// two independent ways.
struct TangentAnswer: Decodable {
  struct Unit: Decodable {
    var activation: String
    var constant: [Double]
    var bias: Int?
  }

  struct Neuron: Decodable {
    var combine: String
    var units: [Unit]
  }

  struct Parameter: Decodable {
    var value: Double
  }

  /// Derivatives by parameters that are frozen are null.
  struct Answers: Decodable {
    var z: [Double]
    var loss: Double
    var gradient: [Double?]
    var gradient_inputs: [Double]
    var tangent_a: [Double]
    var hessian_vector: [Double?]
    var mixed_inputs: [Double]
    var gauss_newton_vector: [Double?]
    var half_squared_norm_Ju: Double
    var gradient_of_half_squared_norm_Ju: [Double?]
    var input_gradient_of_half_squared_norm_Ju: [Double]
    var cyclic_components: [Int]
  }

  var name: String
  var neurons: [Neuron]
  /// Source, target, unit, parameter.
  var edges: [[Int]]
  var parameters: [Parameter]
  var inputs: [Int]
  var outputs: [Int]
  var x: [Double]
  var target: [Double]
  var loss_kind: String
  var direction_parameters: [Double]
  var direction_inputs: [Double]
  var direction_regulariser: [Double]
  var answers: Answers

  static let all: [TangentAnswer] = {
    let url = Bundle.module.url(forResource: "tangent-answers", withExtension: "json")!
    return try! JSONDecoder().decode([TangentAnswer].self, from: Data(contentsOf: url))
  }()

  private static let activations: [String: Activation] = [
    "identity": .identity, "logistic": .logistic, "tanh": .tanh, "arctan": .arctan, "relu": .relu,
    "silu": .silu, "gelu": .gelu, "softplus": .softplus, "softsign": .softsign, "cos": .cos,
    "asinh": .asinh, "reciprocal": .reciprocal, "complement": .complement, "softmax": .softmax,
  ]

  private func activation(_ unit: Unit) -> Activation {
    switch unit.activation {
    case "leaky-relu": .leakyReLU(slope: unit.constant[0])
    case "elu": .elu(alpha: unit.constant[0])
    case "clamp": .clamp(lower: unit.constant[0], upper: unit.constant[1])
    default: Self.activations[unit.activation]!
    }
  }

  /// The network, its parameters, and for each of them its number here; −1 for constants.
  func compiled() throws -> (network: Network, parameters: Parameters, labels: [Int]) {
    var graph = Graph(name: name)
    var references: [NeuronReference] = []
    func bias(_ unit: Unit) -> ParameterRule {
      unit.bias.map { ParameterRule(.constant(Double($0)), tying: .single, share: "b\($0)") }
        ?? ParameterRule(.constant(-1), isTrainable: false)
    }
    for (k, neuron) in neurons.enumerated() {
      if neuron.combine.hasPrefix("softmax") {
        if k > 0, neurons[k - 1].combine == neuron.combine, let last = references.last {
          let group = graph.groups.count - 1
          graph.groups[group].shape[0] += 1
          if case .list(let values) = graph.groups[group].units[0].bias.initial {
            graph.groups[group].units[0].bias = ParameterRule(
              .list(values + [Double(neuron.units[0].bias ?? -1)]))
          }
          references.append(NeuronReference(last.group, last.index + 1))
          continue
        }
        graph.groups.append(
          Group(
            "g\(k)", size: 1, activation: .softmax,
            bias: ParameterRule(.list([Double(neuron.units[0].bias ?? -1)]))))
      } else {
        graph.groups.append(
          Group(
            "g\(k)", size: 1, combine: neuron.combine == "max" ? .max : .product,
            units: neuron.units.map { .init(activation($0), bias: bias($0)) }))
      }
      references.append(NeuronReference("g\(k)", 0))
    }
    for edge in edges {
      graph.edges.append(
        Edge(
          references[edge[0]], to: references[edge[1]], unit: edge[2],
          weight: ParameterRule(.constant(Double(edge[3])), share: "w\(edge[3])")))
    }
    func range(_ k: Int) -> NeuronRange {
      NeuronRange(references[k].group, references[k].index...references[k].index)
    }
    graph.inputs = inputs.map(range)
    graph.outputs = outputs.map(range)
    let (network, labels) = try graph.compile()
    let places = labels.values.map { Int($0) }
    return (
      network, Parameters(places.map { $0 < 0 ? 0 : parameters[$0].value }), places
    )
  }

  /// Derivatives by the network's parameters as those by the parameters here.
  func collect(_ derivatives: [Double], _ labels: [Int]) -> [Double] {
    var result = [Double](repeating: 0, count: parameters.count)
    for (value, label) in zip(derivatives, labels) where label >= 0 { result[label] += value }
    return result
  }
}
