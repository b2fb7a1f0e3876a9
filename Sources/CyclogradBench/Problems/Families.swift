import Cyclograd
import Foundation

/// The networks of the benchmark, drawn from seeds; the same on every machine.
enum Families {
  /// A random digraph of in-degree 10 without order: λ_PF(|W|) = 0.9, tanh, 64 inputs and outputs.
  static func uniform(_ count: Int, samples: Int = 1) throws -> Problem {
    try digraph(
      samples == 1 ? "uniform \(label(count))" : "batch \(label(count)), \(samples) samples", count,
      .inDegree(10), samples: samples)
  }

  /// A random digraph whose in- and out-degrees are those of chance, Poisson around 10; otherwise as
  /// ``uniform(_:samples:)``.
  static func poisson(_ count: Int) throws -> Problem {
    try digraph("poisson \(label(count))", count, .random(probability: 10 / Double(count)))
  }

  /// A random digraph with hubs on both sides, as connectomes and citations have them; otherwise as
  /// ``uniform(_:samples:)``.
  static func heavyTailed(_ count: Int) throws -> Problem {
    try digraph("heavy-tailed \(label(count))", count, .entries(hubs(count, seed: 7)))
  }

  private static func digraph(
    _ name: String, _ count: Int, _ pattern: Pattern, samples: Int = 1
  ) throws -> Problem {
    var problem = try Problem(
      name, single([count], pattern, weight: .uniform(-1...1), bias: 0.1), activation: .tanh,
      samples: samples)
    problem.scale(to: 0.9)
    return problem
  }

  /// In-degrees are drawn from Pareto's law with exponent 1.7 and a mean of about 10, up to a 25th of all neurons; a neuron
  /// is a source the more often the smaller its rank, by the power −1/2, where ranks are not in the order of neurons.
  private static func hubs(_ count: Int, seed: UInt64) -> SparseEntries {
    var entries = SparseEntries(rows: [], columns: [])
    // Odd multiples of a number without common divisors permute the ranks.
    var stride = 7919
    while gcd(stride, count) != 1 { stride += 2 }
    for row in 0..<count {
      let random = CounterRandom(seed: seed, purpose: .pattern, index: row)
      let degree = min(Double(count) / 25, 4.2 * pow(1 - random.uniform(0), -1 / 1.7))
      var sources: Set<Int32> = []
      for draw in 1...max(1, Int(degree)) {
        let u = random.uniform(draw)
        let source = Int32(Int(Double(count) * u * u) * stride % count)
        if source != row { sources.insert(source) }
      }
      entries.rows += [Int32](repeating: Int32(row), count: sources.count)
      entries.columns += sources.sorted()
    }
    return entries
  }

  private static func gcd(_ a: Int, _ b: Int) -> Int { b == 0 ? a : gcd(b, a % b) }

  /// As ``uniform(_:samples:)``, with weights so small that λ_PF(|W|) is near 0.9 without any
  /// scaling, which takes time at large sizes: the mean row sum of |W| is 0.9.
  static func uniformUnscaled(_ count: Int) throws -> Problem {
    try Problem(
      "uniform \(label(count))",
      single([count], .inDegree(10), weight: .uniform(-0.18...0.18), bias: 0.1), activation: .tanh)
  }

  /// A square lattice with 8 neighbours and weights of both signs: λ_PF(|W|) = 0.98.
  static func local(_ count: Int) throws -> Problem {
    var problem = try Problem(
      "local \(label(count))",
      single(square(count), eightNeighbours, weight: .uniform(-1...1), bias: 0.1),
      activation: .tanh)
    problem.scale(to: 0.98)
    return problem
  }

  /// The lattice with weights that are not negative and small biases: λ_PF(W) = 0.999.
  static func critical(_ count: Int) throws -> Problem {
    var problem = try Problem(
      "critical \(label(count))",
      single(square(count), eightNeighbours, weight: .uniform(0...1), bias: 0.001),
      activation: .tanh)
    problem.scale(to: 0.999)
    return problem
  }

