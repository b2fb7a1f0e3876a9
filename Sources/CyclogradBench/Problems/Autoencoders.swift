import Cyclograd

/// The autoencoders of Szekeres & Izsák 2024, Table 3.
struct Autoencoder: Sendable {
  /// What the latent layer is like.
  enum Version: String, Sendable, CaseIterable {
    /// A layer like the others; logistic activations.
    case v0
    /// All-to-all lateral weights without self-loops; arctan.
    case v1
    /// As v1, of product neurons arctan(z₀) · logistic(z₁).
    case v2
  }

  var version: Version
  /// The widths of the hidden layers; the latent one is in the middle.
  var hidden: [Int]
  /// Neurons of the first and last layer.
  var inputs: Int
  /// Samples to a training step.
  var batch: Int
  /// Whether the latent layer has the lateral weights of its version; without them the tax that
  /// they cost can be told.
  var hasLateralWeights = true

  var isImplicit: Bool { version != .v0 && hasLateralWeights }

  /// (5;32;8) on 8 inputs with 16 samples to a step.
  static func small(_ version: Version) -> Self {
    Self(version: version, hidden: [32, 16, 8, 16, 32], inputs: 8, batch: 16)
  }

  /// (7;64;16) on 117 inputs with 32 samples to a step.
  static func large(_ version: Version) -> Self {
    Self(version: version, hidden: [64, 32, 16, 16, 16, 32, 64], inputs: 117, batch: 32)
  }

  func problem() throws -> Problem {
    let activation: Activation = version == .v0 ? .logistic : .arctan
    let bias = ParameterRule.uniform(-1...1, scaled: .fanIn)
    let middle = hidden.count / 2
    var graph = Graph(name: "autoencoder", seed: 1)
    graph.groups.append(Group("x", size: inputs, role: .input, bias: .frozen(0)))
    for (index, size) in hidden.enumerated() {
      let name = "hidden\(index)"
      if index == middle, version == .v2 {
        graph.groups.append(
          Group(
            name, size: size, combine: .product,
            units: [.init(activation, bias: bias), .init(.logistic, bias: bias)]))
      } else {
        graph.groups.append(Group(name, size: size, activation: activation, bias: bias))
      }
    }
    graph.groups.append(Group("y", size: inputs, role: .output, bias: bias))
    for (source, target) in zip(graph.groups, graph.groups.dropFirst()) {
      graph.connections.append(Connection(source.name, to: target.name))
    }
    if isImplicit {
      let latent = "hidden\(middle)"
      graph.connections.append(Connection(latent, to: latent, self: false))
    }
    var problem = try Problem(
      "\(version.rawValue) \(inputs) × \(batch)", graph, activation: activation, samples: batch,
      layers: [inputs] + hidden + [inputs])
    problem.targets = problem.inputs
    return problem
  }
}
