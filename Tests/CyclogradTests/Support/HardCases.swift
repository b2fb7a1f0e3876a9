import Cyclograd

/// Networks on which methods fail, drawn from seeds. An equilibrium is known because it is chosen first:
/// z* is drawn, and the biases are b = z* − W f(z*).
struct HardCase: Sendable, CustomStringConvertible {
  enum Signs: String, Sendable, CaseIterable {
    /// Weights of both signs: eigenvalues fill a disc.
    case mixed
    /// Weights ≥ 0: the largest eigenvalue is positive.
    case nonnegative
    /// Every weight opposes its reverse: eigenvalues are imaginary, and plain iteration circles.
    case opposed
    /// −1 times a non-negative matrix: the largest eigenvalue is negative, and plain iteration alternates.
    case negative
  }

  var name: String
  var signs = Signs.mixed
  var activation = Activation.tanh
  var size = 12
  /// The spectral radius of D Wᵀ at z*.
  var radius = 0.9
  /// How many neurons of z* lie at a kink, or next to it.
  var kinks = 0
  var seed: UInt64 = 1

  var description: String {
    "\(name): \(size) \(activation.name) \(signs.rawValue), radius \(radius), seed \(seed)"
  }

  /// The network, its parameters, and z*.
  func make() throws -> (network: Network, parameters: Parameters, state: [Double]) {
    var random = TestRandom(seed &* 7919 &+ UInt64(size))
    var z = (0..<size).map { _ in random.number(-1, 1) + random.number(-1, 1) }
    for k in 0..<min(kinks, size) {
      z[random.integer(0...size - 1)] = k % 2 == 0 ? 0 : random.number(-1e-9, 1e-9)
    }
    var edges = self.edges(&random)
    // The first z for the size of the weights alone.
    let first = try build(edges, z)
    let reached = try Simulator(first.network).equilibrium(
      first.parameters, inputs: Matrix(rows: 1, columns: 0), at: Matrix([z]))
    let radius = try reached.spectralRadii()[0].value
    if radius > 0 {
      for index in edges.indices { edges[index].weight *= self.radius / radius }
    }
    let (network, parameters) = try build(edges, z)
    return (network, parameters, z)
  }

  typealias WeightedEdge = (source: Int, target: Int, weight: Double)

  /// A ring, so that there is one component, and more edges at random.
  private func edges(_ random: inout TestRandom) -> [WeightedEdge] {
    var seen: Set<[Int]> = []
    var result: [WeightedEdge] = []
    func add(_ source: Int, _ target: Int, _ weight: Double) {
      guard seen.insert([source, target]).inserted else { return }
      result.append((source, target, weight))
    }
    func draw() -> Double {
      switch signs {
      case .mixed: random.number(-1, 1)
      case .nonnegative: random.number(0.05, 1)
      case .negative: random.number(-1, -0.05)
      case .opposed: random.number(0.2, 1)
      }
    }
    let degree = min(size, 5)
    for k in 0..<size {
      let sources = [(k + 1) % size] + (1..<degree).map { _ in random.integer(0...size - 1) }
      for j in sources where signs != .opposed || j != k {
        let weight = draw()
        add(j, k, weight)
        if signs == .opposed { add(k, j, -weight) }
      }
    }
    // One neuron has no other way of opposing than itself.
    if result.isEmpty { add(0, 0, -1) }
    return result
  }

  private func build(
    _ edges: [WeightedEdge], _ z: [Double]
  ) throws -> (network: Network, parameters: Parameters) {
    let a = z.map { ReferenceActivation.value(activation, $0) }
    var bias = z
    for edge in edges { bias[edge.target] -= edge.weight * a[edge.source] }
    var graph = Graph(name) {
      Group("y", size: size, role: .output, activation: activation, bias: .init(.list(bias)))
    }
    graph.edges = edges.map {
      Edge(.init("y", $0.source), to: .init("y", $0.target), weight: .init(.constant($0.weight)))
    }
    return try graph.compile()
  }

  // MARK: The suite

  /// Cases that have an equilibrium; the largest are left to the full run.
  static func solvable(sizes: [Int], seeds: Range<UInt64>) -> [HardCase] {
    var result: [HardCase] = []
    for size in sizes {
      for seed in seeds {
        for signs in Signs.allCases {
          for radius in [0.5, 0.8, 0.95, 1.05, 1.2, 1.5] {
            let activations: [Activation] = [
              .tanh, .relu, .logistic, .softplus, .leakyReLU(slope: 0.1),
            ]
            for (index, activation) in activations.enumerated()
            where (Int(seed) + Int(radius * 20) + index) % 5 < 2 {
              result.append(
                HardCase(
                  name: "radius", signs: signs, activation: activation, size: size, radius: radius,
                  seed: seed))
            }
          }
          result.append(
            HardCase(
              name: "kinks", signs: signs, activation: .relu, size: size, radius: 0.9,
              kinks: max(1, size / 3), seed: seed))
          result.append(
            HardCase(
              name: "kinks", signs: signs, activation: .relu, size: size, radius: 1.3,
              kinks: max(1, size / 3), seed: seed))
        }
        for radius in [1 - 1e-3, 1 - 1e-6, 1 + 1e-6] {
          for activation in [.tanh, .softplus, .identity] as [Activation] {
            result.append(
              HardCase(
                name: "nearly singular", signs: .nonnegative, activation: activation, size: size,
                radius: radius, seed: seed))
          }
        }
      }
    }
    return result
  }

  /// A network without any equilibrium: softplus(z) > z, what a neuron sends out adds up to `gain` ≥ 1 times its
  /// activation, and drives add up to `push` ≥ 0, so that activations would have to exceed their own sum.
  static func unsolvable(
    _ size: Int, gain: Double, push: Double, seed: UInt64
  ) throws -> (network: Network, parameters: Parameters) {
    var random = TestRandom(seed &* 31 &+ UInt64(size))
    // Sixteenths, whose sums are exact.
    var bias = (0..<size).map { _ in Double(random.integer(-8...8)) / 16 }
    bias[0] += push - bias.reduce(0, +)
    var graph = Graph("without") {
      Group("y", size: size, role: .output, activation: .softplus, bias: .init(.list(bias)))
    }
    for source in 0..<size {
      let others = Set((0..<3).map { _ in random.integer(0...size - 1) })
      let targets = others.union([(source + 1) % size]).sorted()
      // Shares that add up to the gain exactly.
      var rest = gain
      for (index, target) in targets.enumerated() {
        let share = index == targets.count - 1 ? rest : gain / 8
        rest -= share
        graph.edges.append(
          Edge(.init("y", source), to: .init("y", target), weight: .init(.constant(share))))
      }
    }
    return try graph.compile()
  }
}
