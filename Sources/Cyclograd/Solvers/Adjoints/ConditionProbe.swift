import SparseAlgebra

/// Finds out whether the system of an adjoint is regular, where its solution alone does not show it: a right-hand side
/// that a singular matrix happens to reach has solutions of ordinary size, one of which iterations find.
///
/// Cheap tests come first: a norm of D Wᵀ below 1; whether what a vector without a favoured direction becomes under
/// D Wᵀ dies out; the solution of a system with such a right-hand side.
package struct ConditionProbe {
  private let workspace: ComponentWorkspace
  private let adjoint: any AdjointSolver
  private let options: SolverOptions

  /// From this condition on no digit of a solution is left to believe in.
  package static let singularCondition = 0.01 / Double.ulpOfOne
  /// Adjoints that took more iterations are looked at.
  private static let slow = 100
  private static let mostProducts = 60
  /// How well, and by how many steps, the system of another right-hand side is solved.
  private static let rough = 1e-6
  private static let mostSteps = 300
  private static let longRun = 500.0
  /// What may be left of a right-hand side.
  private static let largestDefect = 0.01
  /// What iterations say of an inverse that is larger is an accident of when they ended.
  private static let trusted = 1e6

  /// - Parameter adjoint: the solver that has found the workspace's d.
  init(_ workspace: ComponentWorkspace, _ adjoint: any AdjointSolver, _ options: SolverOptions) {
    self.workspace = workspace
    self.adjoint = adjoint
    self.options = options
  }

  /// A number of a vector that favours no direction; its largest is 2 (Higham, ACM Trans. Math. Softw. 14, 1988).
  package static func startValue(_ k: Int, of count: Int) -> Double {
    (k % 2 == 0 ? 1 : -1) * (1 + Double(k) / Double(max(1, count - 1)))
  }

  /// Whether slopes have more than two values. Where they do not, the system may be singular by its structure, as
  /// those of linear networks with a conservation law are; where they do, only by an accident that the solution shows.
  package static func hasVariedSlopes(_ slope: UnsafePointer<Double>, _ count: Int, stride: Int)
    -> Bool
  {
    guard count > 0 else { return false }
    let first = slope[0]
    var second: Double?
    for s in 1..<max(1, count) {
      let value = slope[s * stride]
      if value == first || value == second { continue }
      if second != nil { return true }
      second = value
    }
    return false
  }

  /// Below this a norm of D Wᵀ shows by itself that a system is regular, whatever rounding did to it.
  static let clearNorm = 0.99

  /// A bound of ‖I − D Wᵀ‖ ‖(I − D Wᵀ)⁻¹‖, where a norm of D Wᵀ is below 1.
  static func condition(ofNorm norm: Double) -> Double { (1 + norm) / (1 - norm) }

  /// Says of an adjoint that solves its system how well that is conditioned: an error where it is singular.
  ///
  /// - Parameter residual: of the adjoint.
  func judge(_ outcome: inout SolverOutcome, residual: Double) throws {
    try examine(&outcome)
    // A solution so long that its residual is small beside it, but not beside the right-hand side, solves nothing.
    if outcome.condition == .unknown, residual * growth > Self.largestDefect {
      refuse(&outcome, growth)
    }
  }

  private func examine(_ outcome: inout SolverOutcome) throws {
    if let quality = outcome.linearSystem {
      outcome.condition = quality.reciprocalCondition.map { .estimate(1 / $0) }
      return
    }
    let growth = self.growth
    if growth >= Self.singularCondition {
      // Units in which neurons are measured can make a harmless system grow; a factorization sees through them.
      return adjoint.mayFactor ? try decide(&outcome) : refuse(&outcome, growth)
    }
    let isVaried = Self.hasVariedSlopes(
      workspace.slope.baseAddress!, workspace.unitCount, stride: 1)
    if isVaried, outcome.iterations <= Self.slow {
      if growth > 1e6 { outcome.condition = .estimate(growth) }
      return
    }
    let norm = min(rowNorm, columnNorm)
    if norm < 1 {
      outcome.condition = .estimate(Self.condition(ofNorm: norm))
      return
    }
    switch measured() {
    case .some(let estimate) where estimate <= Self.trusted:
      outcome.condition = .estimate(max(growth, estimate))
    case .some, .none: try decide(&outcome)
    }
  }

  private func refuse(_ outcome: inout SolverOutcome, _ condition: Double) {
    outcome.status = .singular
    outcome.detail = Self.message(condition)
    outcome.condition = .estimate(condition)
  }

  /// What is said of a matrix that is singular to working precision.
  package static func message(_ condition: Double) -> String {
    "I − D Wᵀ is singular to working precision (condition "
      + (condition.isFinite
        ? "about 1e\(Int((logarithm(condition) / logarithm(10)).rounded(.down)))" : "infinite")
      + ")"
  }

  /// The last word has a factorization where the backend may use one and it is feasible; otherwise it stays open.
  private func decide(_ outcome: inout SolverOutcome) throws {
    outcome.condition = .unknown
    guard adjoint.mayFactor else { return }
    do {
      let condition = try workspace.withFactorization(.automatic) {
        try $0.condition(isPrecise: true)
      }
      if condition >= Self.singularCondition {
        refuse(&outcome, condition)
      } else {
        outcome.condition = .estimate(condition)
      }
    } catch let error as JacobianError {
      if error.status == .singular { refuse(&outcome, .infinity) }
    } catch is NotApplicable {}
  }

  // MARK: What the solution shows

  /// ‖d‖∞ / ‖D g‖∞.
  private var growth: Double {
    workspace.withScratch { first in
      workspace.multiplySlopes(by: workspace.source, into: first)
      let (d, start) = (Self.size(workspace.d), Self.size(first))
      return start > 0 ? d / start : 1
    }
  }

  private static func size(_ v: ComponentWorkspace.Vector) -> Double {
    v.reduce(0) { max($0, abs($1)) }
  }

  // MARK: Norms of D Wᵀ

  /// max_s |slope_s| Σ |W| over the edges that leave the unit's neuron.
  private var rowNorm: Double {
    workspace.withNeuronScratch { sums in
      guard !workspace.component.hasSoftmax else { return .infinity }
      sums.update(repeating: 0)
      workspace.forEachEdge { source, _, weight in sums[source] += abs(weight) }
      return workspace.withScratch { result in
        workspace.multiplySlopes(by: sums, into: result)
        return Self.size(result)
      }
    }
  }

  /// max_u Σⱼ |W[u, j]| Σ |slope| over the units of neuron j.
  private var columnNorm: Double {
    guard !workspace.component.hasSoftmax else { return .infinity }
    return workspace.withNeuronScratch { slopes in
      workspace.withScratch { sums in
        let component = workspace.component
        slopes.update(repeating: 0)
        sums.update(repeating: 0)
        for (s, unit) in component.units.enumerated() {
          let k = Int(component.network.neuronOfUnit[unit]) - component.neurons.lowerBound
          slopes[k] += abs(workspace.slope[s])
        }
        workspace.forEachEdge { source, target, weight in
          sums[target] += abs(weight) * slopes[source]
        }
        return Self.size(sums)
      }
    }
  }

  // MARK: Another right-hand side

  /// An estimate of ‖(I − D Wᵀ)⁻¹‖ from a random vector; `nil` where neither its powers die out nor its
  /// system is solved.
  private func measured() -> Double? {
    workspace.withNeuronScratch { right in
      let random = CounterRandom(seed: 0, purpose: .condition, index: 0)
      for k in right.indices { right[k] = 2 * random.uniform(k) - 1 }
      return dyingOut(right) ?? solved(right)
    }
  }

  /// Σ ‖(D Wᵀ)ᵏ p‖ / ‖p‖, where its terms vanish.
  private func dyingOut(_ right: ComponentWorkspace.Vector) -> Double? {
    workspace.withScratch { p in
      workspace.withNeuronScratch { back in
        workspace.multiplySlopes(by: right, into: p)
        let first = p.norm
        guard first > 0 else { return 1 }
        let end = 1e-3 * first / Double(max(1, p.count)).squareRoot()
        var sum = first
        for _ in 0..<Self.mostProducts where !workspace.isCancelled {
          back.update(repeating: 0)
          workspace.addInnerTransposedProduct(of: p, to: back)
          workspace.multiplySlopes(by: back, into: p)
          let now = p.norm
          guard now.isFinite else { return nil }
          sum += now
          if now <= end { return sum / first }
        }
        return nil
      }
    }
  }

  /// ‖d‖∞ / ‖D p‖∞ for the solution d by the series with mixing, or by GMRES; of a singular system neither finds one.
  private func solved(_ right: ComponentWorkspace.Vector) -> Double? {
    workspace.withScratch { d in
      workspace.withNeuronScratch { source in
        let (scale, recorder) = (workspace.adjointScale, workspace.recorder)
        d.copy(from: workspace.d)
        source.copy(from: workspace.source)
        workspace.source.copy(from: right)
        workspace.adjointScale = 0
        workspace.recorder = nil
        defer {
          workspace.d.copy(from: d)
          workspace.source.copy(from: source)
          workspace.adjointScale = scale
          workspace.recorder = recorder
        }
        // GMRES where the series stands still, which it sees soon.
        let progress = NeumannSeries.run(workspace, Self.rough, limit: 1_000) {
          $0.isPredictable && $0.remaining(to: Self.rough) > Self.longRun
        }
        if progress.hasConverged { return growth }
        let options = SolverOptions(tolerance: Self.rough, maximumIterations: Self.mostSteps)
        return GMRESAdjoint().solve(workspace, options).status == .converged ? growth : nil
      }
    }
  }
}
