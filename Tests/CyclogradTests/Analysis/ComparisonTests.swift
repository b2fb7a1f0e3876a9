import Testing

@testable import Cyclograd

@Suite("Backends side by side")
struct ComparisonTests {
  @Test("without samples there is nothing to trace")
  func noSamples() throws {
    let (network, parameters) = try selfLoop(.tanh, 0.5)
    let found = try Cyclograd.Comparison(
      network, parameters, inputs: Matrix(rows: 0, columns: 1),
      targets: Matrix(rows: 0, columns: 1), loss: .halfSquaredError, backends: [.direct],
      options: SolverOptions(), isTraced: true)
    #expect(found.rows.count == 1 && found.rows[0].trace == nil)
    let one = try Cyclograd.Comparison(
      network, parameters, inputs: Matrix([[1]]), targets: Matrix([[0]]), loss: .halfSquaredError,
      backends: [.direct], options: SolverOptions(), isTraced: true)
    #expect(one.rows[0].status == .converged && one.rows[0].trace != nil)
  }

  @Test func median() {
    #expect([Double]().median() == nil)
    #expect(([3, 1, 2] as [Double]).median() == 2)
    #expect(([4, 1, 2, 3] as [Double]).median() == 2.5)
  }
}
