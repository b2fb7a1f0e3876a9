import Cyclograd
import CyclogradReports

/// A full sweep against streaming its entries and vectors once.
enum Bandwidth {
  static func measure(neurons: Int, _ settings: Settings) throws -> Measurement {
    let problem = try Families.local(neurons)
    let backend = try GradientBackend.pair(solver: "picard", adjoint: nil)
    let simulator = try Simulator(
      problem.network, backend: backend, options: SolverOptions(threads: settings.threads))
    let streaming = Streaming(
      edges: problem.network.edgeCount, units: problem.network.unitCount,
      threads: settings.threads)
    var sweeps: [Double] = []
    var streams: [Double] = []
    for round in 0..<settings.rounds + 1 {
      let (equilibrium, seconds) = try Stopwatch.time {
        try simulator.equilibrium(problem.parameters, inputs: problem.inputs).requireConverged()
      }
      let stream = streaming.seconds()
      guard round > 0 else { continue }
      sweeps.append(seconds / Double(max(1, equilibrium.evidence[0].iterations)))
      streams.append(stream)
    }
    let sweep = sweeps.median() ?? .nan
    let stream = streams.median() ?? .nan
    return Measurement(
      name: "sweep over streaming, \(problem.name)", value: sweep / stream, target: 1.25, unit: "×",
      detail: "\(Quantity.seconds(sweep)) a sweep, \(Quantity.seconds(stream)) to stream, "
        + "\(settings.threads) threads")
  }
}
