extension AutomaticSolver {
  /// Beyond this size the products of a look at stability cost more than the solution.
  private static let largestExamined = 2_000
  private static let mostProducts = 80
  /// How long plain iteration may take from where an accelerated method has left its way.
  private static let mostSweeps = 2_000
  /// So many sweeps that have not halved the residual do not settle any more: strong inhibition lets them oscillate for ever.
  private static let standstill = 200

  /// The equilibrium that plain iteration reaches, where an accelerated method has found one from which plain iteration
  /// runs away: of several equilibria the answer is the one that is reached from the start, if iteration reaches one.
  func preferStable(
    _ workspace: ComponentWorkspace, _ outcome: SolverOutcome, _ options: SolverOptions,
    from start: ComponentWorkspace.Vector, _ r: ComponentWorkspace.Vector
  ) -> SolverOutcome {
    guard outcome.method != MethodName.picard, workspace.unitCount <= Self.largestExamined,
      Self.isUnstable(workspace)
    else { return outcome }
    return workspace.withScratch { found in
      found.copy(from: workspace.z)
      workspace.z.copy(from: start)
      var plain = options
      plain.maximumIterations = min(
        Self.mostSweeps, options.maximumIterations.map { max(1, $0 - outcome.iterations) } ?? .max)
      var least = (residual: Double.infinity, after: 0)
      var result = PicardSolver().solve(workspace, plain) { progress in
        if progress.residual <= least.residual / 2 {
          least = (progress.residual, progress.iterations)
        }
        return progress.iterations - least.after >= Self.standstill
      }
      result.iterations += outcome.iterations
      if result.status == .converged { return result }
      workspace.z.copy(from: found)
      var kept = outcome
      kept.iterations = result.iterations
      workspace.record(
        workspace.residual(into: r), after: kept.iterations, by: outcome.method ?? name)
      return kept
    }
  }

  /// Whether a random vector grows under W Dᵀ.
  private static func isUnstable(_ workspace: ComponentWorkspace) -> Bool {
    workspace.withScratch { v in
      workspace.withNeuronScratch { change in
        let random = CounterRandom(seed: 0, purpose: .attempt, index: 0)
        for s in v.indices { v[s] = 2 * random.uniform(s) - 1 }
        var middle = 0.0
        for product in 1...mostProducts {
          workspace.multiplyTransposedSlopes(by: v, into: change)
          v.update(repeating: 0)
          workspace.addInnerProduct(of: change, to: v)
          let norm = v.norm
          guard norm > 0, norm.isFinite else { return norm > 0 }
          if product == mostProducts / 2 { middle = norm }
          if product == mostProducts { return norm > middle }
        }
        return false
      }
    }
  }
}
