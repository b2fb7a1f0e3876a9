import Cyclograd

/// An equilibrium of the library and a product with the Hessian of its loss by all parameters.
final class HessianContestant: Contestant {
  let name: String
  let isPeer = false
  private let problem: Problem
  private let curvature: Curvature
  private let direction: [Double]
  private var last: Curvature.Product?

  init(_ problem: Problem, _ options: SolverOptions) throws {
    self.problem = problem
    name = "automatic, \(options.threads) thread\(options.threads == 1 ? "" : "s")"
    direction = problem.direction
    curvature = try Curvature(Simulator(problem.network, options: options))
  }

  func run() throws -> Timing {
    last = nil
    let (equilibrium, first) = try Stopwatch.time {
      try curvature.simulator.equilibrium(problem.parameters, inputs: problem.inputs)
        .requireConverged()
    }
    let (product, second) = try Stopwatch.time {
      try curvature.hessianProduct(
        of: problem.loss, targets: problem.targets, along: direction, at: equilibrium)
    }
    last = product
    return Timing(equilibrium: first, gradient: second)
  }

  func answer() throws -> Answer {
    guard let product = last else { throw Withdrawal(reason: "it has not run") }
    let layout = problem.network.parameterLayout
    return Answer(vectors: [
      ("weights", layout.weights.map { product.parameters[Int($0)] }),
      ("biases", layout.biases.map { product.parameters[Int($0)] }),
    ])
  }
}
