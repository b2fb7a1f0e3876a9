import Testing

@testable import Cyclograd

@Suite("Products with D and its transpose")
struct SlopeProductTests {
  typealias Evaluations = UnitEvaluationTests

  /// D of some neurons as a dense matrix: a row a unit, a column a neuron.
  private static func dense(
    _ evaluation: UnitEvaluation, _ count: Int, _ slope: [Double]
  ) -> [[Double]] {
    let units = evaluation.unitsPerNeuron
    return slope.indices.map { s in
      (0..<count).map { k in
        if evaluation.isSoftmax { return slope[k] * ((s == k ? 1 : 0) - slope[s]) }
        return s / units == k ? slope[s] : 0
      }
    }
  }

  private static func slopes(
    _ evaluation: UnitEvaluation, _ z: [Double], _ count: Int, _ lanes: Int
  )
    -> [Double]
  {
    var a = [Double](repeating: 0, count: count * lanes)
    var slope = [Double](repeating: 0, count: z.count)
    evaluation.evaluate(count, lanes: lanes, z: z, activation: &a, slope: &slope)
    return slope
  }

  @Test("agree with dense matrices", arguments: Evaluations.evaluations.indices)
  func dense(_ index: Int) {
    let evaluation = Evaluations.evaluations[index]
    let units = evaluation.unitsPerNeuron
    var random = TestRandom(UInt64(index))
    for count in [1, 2, 9] {
      let slope = Self.slopes(evaluation, random.vector(count * units, -3, 3), count, 1)
      let matrix = Self.dense(evaluation, count, slope)
      let (lambda, change) = (random.vector(count), random.vector(count * units))
      var d = [Double](repeating: .nan, count: count * units)
      var activation = [Double](repeating: .nan, count: count)
      evaluation.multiply(count, lanes: 1, slope: slope, by: lambda, into: &d)
      evaluation.multiplyTransposed(count, lanes: 1, slope: slope, by: change, into: &activation)
      let expected = matrix.map { zip($0, lambda).reduce(0) { $0 + $1.0 * $1.1 } }
      for (x, y) in zip(d, expected) { #expect(abs(x - y) <= 1e-14 * max(1, abs(y))) }
      for k in 0..<count {
        let y = zip(matrix, change).reduce(0) { $0 + $1.0[k] * $1.1 }
        #expect(abs(activation[k] - y) <= 1e-14 * max(1, abs(y)))
      }
    }
  }

  @Test("A lane has the bits that it has alone", arguments: Evaluations.evaluations.indices)
  func lanes(_ index: Int) {
    let evaluation = Evaluations.evaluations[index]
    let units = evaluation.unitsPerNeuron
    var random = TestRandom(UInt64(500 + index))
    for (count, lanes) in [(1, 8), (37, 8), (1, 16), (23, 16)] {
      let z = Evaluations.vector(count * units * lanes, &random)
      let slope = Self.slopes(evaluation, z, count, lanes)
      let lambda = Evaluations.vector(count * lanes, &random)
      let change = Evaluations.vector(count * units * lanes, &random)
      var d = [Double](repeating: .nan, count: change.count)
      var activation = [Double](repeating: .nan, count: lambda.count)
      evaluation.multiply(count, lanes: lanes, slope: slope, by: lambda, into: &d)
      evaluation.multiplyTransposed(
        count, lanes: lanes, slope: slope, by: change, into: &activation)
      for b in 0..<lanes {
        func own(_ vector: [Double]) -> [Double] { Evaluations.lane(b, of: lanes, vector) }
        var alone = [Double](repeating: .nan, count: count * units)
        evaluation.multiply(count, lanes: 1, slope: own(slope), by: own(lambda), into: &alone)
        #expect(Evaluations.bits(alone) == Evaluations.bits(own(d)))
        var transposed = [Double](repeating: .nan, count: count)
        evaluation.multiplyTransposed(
          count, lanes: 1, slope: own(slope), by: own(change), into: &transposed)
        #expect(Evaluations.bits(transposed) == Evaluations.bits(own(activation)))
      }
    }
  }

  @Test("The same over whole networks, run by run")
  func networks() throws {
    for seed in 0..<40 as Range<UInt64> {
      let (network, _) = try RandomGraphs.make(.wild, seed: 300 + seed).compile()
      var random = TestRandom(seed)
      let runs = 0..<Int32(network.runs.count)
      let lanes = 8
      var slope = [Double](repeating: .nan, count: network.unitCount * lanes)
      for b in 0..<lanes {
        var (a, own) = (random.vector(network.neuronCount), random.vector(network.unitCount))
        network.activate(runs, z: random.vector(own.count), activation: &a, slope: &own)
        for (s, value) in own.enumerated() { slope[s * lanes + b] = value }
      }
      let lambda = random.vector(network.neuronCount * lanes)
      let change = random.vector(network.unitCount * lanes)
      var d = [Double](repeating: .nan, count: change.count)
      var activation = [Double](repeating: .nan, count: lambda.count)
      network.multiplySlopes(runs, slope: slope, by: lambda, into: &d, lanes: lanes)
      network.multiplyTransposedSlopes(
        runs, slope: slope, by: change, into: &activation, lanes: lanes)
      for b in 0..<lanes {
        func own(_ vector: [Double]) -> [Double] { Evaluations.lane(b, of: lanes, vector) }
        var alone = [Double](repeating: .nan, count: network.unitCount)
        network.multiplySlopes(runs, slope: own(slope), by: own(lambda), into: &alone)
        #expect(Evaluations.bits(alone) == Evaluations.bits(own(d)))
        var transposed = [Double](repeating: .nan, count: network.neuronCount)
        network.multiplyTransposedSlopes(
          runs, slope: own(slope), by: own(change), into: &transposed)
        #expect(Evaluations.bits(transposed) == Evaluations.bits(own(activation)))
        // ⟨D λ, δz⟩ = ⟨λ, Dᵀ δz⟩
        let left = zip(alone, own(change)).reduce(0) { $0 + $1.0 * $1.1 }
        let right = zip(transposed, own(lambda)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(left - right) <= 1e-12 * Double(network.unitCount))
      }
    }
  }
}
