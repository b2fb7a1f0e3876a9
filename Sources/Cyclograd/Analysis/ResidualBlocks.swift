import SparseAlgebra

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Residual blocks of the θ scheme, s_t = (1 − θ) y_{t−1} + θ y_t and y_t = y_{t−1} + h F(s_t), as they are found in a network
/// by the names of their groups, and the eigenvalues of h ∂F/∂s at one sample.
///
/// Both the printed and the eliminated form of ``ThetaBlocks`` are understood: of the weights only θ, h c and h r can be read,
/// where F = c s + r φ(s).
///
/// Source: Reshniak & Webster 2020, section 2.3.
public struct ResidualBlocks: Sendable {
  /// One block.
  public struct Block: Hashable, Sendable {
    /// t.
    public var number: Int
    /// θ.
    public var theta: Double
    /// h c, the middle of what limits leave to h ∂F/∂s; 0 without limits.
    public var center: Double
    /// h r, the distance of the limits from there where φ has the Lipschitz constant 1.
    public var radius: Double
    /// The eigenvalues of h ∂F/∂s.
    public var eigenvalues: [Spectrum.Value]

    /// R(z) = (1 + (1 − θ) z)/(1 − θ z) for each eigenvalue, by magnitude.
    public var amplification: [Double] {
      eigenvalues.map {
        let value = ThetaBlocks.stability(theta: theta, real: $0.real, imaginary: $0.imaginary)
        return hypot(value.real, value.imaginary)
      }
    }
  }

  /// In the order of t.
  public let blocks: [Block]

  /// The largest state of which eigenvalues are computed.
  public static let largestDimension = 256

  /// Finds the blocks of a network.
  ///
  /// - Parameters:
  ///   - equilibrium: of the network.
  ///   - sample: where derivatives are taken.
  /// - Returns: `nil` where there is no group `y0`, or no block behind it that has this form.
  /// - Complexity: O(d · layers · edges) for a block, and O(d³).
  public init?(_ equilibrium: Equilibrium, sample: Int = 0) {
    guard equilibrium.evidence[sample].status == .converged else { return nil }
    let reading = SampleReading(equilibrium, sample: sample)
    var blocks: [Block] = []
    while let block = Self.block(blocks.count + 1, reading) { blocks.append(block) }
    guard !blocks.isEmpty else { return nil }
    self.blocks = blocks
  }

  private static func block(_ t: Int, _ reading: SampleReading) -> Block? {
    let network = reading.network
    func neurons(_ name: String) -> [Int]? {
      guard let index = network.layout.indexOfGroup[name] else { return nil }
      let entry = network.layout.entries[index]
      return (0..<entry.size).map { Int(network.position[entry.firstNeuron + $0]) }
    }
    guard let before = neurons("y\(t - 1)"), let s = neurons("s\(t)"), let f = neurons("f\(t)"),
      let y = neurons("y\(t)"), s.count == y.count, f.count == y.count, before.count == y.count,
      (1...largestDimension).contains(y.count)
    else { return nil }
    // The weight of all one-to-one edges between two groups; 0 without such, `nil` where they differ.
    func weight(_ sources: [Int], _ targets: [Int]) -> Double? {
      let weights = zip(sources, targets).map { reading.weight(from: $0, to: $1) }
      return weights.allSatisfy { $0 == weights[0] } ? weights[0] : nil
    }
    guard let theta = weight(y, s), let explicit = weight(before, s), let kept = weight(before, y),
      let linear = weight(s, y), let gain = weight(f, y), (0...1).contains(theta),
      abs(theta + explicit - 1) <= 1e-12, gain != 0
    else { return nil }
    var (center, radius) = (linear, gain)
    if linear == 0 {
      // y_t = k y_{t−1} + … with k = (1 + h c (1 − θ))/(1 − θ h c).
      let divisor = 1 - theta + theta * kept
      guard divisor != 0 else { return nil }
      center = (kept - 1) / divisor
      radius = gain * (1 - theta * center)
    } else if kept != 1 {
      return nil
    }
    guard let inner = reading.derivative(of: f, by: s, excluding: Set(y)),
      let values = try? DenseEigenvalues.of(
        inner.enumerated().map { index, value in
          radius * value + (index % (s.count + 1) == 0 ? center : 0)
        }, order: s.count)
    else { return nil }
    return Block(
      number: t, theta: theta, center: center, radius: abs(radius),
      eigenvalues: values.map { Spectrum.Value(real: $0.real, imaginary: $0.imaginary) })
  }
}

extension SampleReading {
  /// The weight of the edges from a neuron to the first unit of another; 0 where there is none.
  fileprivate func weight(from source: Int, to target: Int) -> Double {
    let unit = Int(network.unitStarts[target])
    return network.inEdges(of: unit)
      .filter { network.sourceNeuron(of: $0, into: unit) == source }
      .reduce(0) { $0 + weights[$1] }
  }

  /// ∂f/∂s, row by row, through what s feeds directly or by way of others, but for some neurons; `nil` through softmax groups
  /// and cycles.
  fileprivate func derivative(
    of f: [Int], by s: [Int], excluding others: Set<Int>
  ) -> [Double]? {
    let between = reached(from: s, excluding: others)
    var columns: [[Double]] = []
    for seed in s {
      var change = [seed: 1.0]
      // Each pass is right for one layer more.
      var isSettled = false
      for _ in 0...between.count where !isSettled {
        isSettled = true
        for k in between {
          guard !network.evaluations[group(k)].isSoftmax else { return nil }
          let value = moved(k, change)
          if value != change[k] ?? 0 {
            change[k] = value
            isSettled = false
          }
        }
      }
      guard isSettled else { return nil }
      columns.append(f.map { change[$0] ?? 0 })
    }
    return f.indices.flatMap { row in s.indices.map { columns[$0][row] } }
  }

  /// How far a neuron's activation moves when those of others do.
  private func moved(_ neuron: Int, _ change: [Int: Double]) -> Double {
    var result = 0.0
    for unit in Int(network.unitStarts[neuron])..<Int(network.unitStarts[neuron + 1]) {
      var sum = 0.0
      for edge in network.inEdges(of: unit) {
        sum += weights[edge] * (change[network.sourceNeuron(of: edge, into: unit)] ?? 0)
      }
      result += slope[unit] * sum
    }
    return result
  }

  private func group(_ neuron: Int) -> Int {
    network.layout.indexOfGroup[network.entry(atPosition: neuron).group.name] ?? 0
  }

  /// Without those that it starts from, in ascending order.
  private func reached(from start: [Int], excluding others: Set<Int>) -> [Int] {
    var seen = Set(start)
    var open = start
    let transpose = network.transpose
    while let k = open.popLast() {
      for edge in transpose.edges(of: k) {
        let target = Int(network.neuronOfUnit[transpose.targetUnit(of: edge, from: k)])
        if !others.contains(target), seen.insert(target).inserted { open.append(target) }
      }
    }
    return seen.subtracting(start).sorted()
  }
}
