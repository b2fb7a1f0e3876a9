import Testing

@testable import Cyclograd

/// El Ghaoui et al. 2021, section 2 and 4: small models whose eigenvalues were computed apart.
@Suite("Certificates of blocks and without identity neurons")
struct BlockComparisonTests {
  private func matrix(_ rows: [[Double]]) -> ParameterRule {
    ParameterRule(.list(rows.flatMap { $0 }))
  }

  private func theorem(_ graph: Graph) throws -> GlobalCertificate.Theorem? {
    let (network, parameters) = try graph.compile()
    let certificate = try GlobalCertificate(network, parameters)
    return certificate.components.first { $0.isCyclic }?.theorem
  }

  @Test("low-rank: L Rᵀ is proved though its factors are not")
  func lowRank() throws {
    let l = [[0.8, 0.6], [-0.5, 0.7], [0.6, -0.4], [0.3, 0.9]]
    let r = [[0.5, 0.3, -0.4, 0.2], [-0.4, 0.2, 0.3, -0.3]]
    let graph = Graph("low-rank") {
      Group("x", size: 4, activation: .relu)
      Group("z", size: 2)
      Connection("x", to: "z", weight: matrix(r))
      Connection("z", to: "x", weight: matrix(l))
    }
    let (network, parameters) = try graph.compile()
    let component = try #require(GlobalCertificate(network, parameters).components.first)
    #expect(component.theorem == .blockNorms)
    let range = try #require(component.perronFrobenius)
    #expect(range.lowerBound > 1)
    let stage = try #require(network.stages.first)
    let system = EliminatedComponent(
      network, network.weights(parameters), stage, isEliminating: true)
    let bounds = PerronFrobeniusInterval(try BlockComparison(system, .infinity))
    #expect(bounds.lower <= 0.9591776054306774 && bounds.upper >= 0.9591776054306772)
    #expect(bounds.upper < 0.961)
  }

  @Test("blip-norms: a softmax group as one block, in either norm")
  func softmaxBlocks() throws {
    let a = [
      [0.4, -0.32, 0.24, 0.48, -0.16], [0.16, 0.08, -0.48, 0.0, 0.32],
      [-0.24, 0.4, 0.16, -0.4, 0.24], [0.32, -0.16, 0.08, 0.16, -0.24],
      [0.24, 0.24, -0.32, 0.2, 0.08],
    ]
    let graph = Graph("blip-norms") {
      Group("s", size: 3, activation: .softmax)
      Group("r", size: 2, activation: .relu)
      Connection("s", to: "s", weight: matrix(a[0..<3].map { Array($0[0..<3]) }))
      Connection("r", to: "s", weight: matrix(a[0..<3].map { Array($0[3...]) }))
      Connection("s", to: "r", weight: matrix(a[3...].map { Array($0[0..<3]) }))
      Connection("r", to: "r", weight: matrix(a[3...].map { Array($0[3...]) }))
    }
    let (network, parameters) = try graph.compile()
    let component = try #require(GlobalCertificate(network, parameters).components.first)
    #expect(component.theorem == .blockNorms)
    let stage = try #require(network.stages.first)
    let system = EliminatedComponent(
      network, network.weights(parameters), stage, isEliminating: false)
    for (norm, value) in [
      (BlockComparison.Norm.infinity, 0.933586182297078), (.one, 0.9004777918024444),
    ] {
      let bounds = PerronFrobeniusInterval(try BlockComparison(system, norm))
      #expect(bounds.lower <= value + 1e-12 && value - 1e-12 <= bounds.upper)
      #expect(bounds.upper < 1 && bounds.upper - bounds.lower < 2e-3)
    }
  }

  @Test("feedback-ill-posed: a loop of gain 1 or more is not proved", arguments: [0.5, 1, 2])
  func illPosed(gain: Double) throws {
    let graph = Graph("loop") {
      Group("x1", size: 1, activation: .relu)
      Group("y1", size: 1)
      Group("x2", size: 1, activation: .relu)
      Group("y2", size: 1)
      Connection("x1", to: "y1", weight: 1)
      Connection("y1", to: "x2", weight: 1)
      Connection("x2", to: "y2", weight: ParameterRule(.constant(gain)))
      Connection("y2", to: "x1", weight: 1)
    }
    #expect((try theorem(graph) != nil) == (gain < 1))
  }

  @Test("A linear component is proved where its matrix is regular for certain")
  func linear() throws {
    func loop(_ weight: Double) -> Graph {
      Graph("linear") {
        Group("x", size: 2)
        Connection("x", to: "x", self: false, weight: ParameterRule([weight, weight]))
      }
    }
    #expect(try theorem(loop(3)) == .elimination)
    #expect(try theorem(loop(1)) == nil)
  }

