import Cyclograd
import CyclogradReports

/// What second derivatives cost, in gradients and in plain steps of the same network.
enum SecondOrder {
  static func measure(neurons: Int, _ settings: Settings) throws -> [Measurement] {
    let problem = try Families.uniformBetween(neurons, ends: 64)
    let options = SolverOptions(threads: 1)
    let simulator = try Simulator(problem.network, options: options)
    let curvature = try Curvature(simulator)
    let direction = problem.direction
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputs)
      .requireConverged()
    func median(_ body: () throws -> Void) rethrows -> Double {
      try body()
      let clock = ContinuousClock()
      var times: [Double] = []
      for _ in 0..<max(3, settings.rounds) {
        times.append(try clock.measure(body) / .seconds(1))
      }
      return times.median() ?? .nan
    }
    let gradient = try median {
      let state = try simulator.equilibrium(problem.parameters, inputs: problem.inputs)
      _ = try simulator.gradient(of: problem.loss, targets: problem.targets, at: state)
    }
    let hessian = try median {
      _ = try curvature.hessianProduct(
        of: problem.loss, targets: problem.targets, along: direction, at: equilibrium)
    }
    func step(_ terms: [any Regulariser]) throws -> Double {
      var trainer = try Trainer(
        simulator, problem.parameters,
        TrainerOptions(learningRate: LearningRate(1e-9), regularisers: terms))
      return try median {
        _ = try trainer.step(inputs: problem.inputs, targets: problem.targets)
      }
    }
    let plain = try step([])
    let penalised = try step([
      JacobianPenalty(
        of: "y", by: "x", frobenius: 1e-3, probes: .random(1))
    ])
    func measurement(_ name: String, _ a: Double, _ b: Double, _ target: Double) -> Measurement {
      Measurement(
        name: "\(name), \(problem.name)", value: a / b, target: target, unit: "×",
        detail: "\(Quantity.seconds(a)) over \(Quantity.seconds(b)), 1 thread")
    }
    return [
      measurement("Hessian product over gradient", hessian, gradient, 4),
      measurement("step with a Jacobian penalty, one probe, over plain step", penalised, plain, 3),
    ]
  }
}
