/// The Neumann series d = Σₖ (D Wᵀ)ᵏ D g with an active set: a term is propagated only from the
/// units where it is not negligible.
///
/// An adjoint starts on a few outputs and often dies out near them. While few units are active, a
/// term costs the edges that enter them, not all edges; when the frontier has filled, full sweeps
/// take over, with Anderson mixing where the series converges slowly (on this linear problem
/// equivalent to GMRES). What is dropped is far below the tolerance, and a last full residual checks
/// the sum.
public struct NeumannSeries: AdjointSolver {
  /// The name on the command line and in reports.
  public var name: String { "neumann" }

  /// The series itself.
  public var beginsWithSweeps: Bool { true }

  /// How many earlier iterates Anderson mixing combines.
  static let window = 8
  /// The share of active units above which full sweeps are cheaper.
  private static let fullShare = 0.2
  /// What part of the tolerance, relative to the largest entry, may be dropped at one unit.
  private static let dropped = 1e-3

  /// Creates the solver.
  public init() {}

  /// Sums the series into the workspace's d.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let limit = options.maximumIterations ?? AlgorithmTwo.defaultMaximumIterations
    let progress = Self.run(workspace, options.tolerance, limit: limit)
    return PicardSolver.outcome(progress, options, name)
  }

  static func run(
    _ workspace: ComponentWorkspace, _ tolerance: Double, limit: Int,
    shouldStop: (FixedPointIteration.Progress) -> Bool = { _ in false }
  ) -> FixedPointIteration.Progress {
    let frontier = frontierSweeps(workspace, tolerance, limit)
    let r = workspace.scratch(0)
    let d = workspace.d
    func residual() -> Double {
      let relative = workspace.adjointResidual()
      // The check leaves G(d) = D (source + Wᵀ d) in the same vector.
      for s in 0..<d.count { r[s] = d[s] - r[s] }
      return relative
    }
    // Where the frontier died out this is but the check of the sum.
    let iteration = FixedPointIteration(
      tolerance: tolerance, limit: limit - frontier, acceleration: .whenSlow)
    var progress = iteration.run(
      d, r: r, best: workspace.scratch(2), mixing: { workspace.mixing(window) },
      residual: residual,
      shouldStop: { $0.residual > AlgorithmOne.divergenceBound || shouldStop($0) })
    progress.iterations += frontier
    return progress
  }

  /// Sums terms over the active units until none is left or they are too many; returns how many.
  private static func frontierSweeps(
    _ workspace: ComponentWorkspace, _ tolerance: Double, _ limit: Int
  ) -> Int {
    let component = workspace.component
    let network = component.network
    let d = workspace.d
    workspace.multiplySlopes(by: workspace.source, into: d)
    // Softmax couples the units of a group, which the frontier does not follow.
    let isPlain = component.runs.allSatisfy {
      if case .softmax = network.evaluations[Int(network.runs[Int($0)].group)] {
        false
      } else {
        true
      }
    }
    var scale = 0.0
    for value in d { scale = max(scale, abs(value)) }
    guard isPlain, scale > 0, scale.isFinite else { return 0 }
    let slope = workspace.slope
    let weights = workspace.sample.weights
    let term = workspace.scratch(3)
    let back = workspace.neuronScratch(3)
    let firstUnit = component.units.lowerBound
    let firstNeuron = component.neurons.lowerBound
    let capacity = Int(fullShare * Double(component.unitCount))
    let threshold = dropped * tolerance * scale
    var active: [Int32] = []
    var touched: [Int32] = []
    for s in 0..<d.count {
      term[s] = d[s]
      if abs(d[s]) > threshold { active.append(Int32(s)) }
    }
    back.update(repeating: 0)
    var count = 0
    while !active.isEmpty, active.count <= capacity, count < limit {
      count += 1
      touched.removeAll(keepingCapacity: true)
      for s in active {
        let value = term[Int(s)]
        term[Int(s)] = 0
        let end = Int(network.rowStarts[firstUnit + Int(s) + 1])
        for edge in Int(component.innerStarts[Int(s)])..<end {
          let j = Int(network.columns[edge]) - firstNeuron
          // A sum that happens to return to 0 is met twice, which does no harm: see below.
          if back[j] == 0 { touched.append(Int32(j)) }
          back[j] += value * weights[edge]
        }
      }
      active.removeAll(keepingCapacity: true)
      for j in touched {
        let value = back[Int(j)]
        back[Int(j)] = 0
        if value == 0 { continue }
        let position = firstNeuron + Int(j)
        for unit in Int(network.unitStarts[position])..<Int(network.unitStarts[position + 1]) {
          let s = unit - firstUnit
          let next = slope[s] * value
          d[s] += next
          term[s] = next
          if abs(next) > threshold { active.append(Int32(s)) }
        }
      }
    }
    // The terms of units that were left inactive are in d already; nothing of them goes on.
    return count
  }
}
