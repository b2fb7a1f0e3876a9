import Foundation
import TestSupport
import Testing

@testable import Cyclograd

@Suite("Rewiring drops what matters least and adds what would matter most")
struct RewiringTests {
  /// A sparse network, and the same with all edges that could come, at the weight 0.
  private struct Problem {
    let network: Network
    let parameters: Parameters
    let whole: Network
    let padded: Parameters
    let samples: SampleTable

    init(seed: UInt64) throws {
      var random = TestRandom(seed)
      let (x, h, y) = (3, 6, 2)
      func edges(
        _ from: String, _ to: String, _ n: Int, _ m: Int, _ isFull: Bool, _ weights: [Double]
      )
        -> [Edge]
      {
        (0..<m).flatMap { i in
          (0..<n).compactMap { j -> Edge? in
            let weight = weights[i * n + j]
            guard from != to || i != j, isFull || weight != 0 else { return nil }
            return Edge(.init(from, j), to: .init(to, i), weight: ParameterRule(.constant(weight)))
          }
        }
      }
      func weights(_ count: Int) -> [Double] {
        (0..<count).map { _ in random.chance(0.5) ? random.number(-0.4, 0.4) : 0 }
      }
      let (a, b, c) = (weights(x * h), weights(h * h), weights(h * y))
      func graph(_ isFull: Bool) -> Graph {
        var graph = Graph("rewiring", seed: 3) {
          Group("x", size: x, role: .input, bias: .frozen(.constant(0)))
          Group("h", size: h, activation: .tanh, bias: .uniform(-0.5...0.5))
          Group("y", size: y, role: .output)
        }
        graph.edges =
          edges("x", "h", x, h, isFull, a) + edges("h", "h", h, h, isFull, b)
          + edges("h", "y", h, y, isFull, c)
        return graph
      }
      (network, parameters) = try graph(false).compile()
      (whole, padded) = try graph(true).compile()
      func matrix(_ columns: Int) -> Matrix {
        Matrix((0..<40).map { _ in (0..<columns).map { _ in random.number(-1, 1) } })
      }
      samples = try SampleTable(inputs: matrix(x), targets: matrix(y))
    }

    /// The derivative by each edge of the whole network, by row and column.
    func derivatives() throws -> [Rewiring.Edge: Double] {
      let simulator = try Simulator(whole, options: SolverOptions(tolerance: 1e-13))
      let equilibrium = try simulator.equilibrium(padded, inputs: samples.inputs)
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: samples.targets, at: equilibrium)
      let layout = whole.parameterLayout
      var result: [Rewiring.Edge: Double] = [:]
      for row in 0..<layout.rowStarts.count - 1 {
        for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
          result[.init(row: row, column: layout.columns[edge])] =
            gradient.parameters[Int(layout.weights[edge])]
        }
      }
      return result
    }

    /// The weights of the sparse network, by row and column.
    var weights: [Rewiring.Edge: Double] {
      let layout = network.parameterLayout
      let values = layout.weightValues(parameters)
      var result: [Rewiring.Edge: Double] = [:]
      for row in 0..<layout.rowStarts.count - 1 {
        for edge in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
          result[.init(row: row, column: layout.columns[edge])] = values[edge]
        }
      }
      return result
    }

    func simulator() throws -> Simulator {
      try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    }
  }

  @Test(
    "It drops and adds what a network with all edges says",
    arguments: 0..<6, [Rewiring.Criterion.magnitude, .gradient])
  func plan(seed: Int, criterion: Rewiring.Criterion) throws {
    let problem = try Problem(seed: UInt64(seed + 1))
    let plan = try Rewiring(prune: 0.3, by: criterion).plan(
      problem.simulator(), problem.parameters, on: problem.samples, loss: .halfSquaredError)
    let (weights, slopes) = (problem.weights, try problem.derivatives())
    let count = Int(0.3 * Double(weights.count))
    func score(_ edge: Rewiring.Edge) -> Double {
      let weight = abs(weights[edge] ?? 0)
      return criterion == .magnitude ? weight : weight * abs(slopes[edge] ?? 0)
    }
    let order = weights.keys.sorted { score($0) < score($1) }
    #expect(Set(plan.dropped) == Set(order.prefix(count)))
    #expect(plan.added.count == count && plan.after == weights.count)
    let absent = slopes.keys.filter { weights[$0] == nil || plan.dropped.contains($0) }
      .sorted { abs(slopes[$0] ?? 0) > abs(slopes[$1] ?? 0) }
    #expect(plan.added == Array(absent.prefix(count)))
  }

  @Test("A budget of edges is kept, and only the edges of a selection change")
  func budget() throws {
    let problem = try Problem(seed: 9)
    let all = problem.weights
    let rows = Set(all.keys.map(\.row)).sorted()
    for edges in [0, 3, 10, 20, 30, 1000] {
      let rule = try Rewiring(
        ParameterSelection(.weights, from: "h", to: "h"), prune: 0.2, edges: edges)
      let plan = try rule.plan(
        problem.simulator(), problem.parameters, on: problem.samples, loss: .halfSquaredError)
      #expect(plan.after == min(edges, 30))
      #expect(Set(plan.added).count == plan.added.count)
      for edge in plan.dropped + plan.added {
        #expect(3..<9 ~= edge.row && 3..<9 ~= Int(edge.column), "\(rows)")
      }
    }
    let none = try Rewiring(prune: 0.4, grow: 0).plan(
      problem.simulator(), problem.parameters, on: problem.samples, loss: .halfSquaredError)
    #expect(none.added.isEmpty && none.dropped.count == Int(0.4 * Double(all.count)))
    var parameters = problem.parameters
    let layout = problem.network.parameterLayout
    for edge in [0, 4, 7] { parameters.values[Int(layout.weights[edge])] = 0 }
    let zeros = try Rewiring(by: .zeros, grow: 0).plan(
      problem.simulator(), parameters, on: problem.samples, loss: .halfSquaredError)
    #expect(zeros.dropped.count == 3)
  }

  @Test("Frozen groups of parameters keep their edges, and get none")
  func frozen() throws {
    let problem = try Problem(seed: 4)
    var rule = try Rewiring(prune: 0.5)
    rule.parameterGroups = [
      ParameterGroup("slow", ParameterSelection(.weights, to: "y"), rateFactor: 0.1),
      ParameterGroup("kept", ParameterSelection(.weights, from: "h"), isFrozen: true),
    ]
    let plan = try rule.plan(
      problem.simulator(), problem.parameters, on: problem.samples, loss: .halfSquaredError)
    // From h to h all is frozen; what leads to y belongs to the group that comes first.
    #expect(!plan.dropped.isEmpty && !plan.added.isEmpty)
    for edge in plan.dropped + plan.added { #expect(edge.column < 3 || edge.row >= 9) }
    rule.parameterGroups = [ParameterGroup("all", ParameterSelection(), isFrozen: true)]
    #expect(throws: CyclogradError.self) { try rule.check(problem.network) }
  }

  @Test("What means nothing is refused")
  func wrong() throws {
    let problem = try Problem(seed: 2)
    for (prune, grow) in [(-0.1, 1.0), (1.1, 1), (0.5, -1), (.nan, 1)] {
      #expect(throws: CyclogradError.self) { _ = try Rewiring(prune: prune, grow: grow) }
    }
    #expect(throws: CyclogradError.self) {
      try Rewiring(ParameterSelection(.weights, from: "q")).check(problem.network)
    }
    #expect(throws: CyclogradError.self) {
      try Rewiring(ParameterSelection(.weights, from: "y", to: "x")).check(problem.network)
    }
  }
}
