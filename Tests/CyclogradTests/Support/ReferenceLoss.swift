import Cyclograd
import Foundation

/// The losses once more, from their definitions.
struct ReferenceLoss {
  var loss: any Loss

  init(_ loss: any Loss) { self.loss = loss }

  func evaluate(_ a: [Double], _ y: [Double]) -> (value: Double, derivatives: [Double]) {
    switch loss {
    case is HalfSquaredError:
      return (
        zip(a, y).reduce(0) { $0 + 0.5 * pow($1.0 - $1.1, 2) }, zip(a, y).map { $0 - $1 }
      )
    case is MeanSquaredError:
      let count = Double(a.count)
      return (
        zip(a, y).reduce(0) { $0 + pow($1.0 - $1.1, 2) / count },
        zip(a, y).map { 2 * ($0 - $1) / count }
      )
    case is AbsoluteError:
      return (
        zip(a, y).reduce(0) { $0 + abs($1.0 - $1.1) },
        zip(a, y).map { $0 == $1 ? 0 : ($0 > $1 ? 1 : -1) }
      )
    case is BinaryCrossEntropy:
      let p = a.map { 1 / (1 + exp(-$0)) }
      return (
        -zip(p, y).reduce(0) { $0 + $1.1 * log($1.0) + (1 - $1.1) * log(1 - $1.0) },
        zip(p, y).map { $0 - $1 }
      )
    case is LinearLoss:
      return (zip(a, y).reduce(0) { $0 + $1.0 * $1.1 }, y)
    case is SoftmaxCrossEntropy:
      let sum = a.reduce(0) { $0 + exp($1) }
      let total = y.reduce(0, +)
      return (
        -zip(a, y).reduce(0) { $0 + $1.1 * log(exp($1.0) / sum) },
        zip(a, y).map { total * exp($0) / sum - $1 }
      )
    default: fatalError("no reference for \(loss.name)")
    }
  }

  /// The derivative along a direction of the outputs.
  func evaluate(_ a: [Dual], _ y: [Double]) -> Double {
    var sum = Dual(0)
    let count = a.count
    switch loss {
    case is HalfSquaredError:
      for (a, y) in zip(a, y) { sum = sum + Dual(0.5) * (a - Dual(y)) * (a - Dual(y)) }
    case is MeanSquaredError:
      for (a, y) in zip(a, y) {
        sum = sum + Dual(1 / Double(count)) * (a - Dual(y)) * (a - Dual(y))
      }
    case is AbsoluteError:
      for (a, y) in zip(a, y) { sum = sum + .abs(a - Dual(y)) }
    case is BinaryCrossEntropy:
      for (a, y) in zip(a, y) {
        let p = Dual(1) / (Dual(1) + .exp(-a))
        sum = sum - Dual(y) * .log(p) - Dual(1 - y) * .log(Dual(1) - p)
      }
    case is LinearLoss:
      for (a, y) in zip(a, y) { sum = sum + Dual(y) * a }
    case is SoftmaxCrossEntropy:
      let total = a.reduce(Dual(0)) { $0 + .exp($1) }
      for (a, y) in zip(a, y) { sum = sum - Dual(y) * .log(.exp(a) / total) }
    default: fatalError("no reference for \(loss.name)")
    }
    return sum.d
  }

  /// Targets that suit the loss.
  func targets(_ count: Int, _ random: inout TestRandom) -> [Double] {
    switch loss {
    case is HalfSquaredError, is MeanSquaredError, is AbsoluteError, is LinearLoss:
      return random.vector(count)
    case is BinaryCrossEntropy: return random.vector(count, 0, 1)
    case is SoftmaxCrossEntropy:
      let weights = random.vector(count, 0.1, 1)
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    default: fatalError("no reference for \(loss.name)")
    }
  }
}
