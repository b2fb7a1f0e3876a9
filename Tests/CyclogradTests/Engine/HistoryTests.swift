import TestSupport
import Testing

@testable import Cyclograd

@Suite("Results do not depend on what was computed before", .tags(.slow), .unlessFast)
struct HistoryTests {
  /// A sparse component, large enough for KLU, whose slopes differ much from sample to sample.
  static func problem() throws -> Problem {
    try Problem(
      Graph("history", seed: 5) {
        Group("x", size: 3, role: .input)
        Group("h", size: 90, activation: .tanh, bias: .uniform(-0.5...0.5))
        Group("y", size: 2, role: .output)
        Connection("x", to: "h", weight: .normal(1))
        Connection("h", to: "h", .inDegree(3), weight: .normal(0.6))
        Connection("h", to: "y")
      }, samples: 40)
  }

  private static func rows(_ matrix: Matrix, _ rows: [Int]) -> Matrix {
    Matrix(rows.map { Array(matrix[row: $0]) })
  }

  @Test(
    "A simulator that has solved other samples gives the same bits as a fresh one",
    arguments: GradientBackend.available.map(\.name).filter { $0 != "cholmod" }, [1, 2, 12])
  func history(backend: String, count: Int) throws {
    let problem = try Self.problem()
    let used = try problem.simulator(backend, tolerance: 1e-10)
    let all = Array(problem.inputs.indices)
    for first in stride(from: 0, to: all.count - count, by: max(count, 9)) {
      let rows = Array(all[first..<first + count])
      let inputs = Self.rows(problem.inputMatrix, rows)
      let targets = Self.rows(problem.targetMatrix, rows)
      let fresh = try problem.simulator(backend, tolerance: 1e-10)
      let expected = try fresh.equilibrium(problem.parameters, inputs: inputs)
      let found = try used.equilibrium(problem.parameters, inputs: inputs)
      #expect(found.evidence == expected.evidence)
      let areSame = zip(found.states.elements, expected.states.elements)
        .allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(areSame, "\(backend), states from row \(first)")
      guard expected.isConverged, found.isConverged else { continue }
      let gradients = try [fresh, used].map {
        try $0.gradient(of: .halfSquaredError, targets: targets, at: expected)
      }
      let areSameGradients = gradients[0].parameters == gradients[1].parameters
      #expect(areSameGradients, "\(backend), gradient from row \(first)")
    }
  }

  @Test("States that are not given are no answer, whatever was solved before")
  func absentStates() throws {
    let problem = try Self.problem()
    let simulator = try problem.simulator("automatic", tolerance: 1e-10)
    let inputs = Self.rows(problem.inputMatrix, [0, 1, 2])
    let found = try simulator.equilibrium(problem.parameters, inputs: inputs)
    var states = found.states
    for column in 0..<states.columns { states[1, column] = .nan }
    let accepted = try simulator.equilibrium(problem.parameters, inputs: inputs, at: states)
    #expect(accepted.evidence.map(\.status) == [.converged, .notFinite, .converged])
    let lost = Array(accepted.states[row: 1]) + Array(accepted.outputs[row: 1])
    #expect(lost.allSatisfy { $0.isNaN })
  }

  @Test("What was found out about a component goes with it")
  func release() throws {
    weak var kept: Component?
    weak var pattern: JacobianPattern?
    do {
      let network = try Self.problem().network
      let component = try #require(network.components.first)
      pattern = try component.jacobianPattern()
      _ = try component.jacobianPattern()
      kept = component
    }
    #expect(kept == nil && pattern == nil)
  }
}
