import Cyclograd

/// Networks whose one large component is swept in blocks, over frontiers, or eight rows at a time.
enum LargeNetworks {
  /// Edges from anywhere: most of them cross blocks.
  static func scattered(_ size: Int, degree: Int, gain: Double, seed: UInt64) -> Graph {
    Graph(
      "\(size) scattered neurons of in-degree \(degree), gain \(gain), seed \(seed)", seed: seed
    ) {
      Group(
        "h", size: size, role: [.input, .output], activation: .tanh, bias: .uniform(-0.3...0.3))
      Connection("h", to: "h", .inDegree(degree), weight: .normal(gain, scaled: .fanIn))
    }
  }

  /// Activations of several kinds, and in-degrees of several sizes.
  static func uneven(_ size: Int, gain: Double, seed: UInt64) -> Graph {
    let third = size / 3
    return Graph("\(size) uneven neurons, gain \(gain), seed \(seed)", seed: seed) {
      for (name, activation) in [("a", .tanh), ("b", .relu), ("c", .softplus)]
        as [(String, Activation)]
      {
        Group(
          name, size: third, role: [.input, .output], activation: activation,
          bias: .uniform(-0.3...0.3))
      }
      for (source, target, degree) in [
        ("a", "b", 2), ("b", "c", 3), ("c", "a", 4), ("a", "a", 4), ("b", "b", 1), ("a", "c", 2),
      ] {
        Connection(
          source, to: target, .inDegree(degree), weight: .normal(gain / 2, scaled: .fanIn))
      }
    }
  }

  /// A torus, whose edges lie along diagonals; the outputs are in one corner.
  static func lattice(_ side: Int, gain: Double, seed: UInt64) -> Graph {
    Graph("a lattice of \(side) × \(side), gain \(gain), seed \(seed)", seed: seed) {
      Group("h", shape: [side, side], role: .input, activation: .tanh, bias: .uniform(-0.3...0.3))
      Connection(
        "h", to: "h", .neighborhood(Neighborhood(3, 3, boundary: .wrap)), self: false,
        weight: .normal(gain, scaled: .fanIn))
      Outputs(NeuronRange("h", 0...3))
    }
  }
}
