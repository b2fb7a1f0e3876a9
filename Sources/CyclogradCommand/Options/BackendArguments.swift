import ArgumentParser
import Cyclograd

/// Which backend solves.
struct BackendArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      How to solve: \(GradientBackend.all.map(\.name).joined(separator: ", ")) (default: automatic).
      """, valueName: "name"))
  var backend: String?

  @Option(
    help: ArgumentHelp(
      """
      How to find equilibria, instead of --backend: \
      \(GradientBackend.stateSolvers.map(\.name).joined(separator: ", ")).
      """, valueName: "name"))
  var solver: String?

  @Option(
    help: ArgumentHelp(
      """
      How to solve adjoint systems, instead of --backend: \
      \(GradientBackend.adjointSolvers.map(\.name).joined(separator: ", ")).
      """, valueName: "name"))
  var adjoint: String?

  /// Whether any option says something.
  var isGiven: Bool { backend != nil || solver != nil || adjoint != nil }

  /// The name of ``chosen()``, in reports.
  var chosenName: String { (try? chosen().name) ?? "" }

  /// The backend that the options name together.
  func chosen() throws -> GradientBackend {
    guard solver != nil || adjoint != nil else {
      return try GradientBackend.named(backend ?? GradientBackend.automatic.name)
    }
    guard backend == nil else {
      throw CyclogradError(
        .invalidOption,
        "--backend and \(solver != nil ? "--solver" : "--adjoint") both say how to solve",
        advice: "a backend is a pair of both; give either --backend, or --solver and --adjoint")
    }
    return try GradientBackend.pair(solver: solver, adjoint: adjoint)
  }
}
