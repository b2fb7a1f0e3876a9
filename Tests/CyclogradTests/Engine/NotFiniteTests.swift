import Cyclograd
import Testing

@Suite("A neuron whose activation is not finite makes its sample fail, and is named")
struct NotFiniteTests {
  static let all = GradientBackend.available.map(\.name)

  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var graph: Graph
    /// One row that fails.
    var bad: [Double]
    /// The neurons of which one has to be named.
    var neurons: [String]
    /// Algorithm 1 takes numbers beyond 1e50 for divergence.
    var isHuge = false
    /// Rows that have an answer.
    var good: [[Double]] = [[2], [-0.5], [3]]
  }

  static func edge(_ from: String, _ to: String, unit: Int = 0, _ weight: Double = 1) -> Edge {
    Edge(
      NeuronReference(from, 0), to: NeuronReference(to, 0), unit: unit,
      weight: .init(.constant(weight)))
  }

  static let cases = [
    Case(
      description: "an output",
      graph: Graph("output") {
        Group("x", size: 1, role: .input)
        Group("y", size: 1, role: .output, activation: .reciprocal)
        edge("x", "y")
      }, bad: [0], neurons: ["y.0"]),
    Case(
      description: "a neuron that feeds nothing and is no output",
      graph: Graph("unread") {
        Group("x", size: 1, role: .input)
        Group("q", size: 1, activation: .reciprocal)
        Group("y", size: 1, role: .output)
        edge("x", "q")
        edge("x", "y")
      }, bad: [0], neurons: ["q.0"]),
    Case(
      description: "a neuron that feeds another one with weight 0",
      graph: Graph("weight 0") {
        Group("x", size: 1, role: .input)
        Group("q", size: 1, activation: .reciprocal)
        Group("y", size: 1, role: .output)
        edge("x", "q")
        edge("q", "y", 0)
      }, bad: [0], neurons: ["q.0"]),
    Case(
      description: "a product that overflows",
      graph: Graph("product") {
        Group("x", size: 1, role: .input)
        Group("p", size: 1, combine: .product, units: [.init(), .init()])
        Group("y", size: 1, role: .output, activation: .tanh)
        edge("x", "p", 1e200)
        edge("x", "p", unit: 1)
        edge("x", "y")
      }, bad: [1e150], neurons: ["p.0"], isHuge: true),
    Case(
      description: "a product of 0 and infinity",
      graph: Graph("0 times infinity") {
        Group("x", size: 1, role: .input)
        Group(
          "p", size: 1, role: .output, combine: .product, units: [.init(.reciprocal), .init()])
        edge("x", "p")
        edge("x", "p", unit: 1)
      }, bad: [0], neurons: ["p.0"]),
    Case(
      description: "a maximum",
      graph: Graph("maximum") {
        Group("x", size: 1, role: .input)
        Group("m", size: 1, role: .output, combine: .max, units: [.init(.reciprocal), .init()])
        edge("x", "m")
        edge("x", "m", unit: 1)
      }, bad: [0], neurons: ["m.0"]),
    Case(
      description: "a sum that overflows",
      graph: Graph("sum") {
        Group("x", size: 1, role: .input)
        Group("y", size: 1, role: .output)
        edge("x", "y", 1e10)
      }, bad: [1e300], neurons: ["y.0"], isHuge: true),
    Case(
      description: "a neuron after a cycle",
      graph: Graph("after a cycle") {
        Group("x", size: 1, role: .input)
        Group("h", size: 1, activation: .tanh)
        Group("q", size: 1, activation: .reciprocal)
        Group("y", size: 1, role: .output)
        edge("x", "h")
        edge("h", "h", 0.5)
        edge("h", "q")
        edge("h", "y")
      }, bad: [0], neurons: ["q.0"]),
    Case(
      description: "a neuron before a cycle",
      graph: Graph("before a cycle") {
        Group("x", size: 1, role: .input)
        Group("q", size: 1, activation: .reciprocal)
        Group("h", size: 1, role: .output, activation: .tanh)
        edge("x", "q")
        edge("q", "h")
        edge("h", "h", 0.5)
      }, bad: [0], neurons: ["q.0"]),
    Case(
      description: "a neuron within a cycle",
      graph: Graph("within a cycle") {
        Group("x", size: 1, role: .input)
        Group("p", size: 1, combine: .product, units: [.init(), .init(.logistic)])
        Group("h", size: 1, role: .output, activation: .tanh)
        edge("x", "p", 1e200)
        edge("h", "p", unit: 1, 0.1)
        edge("p", "h", 1e-300)
      }, bad: [1e150], neurons: ["p.0"], isHuge: true),
  ]

  @Test("The sample fails, the others do not notice", arguments: all, cases)
  func fails(backend: String, example: Case) throws {
    if example.isHuge, backend == "edge-list" { return }
    let (network, parameters) = try example.graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    if simulator.unsuitability != nil { return }
    let alone = try simulator.equilibrium(parameters, inputs: Matrix([example.bad]))
    if alone.evidence[0].status == .notApplicable { return }
    let rows = example.good + [example.bad] + example.good
    let batch = try simulator.equilibrium(parameters, inputs: Matrix(rows))
    for (equilibrium, row) in [(alone, 0), (batch, example.good.count)] {
      let evidence = equilibrium.evidence[row]
      #expect(evidence.status == .notFinite, "\(evidence)")
      let detail = evidence.detail ?? ""
      #expect(example.neurons.contains { detail.contains($0) }, "\(evidence)")
      #expect(equilibrium.outputs[row: row].allSatisfy { $0.isNaN })
      let error = AdjointAtZero.error { try equilibrium.requireConverged() }?.description ?? ""
      #expect(error.contains("not-finite"), "\(error)")
      #expect(throws: CyclogradError.self) { try equilibrium.jacobians() }
      #expect(throws: CyclogradError.self) {
        try simulator.gradient(
          of: .halfSquaredError,
          targets: Matrix(rows: equilibrium.sampleCount, columns: network.outputCount),
          at: equilibrium)
      }
    }
    let records = SampleRecord.all(batch)
    for (place, row) in rows.enumerated() where row != example.bad {
      let single = try simulator.equilibrium(parameters, inputs: Matrix([row]))
      // Algorithm 1 starts all neurons from a = 0 at once, where 1 / z is not finite either.
      #expect(single.isConverged || backend == "edge-list", "\(single.evidence)")
      let difference = records[place].difference(from: SampleRecord.all(single)[0], in: network)
      #expect(difference == nil, "row \(place): \(difference ?? "")")
    }
  }

  @Test("A given state is held to the same", arguments: all)
  func given(backend: String) throws {
    let (network, parameters) = try Self.cases[0].graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    if simulator.unsuitability != nil { return }
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix([[0], [2]]), at: Matrix([[0, 0], [2, 2]]))
    #expect(equilibrium.evidence.map(\.status) == [.notFinite, .converged])
    #expect(equilibrium.evidence[0].detail?.contains("y.0") == true, "\(equilibrium.evidence[0])")
    #expect(equilibrium.outputs[0, 0].isNaN && equilibrium.outputs[1, 0] == 0.5)
  }
}
