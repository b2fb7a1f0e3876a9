import Foundation

@testable import Cyclograd

/// A layer as PyTorch computes it: Resources/layers.py wrote them.
struct LayerAnswer: Decodable {
  let name: String
  let options: [String: Option]
  let parameters: [String: [Double]]
  let shape: [Int]
  let input: [Double]
  let output: [Double]

  /// A number, several, or a truth value.
  struct Option: Decodable {
    let numbers: [Double]

    init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let flag = try? value.decode(Bool.self) {
        numbers = [flag ? 1 : 0]
      } else if let number = try? value.decode(Double.self) {
        numbers = [number]
      } else {
        numbers = try value.decode([Double].self)
      }
    }
  }

  static let all: [LayerAnswer] = {
    let url = Bundle.module.url(forResource: "layer-answers", withExtension: "json")!
    return try! JSONDecoder().decode([LayerAnswer].self, from: Data(contentsOf: url))
  }()

  static func named(_ name: String) -> LayerAnswer { all.first { $0.name == name }! }

  func integer(_ key: String) -> Int { Int(options[key]?.numbers[0] ?? 0) }

  func extent(_ key: String, else missing: Int) -> Layer.Extent {
    Layer.Extent(options[key]?.numbers.map { Int($0) } ?? [missing])
  }

  func rule(_ key: String) -> ParameterRule {
    parameters[key].map { ParameterRule(.list($0)) } ?? .frozen(0)
  }

  /// The group of the input, on a grid as PyTorch has it.
  var source: Group {
    let isSignal = options["dimensions"]?.numbers[0] == 1
    return Group(
      "x", shape: isSignal ? [shape[0], 1, shape[1]] : shape, role: .input, bias: .frozen(0))
  }

  var window: Layer.Window {
    Layer.Window(
      kernel: extent("kernel_size", else: 1),
      stride: options["stride"].map { _ in extent("stride", else: 1) },
      padding: extent("padding", else: 0), dilation: extent("dilation", else: 1))
  }

  /// What a graph gives for the input, if it converges.
  func answer(_ graph: Graph) throws -> [Double] {
    let (network, parameters) = try graph.compile()
    let result = try Simulator(network).equilibrium(parameters, inputs: Matrix([input]))
    return try result.requireConverged().outputs.elements
  }

  /// The largest difference.
  func distance(_ graph: Graph) throws -> Double {
    let found = try answer(graph)
    guard found.count == output.count else { return .infinity }
    return zip(found, output).map { abs($0 - $1) }.max() ?? 0
  }
}
