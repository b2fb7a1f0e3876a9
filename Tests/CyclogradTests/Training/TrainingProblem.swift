import Cyclograd

/// A small network with a cycle, ties and frozen biases, and samples for it.
struct TrainingProblem {
  let network: Network
  let parameters: Parameters
  let table: SampleTable

  init(samples: Int = 12) throws {
    let graph = Graph("training", seed: 5) {
      Group("x", size: 2, role: .input, bias: .frozen(.constant(0)))
      Group("h", size: 4, activation: .tanh, bias: .uniform(-0.3...0.3))
      Group("y", size: 2, role: .output)
      Group("k", size: 4, activation: .logistic)
      Connection("x", to: "h", weight: .normal(0.7).shared("in"))
      Connection("x", to: "k", weight: .shared("in"))
      Connection("k", to: "y")
      Connection("h", to: "h", weight: .normal(0.25))
      Connection("h", to: "y", weight: .normal(0.5))
    }
    (network, parameters) = try graph.compile()
    var random = TestRandom(3)
    func matrix() -> Matrix {
      Matrix((0..<samples).map { _ in [random.number(-1, 1), random.number(-1, 1)] })
    }
    table = try SampleTable(inputs: matrix(), targets: matrix())
  }

  func simulator(threads: Int = 1) throws -> Simulator {
    try Simulator(
      network, options: SolverOptions(tolerance: 1e-12, threads: threads))
  }

  func trainer(_ options: TrainerOptions, threads: Int = 1) throws -> Trainer {
    try Trainer(try simulator(threads: threads), parameters, options)
  }

  /// The mean loss over rows of the table.
  func loss(_ values: [Double], rows: [Int], _ simulator: Simulator) throws -> Double {
    let (inputs, targets) = table.samples(rows)
    let outputs = try simulator.equilibrium(Parameters(values), inputs: inputs)
      .requireConverged().outputs
    var sum = 0.0
    for (output, target) in zip(outputs.elements, targets.elements) {
      sum += 0.5 * (output - target) * (output - target)
    }
    return sum / Double(rows.count)
  }

  /// Its derivatives by central differences.
  func differences(_ values: [Double], rows: [Int], _ simulator: Simulator) throws -> [Double] {
    try values.indices.map { index in
      var (up, down) = (values, values)
      up[index] += 1e-5
      down[index] -= 1e-5
      return try (loss(up, rows: rows, simulator) - loss(down, rows: rows, simulator)) / 2e-5
    }
  }
}
