import SparseAlgebra
import TestSupport
import Testing

@testable import Cyclograd

/// A network that finds Wᵀ when it is asked for gives what the same network gives that keeps it, to the last bit.
@Suite("Networks that keep Wᵀ between stages alone")
struct DeferredTransposeTests {
  private static func pair(_ graph: Graph) throws -> (
    kept: Network, deferred: Network, parameters: Parameters
  ) {
    let parts = NetworkParts(try NetworkAssembly(graph))
    return (
      Network(parts), Network(parts, defersTranspose: true), Parameters(parts.initialValues)
    )
  }

  private func graphs() -> [Graph] {
    (0..<16).map { EngineNetworks.make(UInt64($0)) }
      + (0..<24).map { RandomGraphs.make(.tame, seed: UInt64($0)) }
  }

  @Test("The whole is that of the compiler, and what is kept has the edges between stages")
  func transposes() throws {
    for graph in graphs() {
      let (kept, deferred, _) = try Self.pair(graph)
      let comment = Comment(rawValue: graph.name)
      #expect(!deferred.transposes.hasWhole, comment)
      let between = try #require(deferred.transposes.betweenStages)
      #expect(deferred.transpose == kept.transpose, comment)
      #expect(deferred.transposes.hasWhole, comment)
      var stageOf = [Int](repeating: 0, count: kept.neuronCount)
      for (index, stage) in kept.stages.enumerated() {
        for k in stage.neurons { stageOf[Int(k)] = stage.isCyclic ? index : -1 - Int(k) }
      }
      for k in 0..<kept.neuronCount {
        let wanted = kept.transpose.edges(of: k).filter {
          stageOf[Int(kept.neuronOfUnit[kept.transpose.targetUnit(of: $0, from: k)])] != stageOf[k]
        }
        #expect(
          between.edges(of: k).map { between.targetUnit(of: $0, from: k) }
            == wanted.map { kept.transpose.targetUnit(of: $0, from: k) }, comment)
        #expect(
          between.edges(of: k).map { between.places[$0] }
            == wanted.map { kept.transpose.places[$0] }, comment)
      }
    }
  }

  @Test("Equilibria and gradients are the same", arguments: [1, 3])
  func gradients(samples: Int) throws {
    for graph in graphs() {
      let (kept, deferred, parameters) = try Self.pair(graph)
      try expectAgreement(kept, deferred, parameters, samples, Comment(rawValue: graph.name))
    }
  }

  @Test("Sweeps over tiles do not ask for the whole")
  func tiles() throws {
    // A few rows are each so much longer than the next that eight do not go together, however they are sorted.
    let size = MatrixTiles.fewestRows + 900
    var random = TestRandom(3)
    var entries = SparseEntries(rows: [], columns: [])
    for row in 0..<size {
      var sources: Set<Int32> = [Int32((row + size - 1) % size)]
      let hub = row % 4000
      for _ in 0..<(hub < 5 ? [3999, 1300, 430, 140, 45][hub] : 1) {
        sources.insert(Int32(random.integer(0...size - 1)))
      }
      entries.rows += [Int32](repeating: Int32(row), count: sources.count)
      entries.columns += sources.sorted()
    }
    let graph = Graph("tiles", seed: 5) {
      Group("x", size: 3, role: .input)
      Group("h", size: size, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", .random(probability: 0.1))
      Connection("h", to: "h", .entries(entries), weight: .normal(0.6, scaled: .fanIn))
      Connection("h", to: "y", .random(probability: 0.05))
    }
    let (kept, deferred, parameters) = try Self.pair(graph)
    let component = try #require(deferred.components.first)
    try #require(component.hasTiles && component.bundles(isTransposed: false) == nil)
    try expectAgreement(kept, deferred, parameters, 1, "tiles")
    #expect(!deferred.transposes.hasWhole)
  }

  private func expectAgreement(
    _ kept: Network, _ deferred: Network, _ parameters: Parameters, _ samples: Int,
    _ comment: Comment
  ) throws {
    var random = TestRandom(7)
    let inputs = Matrix(
      rows: samples, columns: kept.inputCount,
      elements: (0..<samples * kept.inputCount).map { _ in random.number(-1, 1) })
    let targets = Matrix(rows: samples, columns: kept.outputCount)
    let answers = try [kept, deferred].map { network in
      let simulator = try Simulator(network)
      let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      let gradient = try simulator.differentiate(
        .meanSquaredError, targets: targets, at: equilibrium
      ).gradient
      return (equilibrium.z, gradient?.parameters, gradient?.inputs.elements)
    }
    #expect(answers[0].0.map(\.bitPattern) == answers[1].0.map(\.bitPattern), comment)
    #expect(answers[0].1?.map(\.bitPattern) == answers[1].1?.map(\.bitPattern), comment)
    #expect(answers[0].2?.map(\.bitPattern) == answers[1].2?.map(\.bitPattern), comment)
  }
}
