import Testing

@testable import Cyclograd

/// What a user of the library may write.
private struct Huber: Loss {
  var width = 0.3
  var name: String { "huber" }

  func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let error = outputs[j] - targets[j]
      let isNear = abs(error) <= width
      sum += isNear ? 0.5 * error * error : width * (abs(error) - 0.5 * width)
      derivatives[j] = isNear ? error : (error > 0 ? width : -width)
    }
    return sum
  }
}

/// Half the squared error from targets that are given less 1; preparing them twice would show.
private struct Shifted: Loss {
  var name: String { "shifted" }

  func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    var result = targets
    for index in result.elements.indices { result.elements[index] += 1 }
    return result
  }

  func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    HalfSquaredError().evaluate(outputs: outputs, targets: targets, derivatives: &derivatives)
  }
}

@Suite("Own losses")
struct OwnLossTests {
  /// The derivatives of a loss against central differences of its value.
  private func expectDerivatives(
    _ loss: any Loss, _ a: [Double], _ y: [Double],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let derivatives = loss.evaluate(outputs: a, targets: y).derivatives
    let h = 1e-5
    for j in a.indices {
      var (up, down) = (a, a)
      up[j] += h
      down[j] -= h
      let difference =
        (loss.evaluate(outputs: up, targets: y).value
          - loss.evaluate(outputs: down, targets: y).value) / (2 * h)
      #expect(
        abs(derivatives[j] - difference) < 1e-8, "\(loss.name), output \(j)",
        sourceLocation: sourceLocation)
    }
  }

  @Test("Every loss with a name has the derivatives of its value", arguments: LossRegistry.all)
  func named(_ loss: any Loss) {
    var random = TestRandom(11)
    for count in 1...5 {
      for _ in 0..<20 {
        let y = ReferenceLoss(loss).targets(count, &random)
        // Away from the kink of the absolute error.
        let a = y.map { $0 + (random.chance(0.5) ? 1 : -1) * random.number(0.1, 3) }
        expectDerivatives(loss, a, y)
      }
    }
  }

  @Test("An own loss has a gradient, a check and a training; only a certificate needs more")
  func own() throws {
    let problem = try Problem(LossTests.graph, samples: 3)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let loss = Huber()
    let gradient = try simulator.gradient(
      of: loss, targets: problem.targetMatrix, at: equilibrium)
    let check = try GradientCheck(
      gradient, of: loss, targets: problem.targetMatrix, at: equilibrium)
    #expect(check.isPassed && check.relativeError < 1e-7)
    let certificate = try GradientCertificate(
      gradient, of: loss, targets: problem.targetMatrix, at: equilibrium)
    #expect(certificate.reason?.contains("'huber' cannot be enclosed") == true)
    var trainer = try Trainer(
      simulator, problem.parameters,
      TrainerOptions(loss: loss, optimizer: .sgd(), learningRate: LearningRate(0.1)))
    let report = try trainer.step(inputs: problem.inputMatrix, targets: problem.targetMatrix)
    #expect(report.loss == gradient.loss)
    for index in gradient.parameters.indices where problem.network.isTrainable(parameter: index) {
      let expected = problem.parameters.values[index] - 0.1 * gradient.parameters[index]
      #expect(abs(trainer.parameters.values[index] - expected) < 1e-14)
    }
  }

  @Test("Targets are prepared once, wherever they are used")
  func prepared() throws {
    let problem = try TrainingProblem()
    let simulator = try problem.simulator()
    var shifted = problem.table.targets
    for index in shifted.elements.indices { shifted.elements[index] -= 1 }
    let equilibrium = try simulator.equilibrium(
      problem.parameters, inputs: problem.table.inputs)
    let expected = try simulator.gradient(
      of: .halfSquaredError, targets: problem.table.targets, at: equilibrium)
    let found = try simulator.gradient(of: Shifted(), targets: shifted, at: equilibrium)
    #expect(abs(found.loss - expected.loss) < 1e-14)
    #expect(relativeDifference(found.parameters, expected.parameters) < 1e-13)
    for optimizer in [Optimizer.sgd(), .lbfgs()] {
      func trained(_ loss: any Loss, _ targets: Matrix) throws -> [Double] {
        var trainer = try Trainer(
          simulator, problem.parameters,
          TrainerOptions(loss: loss, optimizer: optimizer, learningRate: LearningRate(0.5)))
        for _ in 0..<3 { _ = try trainer.step(inputs: problem.table.inputs, targets: targets) }
        return trainer.parameters.values
      }
      #expect(
        relativeDifference(
          try trained(Shifted(), shifted), try trained(.halfSquaredError, problem.table.targets))
          < 1e-9)
    }
    let evaluation = try Evaluation(
      simulator, problem.parameters, loss: Shifted(), inputs: problem.table.inputs,
      targets: shifted)
    #expect(abs((evaluation.loss ?? .nan) - expected.loss) < 1e-14)
  }
}
