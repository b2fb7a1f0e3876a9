import Cyclograd
import CyclogradReports

/// One gradient at a size at which most programs give up.
enum Scale {
  static func measure(small: Int, large: Int, _ settings: Settings) throws -> [Measurement] {
    // A single first call of some ten milliseconds is worth little; that of the large network takes seconds.
    let smallSeconds =
      try (0..<settings.rounds).map { _ in try run(small, settings).seconds }.median()
      ?? .nan
    let (largeSeconds, memory, edges) = try run(large, settings)
    let ratio = largeSeconds / smallSeconds
    var result = [
      Measurement(
        name: "time an edge, \(Families.label(10 * large)) over \(Families.label(10 * small))",
        value: ratio, target: 3, unit: "×",
        detail: "\(Quantity.seconds(largeSeconds * Double(edges))) for one gradient")
    ]
    if let memory {
      result.append(
        Measurement(
          name: "memory an edge, \(Families.label(edges)) edges",
          value: Double(memory) / Double(edges), target: 40, unit: "B",
          detail: "peak of \(Quantity.bytes(memory)), compilation included"))
    }
    return result
  }

  /// Seconds for an edge, and the peak of memory.
  private static func run(
    _ neurons: Int, _ settings: Settings
  ) throws -> (seconds: Double, memory: Int?, edges: Int) {
    Machine.resetPeakMemory()
    let problem = try Families.uniformUnscaled(neurons)
    let simulator = try Simulator(
      problem.network, options: SolverOptions(threads: settings.threads))
    let (_, seconds) = try Stopwatch.time {
      let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputs)
        .requireConverged()
      return try simulator.gradient(of: problem.loss, targets: problem.targets, at: equilibrium)
    }
    let edges = problem.network.edgeCount
    return (seconds / Double(edges), Machine.peakMemory, edges)
  }
}
