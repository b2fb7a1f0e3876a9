import Cyclograd
import TestSupport
import Testing

@Suite(
  "Where I − D Wᵀ is singular there is no derivative, and a little away from there a right one",
  .tags(.slow), .unlessFast)
struct SingularAdjointTests {
  static let direct = ["automatic"] + built(["direct", "klu", "umfpack", "dense", "cholmod"])
  static let iterative = [
    "iterative", "edge-list", "newton+neumann", "newton+gmres", "newton+gmres-plain",
    "newton+algorithm-2",
  ]

  /// Networks that a backend can treat, and treats in a few seconds.
  static func networks(_ backend: String) -> [SingularNetwork] {
    (SingularNetwork.usual + SingularNetwork.large).filter {
      switch backend {
      case "cholmod": $0.isSymmetric
      case "dense": $0.size <= 600
      default: iterative.contains(backend) ? $0.size <= 20 : true
      }
    }
  }

  @Test("Methods that factor refuse it, and name the component", arguments: direct)
  func refused(backend: String) throws {
    var differences = Differences()
    for network in Self.networks(backend) {
      for isConsistent in [false, true] {
        let problem = try AdjointAtZero(network, backend, isConsistent: isConsistent)
        try #require(problem.equilibrium.isConverged, "\(network)")
        let outcome = try problem.differentiate()
        let error = AdjointAtZero.error { try outcome.get() }?.description ?? "a gradient"
        let isRefused =
          outcome.gradient == nil && outcome.evidence[0].status == .singular
          && error.contains("singular") && error.contains("of h.")
        if !isRefused {
          differences.add(
            "\(backend), \(network), right-hand side in the range: \(isConsistent), "
              + "\(outcome.evidence[0]), \(error)")
        }
      }
    }
    differences.expectNone()
  }

  @Test("Jacobians and derivatives along a direction are refused, too")
  func jacobians() throws {
    var differences = Differences()
    for network in SingularNetwork.usual + SingularNetwork.large {
      let problem = try AdjointAtZero(network, "automatic")
      let errors = [
        AdjointAtZero.error { try problem.equilibrium.jacobians() },
        AdjointAtZero.error {
          try problem.equilibrium.jvp(
            Tangent(inputs: Matrix(rows: 1, columns: network.terminals, repeating: 1)))
        },
      ].map { $0?.description ?? "an answer" }
      for (name, error) in zip(["Jacobian", "direction"], errors)
      where !error.contains("singular") || !error.contains("of h.") {
        differences.add("\(network), \(name): \(error)")
      }
    }
    differences.expectNone()
  }

  @Test("Of several components the singular one is named", arguments: direct)
  func named(backend: String) throws {
    guard backend != "cholmod" else { return }
    let graph = Graph("three components") {
      Group("a", size: 3, role: [.input, .output], activation: .tanh)
      Group("b", size: 2, role: .output, activation: .tanh)
      Group("c", size: 3, role: .output, activation: .tanh)
      Connection("a", to: "a", weight: 0.25)
      Connection("b", to: "b", weight: 0.5)
      Connection("c", to: "c", weight: 0.125)
      Connection("a", to: "b", weight: 0.5)
      Connection("b", to: "c", weight: 0.5)
    }
    let (network, parameters) = try graph.compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix([[0, 0, 0]]), at: Matrix(rows: 1, columns: 8))
    let errors = [
      AdjointAtZero.error {
        try simulator.gradient(
          of: .halfSquaredError, targets: Matrix(rows: 1, columns: 8, repeating: 1),
          at: equilibrium)
      },
      AdjointAtZero.error { try equilibrium.jacobians() },
    ].map { $0?.description ?? "none" }
    for error in errors {
      #expect(error.contains("singular") && error.contains("of b."), "\(error)")
    }
  }

  @Test("Iterations refuse what grows, and answer the rest with a remark", arguments: iterative)
  func iterations(backend: String) throws {
    var differences = Differences()
    for network in Self.networks(backend) {
      let growing = try AdjointAtZero(network, backend).differentiate()
      if growing.gradient != nil || growing.evidence[0].status == .converged {
        differences.add("\(backend), \(network): \(growing.evidence[0])")
      }
      let consistent = try AdjointAtZero(network, backend, isConsistent: true).differentiate()
      if consistent.gradient != nil, !consistent.evidence[0].saysThatConditionIsUnknown {
        differences.add(
          "\(backend), \(network), right-hand side in the range: \(consistent.evidence[0])")
      }
    }
    differences.expectNone()
  }

  @Test("Batches with a singular sample answer for none, and say which it is", arguments: direct)
  func batch(backend: String) throws {
    // At x = 0 the slope is 1 exactly, elsewhere it is less.
    let (network, parameters) = try SingularNetwork.neighbors(17).graph().compile()
    let simulator = try Simulator(network, backend: .named(backend))
    let inputs = Matrix((0..<5).map { Array(repeating: $0 == 3 ? 0 : Double($0 + 1), count: 17) })
    let start = Matrix((0..<5).map { Array(repeating: $0 == 3 ? 0 : Double($0 + 1), count: 17) })
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs, start: start)
    try #require(equilibrium.isConverged, "\(equilibrium.evidence)")
    let outcome = try simulator.differentiate(
      .halfSquaredError, targets: Matrix(rows: 5, columns: 17, repeating: 0.5), at: equilibrium)
    #expect(outcome.gradient == nil)
    #expect(
      outcome.evidence.map(\.status) == [
        .converged, .converged, .converged, .singular, .converged,
      ])
  }
}
