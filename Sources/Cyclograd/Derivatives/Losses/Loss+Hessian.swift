import Foundation

/// A loss whose second derivatives by the outputs are known: what products with Hessians need.
public protocol TwiceDifferentiableLoss: Loss {
  /// The Hessian ∂²E/∂a² of one sample times a direction.
  ///
  /// - Parameters:
  ///   - direction: a number for each output.
  ///   - outputs: a of the output neurons.
  ///   - targets: a row of what ``Loss/prepare(_:samples:outputs:)`` has returned.
  /// - Returns: a number for each output.
  func hessianProduct(_ direction: [Double], outputs: [Double], targets: [Double]) -> [Double]
}

extension HalfSquaredError: TwiceDifferentiableLoss {
  /// The direction itself.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] { direction }
}

extension MeanSquaredError: TwiceDifferentiableLoss {
  /// 2 / q times the direction, for q outputs.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] { direction.map { 2 * $0 / Double(direction.count) } }
}

extension LinearLoss: TwiceDifferentiableLoss {
  /// Zeros.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] { direction.map { _ in 0 } }
}

extension AbsoluteError: TwiceDifferentiableLoss {
  /// Zeros: the loss is linear wherever it has derivatives.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] { direction.map { _ in 0 } }
}

extension BinaryCrossEntropy: TwiceDifferentiableLoss {
  /// σ (1 − σ) times the direction.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] {
    zip(direction, outputs).map { $0 * Activation.logistic.evaluate($1).slope }
  }
}

extension SoftmaxCrossEntropy: TwiceDifferentiableLoss {
  /// (diag p − p pᵀ) times the direction, p = softmax(a), times the sum of the targets.
  public func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] {
    let largest = outputs.max() ?? 0
    let powers = outputs.map { exp($0 - largest) }
    let total = powers.reduce(0, +)
    let weight = targets.reduce(0, +)
    let p = powers.map { $0 / total }
    let mean = zip(p, direction).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(p, direction).map { weight * $0 * ($1 - mean) }
  }
}

extension CompositeLoss {
  /// Whether the second derivatives of all its losses are known.
  var isTwiceDifferentiable: Bool { parts.allSatisfy { $0.loss.asTwiceDifferentiable != nil } }

  /// Its Hessian times a direction; all of its losses have to know theirs.
  func hessianProduct(
    _ direction: [Double], outputs: [Double], targets: [Double]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: direction.count)
    for part in parts {
      guard let loss = part.loss.asTwiceDifferentiable else { continue }
      let own = loss(
        part.outputs.map { direction[$0] }, part.outputs.map { outputs[$0] },
        Array(targets[part.targets]))
      for (j, value) in zip(part.outputs, own) { result[j] += part.weight * value }
    }
    return result
  }
}

extension Loss {
  /// The product with the Hessian by direction, outputs and targets; `nil` where it is not known.
  var asTwiceDifferentiable: (([Double], [Double], [Double]) -> [Double])? {
    if let sum = self as? CompositeLoss {
      return sum.isTwiceDifferentiable
        ? { sum.hessianProduct($0, outputs: $1, targets: $2) } : nil
    }
    guard let loss = self as? any TwiceDifferentiableLoss else { return nil }
    return { loss.hessianProduct($0, outputs: $1, targets: $2) }
  }
}
