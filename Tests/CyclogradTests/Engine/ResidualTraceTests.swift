import Cyclograd
import Foundation
import Testing

@Suite("Residual traces")
struct ResidualTraceTests {
  /// h = tanh(h / 2 + x + 1/4) as a graph.
  private static func loop() throws -> (Network, Parameters) {
    try Graph("loop") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, role: .output, activation: .tanh, bias: ParameterRule(.constant(0.25)))
      Connection("x", to: "h", weight: ParameterRule(.constant(1)))
      Connection("h", to: "h", weight: ParameterRule(.constant(0.5)))
    }.compile()
  }

  @Test("Plain iteration leaves the residuals that the formula gives", arguments: [1, 11])
  func formula(samples: Int) throws {
    let (network, parameters) = try Self.loop()
    let simulator = try Simulator(network, backend: .named("picard+direct"))
    let trace = ResidualTrace(samples: 0..<samples)
    let inputs = (0..<samples).map { [0.1 * Double($0)] }
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix(inputs), trace: trace)
    #expect(equilibrium.isConverged)
    #expect(trace.runs.map(\.sample) == Array(0..<samples))
    for run in trace.runs {
      #expect(run.neuron == "h.0" && run.size == 1 && run.component == 0)
      let drive = 0.25 + inputs[run.sample][0]
      var z = drive
      for (index, point) in run.points.enumerated() {
        let next = 0.5 * tanh(z) + drive
        let expected = abs(z - next) / (abs(z) + abs(drive) + abs(0.5 * tanh(z)))
        #expect(abs(point.residual - expected) <= 1e-15)
        #expect(point.iteration == index && point.method == "picard")
        z = next
      }
      #expect(run.points.last?.iteration == equilibrium.evidence[run.sample].iterations)
      #expect(run.points.last?.residual == equilibrium.evidence[run.sample].residual)
    }
  }

  @Test("Newton's residuals fall quadratically, by the formula")
  func newton() throws {
    let (network, parameters) = try Self.loop()
    let simulator = try Simulator(network, backend: .direct)
    let trace = ResidualTrace()
    _ = try simulator.equilibrium(parameters, inputs: Matrix([[0.5]]), trace: trace)
    let points = try #require(trace.runs.first).points
    var z = 0.75
    for point in points.dropLast() {
      let a = tanh(z)
      let r = z - 0.5 * a - 0.75
      #expect(abs(point.residual - abs(r) / (abs(z) + 0.75 + abs(0.5 * a))) <= 1e-14)
      z -= r / (1 - 0.5 * (1 - a * a))
    }
    #expect(points.count > 3)
  }

  @Test("GMRES leaves a point for each product, with a preconditioner and without")
  func gmres() throws {
    var longest = 0
    for name in ["newton+gmres-plain", "anderson+gmres"] {
      for seed in UInt64(0)..<12 {
        let problem = try Problem(RandomGraphs.make(.tame, seed: seed), samples: 1, seed: seed)
        let simulator = try Simulator(problem.network, backend: .named(name))
        let equilibrium = try simulator.equilibrium(
          problem.parameters, inputs: problem.inputMatrix)
        guard equilibrium.isConverged else { continue }
        let trace = ResidualTrace()
        let gradient = try simulator.differentiate(
          .halfSquaredError, targets: problem.targetMatrix, at: equilibrium, trace: trace)
        let ends = try trace.runs.filter { $0.phase == .adjoint }.map { run in
          let last = try #require(run.points.last)
          if last.iteration > 0 {
            #expect(Set(run.points.map(\.iteration)) == Set(1...last.iteration))
          }
          return last.iteration
        }
        #expect(ends.max() ?? 0 == gradient.evidence[0].iterations)
        longest = max(longest, ends.max() ?? 0)
      }
    }
    #expect(longest > 2)
  }

  private static let backends =
    GradientBackend.all.map(\.name) + GradientBackend.stateSolvers.map { "\($0.name)+automatic" }
    + GradientBackend.adjointSolvers.map { "automatic+\($0.name)" }

  @Test(
    "A trace changes nothing and ends where the evidence says",
    arguments: backends)
  func harmless(backend: String) throws {
    for seed in 0..<25 {
      let problem = try Problem(RandomGraphs.make(.tame, seed: UInt64(seed)), seed: UInt64(seed))
      var options = SolverOptions(tolerance: 1e-10)
      options.listsComponents = true
      let simulator = try Simulator(
        problem.network, backend: .named(backend), options: options)
      guard simulator.unsuitability == nil else { continue }
      let trace = ResidualTrace(samples: 0..<problem.inputs.count)
      let plain = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
      let traced = try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, trace: trace)
      #expect(plain.states == traced.states || !plain.isConverged)
      #expect(plain.evidence == traced.evidence || !plain.isConverged)
      let targets = Matrix(problem.targets)
      let first = try simulator.differentiate(.halfSquaredError, targets: targets, at: plain)
      let second = try simulator.differentiate(
        .halfSquaredError, targets: targets, at: plain, trace: trace)
      #expect(first.gradient?.parameters == second.gradient?.parameters)
      for phase in ResidualTrace.Phase.allCases {
        let evidence = phase == .equilibrium ? traced.evidence : second.evidence
        for sample in problem.inputs.indices where evidence[sample].status == .converged {
          let runs = trace.runs.filter { $0.phase == phase && $0.sample == sample }
          let components = evidence[sample].components
          // Adjoints are found from the last component to the first.
          let inOrder = phase == .adjoint ? components.reversed() : components
          #expect(runs.map(\.neuron) == inOrder.map(\.neuron), "\(backend), seed \(seed)")
          for (run, component) in zip(runs, inOrder) {
            #expect(run.size == component.size)
            Self.check(run, component.outcome, "\(backend), seed \(seed), \(phase)")
          }
          let largest = runs.compactMap { $0.points.last?.residual }.max() ?? 0
          #expect(largest <= options.tolerance, "\(backend), seed \(seed), \(phase)")
        }
      }
    }
  }

  private static func check(
    _ run: ResidualTrace.Run, _ outcome: SolverOutcome, _ comment: Comment
  ) {
    #expect(!run.points.isEmpty, comment)
    for (before, after) in zip(run.points, run.points.dropFirst()) {
      #expect(before.iteration <= after.iteration, comment)
      #expect(before.seconds <= after.seconds, comment)
    }
    #expect(run.seconds == run.points.last?.seconds, comment)
    #expect(run.points.last.map { $0.iteration >= outcome.iterations } ?? false, comment)
  }

  @Test("Results are the same on any number of threads, but for the time")
  func threads() throws {
    func iterates(_ threads: Int) throws -> [ResidualTrace.Run] {
      let problem = try Problem(RandomGraphs.make(.tame, seed: 7), samples: 40, seed: 7)
      let trace = ResidualTrace(samples: 3..<35)
      let simulator = try Simulator(
        problem.network, options: SolverOptions(tolerance: 1e-10, threads: threads))
      _ = try simulator.equilibrium(
        problem.parameters, inputs: problem.inputMatrix, trace: trace)
      return trace.runs.map { run in
        var run = run
        run.seconds = 0
        for index in run.points.indices { run.points[index].seconds = 0 }
        return run
      }
    }
    let one = try iterates(1)
    #expect(Set(one.map(\.sample)) == Set(3..<35))
    #expect(try iterates(4) == one)
  }

  @Test("A run that does not end keeps its beginning and its last point")
  func limit() throws {
    let (network, parameters) = try Graph("endless") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1, role: .output)
      Connection("x", to: "h", weight: ParameterRule(.constant(1)))
      Connection("h", to: "h", weight: ParameterRule(.constant(-1)))
    }.compile()
    let count = ResidualTrace.pointLimit + 50
    let simulator = try Simulator(
      network, backend: .named("picard+direct"),
      options: SolverOptions(maximumIterations: count))
    let trace = ResidualTrace()
    let equilibrium = try simulator.equilibrium(
      parameters, inputs: Matrix([[0.5]]), trace: trace)
    #expect(equilibrium.evidence[0].status == .iterationLimit)
    let points = try #require(trace.runs.first).points
    #expect(points.count == ResidualTrace.pointLimit)
    #expect(points.first?.iteration == 0 && points.last?.iteration == count)
  }

  @Test("A network without a cycle leaves no trace, and neither do samples not asked for")
  func nothing() throws {
    let graph = Graph("acyclic") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: ParameterRule(.constant(1)))
    }
    let (network, parameters) = try graph.compile()
    let trace = ResidualTrace()
    _ = try Simulator(network).equilibrium(parameters, inputs: Matrix([[1]]), trace: trace)
    #expect(trace.runs.isEmpty)
    let (loop, values) = try Self.loop()
    let other = ResidualTrace(samples: 4..<9)
    _ = try Simulator(loop).equilibrium(values, inputs: Matrix([[1]]), trace: other)
    #expect(other.runs.isEmpty)
  }
}