  @Test("Of a maximum the largest row counts")
  func maximum() throws {
    let graph = Graph("max") {
      Group("x", size: 1, combine: .max, units: [.init(), .init(), .init()])
      for unit in 0..<3 { Connection("x", to: "x", unit: unit, weight: 0.9) }
    }
    #expect(try theorem(graph) == .blockNorms)
  }

  @Test(
    "small-gain: two models in feedback are proved, with and without the neurons that join them")
  func smallGain() throws {
    func model(_ a: [[Double]], _ b: [[Double]], _ c: [[Double]]) -> Graph {
      Graph("model") {
        Group("u", size: 2, role: .input)
        Group("x", size: 2, activation: .relu)
        Group("y", size: 2, role: .output)
        Connection("x", to: "x", weight: matrix(a))
        Connection("u", to: "x", weight: matrix(b))
        Connection("x", to: "y", weight: matrix(c))
      }
    }
    let first = model(
      [[0.2, -0.3], [0.1, 0.4]], [[0.5, 0], [0.2, -0.4]], [[0.4, 0.2], [-0.3, 0.5]])
    let second = model(
      [[-0.3, 0.2], [0.1, 0.1]], [[0.5, -0.2], [0.3, 0.2]], [[0.3, -0.2], [0.1, 0.4]])
    let (network, parameters) = try GraphComposition.feedback(first, second).graph.compile()
    #expect(try GlobalCertificate(network, parameters).isWellPosed)
    let stage = try #require(network.stages.first { $0.isCyclic })
    let merged = PerronFrobeniusInterval(
      try BlockComparison(
        EliminatedComponent(network, network.weights(parameters), stage, isEliminating: true),
        .infinity))
    #expect(merged.lower <= 0.6628127866356365 + 1e-12)
    #expect(merged.upper >= 0.6628127866356365 - 1e-12 && merged.upper < 0.664)
    // With the joints |B₁| |C₂| takes the place of |B₁ C₂|, and their own steps bring the eigenvalue nearer to 1.
    let whole = PerronFrobeniusInterval(
      try BlockComparison(
        EliminatedComponent(network, network.weights(parameters), stage, isEliminating: false),
        .infinity))
    #expect(whole.lower > 0.7669337157924668 && whole.upper < 1)
    // Small gain: the groups as blocks, by their 2-norms.
    let gains = PerronFrobeniusInterval(
      try SpectralComparison(
        EliminatedComponent(network, network.weights(parameters), stage, isEliminating: false),
        isWhole: false))
    #expect(gains.upper < 1)
  }

  @Test("What only the 2-norm sees is proved by it, and nothing that is not so")
  func spectral() throws {
    // A rotation times 0.9: its norm is 0.9, the sums of its rows are 1.27.
    let c = 0.9 * 0.5.squareRoot()
    #expect(
      try theorem(
        Graph("rotation") {
          Group("x", size: 2, activation: .cos)
          Connection("x", to: "x", weight: matrix([[c, -c], [c, c]]))
        }) == .spectralNorms)
    var random = TestRandom(8)
    var proved = 0
    for size in [1, 2, 5, 9] {
      for _ in 0..<12 {
        let weights = (0..<size * size).map { _ in random.number(-1, 1) }
        let (network, parameters) = try Graph("random") {
          Group("x", size: size, activation: .tanh)
          Connection("x", to: "x", weight: ParameterRule(.list(weights)))
        }.compile()
        let stage = try #require(network.stages.first)
        let system = EliminatedComponent(
          network, network.weights(parameters), stage, isEliminating: false)
        let bound = PerronFrobeniusInterval(
          try SpectralComparison(system, isWhole: true)
        ).upper
        // The largest singular value by a long power iteration: never above the bound, and close to it.
        var v = [Double](repeating: 1, count: size).indices.map { 1 + Double($0) / 3 }
        var value = 0.0
        for _ in 0..<3000 {
          let image = (0..<size).map { i in
            (0..<size).reduce(0.0) { $0 + weights[i * size + $1] * v[$1] }
          }
          let back = (0..<size).map { j in
            (0..<size).reduce(0.0) { $0 + weights[$1 * size + j] * image[$1] }
          }
          let length = back.reduce(0) { $0 + $1 * $1 }.squareRoot()
          value = length.squareRoot()
          v = back.map { $0 / length }
        }
        #expect(bound >= value * (1 - 1e-12) && bound < value * 1.05)
        proved += bound < 1 ? 1 : 0
      }
    }
    #expect(proved > 5 && proved < 48)
  }
}
