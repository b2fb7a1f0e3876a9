import SparseAlgebra

/// Descent on ½ ‖r‖² for the residual r = z − (W f(z) + drive), whose gradient is r − D Wᵀ r (Reshniak & Webster 2020,
/// section 2.3).
///
/// A step goes along a direction of descent as far as the strong Wolfe conditions want (Nocedal & Wright 2006,
/// algorithms 3.5 and 3.6). Where I − W Dᵀ is singular there may be points from which nothing leads down although they
/// are no equilibria; the solver says so.
public struct DescentSolver: StateSolver, Hashable {
  /// Where a step goes.
  public enum Direction: String, Hashable, Sendable, CaseIterable {
    /// A quasi-Newton direction from the last ten steps (Liu & Nocedal 1989).
    case lbfgs
    /// A conjugate direction (Polak & Ribière 1969, begun again where it does not lead down).
    case conjugate
    /// The negative gradient.
    case gradient
  }

  /// Where a step goes.
  public var direction: Direction

  /// Creates the solver.
  public init(_ direction: Direction = .lbfgs) { self.direction = direction }

  /// Such as `descent:lbfgs`.
  public var name: String { "descent:\(direction.rawValue)" }

  private static let memory = 10
  private static let iterationLimit = 10_000
  /// A gradient that is smaller than the residual by this factor leads nowhere.
  private static let stationary = 1e-8

  /// Descends to an equilibrium, or to where nothing leads down.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let limit = options.maximumIterations ?? Self.iterationLimit
    return workspace.withScratch { r, product in
      workspace.withNeuronScratch { pulled in
        let function = SquaredResidual(
          workspace: workspace, r: r, product: product, pulled: pulled, known: Self.known(workspace)
        )
        return descend(function, options.tolerance, limit)
      }
    }
  }

  /// Units that nothing within the component feeds, such as gates, are what comes from outside: they are no unknowns.
  private static func known(_ workspace: ComponentWorkspace) -> [Int] {
    (0..<workspace.unitCount).filter {
      workspace.component.innerEdges(of: $0).isEmpty
    }
  }

  private func descend(
    _ function: SquaredResidual, _ tolerance: Double, _ limit: Int
  ) -> SolverOutcome {
    let workspace = function.workspace
    for s in function.known { workspace.z[s] = workspace.drive[s] }
    var point = function.evaluate(Array(workspace.z))
    var memory = QuasiNewtonMemory(limit: Self.memory)
    var last: (direction: [Double], gradient: [Double], length: Double, slope: Double)?
    for iteration in 0..<limit {
      workspace.record(point.residual, after: iteration, by: name)
      if point.residual <= tolerance {
        function.leave(point)
        return SolverOutcome(.converged, iterations: iteration, detail: name)
      }
      guard point.residual.isFinite, point.value.isFinite else {
        return SolverOutcome(.notFinite, iterations: iteration, detail: "the iterates overflow")
      }
      let square = dot(point.gradient, point.gradient)
      guard square.squareRoot() > Self.stationary * (2 * point.value).squareRoot() else {
        function.leave(point)
        return SolverOutcome(
          .stalled, iterations: iteration,
          detail: "\(name) stands where nothing leads down, but that is no equilibrium")
      }
      var p = point.gradient.map { -$0 }
      switch direction {
      case .gradient: break
      case .conjugate:
        if let last {
          let before = dot(last.gradient, last.gradient)
          let beta = max(
            0, (square - dot(point.gradient, last.gradient)) / before)
          for k in p.indices { p[k] += beta * last.direction[k] }
        }
      case .lbfgs:
        memory.add(point.z, point.gradient)
        p = memory.direction(point.gradient)
      }
      var slope = dot(point.gradient, p)
      if !(slope < 0) {
        memory.reset()
        p = point.gradient.map { -$0 }
        slope = -square
      }
      var length =
        direction == .lbfgs && !memory.steps.isEmpty ? 1 : min(1, 1 / square.squareRoot())
      // The decrease is about what it was before.
      if direction != .lbfgs, let last { length = last.length * last.slope / slope }
      let search = WolfeSearch(curvature: direction == .lbfgs ? 0.9 : 0.1)
      guard let found = search.find(function, from: point, along: p, slope: slope, first: length)
      else {
        function.leave(point)
        return SolverOutcome(
          .stalled, iterations: iteration, detail: "no step of \(name) lowers the residual")
      }
      last = (p, point.gradient, found.length, slope)
      point = found.point
    }
    function.leave(point)
    // The last step that the limit allows may be the one that arrives.
    if point.residual <= tolerance {
      workspace.record(point.residual, after: limit, by: name)
      return SolverOutcome(.converged, iterations: limit, detail: name)
    }
    return SolverOutcome(.iterationLimit, iterations: limit, detail: "\(name) has not settled")
  }
}

/// ½ ‖r‖² of a component, with its gradient.
struct SquaredResidual {
  let workspace: ComponentWorkspace
  let r: ComponentWorkspace.Vector
  let product: ComponentWorkspace.Vector
  let pulled: ComponentWorkspace.Vector
  /// Units whose z stays what it is.
  let known: [Int]

  /// A point and what is known there.
  struct Point {
    var z: [Double]
    var value: Double
    var gradient: [Double]
    /// The criterion of convergence.
    var residual: Double
  }

  func evaluate(_ z: [Double]) -> Point {
    for s in z.indices { workspace.z[s] = z[s] }
    let residual = workspace.residual(into: r)
    pulled.update(repeating: 0)
    workspace.addInnerTransposedProduct(of: r, to: pulled)
    workspace.multiplySlopes(by: pulled, into: product)
    var value = 0.0
    for s in z.indices { value += 0.5 * r[s] * r[s] }
    var gradient = z.indices.map { r[$0] - product[$0] }
    for s in known { gradient[s] = 0 }
    return Point(z: Array(workspace.z), value: value, gradient: gradient, residual: residual)
  }

  /// Lets the component have this state.
  func leave(_ point: Point) {
    for s in point.z.indices { workspace.z[s] = point.z[s] }
  }
}
