/// Algorithm 1 of Szekeres & Izsák 2024, line by line: the fixed-point iteration of equation (7).
///
/// It is kept plain, as the reference for whatever converges. It differs from the print in three
/// places: the error is relative to the largest |z|, so that it does not depend on the units of states (see
/// ``StoppingRule`` for the print's own rule); a last check demands that the returned z itself meets the criterion; and
/// iterates that overflow end it early. Each iteration costs O(edges).
public struct AlgorithmOne: StateSolver {
  /// The name on the command line and in reports.
  public var name: String { "algorithm-1" }

  /// The cap on iterations where none is given.
  public static let defaultMaximumIterations = 10_000

  /// Beyond this an iterate is not on its way to an equilibrium.
  static let divergenceBound = 1e50

  /// Creates the solver.
  public init() {}

  /// Iterates z ← W f(z) + b + x̂ from the workspace's z.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    workspace.withScratch { iterate(workspace, options, zOld: $0) }
  }

  private func iterate(
    _ workspace: ComponentWorkspace, _ options: SolverOptions, zOld: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    let z = workspace.z
    let a = workspace.activation
    let drive = workspace.drive
    let limit = options.maximumIterations ?? Self.defaultMaximumIterations
    let isPrinted = options.stopping == .printed
    var iteration = 0
    workspace.activate()
    while iteration < limit, !workspace.isCancelled {
      iteration += 1
      zOld.copy(from: z)
      z.copy(from: drive)
      workspace.forEachEdge { j, k, weight in z[k] += weight * a[j] }
      workspace.activate()
      var error = 0.0
      for s in 0..<z.count {
        let change = abs(zOld[s] - z[s])
        if !(change <= error) { error = change }
      }
      let largest = z.largest
      if !isPrinted, error != 0 { error /= max(largest, zOld.largest) }
      // The change is the residual of the z before.
      workspace.record(error, after: iteration - 1, by: name)
      if !error.isFinite { return Self.failure(zOld, iteration) }
      if error <= options.tolerance {
        if isPrinted { return SolverOutcome(.converged, iterations: iteration) }
        if workspace.residual(into: zOld) <= options.tolerance {
          return SolverOutcome(.converged, iterations: iteration)
        }
      }
      if largest > Self.divergenceBound { return Self.divergence(iteration) }
    }
    return SolverOutcome(
      .iterationLimit, iterations: iteration,
      detail: "plain iteration has not settled after \(iteration) steps")
  }

  private static func failure(
    _ before: UnsafeMutableBufferPointer<Double>, _ iteration: Int
  ) -> SolverOutcome {
    var largest = 0.0
    for value in before { largest = max(largest, abs(value)) }
    return largest > 1e20
      ? divergence(iteration)
      : SolverOutcome(
        .notFinite, iterations: iteration, detail: "an activation or a sum is not finite")
  }

  private static func divergence(_ iteration: Int) -> SolverOutcome {
    SolverOutcome(.diverged, iterations: iteration, detail: "the iterates grow without bound")
  }
}
