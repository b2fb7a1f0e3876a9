import Cyclograd
import Testing

@Suite("Every digraph of up to three neurons, and random graphs")
struct RandomGraphTests {
  static let general = ["edge-list", "direct", "dense", "klu", "umfpack"]

  /// The digraph whose edges are the bits of a number, with weights from a seed.
  static func digraph(_ neurons: Int, _ bits: Int, _ activations: [Activation]) -> Graph {
    var random = TestRandom(UInt64(bits * 8 + neurons))
    var graph = Graph(name: "digraph \(bits)")
    for k in 0..<neurons {
      let bias = random.number(-0.5, 0.5)
      graph.groups.append(
        Group(
          "n\(k)", size: 1, activation: activations[k % activations.count],
          bias: .init(.constant(bias))))
    }
    for k in 0..<neurons {
      for j in 0..<neurons where bits >> (k * neurons + j) & 1 == 1 {
        let weight = random.number(0.1, 0.8 / Double(neurons)) * (random.chance(0.5) ? 1 : -1)
        graph.edges.append(
          Edge(.init("n\(j)", 0), to: .init("n\(k)", 0), weight: .init(.constant(weight))))
      }
    }
    graph.inputs = [NeuronRange("n0")]
    graph.outputs = [NeuronRange("n\(neurons - 1)"), NeuronRange("n0")].prefix(neurons).map(\.self)
    return graph
  }

  @Test("All digraphs of one, two and three neurons", arguments: 1...3)
  func digraphs(neurons: Int) throws {
    var worst = Comparison()
    for bits in 0..<1 << (neurons * neurons) {
      let graph = Self.digraph(neurons, bits, [.tanh, .logistic, .arctan])
      for backend in Self.general {
        let problem = try Problem(graph, samples: 1, seed: UInt64(bits))
        worst.merge(
          try problem.expectAgreement(
            backend, directions: backend == "direct" ? 1 : 0, "edges \(bits)"))
      }
    }
    print("digraphs of \(neurons) neurons: \(worst)")
  }

  @Test("Tame random graphs, every backend", arguments: 0..<4)
  func tame(part: Int) throws {
    var worst = Comparison()
    for seed in part * 60..<(part + 1) * 60 {
      let graph = RandomGraphs.make(.tame, seed: UInt64(seed))
      let loss = Loss.allCases[seed % 4]
      for backend in Self.general {
        let problem = try Problem(graph, loss: loss, seed: UInt64(seed))
        worst.merge(
          try problem.expectAgreement(
            backend, directions: backend == "direct" ? 1 : 0, "seed \(seed)"))
      }
    }
    print("tame, part \(part): \(worst)")
  }

  @Test("Wild random graphs: an answer that is called converged is right")
  func wild() throws {
    var worst = Comparison()
    var converged: [String: Int] = [:]
    var skipped = 0
    let count = 150
    for seed in 0..<count {
      let graph = RandomGraphs.make(.wild, seed: UInt64(1000 + seed))
      for backend in Self.general {
        let problem = try Problem(
          graph, samples: 1, loss: Loss.allCases[seed % 4], seed: UInt64(seed), isTame: false)
        let comparison = try problem.compare(backend, directions: 1)
        if comparison.isSkipped { skipped += 1 }
        guard comparison.status == .converged, !comparison.isSkipped else { continue }
        converged[backend, default: 0] += 1
        let comment = Comment(rawValue: "seed \(seed), \(backend): \(comparison)")
        #expect(comparison.state <= 1e-9, comment)
        #expect(comparison.gradient <= 1e-10, comment)
        #expect(comparison.central <= 1e-6, comment)
        worst.merge(comparison)
      }
    }
    print("wild: \(worst), converged \(converged), skipped \(skipped)")
    #expect((converged["direct"] ?? 0) > count * 3 / 4)
    #expect((converged["direct"] ?? 0) > (converged["edge-list"] ?? 0))
  }
}
