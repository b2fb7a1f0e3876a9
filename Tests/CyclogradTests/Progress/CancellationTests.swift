import Cyclograd
import Foundation
import TestSupport
import Testing

@Suite("Whoever waits for a call may end it")
struct CancellationTests {
  /// Three neurons that drive each other round and round, and a crowd of others: no plain method settles, and none
  /// may give up before it has made more steps than anybody waits for.
  private static func restless(_ size: Int) throws -> (Network, Parameters) {
    try Graph("restless", seed: 3) {
      Group("x", size: 1, role: .input)
      Group("h", size: size, activation: .cos, bias: .uniform(-1...1))
      Group("y", size: 1, role: .output)
      Connection("x", to: "h")
      Connection("h", to: "h", .inDegree(20), weight: .normal(3))
      Connection("h", to: "y")
    }.compile()
  }

  private static let endless: SolverOptions = {
    var options = SolverOptions(tolerance: 1e-300, maximumIterations: 1 << 40)
    options.threads = 1
    return options
  }()

  private static let patience = Duration.seconds(3)

  /// Calls `body` with a token that is cancelled after a moment; the error, and how long it took from there.
  private static func cancelling(
    after seconds: Double = 0.1, _ body: @Sendable () throws -> Void
  ) -> (code: CyclogradError.Code?, time: Duration) {
    let token = CancellationToken()
    let clock = ContinuousClock()
    let start = clock.now
    // A thread of its own: those of the pool may all be busy with other tests.
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: seconds)
      token.cancel()
    }
    var code: CyclogradError.Code?
    do {
      try CancellationToken.$current.withValue(token, operation: body)
    } catch { code = (error as? CyclogradError)?.code }
    return (code, clock.now - start)
  }

  @Test(
    "State solvers end soon, and the simulator serves on",
    arguments: GradientBackend.stateSolvers.map(\.name))
  func states(solver: String) throws {
    let (network, parameters) = try Self.restless(200)
    let simulator = try Simulator(
      network, backend: .pair(solver: solver, adjoint: nil), options: Self.endless)
    let inputs = Matrix([[0.5], [0.25]])
    let (code, time) = Self.cancelling { _ = try simulator.equilibrium(parameters, inputs: inputs) }
    #expect(time < Self.patience, "\(solver)")
    // Newton's methods give up by themselves where no step lowers the residual.
    if ["algorithm-1", "picard", "anderson", "automatic", "gauss-seidel"].contains(solver) {
      #expect(code == .cancelled, "\(solver)")
    }
    var tame = parameters
    for index in tame.values.indices { tame.values[index] *= 0.01 }
    let other = try Simulator(network, backend: simulator.backend)
    let before = try other.equilibrium(tame, inputs: inputs)
    let token = CancellationToken()
    token.cancel()
    #expect(throws: CyclogradError.self) {
      try CancellationToken.$current.withValue(token) {
        try other.equilibrium(tame, inputs: inputs)
      }
    }
    let after = try other.equilibrium(tame, inputs: inputs)
    #expect(after.states == before.states)
    #expect(after.evidence == before.evidence)
  }

  @Test(
    "Adjoint solvers end soon", arguments: GradientBackend.adjointSolvers.map(\.name))
  func adjoints(adjoint: String) throws {
    let (network, parameters) = try Self.restless(200)
    let simulator = try Simulator(
      network, backend: .pair(solver: "newton", adjoint: adjoint), options: Self.endless)
    let inputs = Matrix([[0.5]])
    // Any state will do: the series of its adjoint neither ends nor runs away when scaled.
    var tame = parameters
    for index in 0..<network.weightParameterCount { tame.values[index] *= 0.05 }
    let solving = try Simulator(network)
    let states = try solving.equilibrium(tame, inputs: inputs).requireConverged()
    let token = CancellationToken()
    token.cancel()
    let error = AdjointAtZero.error {
      try CancellationToken.$current.withValue(token) {
        try simulator.differentiate(
          .outputs(Matrix([[1]])), at: states)
      }
    }
    #expect(error?.code == .cancelled)
  }

  @Test("Products with derivatives, updates, proofs and several threads ask as well")
  func others() throws {
    let (network, parameters) = try Self.restless(200)
    var tame = parameters
    for index in 0..<network.weightParameterCount { tame.values[index] *= 0.02 }
    let simulator = try Simulator(network, options: SolverOptions(threads: 2))
    let inputs = Matrix(rows: 40, columns: 1, repeating: 0.5)
    let found = try simulator.equilibrium(tame, inputs: inputs).requireConverged()
    let token = CancellationToken()
    token.cancel()
    let weights = tame
    let finder = LesionFinder(network)
    let cuts = try (0..<8).map { try finder.outEdges(of: $0) }
    let calls: [(String, @Sendable () throws -> Void)] = [
      (
        "vjp",
        { _ = try found.vjp(.outputs(Matrix(rows: 40, columns: 1, repeating: 1)), threads: 2) }
      ),
      ("jvp", { _ = try found.jvp(Tangent(inputs: inputs)) }),
      ("solve", { _ = try simulator.equilibrium(weights, inputs: inputs) }),
      ("certify", { _ = try LocalCertificate(found, threads: 2) }),
      ("cut", { _ = try LesionStudy(cuts, at: found, with: simulator) }),
      (
        "update",
        {
          var copy = found
          try simulator.update(&copy, inputs: Matrix(rows: 40, columns: 1, repeating: 0.6))
        }
      ),
    ]
    for (name, call) in calls {
      let error = AdjointAtZero.error {
        try CancellationToken.$current.withValue(token, operation: call)
      }
      #expect(error?.code == .cancelled, "\(name)")
    }
  }
}
