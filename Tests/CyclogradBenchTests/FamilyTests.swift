import Cyclograd
import TestSupport
import Testing

@testable import CyclogradBench

@Suite("The benchmark's families are what they are said to be")
struct FamilyTests {
  /// λ_PF(|W|) by many plain power iterations on |W| + I.
  private func eigenvalue(_ problem: Problem, _ rows: Range<Int>) -> Double {
    let layout = problem.network.parameterLayout
    var v = [Double](repeating: 1, count: rows.count)
    var growth = 1.0
    for _ in 0..<3000 {
      var next = v
      for row in rows {
        for e in layout.rowStarts[row]..<layout.rowStarts[row + 1]
        where rows.contains(Int(layout.columns[e])) {
          let weight = abs(problem.parameters.values[Int(layout.weights[e])])
          next[row - rows.lowerBound] += weight * v[Int(layout.columns[e]) - rows.lowerBound]
        }
      }
      growth = next.max()! / v.max()!
      v = next.map { $0 / growth }
    }
    return growth - 1
  }

  @Test(.tags(.slow), .unlessFast) func uniform() throws {
    let problem = try Families.uniform(1000)
    #expect(problem.network.edgeCount == 10_000)
    #expect(problem.network.inputCount == 64 && problem.network.outputCount == 64)
    #expect(abs(eigenvalue(problem, 0..<1000) - 0.9) < 1e-4)
    #expect(try Families.uniform(1000, samples: 5).inputs.rows == 5)
  }

  @Test("Degrees vary, in one family as chance has it, in the other with hubs on both sides")
  func degrees() throws {
    let count = 2000
    for (problem, most) in [
      (try Families.poisson(count), 30...200), (try Families.heavyTailed(count), 60...count / 25),
    ] {
      let layout = problem.network.parameterLayout
      let rows = (0..<count).map { Int(layout.rowStarts[$0 + 1] - layout.rowStarts[$0]) }
      var out = [Int](repeating: 0, count: count)
      for column in layout.columns { out[Int(column)] += 1 }
      #expect((7 * count...13 * count).contains(problem.network.edgeCount))
      let isPoisson = most.lowerBound == 30
      #expect(isPoisson ? rows.max()! < 30 : most.contains(rows.max()!))
      #expect(isPoisson ? out.max()! < 30 : out.max()! > 200)
      #expect(problem.eigenvalue.map { abs($0 - 0.9) < 1e-3 } ?? false)
    }
  }

  @Test(.tags(.slow), .unlessFast) func lattices() throws {
    let local = try Families.local(400)
    #expect(local.network.edgeCount == 4 * 3 + 4 * 18 * 5 + 18 * 18 * 8)
    #expect(abs(eigenvalue(local, 0..<400) - 0.98) < 1e-4)
    #expect(local.parameters.values.contains { $0 < 0 })
    let critical = try Families.critical(400)
    #expect(abs(eigenvalue(critical, 0..<400) - 0.999) < 1e-4)
    let layout = critical.network.parameterLayout
    #expect(layout.weights.allSatisfy { critical.parameters.values[Int($0)] >= 0 })
  }

  @Test(.tags(.slow), .unlessFast) func islands() throws {
    let problem = try Families.islands(6, of: 50)
    #expect(problem.network.cyclicComponentCount == 6)
    #expect(problem.network.levelCount == 6)
    for island in 0..<6 {
      #expect(abs(eigenvalue(problem, island * 50..<(island + 1) * 50) - 0.9) < 1e-4)
    }
  }

  @Test func acyclic() throws {
    let problem = try Families.acyclic(layers: 4, width: 40, degree: 8, samples: 3)
    #expect(problem.network.cyclicComponentCount == 0)
    #expect(problem.network.edgeCount == 3 * 40 * 8)
    #expect(problem.layers == [40, 40, 40, 40])
  }

  @Test("Autoencoders have the sizes of Table 3", arguments: Autoencoder.Version.allCases)
  func autoencoders(version: Autoencoder.Version) throws {
    let small = try Autoencoder.small(version).problem()
    let dense = 8 * 32 + 32 * 16 + 16 * 8 + 8 * 16 + 16 * 32 + 32 * 8
    let lateral = version == .v0 ? 0 : 56
    #expect(small.network.edgeCount == dense + lateral)
    // Inputs have biases that are frozen.
    #expect(
      small.network.trainableParameterCount
        == dense + lateral + 32 + 16 + 8 + 16 + 32 + 8 + (version == .v2 ? 8 : 0))
    let large = try Autoencoder.large(version).problem()
    #expect(large.network.inputCount == 117 && large.inputs.rows == 32)
    var explicit = Autoencoder.large(version)
    explicit.hasLateralWeights = false
    #expect(try explicit.problem().network.cyclicComponentCount == 0)
  }

  @Test func labels() {
    #expect(Families.label(100_000) == "1e5")
    #expect(Families.label(1024) == "1024")
    #expect(Families.label(100) == "100")
  }
}
