import Cyclograd

/// Random networks with symmetric weights, which CHOLMOD can factor.
enum SymmetricNetworks {
  static func make(_ size: Int, seed: UInt64) -> Graph {
    var random = TestRandom(seed &* 101 &+ UInt64(size))
    var graph = Graph("\(size) symmetric neurons, seed \(seed)", seed: seed) {
      Group(
        "h", size: size, role: [.input, .output], activation: .tanh, bias: .uniform(-0.3...0.3))
    }
    func add(_ source: Int, _ target: Int, _ weight: Double) {
      graph.edges.append(
        Edge(
          NeuronReference("h", source), to: NeuronReference("h", target),
          weight: ParameterRule(.constant(weight))))
    }
    for k in 0..<size {
      add(k, k, random.number(-0.5, 0.2))
      for j in Set([(k + 1) % size, random.integer(0...size - 1)]).sorted() where j > k {
        let weight = random.number(-0.4, 0.4)
        add(j, k, weight)
        add(k, j, weight)
      }
    }
    return graph
  }
}
