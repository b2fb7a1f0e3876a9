import Synchronization

/// How residuals fell while components were solved: a sink that ``Simulator`` fills where it is given one.
///
/// Every iterate whose residual was measured leaves a point. A trace costs a clock reading and a lock for
/// each point, so it is kept of the samples asked for alone; results do not depend on it. It may be given to
/// several calls, one after the other, and adds up.
public final class ResidualTrace: Sendable {
  /// Which system is solved.
  public enum Phase: String, Hashable, Sendable, CaseIterable {
    /// z = W f(z) + b + x̂.
    case equilibrium
    /// (I − D Wᵀ) d = D g.
    case adjoint
  }

  /// One iterate.
  public struct Point: Hashable, Sendable {
    /// How many iterations of the component were made before, those of other methods included.
    public var iteration: Int
    /// Seconds since the solving of this component began.
    public var seconds: Double
    /// The residual, scaled as in the criterion of convergence (see ``SampleEvidence/residual``); NaN or
    /// infinite where the iterate overflows. Within GMRES, which does not know its iterates until it ends, what it
    /// knows of the 2-norm, relative to that of the right-hand side.
    public var residual: Double
    /// The method that made the iterate.
    public var method: String
  }

  /// One component of one sample.
  public struct Run: Hashable, Sendable {
    /// Which system was solved.
    public var phase: Phase
    /// The sample, counted from 0 in its call.
    public var sample: Int
    /// The cyclic component, counted in topological order from 0; 0 where the network is one system.
    public var component: Int
    /// One of the component's neurons, `group.index`.
    public var neuron: String
    /// How many neurons the component has.
    public var size: Int
    /// Seconds that the component took, up to its last point.
    public var seconds: Double
    /// The iterates, in order; at most ``ResidualTrace/pointLimit``, the last one always among them.
    public var points: [Point]
  }

  /// The most points that are kept of one run: those at its beginning, and the last one.
  public static let pointLimit = 100_000

  /// The samples that leave a trace.
  public let samples: Range<Int>
  private let content = Mutex<[Run]>([])

  /// A trace of some samples, by default of the first.
  public init(samples: Range<Int> = 0..<1) { self.samples = samples }

  /// What was recorded: equilibria before adjoints, samples in order, components in topological order.
  public var runs: [Run] {
    content.withLock { runs in
      // Sorting is stable, so that repeated calls keep their order.
      runs.sorted {
        ($0.phase == .adjoint ? 1 : 0, $0.sample, $0.component)
          < ($1.phase == .adjoint ? 1 : 0, $1.sample, $1.component)
      }
    }
  }

  fileprivate func begin(_ run: Run) -> Int {
    content.withLock {
      $0.append(run)
      return $0.count - 1
    }
  }

  fileprivate func add(_ point: Point, to index: Int) {
    content.withLock { runs in
      runs[index].seconds = point.seconds
      if runs[index].points.count >= Self.pointLimit { runs[index].points.removeLast() }
      runs[index].points.append(point)
    }
  }
}

/// Writes the iterates of one component of one sample into a trace; used by one thread.
struct ResidualRecorder {
  private let trace: ResidualTrace
  private let index: Int
  private let start = ContinuousClock.now
  /// Iterations of the methods before the present one.
  private var base = 0
  private var last: ResidualTrace.Point?

  /// `nil` if there is no trace, or none of this sample.
  init?(
    _ trace: ResidualTrace?, _ phase: ResidualTrace.Phase, sample: Int, _ component: Component,
    number: Int
  ) {
    guard let trace, trace.samples.contains(sample) else { return nil }
    self.trace = trace
    index = trace.begin(
      ResidualTrace.Run(
        phase: phase, sample: sample, component: number, neuron: component.firstName,
        size: component.neuronCount, seconds: 0, points: []))
  }

  /// Takes down an iterate; a method that begins, at 0, continues the count of the one before.
  mutating func record(_ residual: Double, after iterations: Int, by method: String) {
    if iterations == 0, let last { base = last.iteration }
    add(residual, iteration: base + iterations, method)
  }

  /// Takes down what the component was left with, unless that is the last iterate.
  mutating func end(_ residual: Double, after iterations: Int, by method: String) {
    let iteration = max(iterations, last?.iteration ?? 0)
    if let last, last.iteration == iteration, last.residual == residual { return }
    add(residual, iteration: iteration, last?.method ?? method)
  }

  private mutating func add(_ residual: Double, iteration: Int, _ method: String) {
    let point = ResidualTrace.Point(
      iteration: iteration, seconds: (ContinuousClock.now - start) / .seconds(1),
      residual: residual, method: method)
    last = point
    trace.add(point, to: index)
  }
}
