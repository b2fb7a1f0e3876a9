import Testing

@testable import Cyclograd

@Suite("Tangents, Hessians and Gauss–Newton products are those of 60-digit arithmetic")
struct TangentAnswerTests {
  private func expect(
    _ found: [Double], _ expected: [Double?], within tolerance: Double, _ what: String
  ) {
    #expect(found.count == expected.count, "\(what)")
    let scale = expected.compactMap { $0.map(abs) }.max() ?? 0
    for (index, (a, b)) in zip(found, expected).enumerated() {
      guard let b else { continue }
      #expect(abs(a - b) <= tolerance * scale, "\(what), \(index): \(a), not \(b)")
    }
  }

  private struct Case {
    var answer: TangentAnswer
    var network: Network
    var parameters: Parameters
    var labels: [Int]
    var simulator: Simulator
    var inputs: Matrix

    init(_ answer: TangentAnswer) throws {
      self.answer = answer
      (network, parameters, labels) = try answer.compiled()
      simulator = try Simulator(network, options: .init(tolerance: 1e-15))
      inputs = Matrix([answer.x])
    }

    var direction: [Double] {
      labels.map { $0 < 0 ? 0 : answer.direction_parameters[$0] }
    }
  }

  @Test("tangents along parameters and along inputs", arguments: 0..<7)
  func tangents(index: Int) throws {
    let test = try Case(TangentAnswer.all[index])
    let (answer, width) = (test.answer, test.network.outputCount)
    let options = SolverOptions(tolerance: 1e-15)
    let byParameters = try test.network.tangent(by: .parameters)
    let first = try Simulator(byParameters.network, options: options).equilibrium(
      byParameters.parameters(test.parameters, direction: test.direction), inputs: test.inputs
    ).requireConverged()
    let byInputs = try test.network.tangent()
    let second = try Simulator(byInputs.network, options: options).equilibrium(
      byInputs.parameters(test.parameters),
      inputs: Matrix([answer.x + answer.direction_inputs])
    ).requireConverged()
    let sums = (0..<width).map { first.outputs[0, width + $0] + second.outputs[0, width + $0] }
    expect(sums, answer.outputs.map { answer.answers.tangent_a[$0] }, within: 1e-13, "ȧ")
    let primal = try test.simulator.equilibrium(test.parameters, inputs: test.inputs)
    expect(Array(primal.states[row: 0]), answer.answers.z, within: 1e-13, "z")
  }

  @Test("Hessian products, mixed derivatives and the gradient for nothing", arguments: 0..<7)
  func hessians(index: Int) throws {
    let test = try Case(TangentAnswer.all[index])
    let answers = test.answer.answers
    let loss = try LossRegistry.named(test.answer.loss_kind)
    let targets = Matrix([test.answer.target])
    let equilibrium = try test.simulator.equilibrium(test.parameters, inputs: test.inputs)
    let gradient = try test.simulator.gradient(of: loss, targets: targets, at: equilibrium)
    expect(
      test.answer.collect(gradient.parameters, test.labels), answers.gradient, within: 1e-12, "∇E")
    let curvature = try Curvature(test.simulator)
    let product = try curvature.hessianProduct(
      of: loss, targets: targets, along: test.direction, at: equilibrium)
    expect(
      test.answer.collect(product.parameters, test.labels), answers.hessian_vector, within: 1e-12,
      "H v")
    expect(Array(product.inputs[row: 0]), answers.mixed_inputs, within: 1e-12, "mixed")
    expect(product.gradient, gradient.parameters, within: 1e-12, "∂Ė/∂v")
    let gaussNewton = try curvature.gaussNewtonProduct(
      of: loss, targets: targets, along: test.direction, at: equilibrium)
    expect(
      test.answer.collect(gaussNewton, test.labels), answers.gauss_newton_vector, within: 1e-12,
      "Gauss–Newton")
  }

  @Test("the gradient of a penalty on a Jacobian", arguments: 0..<7)
  func penalties(index: Int) throws {
    let test = try Case(TangentAnswer.all[index])
    let answers = test.answer.answers
    let tangent = try test.network.tangent()
    let simulator = try Simulator(tangent.network, options: .init(tolerance: 1e-15))
    let equilibrium = try simulator.equilibrium(
      tangent.parameters(test.parameters),
      inputs: Matrix([test.answer.x + test.answer.direction_regulariser])
    ).requireConverged()
    let width = test.network.outputCount
    var cotangent = equilibrium.outputs
    for j in 0..<width { cotangent[0, j] = 0 }
    let value = cotangent.elements.reduce(0) { $0 + $1 * $1 / 2 }
    expect([value], [answers.half_squared_norm_Ju], within: 1e-12, "½‖Ju‖²")
    let gradient = try simulator.gradient(outputDerivatives: cotangent, at: equilibrium)
    expect(
      test.answer.collect(tangent.parts(of: gradient.parameters).parameters, test.labels),
      answers.gradient_of_half_squared_norm_Ju, within: 1e-12, "∇½‖Ju‖²")
    expect(
      Array(gradient.inputs[row: 0]), answers.input_gradient_of_half_squared_norm_Ju, within: 1e-12,
      "by x and u")
  }

  @Test("behind each component stands one more", arguments: 0..<7)
  func condensation(index: Int) throws {
    let test = try Case(TangentAnswer.all[index])
    let tangent = try test.network.tangent()
    #expect(test.network.cyclicComponentCount == test.answer.answers.cyclic_components.count)
    #expect(tangent.network.cyclicComponentCount == 2 * test.network.cyclicComponentCount)
    #expect(tangent.network.levelCount > test.network.levelCount)
  }
}
