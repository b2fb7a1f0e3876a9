import Cyclograd
import Testing

@Suite("Every digraph of up to three neurons, and random graphs")
struct RandomGraphTests {
  static let general = built([
    "automatic", "edge-list", "direct", "iterative", "dense", "klu", "umfpack",
  ])

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

  @Test("All digraphs of one, two and three neurons", .tags(.slow), .unlessFast, arguments: 1...3)
  func digraphs(neurons: Int) throws {
    for bits in 0..<1 << (neurons * neurons) {
      let graph = Self.digraph(neurons, bits, [.tanh, .logistic, .arctan])
      for backend in Self.general {
        let problem = try Problem(graph, samples: 1, seed: UInt64(bits))
        try problem.expectAgreement(
          backend, directions: backend == "direct" ? 1 : 0, "edges \(bits)")
      }
      // Random weights are symmetric only where a component is one neuron.
      let problem = try Problem(graph, samples: 1, seed: UInt64(bits))
      guard hasGPLSolvers else { continue }
      if problem.network.largestComponent == 1 {
        try problem.expectAgreement("cholmod", directions: 0, "edges \(bits)")
      } else {
        #expect(try problem.compare("cholmod", directions: 0).status == .notApplicable)
      }
    }
  }

  @Test("All graphs of three neurons with symmetric weights, by CHOLMOD too", arguments: 0..<64)
  func symmetric(bits: Int) throws {
    var random = TestRandom(UInt64(bits))
    var graph = Self.digraph(3, 0, [.tanh, .softplus, .leakyReLU(slope: 0.2)])
    for (place, (j, k)) in [(0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2)].enumerated()
    where bits >> place & 1 == 1 {
      let weight = ParameterRule(.constant(random.number(-0.27, 0.27)))
      for (source, target) in Set([[j, k], [k, j]]).map({ ($0[0], $0[1]) }) {
        graph.edges.append(
          Edge(.init("n\(source)", 0), to: .init("n\(target)", 0), weight: weight))
      }
    }
    for backend in Self.general + built(["cholmod"]) {
      try Problem(graph, samples: 1, seed: UInt64(bits)).expectAgreement(
        backend, directions: backend == "cholmod" ? 1 : 0, "\(bits)")
    }
  }

  @Test("Tame random graphs, every backend", .tags(.slow), .unlessFast, arguments: 0..<4)
  func tame(part: Int) throws {
    for seed in part * 60..<(part + 1) * 60 {
      let graph = RandomGraphs.make(.tame, seed: UInt64(seed))
      let loss = LossRegistry.all[seed % 4]
      for backend in Self.general {
        let problem = try Problem(graph, loss: loss, seed: UInt64(seed))
        try problem.expectAgreement(
          backend, directions: backend == "direct" ? 1 : 0, "seed \(seed)")
      }
    }
  }

  @Test(
    "Wild random graphs: an answer that is called converged is right", .tags(.slow), .unlessFast)
  func wild() throws {
    var converged: [String: Int] = [:]
    let count = 150
    for seed in 0..<count {
      let graph = RandomGraphs.make(.wild, seed: UInt64(1000 + seed))
      for backend in Self.general {
        let problem = try Problem(
          graph, samples: 1, loss: LossRegistry.all[seed % 4], seed: UInt64(seed), isTame: false)
        let comparison = try problem.compare(backend, directions: 1)
        guard comparison.status == .converged, !comparison.isSkipped else { continue }
        converged[backend, default: 0] += 1
        let comment = Comment(rawValue: "seed \(seed), \(backend): \(comparison)")
        #expect(comparison.state <= 1e-9, comment)
        #expect(comparison.gradient <= 1e-10, comment)
        #expect(comparison.central <= 1e-6, comment)
      }
    }
    #expect((converged["direct"] ?? 0) > count * 3 / 4)
    #expect((converged["direct"] ?? 0) > (converged["edge-list"] ?? 0))
  }
}
