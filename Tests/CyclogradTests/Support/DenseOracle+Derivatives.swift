import Cyclograd
import Foundation

extension DenseOracle {
  /// a(z) in dual numbers.
  func activations(_ z: [Dual]) -> [Dual] {
    var a = [Dual](repeating: Dual(0), count: neuronCount)
    for block in blocks {
      switch block.kind {
      case .softmax:
        let terms = block.units.map { Dual.exp(z[$0]) }
        let sum = terms.reduce(Dual(0), +)
        for (k, term) in zip(block.neurons, terms) { a[k] = term / sum }
      case .product, .max:
        let values = zip(block.activations, block.units).map {
          ReferenceActivation.value($0, z[$1])
        }
        a[block.neurons.lowerBound] =
          block.kind == .max
          ? values.max { $0.v < $1.v }! : values.reduce(Dual(1), *)
      case .select:
        let s = selected(block, z.map(\.v))
        a[block.neurons.lowerBound] = ReferenceActivation.value(
          block.activations[s - block.units.lowerBound], z[s])
      }
    }
    return a
  }

  /// The derivative of one sample's loss in a direction of parameters and inputs, by plain
  /// iteration in dual numbers; `nil` if that does not settle.
  func dualDerivative(
    _ loss: ReferenceLoss, inputs x: [Double], target: [Double], at start: [Double],
    along direction: [Double], inputDirection: [Double]
  ) -> Double? {
    var drive = drive(x).map { Dual($0) }
    for (s, value) in zip(inputs, inputDirection) { drive[s].d += value }
    for s in 0..<unitCount { drive[s].d += direction[biasParameter[s]] }
    var z = start.map { Dual($0) }
    var settled = 0
    for _ in 0..<4000 {
      let a = activations(z)
      var next = drive
      for edge in edges {
        let weight = Dual(w[edge.unit][edge.source], direction[edge.parameter])
        next[edge.unit] = next[edge.unit] + weight * a[edge.source]
      }
      let change = zip(z, next).reduce(0) {
        max($0, abs($1.0.v - $1.1.v), abs($1.0.d - $1.1.d) / max(1, abs($1.1.d)))
      }
      z = next
      guard change.isFinite else { return nil }
      settled = change < 1e-13 ? settled + 1 : 0
      if settled == 3 {
        let a = activations(z)
        return loss.evaluate(outputs.map { a[$0] }, target)
      }
    }
    return nil
  }

  /// The same by central differences of the loss, solved again at either side.
  func centralDifference(
    _ loss: ReferenceLoss, _ values: [Double], inputs x: [[Double]], targets: [[Double]],
    at states: [[Double]], along direction: [Double], step: Double = 1e-5
  ) throws -> Double? {
    func total(_ h: Double) throws -> Double? {
      var moved = self
      moved.set(zip(values, direction).map { $0 + h * $1 })
      var sum = 0.0
      for row in x.indices {
        guard let z = try moved.equilibrium(x[row], from: states[row]) else { return nil }
        let a = moved.activations(z)
        sum += loss.evaluate(outputs.map { a[$0] }, targets[row]).value
      }
      return sum / Double(x.count)
    }
    // Two step lengths and Richardson's extrapolation leave an error of h⁴.
    guard let p1 = try total(step), let m1 = try total(-step), let p2 = try total(2 * step),
      let m2 = try total(-2 * step)
    else { return nil }
    return (8 * (p1 - m1) - (p2 - m2)) / (12 * step)
  }
}
