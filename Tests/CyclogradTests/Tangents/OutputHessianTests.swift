import TestSupport
import Testing

@testable import Cyclograd

@Suite("Products with the Hessian of a cotangent's product")
struct OutputHessianTests {
  @Test("agree with central differences of vector–Jacobian products, and are symmetric")
  func differences() throws {
    var compared = 0
    for seed in 0..<12 as Range<UInt64> {
      let problem = try Problem(
        RandomGraphs.make(.tame, seed: 6_000 + seed), samples: 2, seed: seed)
      let network = problem.network
      let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
      let inputs = problem.inputMatrix
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: inputs)
      guard equilibrium.isConverged else { continue }
      var random = TestRandom(seed)
      func direction() -> Tangent {
        Tangent(
          inputs: Matrix(
            rows: 2, columns: network.inputCount,
            elements: (0..<2 * network.inputCount).map { _ in random.number(-1, 1) }),
          parameters: problem.parameters.values.map { _ in random.number(-1, 1) })
      }
      let (u, w) = (direction(), direction())
      let v = Matrix(
        rows: 2, columns: network.outputCount,
        elements: (0..<2 * network.outputCount).map { _ in random.number(-1, 1) })
      let hessian = OutputHessian(simulator)
      let product = try hessian.product(outputDerivatives: v, along: u, at: equilibrium)
      func gradient(_ h: Double) throws -> Gradient? {
        let moved = Parameters(
          zip(problem.parameters.values, u.parameters ?? []).map { $0 + h * $1 })
        var samples = inputs
        for row in 0..<2 {
          for x in 0..<network.inputCount { samples[row, x] += h * (u.inputs?[row, x] ?? 0) }
        }
        let found = try simulator.equilibrium(moved, inputs: samples, start: equilibrium.states)
        guard found.isConverged else { return nil }
        return try simulator.gradient(outputDerivatives: v, at: found)
      }
      let h = 1e-5
      guard let above = try gradient(h), let below = try gradient(-h) else { continue }
      let scale = max(
        1, product.parameters.map(abs).max() ?? 0, product.inputs.elements.map(abs).max() ?? 0)
      for (found, (up, down)) in zip(
        product.parameters + product.inputs.elements,
        zip(above.parameters + above.inputs.elements, below.parameters + below.inputs.elements))
      {
        #expect(abs(found - (up - down) / (2 * h)) < 1e-5 * scale, "seed \(seed)")
      }
      func dot(_ a: OutputHessian.Product, _ b: Tangent) -> Double {
        zip(a.parameters, b.parameters ?? []).reduce(0) { $0 + $1.0 * $1.1 }
          + zip(a.inputs.elements, b.inputs?.elements ?? []).reduce(0) { $0 + $1.0 * $1.1 }
      }
      let other = try hessian.product(outputDerivatives: v, along: w, at: equilibrium)
      #expect(abs(dot(product, w) - dot(other, u)) < 1e-9 * scale)
      compared += 1
    }
    #expect(compared > 6)
  }

  @Test("Shapes that do not fit and other networks' equilibria are refused")
  func refusals() throws {
    let problem = try Problem(RandomGraphs.make(.tame, seed: 6_001), samples: 2, seed: 1)
    let simulator = try Simulator(problem.network)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let hessian = OutputHessian(simulator)
    let v = Matrix(rows: 2, columns: problem.network.outputCount)
    let none = try hessian.product(outputDerivatives: v, along: Tangent(), at: equilibrium)
    #expect(none.parameters.allSatisfy { $0 == 0 } && none.inputs.elements.allSatisfy { $0 == 0 })
    for (v, direction) in [
      (Matrix(rows: 1, columns: problem.network.outputCount), Tangent()),
      (v, Tangent(parameters: [1])), (v, Tangent(inputs: Matrix(rows: 1, columns: 1))),
    ] {
      #expect(throws: CyclogradError.self) {
        try hessian.product(outputDerivatives: v, along: direction, at: equilibrium)
      }
    }
    let other = try Simulator(try RandomGraphs.make(.tame, seed: 6_001).compile().network)
    #expect(throws: CyclogradError.self) {
      try OutputHessian(other).product(outputDerivatives: v, along: Tangent(), at: equilibrium)
    }
  }
}
