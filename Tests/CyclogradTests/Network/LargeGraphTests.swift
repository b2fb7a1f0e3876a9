import Testing

@testable import Cyclograd

@Suite("Large graphs")
struct LargeGraphTests {
  @Test(
    "A chain of a million neurons compiles and solves without overflowing the stack", .tags(.slow),
    .unlessFast)
  func chain() throws {
    let count = 1_000_000
    let entries = SparseEntries(
      rows: (1..<Int32(count)).map { $0 }, columns: (0..<Int32(count) - 1).map { $0 })
    let (network, parameters) = try Graph("chain") {
      Group("c", size: count)
      Connection("c", to: "c", .entries(entries), weight: .single(1))
      Inputs(NeuronRange("c", 0...0))
      Outputs(NeuronRange("c", count - 1...count - 1))
    }.compile()
    #expect(network.levelCount == count)
    #expect(network.cyclicComponentCount == 0)
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0.5]]))
    #expect(equilibrium.outputs[0, 0] == 0.5)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
    #expect(gradient.inputs[0, 0] == 0.5)
    #expect(gradient.parameters[0] == 0.25 * Double(count - 1))
  }

  @Test("A cycle of 200,000 neurons: deep recursion has nowhere to hide", .tags(.slow), .unlessFast)
  func cycle() throws {
    let count = 200_000
    let (network, parameters) = try Graph("cycle") {
      Group("c", size: count, activation: .tanh)
      Connection(
        "c", to: "c",
        .entries(
          SparseEntries(
            rows: (0..<Int32(count)).map { ($0 + 1) % Int32(count) },
            columns: (0..<Int32(count)).map { $0 })), weight: .single(0.5))
      Inputs(NeuronRange("c", 0...0))
      Outputs(NeuronRange("c", 9...9))
    }.compile()
    #expect(network.largestComponent == count)
    let simulator = try Simulator(network)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0.5]]))
    #expect(equilibrium.isConverged)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix([[0]]), at: equilibrium)
    // What comes round again has vanished, so it is a chain of ten neurons.
    var z = Dual(0.5, 1)
    for _ in 0..<9 { z = Dual(0.5) * ReferenceActivation.value(.tanh, z) }
    let a = ReferenceActivation.value(.tanh, z)
    #expect(abs(gradient.inputs[0, 0] - a.v * a.d) < 1e-15)
  }

  @Test("A random graph of 100,000 neurons and a million edges", .tags(.slow), .unlessFast)
  func random() throws {
    let (network, parameters) = try Graph("random", seed: 3) {
      Group("n", size: 100_000, activation: .tanh, bias: .uniform(-0.5...0.5))
      Connection("n", to: "n", .inDegree(10), self: false, weight: .uniform(-0.09...0.09))
      Inputs(NeuronRange("n", 0...9))
      Outputs(NeuronRange("n", 50...59))
    }.compile()
    #expect(network.edgeCount == 1_000_000)
    #expect(network.parameterCount == 1_100_000)
    // Nearly everything is one component, as in-degree 10 makes likely.
    #expect(network.largestComponent > 99_000)
    let simulator = try Simulator(network, backend: .edgeList)
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: 10, repeating: 0.3))
    #expect(equilibrium.isConverged)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: Matrix(rows: 1, columns: 10), at: equilibrium)
    #expect(gradient.evidence[0].residual <= 1e-10)
    // Direct methods must decline it rather than fill the memory.
    let direct = try Simulator(network, backend: .direct)
    #expect(direct.unsuitability?.contains("would fill up") == true)
  }
}
