import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The spectral radius of D Wᵀ at a state. Below 1, plain iteration comes back to the equilibrium after a small
/// disturbance (it is stable), and the Neumann series converges.
public struct SpectralRadius: Hashable, Sendable {
  /// The largest modulus of an eigenvalue.
  public var value: Double
  /// Whether it is an estimate by Arnoldi's method, because a component has too many neurons for dense algebra.
  public var isEstimate: Bool

  /// Whether plain iteration is stable there, as far as ``value`` is right.
  public var isStable: Bool { value < 1 }

  /// The largest number of neurons for which a component's eigenvalues are computed.
  public static let largestDense = 300
}

extension Equilibrium {
  /// The spectral radius of D Wᵀ for every sample; NaN where a sample has no equilibrium.
  ///
  /// The matrix is block triangular over the condensation, so the radius is the largest of the cyclic
  /// components'. A component costs O(n³) up to ``SpectralRadius/largestDense`` neurons, and at most some 500
  /// products beyond.
  ///
  /// - Parameter threads: how many samples are treated at once.
  public func spectralRadii(threads: Int = 1) throws -> [SpectralRadius] {
    let differentials = Differentials(self, workers: threads)
    return try differentials.map { worker, sample in
      guard evidence[sample].status == .converged else {
        return SpectralRadius(value: .nan, isEstimate: false)
      }
      return try worker.at(sample) {
        var result = SpectralRadius(value: 0, isEstimate: false)
        for workspace in worker.workspaces {
          let (value, isEstimate) = try workspace.spectralRadius()
          result.value = max(result.value, value)
          result.isEstimate = result.isEstimate || isEstimate
        }
        return result
      }
    }
  }
}

extension ComponentWorkspace {
  /// The radius and the abscissa of D Wᵀ with the slopes as they are, likewise; both from one computation where it is
  /// dense.
  func stability() throws -> Stability {
    guard neuronCount > SpectralRadius.largestDense else {
      let values = try eigenvalues()
      return Stability(
        radius: .init(
          value: values.reduce(0) { max($0, hypot($1.real, $1.imaginary)) }, isEstimate: false),
        abscissa: .init(value: values.map(\.real).max() ?? -.infinity, isEstimate: false))
    }
    var method = OuterEigenvalues(count: 4, basis: 40, restarts: 10)
    let outer = try outerEigenvalues(method)
    method.end = .realPart
    let right = try outerEigenvalues(method)
    return Stability(
      radius: .init(value: outer.radius, isEstimate: true),
      abscissa: .init(value: max(outer.abscissa, right.abscissa), isEstimate: true))
  }

  /// The radius of D Wᵀ with the slopes as they are, from matrices that have the same eigenvalues but for zeros.
  func spectralRadius() throws -> (value: Double, isEstimate: Bool) {
    guard neuronCount > SpectralRadius.largestDense else {
      let values = try eigenvalues()
      return (values.reduce(0) { max($0, hypot($1.real, $1.imaginary)) }, false)
    }
    let outer = OuterEigenvalues(count: 4, basis: 40, restarts: 10)
    return (try outerEigenvalues(outer).radius, true)
  }

  /// All eigenvalues of Dᵀ W with the slopes as they are, which are those of D Wᵀ but for zeros; O(n³).
  func eigenvalues() throws -> [(real: Double, imaginary: Double)] {
    let matrix = component.network.stepMatrix(
      component.runs, slope: state.slope, weights: state.weights)
    return try DenseEigenvalues.of(matrix, order: neuronCount)
  }

  /// All eigenvalues, with how much each neuron has of the way in which activations then change; O(n³).
  func modes() throws -> [(real: Double, imaginary: Double, magnitudes: [Double])] {
    let matrix = component.network.stepMatrix(
      component.runs, slope: state.slope, weights: state.weights)
    return try DenseEigenvalues.modes(matrix, order: neuronCount)
  }

  /// Those of largest modulus of Wᵀ D, which has the same ones.
  func outerEigenvalues(_ method: OuterEigenvalues) throws -> OuterEigenvalues.Result {
    let n = neuronCount
    // Without structure, and the same in every call.
    let random = CounterRandom(seed: 0, purpose: .eigenvalues, index: 0)
    let start = (0..<n).map { 2 * random.uniform($0) - 1 }
    return try withScratch { units in
      try withNeuronScratch { v in
        try method.of(from: start) { vector, result in
          for k in 0..<n { v[k] = vector[k] }
          multiplySlopes(by: v, into: units)
          v.update(repeating: 0)
          addInnerTransposedProduct(of: units, to: v)
          for k in 0..<n { result[k] = v[k] }
        }
      }
    }
  }
}
