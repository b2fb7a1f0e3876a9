import SparseAlgebra
import Testing

@Suite("Small matrices factored side by side")
struct LaneFactorizationTests {
  /// W with up to two units to a neuron, and slopes for each lane.
  struct Problem {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    var neuronOfUnit: [Int32] = []
    var slope: [Double] = []
    let order: Int
    let lanes: Int
    let firstNeuron = 3

    init(order: Int, lanes: Int, size: Double, seed: UInt64) {
      self.order = order
      self.lanes = lanes
      var random = TestRandom(seed)
      for k in 0..<order {
        for _ in 0...(k % 2) {
          neuronOfUnit.append(Int32(firstNeuron + k))
          for j in 0..<order where Double.random(in: 0...1, using: &random) < 0.6 {
            columns.append(Int32(firstNeuron + j))
            values.append(.random(in: -size...size, using: &random) / Double(order))
          }
          starts.append(Int32(columns.count))
          for _ in 0..<lanes { slope.append(.random(in: 0...1, using: &random)) }
        }
      }
    }

    func factor(_ factorization: LaneFactorization) {
      starts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          values.withUnsafeBufferPointer { values in
            factorization.factor(
              SparseRows(
                begin: starts.baseAddress!, end: starts.baseAddress! + 1,
                columns: columns.baseAddress!, values: values.baseAddress!),
              units: neuronOfUnit.count, neuronOfUnit: neuronOfUnit, firstNeuron: firstNeuron,
              order: order, slope: slope)
          }
        }
      }
    }

    /// B of one lane by definition.
    func matrix(_ lane: Int) -> [[Double]] {
      var b = (0..<order).map { i in (0..<order).map { $0 == i ? 1.0 : 0 } }
      for s in neuronOfUnit.indices {
        let k = Int(neuronOfUnit[s]) - firstNeuron
        for e in Int(starts[s])..<Int(starts[s + 1]) {
          b[k][Int(columns[e]) - firstNeuron] -= slope[s * lanes + lane] * values[e]
        }
      }
      return b
    }
  }

  @Test("B x and Bᵀ x give back what was solved for", arguments: [1, 2, 7, 16, 32], [8, 16])
  func solve(order: Int, lanes: Int) {
    let problem = Problem(order: order, lanes: lanes, size: 1, seed: UInt64(order))
    let factorization = LaneFactorization(capacity: 32, lanes: lanes)
    problem.factor(factorization)
    var random = TestRandom(9)
    let right = (0..<order * lanes).map { _ in Double.random(in: -1...1, using: &random) }
    for isTransposed in [false, true] {
      var x = right
      x.withUnsafeMutableBufferPointer {
        if isTransposed {
          factorization.solveTransposed($0.baseAddress!, order: order)
        } else {
          factorization.solve($0.baseAddress!, order: order)
        }
      }
      for lane in 0..<lanes {
        #expect(factorization.growth[lane] < 1)
        let b = problem.matrix(lane)
        for i in 0..<order {
          let product = (0..<order).reduce(0.0) {
            $0 + (isTransposed ? b[$1][i] : b[i][$1]) * x[$1 * lanes + lane]
          }
          #expect(abs(product - right[i * lanes + lane]) < 1e-12)
        }
      }
    }
  }

  @Test("A lane whose pivot is zero is told from the others")
  func breakdown() {
    // B = [[0, 1], [1, 1]] in lane 0, where W = [[1, −1], [−1, 0]] and the slopes are 1.
    var problem = Problem(order: 2, lanes: 8, size: 0, seed: 1)
    problem.starts = [0, 2, 3, 3]
    problem.columns = [3, 4, 3]
    problem.values = [1, -1, -1]
    problem.neuronOfUnit = [3, 4, 4]
    problem.slope = (0..<24).map { $0 % 8 == 0 ? 1 : 0.5 }
    let factorization = LaneFactorization(capacity: 2, lanes: 8)
    problem.factor(factorization)
    #expect(!(factorization.growth[0] < 1e6))
    for lane in 1..<8 { #expect(factorization.growth[lane] <= 1) }
  }
}