  /// A deep chain of cyclic components: λ_PF(|W|) = 0.9 within each, two edges from the component
  /// before to every neuron.
  static func islands(_ count: Int, of size: Int) throws -> Problem {
    let names = (0..<count).map { "island\($0)" }
    var graph = Graph(name: "islands", seed: 7)
    for (index, name) in names.enumerated() {
      graph.groups.append(Group(name, size: size, activation: .tanh, bias: .uniform(-0.1...0.1)))
      graph.connections.append(
        Connection(
          name, to: name, .inDegree(min(7, size - 1)), self: false, weight: .uniform(-1...1)))
      guard index > 0 else { continue }
      graph.connections.append(
        Connection(names[index - 1], to: name, .inDegree(2), weight: .uniform(-0.5...0.5)))
    }
    graph.inputs = [NeuronRange(names[0])]
    graph.outputs = [NeuronRange(names[count - 1])]
    var problem = try Problem(
      "islands \(label(count)) of \(size)", graph, activation: .tanh)
    problem.scale(to: 0.9, blockSize: size)
    return problem
  }

  /// Layers without a cycle, each neuron fed by `degree` of the layer before.
  static func acyclic(layers: Int, width: Int, degree: Int, samples: Int) throws -> Problem {
    var graph = Graph(name: "acyclic", seed: 7)
    for layer in 0..<layers {
      graph.groups.append(
        Group("layer\(layer)", size: width, activation: .tanh, bias: .uniform(-0.1...0.1)))
      guard layer > 0 else { continue }
      graph.connections.append(
        Connection(
          "layer\(layer - 1)", to: "layer\(layer)", .inDegree(degree),
          weight: .normal(1 / Double(degree).squareRoot())))
    }
    graph.inputs = [NeuronRange("layer0")]
    graph.outputs = [NeuronRange("layer\(layers - 1)")]
    return try Problem(
      "acyclic \(layers) × \(label(width)), \(samples) samples", graph, activation: .tanh,
      samples: samples, eigenvalue: 0, layers: Array(repeating: width, count: layers))
  }

  /// As ``uniformUnscaled(_:)``, between groups of inputs and outputs.
  static func uniformBetween(_ count: Int, ends: Int) throws -> Problem {
    try Problem(
      "uniform \(label(count))",
      Graph("h", seed: 7) {
        Group("x", size: ends, role: .input)
        Group("h", size: count, activation: .tanh, bias: .uniform(-0.1...0.1))
        Group("y", size: ends, role: .output)
        Connection("x", to: "h", .inDegree(2), weight: .uniform(-1...1))
        Connection("h", to: "h", .inDegree(10), self: false, weight: .uniform(-0.18...0.18))
        Connection("h", to: "y", .inDegree(10), weight: .uniform(-1...1))
      }, activation: .tanh)
  }

  private static func single(
    _ shape: [Int], _ pattern: Pattern, weight: ParameterRule, bias: Double
  ) -> Graph {
    let group = Group("h", shape: shape, activation: .tanh, bias: .uniform(-bias...bias))
    let last = group.size - 1
    return Graph("h", seed: 7) {
      group
      Connection("h", to: "h", pattern, self: false, weight: weight)
      Inputs(NeuronRange("h", 0...63))
      Outputs(NeuronRange("h", last - 63...last))
    }
  }

  private static var eightNeighbours: Pattern {
    .neighborhood(Neighborhood(kernel: .init(3, 3)))
  }

  private static func square(_ count: Int) -> [Int] {
    let side = Int(Double(count).squareRoot())
    return [side, side]
  }

  /// `1e5` for powers of ten, digits otherwise.
  static func label(_ count: Int) -> String {
    let digits = String(count)
    guard count >= 1000, digits.first == "1", digits.dropFirst().allSatisfy({ $0 == "0" }) else {
      return digits
    }
    return "1e\(digits.count - 1)"
  }
}
