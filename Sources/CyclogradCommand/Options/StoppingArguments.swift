import ArgumentParser
import Cyclograd

/// When to stop.
struct StoppingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "T in |residual of unit s| ≤ T · (the sum of the magnitudes of its terms).",
      valueName: "number"))
  var tolerance: Double = 1e-10

  @Option(
    help: ArgumentHelp(
      "The most iterations of a solver (default: 10000 for iterations over edges, 200 for Newton's "
        + "method).", valueName: "count"))
  var maxIterations: Int?

  @Option(
    help: ArgumentHelp(
      "When Algorithm 1 (edge-list) stops: by the common criterion, or as printed in its paper, when no z "
        + "changes by more than the tolerance. Statuses follow the common criterion all the same.",
      valueName: StoppingRule.allCases.map(\.rawValue).joined(separator: "|")))
  var stopping: String = StoppingRule.common.rawValue

  func options(threads: Int) throws -> SolverOptions {
    guard let rule = StoppingRule(rawValue: stopping) else {
      throw CyclogradError(
        .invalidOption, "there is no stopping rule '\(stopping)'",
        advice: "the rules are "
          + StoppingRule.allCases.map(\.rawValue).joined(separator: " and "))
    }
    let options = SolverOptions(
      tolerance: tolerance, maximumIterations: maxIterations, threads: threads, stopping: rule)
    try options.validate()
    return options
  }
}
