import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// What the package for Python costs beside the library that it calls: the same work is done here and there in turn.
enum FromPython {
  /// - Parameters:
  ///   - neurons: of the largest network, which has ten edges a neuron.
  ///   - settings: whose Python has the package installed; without one there is nothing to compare.
  static func measure(neurons: Int, _ settings: Settings) throws -> [Measurement] {
    guard let python = settings.python else { return [] }
    return [
      try call(python, settings), try compilation(neurons, python, settings),
      try batch(python, settings),
    ]
  }

  private static func call(_ python: String, _ settings: Settings) throws -> Measurement {
    let weights = WeightMatrix(
      size: 1, targets: [0], sources: [0], weights: [0.5], activation: .identity)
    let (network, parameters) = try weights.graph(name: "").compile()
    let simulator = try Simulator(network)
    let calls = 2000
    let (own, theirs, _) = try race("call", nil, python, settings) {
      let start = ContinuousClock.now
      for _ in 0..<calls {
        _ = try simulator.equilibrium(parameters, inputs: Matrix([[0]])).outputs
      }
      return (ContinuousClock.now - start) / .seconds(calls)
    }
    return Measurement(
      name: "a call from Python beside one from Swift, one neuron", value: 1e6 * (theirs - own),
      target: 30, unit: "µs",
      detail: "\(Quantity.seconds(theirs)) beside \(Quantity.seconds(own)), median")
  }

  private static func compilation(
    _ neurons: Int, _ python: String, _ settings: Settings
  ) throws -> Measurement {
    let problem = try Families.uniform(neurons)
    let layout = problem.network.parameterLayout
    let starts = layout.rowStarts.map { Int32($0) }
    let columns = Array(layout.columns)
    let weights = layout.weights.map { problem.parameters.values[Int($0)] }
    let biases = layout.biases.map { problem.parameters.values[Int($0)] }
    let ends = (0..<Int32(64)).map { ($0, Int32(neurons) - 64 + $0) }
    var compiled: Simulator?
    let (own, theirs, _) = try race("compile", problem, python, settings) {
      compiled = nil
      let start = ContinuousClock.now
      var targets = [Int32](repeating: 0, count: columns.count)
      for row in 0..<neurons {
        for edge in Int(starts[row])..<Int(starts[row + 1]) { targets[edge] = Int32(row) }
      }
      var matrix = WeightMatrix(
        size: neurons, targets: targets, sources: columns, weights: weights, activation: .tanh)
      matrix.biases = biases
      matrix.inputs = ends.map(\.0)
      matrix.outputs = ends.map(\.1)
      compiled = try Simulator(try matrix.graph(name: "").compile().network)
      return (ContinuousClock.now - start) / .seconds(1)
    }
    _ = compiled
    return Measurement(
      name: "compiling \(Families.label(columns.count)) edges from Python over Swift",
      value: theirs / own, target: 1.2, unit: "×",
      detail: "\(Quantity.seconds(theirs)) over \(Quantity.seconds(own)), median")
  }

  private static func batch(_ python: String, _ settings: Settings) throws -> Measurement {
    let problem = try Families.uniform(10_000, samples: 1000)
    let simulator = try Simulator(
      problem.network, options: SolverOptions(tolerance: settings.tolerance, threads: 1))
    var outputs = Matrix(rows: 0, columns: 0)
    let (own, theirs, answer) = try race("batch", problem, python, settings) {
      let start = ContinuousClock.now
      outputs = try simulator.equilibrium(problem.parameters, inputs: problem.inputs).outputs
      return (ContinuousClock.now - start) / .seconds(1)
    }
    return Measurement(
      name: "1,000 samples from Python over Swift, \(problem.name)", value: theirs / own,
      target: 1.03, unit: "×",
      detail:
        "\(Quantity.seconds(theirs)) over \(Quantity.seconds(own)), median, 1 thread; the answers are "
        + (answer == outputs.elements ? "equal bit for bit" : "different"))
  }

  /// Medians of both, in turn, and Python's answer.
  private static func race(
    _ task: String, _ problem: Problem?, _ python: String, _ settings: Settings,
    _ own: () throws -> Double
  ) throws -> (own: Double, python: Double, answer: [Double]) {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("cyclograd-bench-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try problem?.export(to: folder, tolerance: settings.tolerance)
    let package = try PeerContestant(
      "the package for Python", python: python, script: "package",
      arguments: [folder.path, task], folder: folder, vectors: ["outputs"], settings)
    var (ours, theirs): ([Double], [Double]) = ([], [])
    // The first of each does not count.
    for round in 0...max(3, settings.rounds) {
      let (a, b) = (try own(), try package.run().total)
      guard round > 0 else { continue }
      ours.append(a)
      theirs.append(b)
    }
    return (ours.median() ?? .nan, theirs.median() ?? .nan, try package.answer().vectors[0].values)
  }
}
