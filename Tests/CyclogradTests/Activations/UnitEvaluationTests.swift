import Testing

@testable import Cyclograd

@Suite("Groups' neurons: several samples side by side")
struct UnitEvaluationTests {
  static let evaluations: [UnitEvaluation] =
    ActivationTests.all.map { .single($0) } + [
      .softmax, .product([.identity, .logistic]), .product([.tanh, .arctan, .logistic]),
      .product([.gelu, .relu, .tanh, .reciprocal]), .max([.identity, .identity]),
      .max([.tanh, .logistic, .arctan]), .max([.relu, .clamp(), .silu]),
      .select([.tanh, .logistic, .identity, .cos]),
      .select([.identity, .identity, .relu, .gelu, .silu, .reciprocal]),
    ]

  /// A vector of every lane's elements side by side, with values at which units tie or stand on kinks.
  static func vector(_ count: Int, _ random: inout TestRandom) -> [Double] {
    (0..<count).map { _ in
      random.chance(0.2) ? random.pick([0, -0.0, 1, 0.5, -1, 40, -40, 800]) : random.number(-4, 4)
    }
  }

  static func lane(_ b: Int, of lanes: Int, _ vector: [Double]) -> [Double] {
    stride(from: b, to: vector.count, by: lanes).map { vector[$0] }
  }

  static func bits(_ vector: [Double]) -> [UInt64] { vector.map(\.bitPattern) }

  private static func evaluate(
    _ evaluation: UnitEvaluation, _ count: Int, lanes: Int, _ z: [Double]
  ) -> (a: [Double], slope: [Double]) {
    var a = [Double](repeating: .nan, count: count * lanes)
    var slope = [Double](repeating: .nan, count: z.count)
    evaluation.evaluate(count, lanes: lanes, z: z, activation: &a, slope: &slope)
    return (a, slope)
  }

  @Test(
    "A lane has the bits that it has alone, and a neuron those that it has alone",
    arguments: evaluations.indices)
  func lanes(_ index: Int) {
    let evaluation = Self.evaluations[index]
    var random = TestRandom(UInt64(index))
    let units = evaluation.unitsPerNeuron
    for (count, lanes) in [(1, 8), (5, 8), (37, 8), (1, 16), (37, 16), (20, 3)] {
      let z = Self.vector(count * units * lanes, &random)
      let together = Self.evaluate(evaluation, count, lanes: lanes, z)
      for b in 0..<lanes {
        let own = Self.lane(b, of: lanes, z)
        let alone = Self.evaluate(evaluation, count, lanes: 1, own)
        #expect(Self.bits(alone.a) == Self.bits(Self.lane(b, of: lanes, together.a)))
        #expect(Self.bits(alone.slope) == Self.bits(Self.lane(b, of: lanes, together.slope)))
        if evaluation.isSoftmax { continue }
        for k in 0..<count {
          let single = Self.evaluate(
            evaluation, 1, lanes: 1, Array(own[k * units..<(k + 1) * units]))
          #expect(single.a[0].bitPattern == alone.a[k].bitPattern)
          #expect(
            Self.bits(single.slope) == Self.bits(Array(alone.slope[k * units..<(k + 1) * units])))
        }
      }
    }
  }

  @Test("Values alone are the same", arguments: evaluations.indices)
  func valueOnly(_ index: Int) {
    let evaluation = Self.evaluations[index]
    var random = TestRandom(UInt64(1000 + index))
    let z = Self.vector(21 * evaluation.unitsPerNeuron * 8, &random)
    var a = [Double](repeating: .nan, count: 21 * 8)
    var slope = z
    evaluation.evaluate(21, lanes: 8, isValueOnly: true, z: z, activation: &a, slope: &slope)
    #expect(Self.bits(a) == Self.bits(Self.evaluate(evaluation, 21, lanes: 8, z).a))
  }

  @Test("A selection is the value of the first largest key, and depends on it alone")
  func selection() {
    var random = TestRandom(6)
    for case .select(let activations) in Self.evaluations {
      let keys = activations.count / 2
      for round in 0..<200 {
        var z = random.vector(activations.count, -3, 3)
        if round % 3 == 0 { z[1] = z[0] }
        let found = Self.evaluate(.select(activations), 1, lanes: 1, z)
        let values = zip(activations, z).map { ReferenceActivation.value($0, $1) }
        let winner =
          (0..<keys).max { values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1) } ?? 0
        #expect(
          abs(found.a[0] - values[keys + winner]) <= 1e-13 * max(1, abs(values[keys + winner])))
        for unit in activations.indices {
          let slope =
            unit == keys + winner ? ReferenceActivation.slope(activations[unit], z[unit]) : 0
          #expect(abs(found.slope[unit] - slope) <= 1e-12 * max(1, abs(slope)))
        }
      }
    }
  }

  @Test("Products and maxima agree with the formulas on paper")
  func formulas() {
    var random = TestRandom(5)
    for evaluation in Self.evaluations {
      let (activations, isProduct): ([Activation], Bool)
      switch evaluation {
      case .product(let units): (activations, isProduct) = (units, true)
      case .max(let units): (activations, isProduct) = (units, false)
      case .single, .softmax, .select: continue
      }
      for _ in 0..<200 {
        let z = random.vector(activations.count, -3, 3)
        let found = Self.evaluate(evaluation, 1, lanes: 1, z)
        let values = zip(activations, z).map { ReferenceActivation.value($0, $1) }
        let expected = isProduct ? values.reduce(1, *) : values.max() ?? .nan
        #expect(abs(found.a[0] - expected) <= 1e-13 * max(1, abs(expected)))
        for (unit, activation) in activations.enumerated() {
          var slope = ReferenceActivation.slope(activation, z[unit])
          if isProduct {
            for other in values.indices where other != unit { slope *= values[other] }
          } else if values[unit] < expected {
            slope = 0
          }
          #expect(abs(found.slope[unit] - slope) <= 1e-12 * max(1, abs(slope)))
        }
      }
    }
  }
}
