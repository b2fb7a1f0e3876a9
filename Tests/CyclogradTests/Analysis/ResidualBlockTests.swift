import TestSupport
import Testing

@testable import Cyclograd

@Suite("Residual blocks are found in a network, with the eigenvalues of their fields")
struct ResidualBlockTests {
  private static func equilibrium(_ blocks: ThetaBlocks, _ inputs: [Double]) throws -> Equilibrium {
    let (network, parameters) = try Graph("blocks", seed: 7) {
      blocks.parts
      Inputs(NeuronRange("y0"))
      Outputs(NeuronRange("y\(blocks.steps)"))
    }.compile()
    return try Simulator(network, options: SolverOptions(tolerance: 1e-13)).equilibrium(
      parameters, inputs: Matrix([inputs])
    ).requireConverged()
  }

  @Test(
    "A block's Jacobian has the eigenvalues R(z)", arguments: 0..<12)
  func eigenvalues(seed: Int) throws {
    var random = TestRandom(UInt64(seed))
    let theta = [0, 0.25, 0.5, 1][seed % 4]
    let hasLimits = seed % 3 != 0
    let blocks = try ThetaBlocks(
      dimension: 2, steps: 1, theta: theta, stepSize: 0.3, hidden: seed % 2 == 0 ? [4] : [4, 3],
      .tanh, limits: hasLimits ? -4 ... -0.5 : nil, eliminated: seed % 5 != 0,
      weights: .uniform(-0.6...0.6))
    let equilibrium = try Self.equilibrium(
      blocks, [random.number(-1, 1), random.number(-1, 1)])
    let found = try #require(ResidualBlocks(equilibrium)).blocks
    try #require(found.count == 1)
    #expect(abs(found[0].theta - theta) < 1e-15)
    #expect(abs(found[0].center - (hasLimits ? 0.3 * -2.25 : 0)) < 1e-12)
    #expect(abs(found[0].radius - (hasLimits ? 0.3 * 1.75 : 0.3)) < 1e-12)
    let jacobian = try equilibrium.jacobians()[0]
    let trace = jacobian[0, 0] + jacobian[1, 1]
    let determinant = jacobian[0, 0] * jacobian[1, 1] - jacobian[0, 1] * jacobian[1, 0]
    let (sum, product) = found[0].eigenvalues.reduce(((0.0, 0.0), (1.0, 0.0))) { total, z in
      let r = ThetaBlocks.stability(theta: theta, real: z.real, imaginary: z.imaginary)
      return (
        (total.0.0 + r.real, total.0.1 + r.imaginary),
        (
          total.1.0 * r.real - total.1.1 * r.imaginary,
          total.1.0 * r.imaginary + total.1.1 * r.real
        )
      )
    }
    #expect(abs(sum.0 - trace) < 1e-9 && abs(sum.1) < 1e-12)
    #expect(abs(product.0 - determinant) < 1e-9 && abs(product.1) < 1e-12)
  }

  @Test("All blocks are found, and none in other networks")
  func others() throws {
    let blocks = try ThetaBlocks(
      dimension: 3, steps: 4, theta: 0.5, hidden: [5], .tanh, tied: false,
      weights: .uniform(-0.3...0.3))
    let found = try #require(ResidualBlocks(try Self.equilibrium(blocks, [0.1, 0.2, 0.3])))
    #expect(found.blocks.map(\.number) == [1, 2, 3, 4])
    #expect(found.blocks.allSatisfy { $0.eigenvalues.count == 3 })
    let (network, parameters) = try Graph("other", seed: 1) {
      Group("y0", size: 2, role: .input)
      Group("y1", size: 2, role: .output)
      Connection("y0", to: "y1")
    }.compile()
    let equilibrium = try Simulator(network).equilibrium(parameters, inputs: Matrix([[1, 2]]))
    #expect(ResidualBlocks(equilibrium) == nil)
  }
}
