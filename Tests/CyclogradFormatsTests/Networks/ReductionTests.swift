import Cyclograd
import Foundation
import TestSupport
import Testing

@testable import CyclogradFormats

@Suite("Reduction leaves what answers need")
struct ReductionTests {
  private func outputs(_ graph: Graph, _ inputs: Matrix) throws -> Matrix? {
    let (network, parameters) = try graph.compile()
    let found = try Simulator(network, options: SolverOptions(tolerance: 1e-15)).equilibrium(
      parameters, inputs: inputs)
    return found.isConverged ? found.outputs : nil
  }

  private func isCopy(_ group: String, _ index: Int) -> Bool {
    index % 3 == 2 || group == "h1" && index == 1
  }

  /// A random network whose weights are small enough for one equilibrium, with much that can go.
  private func graph(_ random: inout TestRandom) -> Graph {
    let activations: [Activation] = [
      .identity, .relu, .tanh, .logistic, .identity, .leakyReLU(slope: 0.1),
      .clamp(lower: -0.5, upper: 1),
    ]
    var groups = [Group("x", size: 3, role: .input, bias: .frozen(0))]
    for number in 0..<5 {
      let size = Int(random.number(1, 6))
      let activation = activations[Int(random.number(0, 6.99))]
      var bias = (0..<size).map { _ in random.number(-1, 1) }
      for i in 1..<max(2, size) where i < size && isCopy("h\(number)", i) { bias[i] = bias[i - 1] }
      switch number {
      case 3 where random.number(0, 1) < 0.5:
        groups.append(
          Group("h\(number)", size: size, activation: .softmax, bias: .frozen(.list(bias))))
      case 4 where random.number(0, 1) < 0.5:
        let unit = Group.Unit(.tanh, bias: .frozen(.list(bias)))
        groups.append(
          Group(
            "h\(number)", size: size, combine: random.number(0, 1) < 0.5 ? .max : .product,
            units: [unit, unit]))
      default:
        groups.append(
          Group("h\(number)", size: size, activation: activation, bias: .frozen(.list(bias))))
      }
    }
    groups.append(Group("y", size: 2, role: .output, activation: .tanh, bias: .frozen(0.1)))
    var connections: [Connection] = []
    for target in groups.dropFirst() {
      for source in groups {
        for unit in target.units.indices where random.number(0, 1) < 0.45 {
          var entries = SparseEntries(rows: [], columns: [], values: [])
          // Some rows are those of the neuron before.
          var row: [(Int, Double)] = []
          for i in 0..<target.size {
            if i == 0 || !isCopy(target.name, i) {
              row = (0..<source.size).filter { _ in random.number(0, 1) < 0.5 }
                .map { ($0, random.number(-0.1, 0.1)) }
            }
            for (j, value) in row {
              entries.rows.append(Int32(i))
              entries.columns.append(Int32(j))
              entries.values?.append(value)
            }
          }
          if entries.count > 0 {
            connections.append(
              Connection(
                source.name, to: target.name, unit: unit, .entries(entries),
                weight: ParameterRule(nil, isTrainable: false)))
          }
        }
      }
    }
    return Graph(name: "random", groups: groups, connections: connections)
  }

