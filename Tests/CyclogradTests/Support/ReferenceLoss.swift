import Cyclograd
import Foundation

/// The losses once more, from their definitions.
struct ReferenceLoss {
  var loss: Loss

  init(_ loss: Loss) { self.loss = loss }

  func evaluate(_ a: [Double], _ y: [Double]) -> (value: Double, derivatives: [Double]) {
    switch loss {
    case .halfSquaredError:
      return (
        zip(a, y).reduce(0) { $0 + 0.5 * pow($1.0 - $1.1, 2) }, zip(a, y).map { $0 - $1 }
      )
    case .absoluteError:
      return (
        zip(a, y).reduce(0) { $0 + abs($1.0 - $1.1) },
        zip(a, y).map { $0 == $1 ? 0 : ($0 > $1 ? 1 : -1) }
      )
    case .binaryCrossEntropy:
      let p = a.map { 1 / (1 + exp(-$0)) }
      return (
        -zip(p, y).reduce(0) { $0 + $1.1 * log($1.0) + (1 - $1.1) * log(1 - $1.0) },
        zip(p, y).map { $0 - $1 }
      )
    case .softmaxCrossEntropy:
      let sum = a.reduce(0) { $0 + exp($1) }
      let total = y.reduce(0, +)
      return (
        -zip(a, y).reduce(0) { $0 + $1.1 * log(exp($1.0) / sum) },
        zip(a, y).map { total * exp($0) / sum - $1 }
      )
    }
  }

  /// The derivative along a direction of the outputs.
  func evaluate(_ a: [Dual], _ y: [Double]) -> Double {
    var sum = Dual(0)
    switch loss {
    case .halfSquaredError:
      for (a, y) in zip(a, y) { sum = sum + Dual(0.5) * (a - Dual(y)) * (a - Dual(y)) }
    case .absoluteError:
      for (a, y) in zip(a, y) { sum = sum + .abs(a - Dual(y)) }
    case .binaryCrossEntropy:
      for (a, y) in zip(a, y) {
        let p = Dual(1) / (Dual(1) + .exp(-a))
        sum = sum - Dual(y) * .log(p) - Dual(1 - y) * .log(Dual(1) - p)
      }
    case .softmaxCrossEntropy:
      let total = a.reduce(Dual(0)) { $0 + .exp($1) }
      for (a, y) in zip(a, y) { sum = sum - Dual(y) * .log(.exp(a) / total) }
    }
    return sum.d
  }

  /// Targets that suit the loss.
  func targets(_ count: Int, _ random: inout TestRandom) -> [Double] {
    switch loss {
    case .halfSquaredError, .absoluteError: return random.vector(count)
    case .binaryCrossEntropy: return random.vector(count, 0, 1)
    case .softmaxCrossEntropy:
      let weights = random.vector(count, 0.1, 1)
      let sum = weights.reduce(0, +)
      return weights.map { $0 / sum }
    }
  }
}
