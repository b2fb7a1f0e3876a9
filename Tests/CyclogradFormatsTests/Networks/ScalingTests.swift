import Cyclograd
import TestSupport
import Testing

@testable import CyclogradFormats

@Suite("Scaling to a wanted norm")
struct ScalingTests {
  @Test("perron-scaling: the factors are (I − |A|/κ)⁻¹ 1, and the norm is below κ")
  func knownFactors() throws {
    let graph = Graph("two") {
      Group("u", size: 2, role: .input, bias: .frozen(0))
      Group("x", size: 2, activation: .relu, bias: [0.5, -0.25])
      Group("y", size: 2, role: .output, bias: .frozen(0))
      Connection("u", to: "x", weight: [1, 0.5, -0.5, 1])
      Connection("x", to: "x", weight: [0.2, -1.5, 0.1, 0.3])
      Connection("x", to: "y", weight: [1, 2, 0, -1])
    }
    let scaled = try ScaledNetwork(graph, norm: 0.9)
    // (I − |A|/κ) s = 1.
    let s = Array(scaled.scaling.factors[2..<4])
    #expect(abs(s[0] - (0.2 * s[0] + 1.5 * s[1]) / 0.9 - 1) < 1e-9)
    #expect(abs(s[1] - (0.1 * s[0] + 0.3 * s[1]) / 0.9 - 1) < 1e-9)
    #expect(scaled.scaling.norm <= 0.9 && scaled.scaling.factors[0] == 1)
    let weights = try matrix(scaled.graph)
    for target in ["x.0", "x.1"] {
      let sum = ["x.0", "x.1"].reduce(0) { $0 + abs(weights["\($1) \(target)"] ?? 0) }
      #expect(sum <= scaled.scaling.norm)
    }
    try expectEqual(graph, scaled.graph, inputs: 2)
  }

  @Test("perron-scaling: the numbers that were found apart")
  func knownNumbers() throws {
    let graph = try GraphFile.read(packageFolder + "graphs/robust.yaml").graph
    let scaled = try ScaledNetwork(graph, norm: 0.7)
    let s = [9.878547854785479, 11.699009900990099, 12.549174917491749, 9.116171617161717]
    for (a, b) in zip(scaled.scaling.factors[3..<7], s) { #expect(abs(a - b) < 1e-11 * b) }
    #expect(abs(scaled.scaling.norm - 0.644219440353461) < 1e-12)
    let weights = try matrix(scaled.graph)
    #expect(abs((weights["u.1 x.1"] ?? 0) - 0.06410798916723087) < 1e-13)
    #expect(abs((weights["x.2 y.1"] ?? 0) + 8.784422442244225) < 1e-10)
    try expectEqual(graph, scaled.graph, inputs: 3)
  }

  private func matrix(_ graph: Graph) throws -> [String: Double] {
    let (network, parameters) = try graph.compile()
    var weights: [String: Double] = [:]
    network.forEachParameterUse { use in
      weights["\(use.source ?? "-") \(use.target)"] = parameters.values[use.parameter] * use.factor
    }
    return weights
  }

  private func expectEqual(_ a: Graph, _ b: Graph, inputs: Int) throws {
    var random = TestRandom(1)
    let samples = Matrix((0..<4).map { _ in (0..<inputs).map { _ in random.number(-2, 2) } })
    let outputs = try [a, b].map { graph in
      let (network, parameters) = try graph.compile()
      return try Simulator(network, options: SolverOptions(tolerance: 1e-15)).equilibrium(
        parameters, inputs: samples
      ).requireConverged().outputs.elements
    }
    for (p, q) in zip(outputs[0], outputs[1]) { #expect(abs(p - q) < 1e-11 * max(1, abs(p))) }
  }

  @Test("Inputs and outputs on cycles stay what they are, and ties stay ties")
  func ends() throws {
    let graph = Graph("ends", seed: 5) {
      Group("x", size: 4, role: [.input, .output], activation: .relu, bias: .uniform(-1...1))
      Group("m", size: 2, combine: .max, units: [.init(), .init(.leakyReLU(slope: 0.1))])
      Connection("x", to: "x", .inDegree(2), self: false, weight: .normal(0.3).shared("w"))
      Connection("x", to: "m", weight: .single(0.2))
      Connection("x", to: "m", unit: 1, .all, weight: .normal(0.2))
      Connection("m", to: "x", weight: .normal(0.2))
    }
    let scaled = try ScaledNetwork(graph, norm: 0.97)
    #expect(scaled.remarks.count == 1)
    let (before, after) = (try graph.compile().network, try scaled.graph.compile().network)
    #expect(after.inputCount == 4 && after.outputCount == 4)
    #expect(after.trainableParameterCount == before.trainableParameterCount)
    try expectEqual(graph, scaled.graph, inputs: 4)
    let (network, parameters) = try scaled.graph.compile()
    let certificate = try GlobalCertificate(network, parameters)
    #expect(certificate.components.first { $0.isCyclic }?.theorem == .perronFrobenius)
  }

  @Test("Other activations, and norms that cannot be had, are refused with the reason")
  func refusals() throws {
    func loop(_ activation: Activation, _ weight: Double) -> Graph {
      Graph("loop") {
        Group("x", size: 1, role: .input, activation: activation)
        Connection("x", to: "x", weight: ParameterRule(.constant(weight)))
      }
    }
    for (graph, norm, message) in [
      (loop(.tanh, 0.5), 0.9, "not positively homogeneous"),
      (loop(.relu, 0.95), 0.9, "so no scaling gives the norm"),
      (loop(.relu, 0.5), 0, "the wanted norm is 0"), (loop(.relu, 0.5), .nan, "the wanted norm"),
    ] {
      let error = #expect(throws: CyclogradError.self) { try ScaledNetwork(graph, norm: norm) }
      #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    }
  }
}
