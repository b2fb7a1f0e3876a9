import SparseAlgebra

/// A way in which small changes of the activations persist from sweep to sweep: an eigenvector of Dᵀ W, whose
/// eigenvalues are those of D Wᵀ.
public struct SpectralMode: Hashable, Sendable {
  /// A neuron's part in it.
  public struct Part: Hashable, Sendable {
    /// `group.index`.
    public var neuron: String
    /// Its share of the eigenvector's squared length.
    public var share: Double
  }

  /// The eigenvalue; of a conjugate pair the one with positive imaginary part.
  public var value: Spectrum.Value
  /// How many neurons its component has.
  public var size: Int
  /// The neurons that have most of it, the largest first.
  public var parts: [Part]

  /// Larger components are passed over.
  public static let largestSize = 300
  /// The sum of the cubes of the sizes; seconds at most.
  private static let budget = 4e7

  /// The modes that decide about stability: those of the largest magnitudes, by which plain iteration converges or
  /// not, and of the largest real parts, by which the rate model comes back or not.
  ///
  /// - Parameters:
  ///   - equilibrium: the equilibrium.
  ///   - sample: which of its samples.
  ///   - count: how many of each kind.
  ///   - parts: how many neurons of each are named.
  /// - Returns: none twice, by magnitude; none of components of more than ``largestSize`` neurons.
  /// - Throws: ``CyclogradError`` `not-converged` where the sample has no equilibrium.
  /// - Complexity: O(n³) for a component of n neurons.
  public static func leading(
    _ equilibrium: Equilibrium, sample: Int = 0, count: Int = 3, parts: Int = 5
  ) throws -> [SpectralMode] {
    let network = equilibrium.network
    _ = try equilibrium[sample].requireConverged()
    let all = Differentials(equilibrium, workers: 1).at(sample) { worker in
      var left = Self.budget
      var found: [SpectralMode] = []
      for workspace in worker.workspaces {
        let size = workspace.neuronCount
        let cost = Double(size) * Double(size) * Double(size)
        guard size <= Self.largestSize, cost <= left else { continue }
        left -= cost
        let first = Int(workspace.component.neurons.lowerBound)
        guard let modes = try? workspace.modes() else { continue }
        let chosen = Self.choice(modes.map { ($0.real, $0.imaginary) }, count)
        for mode in chosen.map({ modes[$0] }) {
          let order = mode.magnitudes.indices.sorted {
            (-mode.magnitudes[$0], $0) < (-mode.magnitudes[$1], $1)
          }
          found.append(
            SpectralMode(
              value: .init(real: mode.real, imaginary: mode.imaginary), size: size,
              parts: order.prefix(parts).map {
                Part(
                  neuron: network.name(atPosition: first + $0),
                  share: mode.magnitudes[$0] * mode.magnitudes[$0])
              }))
        }
      }
      return found
    }
    return choice(all.map { ($0.value.real, $0.value.imaginary) }, count).map { all[$0] }
  }

  /// The places of the largest magnitudes and of the largest real parts.
  private static func choice(_ values: [(real: Double, imaginary: Double)], _ count: Int) -> [Int] {
    let upper = values.indices.filter { values[$0].imaginary >= 0 }
    func size(_ index: Int) -> Double {
      values[index].real * values[index].real + values[index].imaginary * values[index].imaginary
    }
    let bySize = upper.sorted { (-size($0), $0) < (-size($1), $1) }
    let byReal = upper.sorted { (-values[$0].real, $0) < (-values[$1].real, $1) }
    let chosen = Set(bySize.prefix(count)).union(byReal.prefix(count))
    return bySize.filter(chosen.contains)
  }
}
