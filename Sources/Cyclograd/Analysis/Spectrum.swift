import SparseAlgebra

/// The eigenvalues of D Wᵀ at an equilibrium.
///
/// In condensation order D Wᵀ is block triangular, so that its eigenvalues are those of its cyclic components,
/// and zeros. A component's are computed from Dᵀ W, K × K, which has the same ones but for zeros. Plain
/// iteration converges near the equilibrium if all lie within the unit circle; the gradient exists if none
/// is 1.
public struct Spectrum: Sendable {
  /// An eigenvalue.
  public struct Value: Hashable, Sendable {
    /// The real part.
    public var real: Double
    /// The imaginary part.
    public var imaginary: Double
    /// The distance from 0.
    public var magnitude: Double { (real * real + imaginary * imaginary).squareRoot() }
  }

  /// A cyclic component.
  public struct Component: Hashable, Sendable {
    /// One of its neurons, `group.index`.
    public var neuron: String
    /// How many neurons it has.
    public var size: Int
    /// As many eigenvalues as neurons; empty where they were not computed.
    public var values: [Value]
  }

  /// Components of more neurons are left out: it takes seconds at this size, and grows with the cube.
  public static let largestSize = 1000
  /// Once this many n³ are spent, further components are left out.
  private static let budget = 2e9

  /// The cyclic components, in topological order.
  public let components: [Component]
  /// Those whose eigenvalues were not computed, because they, or all together, are too large.
  public var skipped: [Component] { components.filter(\.values.isEmpty) }
  /// The largest magnitude; 0 without a cycle, and a lower bound where components were left out.
  public var radius: Double { components.flatMap(\.values).map(\.magnitude).max() ?? 0 }

  /// Computes the eigenvalues at one sample; O(n³) time for each component.
  ///
  /// - Parameters:
  ///   - equilibrium: the equilibrium.
  ///   - sample: which of its samples.
  ///   - largestSize: components of more neurons are left out.
  /// - Throws: ``CyclogradError``: `not-converged` where the sample has no equilibrium, `invalid-value` where
  ///   a slope is not finite.
  public init(
    _ equilibrium: Equilibrium, sample: Int = 0, largestSize: Int = Spectrum.largestSize
  ) throws {
    let network = equilibrium.network
    _ = try equilibrium[sample].requireConverged()
    let reading = SampleReading(equilibrium, sample: sample)
    var spent = 0.0
    components = try network.stages.filter(\.isCyclic).map { stage in
      let count = stage.neurons.count
      var found = Component(
        neuron: network.name(atPosition: Int(stage.neurons.lowerBound)), size: count, values: [])
      let cost = Double(count) * Double(count) * Double(count)
      guard count <= largestSize, spent + cost <= Self.budget else { return found }
      spent += cost
      do {
        found.values = try DenseEigenvalues.of(
          network.stepMatrix(stage.runs, slope: reading.slope, weights: reading.weights),
          order: count
        ).map { Value(real: $0.real, imaginary: $0.imaginary) }
      } catch let error as FactorizationError {
        throw CyclogradError(
          .invalidValue, "the eigenvalues at \(found.neuron) do not exist: \(error.message)")
      }
      return found
    }
  }
}
