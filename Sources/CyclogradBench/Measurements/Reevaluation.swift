import Cyclograd
import CyclogradReports

/// Bringing an equilibrium up to date after a change in one input or one weight, against solving it from nothing.
enum Reevaluation {
  static func measure(_ settings: Settings) throws -> [Measurement] {
    let neurons = min(100_000, settings.largest)
    return try [
      measure(Families.local(neurons), settings),
      measure(Families.uniform(neurons), settings),
      measure(Families.islands(neurons / 50, of: 50), settings),
    ].flatMap(\.self)
  }

  private static func measure(_ problem: Problem, _ settings: Settings) throws -> [Measurement] {
    let simulator = try Simulator(
      problem.network, options: SolverOptions(threads: settings.threads))
    var equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputs)
    let edge = problem.network.edgeCount / 2
    let weight = problem.parameters.values[edge]
    var times: [[Double]] = [[], [], []]
    for round in 0..<2 * settings.rounds + 1 {
      let sign = round % 2 == 0 ? 1.0 : 0.5
      var inputs = problem.inputs
      inputs[0, 0] *= sign
      let (_, input) = try Stopwatch.time { try simulator.update(&equilibrium, inputs: inputs) }
      let (_, one) = try Stopwatch.time {
        try simulator.update(&equilibrium, setting: [edge: sign * weight])
      }
      let (_, all) = try Stopwatch.time {
        try simulator.equilibrium(problem.parameters, inputs: inputs).requireConverged()
      }
      guard round > 0, equilibrium.isConverged else { continue }
      for (index, time) in [input, one, all].enumerated() { times[index].append(time) }
    }
    let medians = times.map { $0.median() ?? .nan }
    let method = equilibrium.evidence[0].detail ?? ""
    return zip(["input", "weight"], medians).map { what, seconds in
      Measurement(
        name: "re-evaluation after a change in one \(what), \(problem.name)",
        value: seconds / medians[2], target: nil, unit: "×",
        detail: "\(Quantity.seconds(seconds)), \(Quantity.seconds(medians[2])) from nothing"
          + (what == "weight" ? "; \(method)" : ""))
    }
  }
}
