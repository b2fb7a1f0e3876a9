import Cyclograd
import Testing

/// One network with its samples, ready to be compared with the oracle.
struct Problem {
  var network: Network
  var parameters: Parameters
  var inputs: [[Double]]
  var targets: [[Double]]
  var loss: any Loss = .halfSquaredError
  /// Plain iteration is expected to settle.
  var isTame = true

  init(
    _ graph: Graph, samples: Int = 2, loss: any Loss = .halfSquaredError, seed: UInt64 = 1,
    isTame: Bool = true
  ) throws {
    (network, parameters) = try graph.compile()
    var random = TestRandom(seed)
    self.loss = loss
    self.isTame = isTame
    let inputCount = network.inputCount
    let outputCount = network.outputCount
    inputs = (0..<samples).map { _ in random.vector(inputCount) }
    targets = (0..<samples).map { _ in ReferenceLoss(loss).targets(outputCount, &random) }
  }

  var inputMatrix: Matrix {
    Matrix(rows: inputs.count, columns: network.inputCount, elements: inputs.flatMap { $0 })
  }
  var targetMatrix: Matrix { Matrix(targets) }

  func simulator(_ backend: String, tolerance: Double? = nil) throws -> Simulator {
    // Where the iterates are the answer, they must be as good as the comparison.
    let usual = ["edge-list", "iterative", "automatic"].contains(backend) ? 2e-14 : 1e-10
    return try Simulator(
      network, backend: .named(backend), options: SolverOptions(tolerance: tolerance ?? usual))
  }
}

/// How far a backend's answers are from the oracle's.
struct Comparison: CustomStringConvertible {
  var status = SolveStatus.converged
  var state = 0.0
  var gradient = 0.0
  var inputs = 0.0
  var dual = 0.0
  var central = 0.0
  var dualCount = 0
  var centralCount = 0
  /// Because the oracle's own systems are nearly singular.
  var isSkipped = false

  var description: String {
    "\(status) state \(state), gradient \(gradient), inputs \(inputs), dual \(dual) of "
      + "\(dualCount), central \(central) of \(centralCount)"
  }
}

extension Problem {
  /// The losses' own derivatives are of order 1, so that gradients below this have cancelled.
  private static let floor = 1e-5

  /// Solves with a backend and compares state and gradients with the oracle, and the gradient along
  /// some directions with dual numbers and central differences.
  func compare(_ backend: String, directions: Int = 1, seed: UInt64 = 7) throws -> Comparison {
    var result = Comparison()
    var random = TestRandom(seed)
    let simulator = try simulator(backend)
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputMatrix)
    guard equilibrium.isConverged else {
      result.status = equilibrium.evidence.first { $0.status != .converged }!.status
      return result
    }
    let oracle = DenseOracle(network, parameters)
    let reference = ReferenceLoss(loss)
    var states: [[Double]] = []
    for row in inputs.indices {
      let z = Array(equilibrium.states[row: row])
      guard let exact = try oracle.equilibrium(inputs[row], from: z),
        oracle.sensitivity(at: exact, &random) < 1e3
      else {
        result.isSkipped = true
        return result
      }
      for (z, exact) in zip(z, exact) {
        result.state = max(result.state, abs(z - exact) / max(1, abs(exact)))
      }
      states.append(exact)
    }
    let outcome = try simulator.differentiate(loss, targets: targetMatrix, at: equilibrium)
    guard let gradient = outcome.gradient else {
      result.status = outcome.evidence.first { $0.status != .converged }!.status
      return result
    }
    let expected = try oracle.gradient(reference, at: states, targets: targets)
    #expect(abs(gradient.loss - expected.loss) <= 1e-10 * max(1, abs(expected.loss)))
    result.gradient = relativeDifference(
      gradient.parameters, expected.parameters, floor: Self.floor)
    result.inputs = relativeDifference(
      gradient.inputs.elements, expected.inputs.flatMap { $0 },
      floor: max(Self.floor, DenseAlgebra.largest(expected.parameters)))
    let scale = max(DenseAlgebra.largest(expected.parameters), 1e-3)
    for index in 0..<directions {
      let direction = random.vector(network.parameterCount)
      let slope = DenseAlgebra.dot(gradient.parameters, direction)
      if let central = try oracle.centralDifference(
        reference, parameters.values, inputs: inputs, targets: targets, at: states,
        along: direction)
      {
        result.central = max(result.central, abs(slope - central) / scale)
        result.centralCount += 1
      }
      guard isTame else { continue }
      // One sample at a time, with a direction of its inputs as well.
      var sum = 0.0
      var expectedSum = slope
      for row in inputs.indices {
        let inputDirection = random.vector(network.inputCount)
        guard
          let dual = oracle.dualDerivative(
            reference, inputs: inputs[row], target: targets[row], at: states[row],
            along: direction, inputDirection: inputDirection)
        else {
          Issue.record("dual numbers do not settle, direction \(index)")
          return result
        }
        sum += dual / Double(inputs.count)
        expectedSum += DenseAlgebra.dot(Array(gradient.inputs[row: row]), inputDirection)
      }
      result.dual = max(result.dual, abs(expectedSum - sum) / scale)
      result.dualCount += 1
    }
    return result
  }

  /// Expects agreement within the limits that the project promises.
  func expectAgreement(
    _ backend: String, directions: Int = 1, _ comment: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let comparison = try compare(backend, directions: directions)
    let text = Comment(rawValue: "\(backend) \(comment): \(comparison)")
    #expect(comparison.status == .converged, text, sourceLocation: sourceLocation)
    #expect(!comparison.isSkipped, text, sourceLocation: sourceLocation)
    #expect(comparison.state <= 1e-10, text, sourceLocation: sourceLocation)
    #expect(comparison.gradient <= 1e-10, text, sourceLocation: sourceLocation)
    #expect(comparison.inputs <= 1e-10, text, sourceLocation: sourceLocation)
    #expect(comparison.dual <= 1e-10, text, sourceLocation: sourceLocation)
    #expect(comparison.central <= 1e-6, text, sourceLocation: sourceLocation)
  }
}
