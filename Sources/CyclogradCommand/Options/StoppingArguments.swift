import ArgumentParser
import Cyclograd

/// When to stop.
struct StoppingArguments: ParsableArguments {
  @Option(help: "T in |residual of unit s| ≤ T · max(1, |z_s|).")
  var tolerance: Double = 1e-10

  @Option(
    help: """
      The most iterations of a solver (default: 10000 for iterations over edges, 200 for Newton's \
      method).
      """)
  var maxIterations: Int?

  func options(threads: Int) throws -> SolverOptions {
    let options = SolverOptions(
      tolerance: tolerance, maximumIterations: maxIterations, threads: threads)
    try options.validate()
    return options
  }
}
