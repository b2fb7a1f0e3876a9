import Cyclograd
import Foundation
import TestSupport
import Testing

@Suite(
  "Answers do not depend on the unit in which inputs and biases are given", .tags(.slow),
  .unlessFast)
struct UnitsTests {
  /// Everything but paths and starts of other sizes, which have a scale of their own.
  static let backends =
    GradientBackend.available.map(\.name)
    + ["picard", "picard-damped", "anderson", "gauss-seidel", "newton", "newton-krylov"].map {
      "\($0)+direct"
    } + GradientBackend.adjointSolvers.map { "newton+\($0.name)" }

  static func scaled(_ matrix: Matrix, _ exponent: Int) -> Matrix {
    var result = matrix
    for index in result.elements.indices {
      result.elements[index] = scalbn(result.elements[index], exponent)
    }
    return result
  }

  @Test("Newton's method takes the same steps in units whose squares overflow or vanish")
  func extremeUnits() throws {
    var compared = 0
    for seed in UInt64(0)..<8 {
      var random = TestRandom(seed)
      let size = random.integer(3...20)
      let graph = Graph("homogeneous", seed: seed) {
        Group("n", size: size, role: [.input, .output], activation: .leakyReLU(slope: 0.2))
        Connection("n", to: "n", weight: .normal(1.3 / Double(size).squareRoot()))
      }
      let (network, parameters) = try graph.compile()
      let inputs = Matrix([(0..<size).map { _ in random.symmetricUnit() }])
      for backend in ["direct", "newton-krylov+direct"] {
        let simulator = try Simulator(network, backend: .named(backend))
        let plain = try simulator.equilibrium(parameters, inputs: inputs)
        guard plain.isConverged else { continue }
        compared += 1
        for exponent in [-700, -560, 560, 900] {
          let other = try simulator.equilibrium(
            parameters, inputs: Self.scaled(inputs, exponent))
          #expect(other.evidence[0].iterations == plain.evidence[0].iterations, "\(backend)")
          let isScaled = other.states == Self.scaled(plain.states, exponent)
          #expect(isScaled, "\(backend), 2^\(exponent), seed \(seed)")
        }
      }
    }
    #expect(compared > 4)
  }

  /// Everything that a computation gives, in units of 2^exponent.
  struct Answer {
    var equilibrium: Equilibrium
    var outcome: GradientOutcome?

    init(
      _ simulator: Simulator, _ parameters: Parameters, _ inputs: Matrix, _ targets: Matrix,
      exponent: Int
    ) throws {
      var parameters = parameters
      // Weights have no unit.
      for index in simulator.network.weightParameterCount..<parameters.values.count {
        parameters.values[index] = scalbn(parameters.values[index], exponent)
      }
      equilibrium = try simulator.equilibrium(parameters, inputs: scaled(inputs, exponent))
      guard equilibrium.isConverged else { return }
      outcome = try simulator.differentiate(
        .halfSquaredError, targets: scaled(targets, exponent), at: equilibrium)
    }

    /// In what it differs from the answer in units of 1.
    func difference(from plain: Answer, _ exponent: Int) -> String? {
      let network = equilibrium.network
      for row in 0..<equilibrium.sampleCount {
        for (now, before, name) in [
          (equilibrium.evidence, plain.equilibrium.evidence, "state"),
          (outcome?.evidence ?? [], plain.outcome?.evidence ?? [], "adjoint"),
        ] where row < now.count && row < before.count {
          let (x, y) = (now[row], before[row])
          if x.status != y.status || x.detail != y.detail || x.iterations != y.iterations {
            return "row \(row), \(name): \(x), in units of 1 \(y)"
          }
        }
        let difference =
          SampleRecord.difference(
            "z of", network.unitNames, Array(equilibrium.states[row: row]),
            Array(scaled(plain.equilibrium.states, exponent)[row: row]), other: "in units of 1")
          ?? SampleRecord.difference(
            "d of", network.inputNames, outcome?.gradient.map { Array($0.inputs[row: row]) } ?? [],
            plain.outcome?.gradient.map { Array(scaled($0.inputs, exponent)[row: row]) } ?? [],
            other: "in units of 1")
        if let difference { return "row \(row): \(difference)" }
      }
      return nil
    }
  }

  @Test(
    "States and adjoints of homogeneous networks are multiplied by 2ᵏ exactly", arguments: backends)
  func homogeneous(backend: String) throws {
    var differences = Differences()
    let cases = [(3, 0.9), (9, 0.6), (17, 0.9), (24, 1.4), (60, 0.8), (120, 0.9)]
    for (seed, (size, gain)) in cases.enumerated() {
      let graph = HomogeneousNetworks.make(size, gain: gain, seed: UInt64(seed))
      let (network, parameters) = try graph.compile()
      // As many as Newton's method may need; where more are needed, other starts are tried.
      let simulator = try Simulator(
        network, backend: .named(backend), options: SolverOptions(maximumIterations: 150))
      for samples in [1, 5] {
        var random = TestRandom(UInt64(seed))
        let inputs = Matrix((0..<samples).map { _ in random.vector(size) })
        let targets = Matrix((0..<samples).map { _ in random.vector(size) })
        let plain = try Answer(simulator, parameters, inputs, targets, exponent: 0)
        for exponent in [-30, -100, 40] {
          let other = try Answer(simulator, parameters, inputs, targets, exponent: exponent)
          if let difference = other.difference(from: plain, exponent) {
            differences.add("\(graph.name), \(backend), 2^\(exponent), \(difference)")
          }
        }
      }
    }
    differences.expectNone()
  }

  @Test("A ring that is driven by nanomoles", arguments: GradientBackend.available.map(\.name))
  func ring(backend: String) throws {
    var differences = Differences()
    for size in [2, 16, 17, 33] {
      let ring = SingularNetwork.cycle(
        "a cycle of \(size) weights 0.9", Array(repeating: 0.9, count: size), isCritical: false)
      let (network, parameters) = try ring.graph(.identity).compile()
      let simulator = try Simulator(network, backend: .named(backend))
      for drive in [1, 1e-9, 1e-15, 1e-40, 1e9] {
        var inputs = Matrix(rows: 1, columns: size)
        inputs[0, 0] = drive
        let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
        if equilibrium.evidence[0].status == .notApplicable { continue }
        let full = 1 - pow(0.9, Double(size))
        let state = (0..<size).map { drive * pow(0.9, Double($0)) / full }
        let stateError = relativeDifference(equilibrium.states.elements, state)
        // At targets of 0, g = a and d[k] = Σ 0.9ⁱ a[k + i] / (1 − 0.9ⁿ).
        let adjoint = (0..<size).map { k in
          (0..<size).reduce(0.0) { $0 + pow(0.9, Double($1)) * state[(k + $1) % size] / full }
        }
        let outcome = try simulator.differentiate(
          .halfSquaredError, targets: Matrix(rows: 1, columns: size), at: equilibrium)
        let error = relativeDifference(outcome.gradient?.inputs.elements ?? [], adjoint)
        if !(stateError < 1e-8 && error < 1e-8) {
          differences.add(
            "\(backend), \(ring), drive \(drive): states \(stateError), adjoint \(error), "
              + "\(equilibrium.evidence[0]), \(outcome.evidence[0])")
        }
      }
    }
    differences.expectNone()
  }
}
