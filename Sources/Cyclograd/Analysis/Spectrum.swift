import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The eigenvalues of D Wᵀ at an equilibrium.
///
/// In condensation order D Wᵀ is block triangular, so its eigenvalues are those of its cyclic components, and
/// zeros. A component's are computed from Dᵀ W, K × K, which has the same ones but for zeros: all of a small
/// one, by dense algebra, and those of largest modulus of a large one, by Arnoldi's method. Plain iteration
/// converges near the equilibrium if all lie within the unit circle; the gradient exists if none is 1.
public struct Spectrum: Sendable {
  /// An eigenvalue.
  public struct Value: Hashable, Sendable {
    /// The real part.
    public var real: Double
    /// The imaginary part.
    public var imaginary: Double
    /// The distance from 0.
    public var magnitude: Double { hypot(real, imaginary) }
  }

  /// A cyclic component.
  public struct Component: Hashable, Sendable {
    /// One of its neurons, `group.index`.
    public var neuron: String
    /// How many neurons it has.
    public var size: Int
    /// As many eigenvalues as neurons, or some of those with the largest magnitudes; empty where none was computed.
    public var values: [Value]
    /// Estimates of further eigenvalues of large magnitude, which Arnoldi's method had not found to its tolerance when
    /// it was stopped.
    public var estimates: [Value] = []
    /// Whether ``values`` are all.
    public var isComplete: Bool { values.count == size }
  }

  /// Components of more neurons get their outermost eigenvalues only: all take seconds at this size, and the time grows
  /// with the cube.
  public static let largestSize = 1000
  /// How many multiplications may be spent; some seconds.
  private static let budget = 4e9

  /// The cyclic components, in topological order.
  public let components: [Component]
  /// Those of which nothing is known, because they, or all together, are too large.
  public var skipped: [Component] {
    components.filter { $0.values.isEmpty && $0.estimates.isEmpty }
  }
  /// Those of which only the outermost eigenvalues are known, or estimates of them.
  public var partial: [Component] {
    components.filter { !$0.isComplete && !($0.values.isEmpty && $0.estimates.isEmpty) }
  }
  /// The largest magnitude, estimates included; 0 without a cycle.
  ///
  /// - Complexity: O(eigenvalues).
  public var radius: Double {
    components.flatMap { $0.values + $0.estimates }.map(\.magnitude).max() ?? 0
  }

  /// The largest real part, estimates included; 0 without a cycle. Where ``partial`` is not empty there may be larger
  /// ones, because eigenvalues of largest magnitude were looked for.
  ///
  /// - Complexity: O(eigenvalues).
  public var abscissa: Double {
    components.flatMap { $0.values + $0.estimates }.map(\.real).max() ?? 0
  }

  /// Computes the eigenvalues at one sample.
  ///
  /// O(n³) time for a component of up to `largestSize` neurons; for a larger one up to some thousand products with its
  /// edges.
  ///
  /// - Parameters:
  ///   - equilibrium: the equilibrium.
  ///   - sample: which of its samples.
  ///   - largestSize: components of more neurons get only the eigenvalues of largest magnitude, each with a
  ///     residual of about 1e-8 relative to it, and estimates.
  /// - Throws: ``CyclogradError``: `not-converged` where the sample has no equilibrium, `invalid-value` where
  ///   a slope is not finite.
  public init(
    _ equilibrium: Equilibrium, sample: Int = 0, largestSize: Int = Spectrum.largestSize
  ) throws {
    let network = equilibrium.network
    _ = try equilibrium[sample].requireConverged()
    components = try Differentials(equilibrium, workers: 1).at(sample) { worker in
      var left = Self.budget
      return try worker.workspaces.map { workspace in
        let stage = workspace.component.neurons
        let name = network.name(atPosition: Int(stage.lowerBound))
        do {
          let found = try Self.values(of: workspace, largestSize: largestSize, budget: &left)
          return Component(
            neuron: name, size: workspace.neuronCount,
            values: found.converged.map { Value(real: $0.real, imaginary: $0.imaginary) },
            estimates: found.estimates.map { Value(real: $0.real, imaginary: $0.imaginary) })
        } catch let error as FactorizationError {
          throw CyclogradError(
            .invalidValue, "the eigenvalues at \(name) do not exist: \(error.message)")
        }
      }
    }
  }

  private static func values(
    of workspace: ComponentWorkspace, largestSize: Int, budget: inout Double
  ) throws -> OuterEigenvalues.Result {
    let count = workspace.neuronCount
    if count <= largestSize {
      // QR iteration takes about ten multiplications for each n³, and they are fast.
      let cost = 2 * Double(count) * Double(count) * Double(count)
      guard cost <= budget else { return .init(converged: []) }
      budget -= cost
      return .init(converged: try workspace.eigenvalues())
    }
    // As many vectors as the memory of some ten megabytes holds, within what is useful.
    let basis = min(max(4_000_000 / count, 12), 120)
    let wanted = basis / 3
    let products = Double(2 * workspace.component.edgeCount + 2 * count * basis)
    let restarts = min(budget / (Double(basis - wanted) * products), 100)
    guard restarts >= 1 else { return .init(converged: []) }
    budget -= restarts * Double(basis - wanted) * products
    let method = OuterEigenvalues(count: wanted, basis: basis, restarts: Int(restarts))
    return try workspace.outerEigenvalues(method)
  }
}
