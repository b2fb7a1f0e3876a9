import Foundation
import SparseAlgebra

extension Activation {
  /// f(z) and f′(z). Softmax, which is not a function of one number, is not evaluated here.
  ///
  /// The slopes are computed from e^−|z| rather than from f(z), so that they keep their relative
  /// precision where f saturates.
  @inline(__always)
  func evaluate(_ z: Double) -> (value: Double, slope: Double) {
    switch self {
    case .identity: return (z, 1)
    case .logistic:
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      return (z < 0 ? e * rest : rest, e * rest * rest)
    case .tanh:
      let e = exp(-2 * abs(z))
      let rest = 1 / (1 + e)
      return (Foundation.tanh(z), 4 * e * rest * rest)
    case .arctan: return (atan(z), 1 / (1 + z * z))
    // A comparison with NaN is false, so NaN must come out of the last branch.
    case .relu: return z > 0 ? (z, 1) : (z <= 0 ? 0 : z, 0)
    case .leakyReLU(let slope): return z > 0 ? (z, 1) : (slope * z, slope)
    case .elu(let alpha): return z > 0 ? (z, 1) : (alpha * expm1(z), alpha * exp(z))
    case .silu:
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      let logistic = z < 0 ? e * rest : rest
      // At ±∞ the products are ∞ · 0, whose limit is 0.
      if z == -.infinity { return (0, 0) }
      return (z * logistic, z == .infinity ? 1 : logistic + z * e * rest * rest)
    case .gelu:
      let distribution = 0.5 * erfc(-z * 0.7071067811865476)
      let density = 0.3989422804014327 * exp(-0.5 * z * z)
      if z == -.infinity { return (0, 0) }
      return (z * distribution, z == .infinity ? 1 : distribution + z * density)
    case .softplus:
      let e = exp(-abs(z))
      let rest = 1 / (1 + e)
      return (Swift.max(z, 0) + log1p(e), z < 0 ? e * rest : rest)
    case .softsign:
      let rest = 1 / (1 + abs(z))
      return (z.isInfinite ? (z > 0 ? 1 : -1) : z * rest, rest * rest)
    case .cos: return (Foundation.cos(z), -sin(z))
    case .asinh: return (Foundation.asinh(z), 1 / hypot(1, z))
    case .reciprocal: return (1 / z, -1 / (z * z))
    case .complement: return (1 - z, -1)
    case .clamp(let lower, let upper):
      if z > lower && z < upper { return (z, 1) }
      return (z <= lower ? lower : (z >= upper ? upper : z), 0)
    case .softmax: preconditionFailure("softmax acts on a group")
    }
  }
}

extension Activation {
  /// f and, where there is room for it, f′ of `count` numbers, in vector code where there is some.
  func evaluate(
    _ count: Int, z: UnsafePointer<Double>, value: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>?
  ) {
    switch self {
    case .tanh: VectorMath.evaluate(.tanh, z, count: count, value: value, derivative: slope)
    case .logistic: VectorMath.evaluate(.logistic, z, count: count, value: value, derivative: slope)
    case .arctan: VectorMath.evaluate(.arctan, z, count: count, value: value, derivative: slope)
    case .identity:
      value.update(from: z, count: count)
      slope?.update(repeating: 1, count: count)
    default:
      if let slope {
        for i in 0..<count { (value[i], slope[i]) = evaluate(z[i]) }
      } else {
        for i in 0..<count { value[i] = evaluate(z[i]).value }
      }
    }
  }
}

/// How the units of one group's neurons turn pre-activations into activations and slopes.
///
/// The slope of unit s is ∂aₖ/∂z_s for its neuron k. For softmax it is a_s, from which
/// ∂aₖ/∂z_s = aₖ (δₖₛ − a_s) follows.
enum UnitEvaluation: Sendable {
  case single(Activation)
  case softmax
  case product([Activation])
  case max([Activation])

  /// Whether it acts on all neurons of a group at once.
  var isSoftmax: Bool { if case .softmax = self { true } else { false } }

  init(_ group: Group) {
    let activations = group.units.map(\.activation)
    switch (activations.count, group.combine) {
    case (1, _): self = activations[0] == .softmax ? .softmax : .single(activations[0])
    case (_, .product): self = .product(activations)
    case (_, .max): self = .max(activations)
    }
  }

