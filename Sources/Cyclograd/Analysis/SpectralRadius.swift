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
  /// Whether not even one eigenvalue was found to the method's tolerance, so that ``value`` may be off by some hundredths.
  public var isRough = false

  /// Whether plain iteration is stable there, as far as ``value`` is right; `nil` where it is rough, and so near 1 that
  /// it says nothing.
  public var isStable: Bool? { Self.verdict(value, isRough: isRough) }

  /// Rough values are too small rather than too large.
  static func verdict(_ value: Double, isRough: Bool) -> Bool? {
    isRough && (0.9..<1).contains(value) ? nil : value < 1
  }

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
          result.include(try workspace.spectralRadius())
        }
        return result
      }
    }
  }
}

extension SpectralRadius {
  /// Takes in that of another diagonal block.
  mutating func include(_ other: SpectralRadius) {
    value = max(value, other.value)
    isEstimate = isEstimate || other.isEstimate
    isRough = isRough || other.isRough
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
    var radius = try spectralRadius()
    let right = try withStepProducts { start, multiply in
      try Self.outer(.realPart).of(from: start, multiply: multiply)
    }
    radius.value = max(radius.value, right.radius)
    return Stability(
      radius: radius,
      abscissa: .init(
        value: right.abscissa, isEstimate: true,
        // No real part is larger than the radius.
        isRough: right.converged.isEmpty && radius.isStable != true))
  }

  /// The radius of D Wᵀ with the slopes as they are, from matrices that have the same eigenvalues but for zeros.
  func spectralRadius() throws -> SpectralRadius {
    guard neuronCount > SpectralRadius.largestDense else {
      let values = try eigenvalues()
      return SpectralRadius(
        value: values.reduce(0) { max($0, hypot($1.real, $1.imaginary)) }, isEstimate: false)
    }
    let (value, isFound) = try withStepProducts { start, multiply in
      try Self.outer(.modulus).radius(from: start, multiply: multiply)
    }
    return SpectralRadius(value: value, isEstimate: true, isRough: !isFound)
  }

  private static func outer(_ end: OuterEigenvalues.End) -> OuterEigenvalues {
    var method = OuterEigenvalues(count: 4, basis: 40, restarts: 10)
    method.end = end
    return method
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
    try withStepProducts { try method.of(from: $0, multiply: $1) }
  }

  /// Calls `body` with a start and with products with Wᵀ D.
  private func withStepProducts<Result>(
    _ body: (
      _ start: [Double],
      _ multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) throws -> Result
  ) throws -> Result {
    let n = neuronCount
    // Without structure, and the same in every call.
    let random = CounterRandom(seed: 0, purpose: .eigenvalues, index: 0)
    let start = (0..<n).map { 2 * random.uniform($0) - 1 }
    return try withScratch { units in
      try withNeuronScratch { v in
        try body(start) { vector, result in
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
