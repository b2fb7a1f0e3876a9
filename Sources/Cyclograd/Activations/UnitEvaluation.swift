import Foundation

/// How the units of one group's neurons turn pre-activations into activations and slopes.
///
/// The slope of unit s is ∂aₖ/∂z_s for its neuron k. For softmax it is a_s, from which
/// ∂aₖ/∂z_s = aₖ (δₖₛ − a_s) follows.
///
/// Vectors hold several samples side by side as lanes: element i of lane b is at i · lanes + b. A lane's
/// results have the same bits whatever the number of lanes, and whatever stands in the others.
enum UnitEvaluation: Sendable {
  case single(Activation)
  case softmax
  case product([Activation])
  case max([Activation])
  /// Keys, then as many values: the value of the largest key.
  case select([Activation])

  init(_ group: Group) {
    let activations = group.units.map(\.activation)
    switch (activations.count, group.combine) {
    case (1, _): self = activations[0] == .softmax ? .softmax : .single(activations[0])
    case (_, .product): self = .product(activations)
    case (_, .max): self = .max(activations)
    case (_, .select): self = .select(activations)
    }
  }

  /// Whether it acts on all neurons of a group at once.
  var isSoftmax: Bool { if case .softmax = self { true } else { false } }

  /// The number of units of each neuron.
  var unitsPerNeuron: Int {
    switch self {
    case .single, .softmax: 1
    case .product(let activations), .max(let activations), .select(let activations):
      activations.count
    }
  }

  /// Evaluates `count` neurons whose units, activations and slopes begin at the given places.
  ///
  /// - Parameter isValueOnly: whether slopes are not asked for; they may be computed all the same.
  func evaluate(
    _ count: Int, lanes: Int = 1, isValueOnly: Bool = false, z: UnsafePointer<Double>,
    activation a: UnsafeMutablePointer<Double>, slope: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .single(let activation):
      activation.evaluate(count * lanes, z: z, value: a, slope: isValueOnly ? nil : slope)
    case .softmax: Self.evaluateSoftmax(count, lanes, z, a, slope)
    case .product([.identity, .identity]):
      Self.multiply(count, lanes, isValueOnly, z, a, slope)
    case .product(let activations):
      Self.forEachBlock(activations, count, lanes, z) {
        $0.multiply(into: a + $0.firstNeuron * lanes, slope: slope)
      }
    case .max(let activations):
      Self.forEachBlock(activations, count, lanes, z) {
        $0.choose(into: a + $0.firstNeuron * lanes, slope: slope)
      }
    case .select(let activations):
      Self.forEachBlock(activations, count, lanes, z) {
        $0.select(into: a + $0.firstNeuron * lanes, slope: slope)
      }
    }
  }

  /// The product of two linear units, of which tangent networks have many; the same numbers as for any others.
  private static func multiply(
    _ count: Int, _ lanes: Int, _ isValueOnly: Bool, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>
  ) {
    for i in 0..<count {
      let (first, second) = (2 * i * lanes, (2 * i + 1) * lanes)
      for b in 0..<lanes { a[i * lanes + b] = z[first + b] * z[second + b] }
      if isValueOnly { continue }
      for b in 0..<lanes {
        slope[first + b] = z[second + b]
        slope[second + b] = z[first + b]
      }
    }
  }

  private static func evaluateSoftmax(
    _ count: Int, _ lanes: Int, _ z: UnsafePointer<Double>, _ a: UnsafeMutablePointer<Double>,
    _ slope: UnsafeMutablePointer<Double>
  ) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * lanes) { buffer in
      let largest = buffer.baseAddress!
      let sum = largest + lanes
      largest.initialize(repeating: -.infinity, count: lanes)
      sum.initialize(repeating: 0, count: lanes)
      for i in 0..<count {
        for b in 0..<lanes { largest[b] = Swift.max(largest[b], z[i * lanes + b]) }
      }
      for i in 0..<count {
        for b in 0..<lanes {
          let power = exp(z[i * lanes + b] - largest[b])
          a[i * lanes + b] = power
          sum[b] += power
        }
      }
      for i in 0..<count {
        for b in 0..<lanes {
          a[i * lanes + b] /= sum[b]
          slope[i * lanes + b] = a[i * lanes + b]
        }
      }
    }
  }
}
