import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// A measure of a weight matrix that grows in proportion to it.
public enum WeightMeasure: String, Sendable, CaseIterable {
  /// The largest modulus of an eigenvalue of W.
  case spectralRadius = "spectral-radius"
  /// The Perron–Frobenius eigenvalue of |W|, the matrix of magnitudes. It is at least the spectral radius; below 1 it
  /// proves that every input has exactly one equilibrium where slopes are at most 1.
  case perronFrobenius = "lambda-pf"
}

extension Network {
  /// The spectral radius of W or of |W|, with a row and a column for each neuron.
  ///
  /// W is block triangular over the condensation, so it is the largest of the cyclic components'; 0 where there is no
  /// cycle. Eigenvalues beyond ``SpectralRadius/largestDense`` neurons are found by Arnoldi's method. Where it does not converge,
  /// the first is an estimate, and the second a proved upper bound, mostly to a thousandth.
  ///
  /// - Throws: ``CyclogradError`` where a neuron has several units, so that W is not square; for parameters that do
  ///   not fit; and where the eigenvalues are too small to be told from those of a nilpotent matrix.
  /// - Complexity: O(n³) for a component of n neurons up to the limit; at most some 2000 products beyond.
  public func weightRadius(
    _ measure: WeightMeasure, of parameters: Parameters
  ) throws -> SpectralRadius {
    try check(parameters)
    guard unitCount == neuronCount else {
      throw CyclogradError(
        .invalidOption, "neurons have several units, so W is not square and has no eigenvalues",
        advice: "scale networks of one unit a neuron")
    }
    var weights = self.weights(parameters)
    if measure == .perronFrobenius { weights = weights.map { abs($0) } }
    var result = SpectralRadius(value: 0, isEstimate: false)
    var largestSum = 0.0
    for stage in stages where stage.isCyclic {
      let block = CyclicBlock(self, stage, weights)
      largestSum = max(largestSum, block.largestRowSum)
      result.include(try block.radius(isNonNegative: measure == .perronFrobenius))
    }
    // Rounding moves a multiple eigenvalue 0 this far (of multiplicity three, by the cube root of ε).
    guard result.value > 1e-5 * largestSum || result.value == 0 else {
      throw CyclogradError(
        .invalidValue,
        "the \(measure.rawValue) is about \(result.value), which cannot be told from 0 beside rows "
          + "whose magnitudes sum to \(largestSum): W is nilpotent or close to it",
        advice: "scale the weights by a factor of your own")
    }
    return result
  }
}

/// The rows and columns of W within one component.
private struct CyclicBlock {
  private var starts: [Int] = [0]
  private var columns: [Int32] = []
  private var values: [Double] = []

  init(_ network: Network, _ stage: Network.Stage, _ weights: [Double]) {
    let first = stage.neurons.lowerBound
    for k in stage.neurons {
      for edge in network.inEdges(of: Int(k))
      where stage.neurons.contains(Int32(network.sourceNeuron(of: edge, into: Int(k)))) {
        columns.append(Int32(network.sourceNeuron(of: edge, into: Int(k))) - first)
        values.append(weights[edge])
      }
      starts.append(columns.count)
    }
  }

  var size: Int { starts.count - 1 }

  var largestRowSum: Double {
    (0..<size).map { values[starts[$0]..<starts[$0 + 1]].reduce(0) { $0 + abs($1) } }.max() ?? 0
  }

  func radius(isNonNegative: Bool) throws -> SpectralRadius {
    guard size > SpectralRadius.largestDense else {
      var matrix = [Double](repeating: 0, count: size * size)
      for i in 0..<size {
        for edge in starts[i]..<starts[i + 1] {
          matrix[i * size + Int(columns[edge])] += values[edge]
        }
      }
      let found = try DenseEigenvalues.of(matrix, order: size)
      return SpectralRadius(
        value: found.reduce(0) { max($0, hypot($1.real, $1.imaginary)) }, isEstimate: false)
    }
    let random = CounterRandom(seed: 0, purpose: .eigenvalues, index: 0)
    let start = (0..<size).map { 2 * random.uniform($0) - 1 }
    let (value, isFound) = try OuterEigenvalues(count: 4, basis: 40, restarts: 50).radius(
      from: start
    ) { v, result in
      for i in 0..<size {
        var sum = 0.0
        for edge in starts[i]..<starts[i + 1] { sum += values[edge] * v[Int(columns[edge])] }
        result[i] = sum
      }
    }
    if !isFound, isNonNegative {
      let upper = PerronFrobeniusInterval(self).upper
      if upper.isFinite { return SpectralRadius(value: upper, isEstimate: true) }
    }
    return SpectralRadius(value: value, isEstimate: !isFound, isRough: !isFound)
  }
}

/// Of magnitudes.
extension CyclicBlock: NonNegativeMap {
  var count: Int { size }
  var work: Int { columns.count + size }

  func times(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double] {
    (0..<size).map { row in
      (starts[row]..<starts[row + 1]).reduce(0) {
        sum($0, product(values[$1], v[Int(columns[$1])]))
      }
    }
  }
}