  @Test("Answers of random networks stay what they are, and every reason occurs")
  func equal() throws {
    var random = TestRandom(16)
    var reasons: Set<Reduction.Reason> = []
    var compared = 0
    for _ in 0..<150 {
      let graph = graph(&random)
      let inputs = Matrix((0..<3).map { _ in (0..<3).map { _ in random.number(-2, 2) } })
      let reduction = try Reduction(graph)
      guard let before = try outputs(graph, inputs) else { continue }
      let after = try #require(try outputs(reduction.graph, inputs))
      for (a, b) in zip(before.elements, after.elements) { #expect(abs(a - b) < 1e-12) }
      #expect(reduction.neurons.after <= reduction.neurons.before)
      #expect(reduction.edges.after <= reduction.edges.before)
      // Nothing is left that could go.
      #expect(try Reduction(reduction.graph).steps.isEmpty)
      reasons.formUnion(reduction.steps.map(\.reason))
      compared += 1

      let box = try InputBox(around: inputs, radius: 0.3)
      let local = try Reduction(graph, options: .init(box: box))
      let moved = Matrix(
        (0..<3).map { row in (0..<3).map { inputs[row, $0] + random.number(-0.3, 0.3) } })
      guard let there = try outputs(graph, moved) else { continue }
      let here = try #require(try outputs(local.graph, moved))
      for (a, b) in zip(there.elements, here.elements) { #expect(abs(a - b) < 1e-12) }
      reasons.formUnion(local.steps.map(\.reason))
    }
    #expect(compared > 120)
    #expect(reasons.isSuperset(of: [.dead, .constant, .identity, .equal, .off, .linear]))
  }

  @Test("reduction: a state that nothing feeds is folded, not dropped")
  func knownAnswer() throws {
    let graph = Graph("reduction") {
      Group("u", size: 1, role: .input, bias: .frozen(0))
      Group("x", size: 3, activation: .logistic, bias: .frozen(0))
      Group("y", size: 1, role: .output, bias: .frozen(0))
      Connection(
        "x", to: "x",
        .entries(
          SparseEntries(
            rows: [0, 0, 0, 2, 2, 2], columns: [0, 1, 2, 0, 1, 2],
            values: [0.2, 0.5, -0.3, 0.1, -0.4, 0.3])),
        weight: ParameterRule(nil, isTrainable: false))
      Connection(
        "u", to: "x", .entries(SparseEntries(rows: [0, 2], columns: [0, 0], values: [1, 0.5])),
        weight: ParameterRule(nil, isTrainable: false))
      Connection("x", to: "y", weight: .frozen([1, 2, -1]))
    }
    let reduction = try Reduction(graph)
    #expect(reduction.steps.map(\.reason) == [.constant] && reduction.steps[0].subject == "x.1")
    #expect(reduction.neurons == (5, 4))
    let answer = try #require(try outputs(reduction.graph, Matrix([[0.6]])))
    #expect(abs(answer[0, 0] - 1.1073572851459552) < 1e-12)
    let (network, parameters) = try reduction.graph.compile()
    #expect(network.neuronNames == ["u.0", "x.0", "x.2", "y.0"])
    var biases: [String: Double] = [:]
    network.forEachParameterUse { use in
      if use.source == nil { biases[use.target] = parameters.values[use.parameter] }
    }
    #expect(biases["x.0"] == 0.25 && biases["x.2"] == -0.2 && biases["y.0"] == 1)
  }

  @Test("Trained parameters and ties are left alone unless asked")
  func trained() throws {
    let graph = Graph("trained", seed: 3) {
      Group("x", size: 2, role: .input)
      Group("z", size: 1)
      Group("h", size: 2, activation: .tanh)
      Group("dead", size: 3)
      Group("y", size: 1, role: .output)
      Connection("x", to: "z")
      Connection("z", to: "h", weight: .single(0.5))
      Connection("h", to: "y")
      Connection("x", to: "dead")
    }
    let kept = try Reduction(graph)
    #expect(Set(kept.steps.map(\.reason)) == [.dead] && kept.neurons == (9, 6))
    #expect(try kept.graph.compile().network.weightParameterCount == 5)
    let all = try Reduction(graph, options: .init(includesTrained: true))
    // z goes, and then the two neurons of h are one.
    #expect(all.steps.contains { $0.reason == .identity && $0.subject == "z.0" })
    #expect(all.steps.contains { $0.reason == .equal && $0.subject == "h.1" })
    let inputs = Matrix([[0.3, -0.7]])
    let (a, b) = (
      try #require(try outputs(graph, inputs)), try #require(try outputs(all.graph, inputs))
    )
    #expect(abs(a[0, 0] - b[0, 0]) < 1e-12)
    #expect(try outputs(kept.graph, inputs) == a)
  }

  @Test("Connections of low rank pass through as many neurons, with the error that is said")
  func lowRank() throws {
    var random = TestRandom(4)
    let (left, right) = (
      (0..<12).map { _ in (random.number(-1, 1), random.number(-1, 1)) },
      (0..<10).map { _ in (random.number(-1, 1), random.number(-1, 1)) }
    )
    let weights = left.flatMap { l in right.map { 0.1 * (l.0 * $0.0 + l.1 * $0.1) } }
    let graph = Graph("rank") {
      Group("x", size: 10, role: .input, bias: .frozen(0))
      Group("y", size: 12, role: .output, activation: .tanh, bias: .frozen(0))
      Connection("x", to: "y", weight: .frozen(.list(weights)))
    }
    let reduction = try Reduction(graph, options: .init(lowRank: 1e-13))
    #expect(reduction.edges == (120, 44))
    #expect(reduction.steps.map(\.reason) == [.lowRank])
    #expect(reduction.steps[0].detail.hasPrefix("rank 2 of 10"))
    let inputs = Matrix([(0..<10).map { _ in random.number(-1, 1) }])
    let (a, b) = (
      try #require(try outputs(graph, inputs)), try #require(try outputs(reduction.graph, inputs))
    )
    for (p, q) in zip(a.elements, b.elements) { #expect(abs(p - q) < 1e-12) }
    #expect(throws: CyclogradError.self) { try Reduction(graph, options: .init(lowRank: 1)) }
  }

  @Test("What no input reaches stays where it has several equilibria, and that is said")
  func bistable() throws {
    let graph = Graph("bistable") {
      Group("x", size: 1, role: .input, bias: .frozen(0))
      Group("b", size: 1, activation: .tanh, bias: .frozen(0))
      Group("y", size: 1, role: .output, bias: .frozen(0))
      Connection("b", to: "b", weight: .frozen(3))
      Connection("b", to: "y", weight: .frozen(1))
      Connection("x", to: "y", weight: .frozen(1))
    }
    let reduction = try Reduction(graph)
    #expect(reduction.steps.isEmpty && reduction.remarks.count == 1)
  }
}