  /// Evaluates `count` neurons whose units, activations and slopes begin at the given places.
  func evaluate(
    _ count: Int, z: UnsafePointer<Double>, activation a: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>
  ) {
    switch self {
    case .single(let activation): activation.evaluate(count, z: z, value: a, slope: slope)
    case .softmax: Self.evaluateSoftmax(count, z, a, slope)
    case .product(let activations):
      for i in 0..<count { Self.evaluateProduct(activations, i, z, a, slope) }
    case .max(let activations):
      for i in 0..<count { Self.evaluateMaximum(activations, i, z, a, slope) }
    }
  }

  private static func evaluateSoftmax(
    _ count: Int, _ z: UnsafePointer<Double>, _ a: UnsafeMutablePointer<Double>,
    _ slope: UnsafeMutablePointer<Double>
  ) {
    var largest = -Double.infinity
    for i in 0..<count { largest = Swift.max(largest, z[i]) }
    var sum = 0.0
    for i in 0..<count {
      a[i] = exp(z[i] - largest)
      sum += a[i]
    }
    for i in 0..<count {
      a[i] /= sum
      slope[i] = a[i]
    }
  }

  private static func evaluateProduct(
    _ activations: [Activation], _ neuron: Int, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>
  ) {
    // Products before and after each unit, so that no division by a zero factor is needed.
    let first = neuron * activations.count
    var before = 1.0
    for (unit, activation) in activations.enumerated() {
      let (value, derivative) = activation.evaluate(z[first + unit])
      slope[first + unit] = before * derivative
      before *= value
    }
    a[neuron] = before
    var after = 1.0
    for unit in stride(from: activations.count - 1, through: 0, by: -1) {
      slope[first + unit] *= after
      after *= activations[unit].evaluate(z[first + unit]).value
    }
  }

  private static func evaluateMaximum(
    _ activations: [Activation], _ neuron: Int, _ z: UnsafePointer<Double>,
    _ a: UnsafeMutablePointer<Double>, _ slope: UnsafeMutablePointer<Double>
  ) {
    let first = neuron * activations.count
    var best = 0
    for (unit, activation) in activations.enumerated() {
      let (value, derivative) = activation.evaluate(z[first + unit])
      if unit == 0 {
        a[neuron] = value
      } else if value > a[neuron] || value.isNaN {
        a[neuron] = value
        slope[first + best] = 0
        best = unit
      } else {
        slope[first + unit] = 0
        continue
      }
      slope[first + unit] = derivative
    }
  }
}

extension Network {
  /// Computes a and the slopes from z for the runs of a range; one sample.
  func activate(
    _ runs: Range<Int32>, z: UnsafePointer<Double>, activation a: UnsafeMutablePointer<Double>,
    slope: UnsafeMutablePointer<Double>
  ) {
    for run in runs.lazy.map({ self.runs[Int($0)] }) {
      let first = Int(run.neurons.lowerBound)
      let unit = Int(unitStarts[first])
      evaluations[Int(run.group)].evaluate(
        run.neurons.count, lanes: 1, isValueOnly: false, z: z + unit, activation: a + first,
        slope: slope + unit)
    }
  }

  /// δa = Dᵀ δz for the runs of a range: δaₖ = Σ_s ∂aₖ/∂z_s δz_s.
  func multiplyTransposedSlopes(
    _ runs: Range<Int32>, slope: UnsafePointer<Double>, by change: UnsafePointer<Double>,
    into activation: UnsafeMutablePointer<Double>
  ) {
    for index in runs {
      let run = self.runs[Int(index)]
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let first = Int(unitStarts[neurons.lowerBound])
      if case .softmax = evaluations[Int(run.group)] {
        var mean = 0.0
        for i in 0..<neurons.count { mean += slope[first + i] * change[first + i] }
        for (i, k) in neurons.enumerated() {
          activation[k] = slope[first + i] * (change[first + i] - mean)
        }
      } else {
        for k in neurons {
          var sum = 0.0
          for s in Int(unitStarts[k])..<Int(unitStarts[k + 1]) { sum += slope[s] * change[s] }
          activation[k] = sum
        }
      }
    }
  }
}
