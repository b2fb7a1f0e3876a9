/// The equilibrium as the rest point of dz/dt = W f(z) + drive − z (Sanokowski 2022), which is
/// dY/dt = f(W Y + drive) − Y seen from the pre-activations.
///
/// Where plain iteration overshoots because of eigenvalues below −1, the flow still comes to rest: it
/// needs only that the real parts of the eigenvalues of D Wᵀ are below 1.
public struct RelaxationSolver: StateSolver {
  /// How time advances.
  public enum Steps: Hashable, Sendable {
    /// The classical fourth-order Runge–Kutta method with steps of one length; four sweeps a step.
    case fixed(Double)
    /// The pair 3(2) of Bogacki & Shampine (Appl. Math. Lett. 2, 1989); three sweeps a step. A step's
    /// error may be a tenth of the distance that the step goes.
    case adaptive
  }

  /// How time advances.
  public let steps: Steps

  /// The name on the command line and in reports.
  public var name: String {
    switch steps {
    case .fixed: "relaxation-rk4"
    case .adaptive: "relaxation"
    }
  }

  /// Creates the solver.
  public init(_ steps: Steps = .adaptive) { self.steps = steps }

  /// Follows the flow from the workspace's z; an iteration is a step in time.
  public func solve(_ workspace: ComponentWorkspace, _ options: SolverOptions) -> SolverOutcome {
    let iteration = FixedPointIteration(
      tolerance: options.tolerance,
      limit: options.maximumIterations ?? AlgorithmOne.defaultMaximumIterations,
      acceleration: .never, isContraction: false)
    let progress = workspace.withScratch { r, best, start in
      workspace.withScratch { k1, k2 in
        workspace.withScratch { k3, k4 in
          let stepper = RelaxationStepper(workspace, start: start, slopes: (k1, k2, k3, k4))
          return iteration.run(
            workspace.z, r: r, best: best, mixing: { workspace.mixing(1) },
            residual: {
              switch steps {
              case .fixed(let length): stepper.fixed(length, into: r)
              case .adaptive: stepper.adaptive(into: r)
              }
            },
            inverseNorm: {
              workspace.activate()
              return workspace.inverseNormEstimate()
            },
            record: { workspace.record($0.residual, after: $0.iterations, by: name) })
        }
      }
    }
    return progress.outcome(named: name)
  }
}

/// One step of a Runge–Kutta method, from and for the workspace's z.
private final class RelaxationStepper {
  typealias Vector = ComponentWorkspace.Vector

  private let workspace: ComponentWorkspace
  private let start: Vector
  private let slopes: (Vector, Vector, Vector, Vector)
  private var length = 0.5

  private static let shortest = 0x1p-20
  private static let longest = 1e6

  init(
    _ workspace: ComponentWorkspace, start: Vector, slopes: (Vector, Vector, Vector, Vector)
  ) {
    self.workspace = workspace
    self.start = start
    self.slopes = slopes
  }

  /// Leaves r with −r the change of z, and returns the scaled residual before it.
  func fixed(_ h: Double, into r: UnsafeMutableBufferPointer<Double>) -> Double {
    let (k1, k2, k3, k4) = slopes
    start.copy(from: workspace.z)
    let residual = workspace.residual(into: k1)
    evaluate([(k1, h / 2)], k2)
    evaluate([(k2, h / 2)], k3)
    evaluate([(k3, h)], k4)
    workspace.z.copy(from: start)
    for s in r.indices { r[s] = h / 6 * (k1[s] + 2 * (k2[s] + k3[s]) + k4[s]) }
    return residual
  }

  /// The same with a step whose length follows from its error.
  func adaptive(into r: UnsafeMutableBufferPointer<Double>) -> Double {
    let (k1, k2, k3, k4) = slopes
    start.copy(from: workspace.z)
    let residual = workspace.residual(into: k1)
    defer { workspace.z.copy(from: start) }
    guard residual.isFinite else { return residual }
    while true {
      let h = length
      evaluate([(k1, h / 2)], k2)
      evaluate([(k2, 3 * h / 4)], k3)
      evaluate([(k1, 2 * h / 9), (k2, h / 3), (k3, 4 * h / 9)], k4)
      var error = 0.0
      var distance = 0.0
      for s in r.indices {
        r[s] = h * (2 * k1[s] + 3 * k2[s] + 4 * k3[s]) / 9
        let e = abs(h * (-5 * k1[s] / 72 + k2[s] / 12 + k3[s] / 9 - k4[s] / 8))
        if !(e <= error) { error = e.isNaN ? .infinity : e }
        distance = max(distance, abs(r[s]), abs(k1[s]) * min(h, 1))
      }
      // Where numbers overflow, nothing is known of the error, and the step is too long.
      let isKnown = error.isFinite && distance.isFinite
      let ratio = isKnown ? distance > 0 ? error / (0.1 * distance) : 0 : .infinity
      let isAccepted = ratio <= 1 || h <= Self.shortest
      let change = ratio > 0 ? 0.9 / power(ratio, 1.0 / 3) : 5
      length = min(Self.longest, max(Self.shortest, h * min(5, max(0.2, change))))
      if isAccepted { return residual }
    }
  }

  /// k = the residual at start − Σ c k_i.
  private func evaluate(
    _ terms: [(k: UnsafeMutableBufferPointer<Double>, c: Double)],
    _ k: UnsafeMutableBufferPointer<Double>
  ) {
    let z = workspace.z
    z.copy(from: start)
    for (term, c) in terms {
      for s in z.indices { z[s] -= c * term[s] }
    }
    _ = workspace.residual(into: k)
  }
}
