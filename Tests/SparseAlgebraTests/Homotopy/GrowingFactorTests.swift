import TestSupport
import Testing

@testable import SparseAlgebra

@Suite("A triangular factor that grows and shrinks is that of its matrix")
struct GrowingFactorTests {
  /// Row i of a matrix that is positive definite.
  private static func matrix(_ count: Int, _ random: inout TestRandom) -> [[Double]] {
    let rows = (0..<count + 3).map { _ in
      (0..<count).map { _ in Double.random(in: -1...1, using: &random) }
    }
    return (0..<count).map { i in
      (0..<count).map { j in rows.reduce(i == j ? 0.1 : 0) { $0 + $1[i] * $1[j] } }
    }
  }

  @Test("Rows come and go at random", arguments: UInt64(0)..<20)
  func comeAndGo(seed: UInt64) throws {
    var random = TestRandom(seed)
    let size = 70
    let matrix = Self.matrix(size, &random)
    let right = (0..<size).map { _ in Double.random(in: -1...1, using: &random) }
    var factor = GrowingFactor()
    var active: [Int] = []
    var solution: [Double] = []
    for _ in 0..<150 {
      let isEnough = active.count == size
      if !active.isEmpty, isEnough || Int.random(in: 0..<3, using: &random) == 0 {
        let place = Int.random(in: 0..<active.count, using: &random)
        active.remove(at: place)
        factor.remove(place, rotating: &solution)
      } else {
        let next = (0..<size).filter { !active.contains($0) }.randomElement(using: &random)!
        let row = active.map { matrix[next][$0] }
        let grown = factor.append(row, square: matrix[next][next], smallest: 1e-12)
        let added = try #require(grown)
        solution.append(
          (right[next] - zip(added.row, solution).reduce(0) { $0 + $1.0 * $1.1 }) / added.pivot)
        active.append(next)
      }
      #expect(factor.count == active.count && solution.count == active.count)
      let wanted = active.map { right[$0] }
      let found = factor.solve(wanted)
      for (row, value) in zip(active, wanted) {
        let sum = zip(active, found).reduce(0) { $0 + matrix[row][$1.0] * $1.1 }
        #expect(abs(sum - value) < 1e-9)
      }
      // What was brought along is what solving from the beginning gives.
      var own = solution
      factor.solveBackwards(&own)
      for (a, b) in zip(own, found) { #expect(abs(a - b) < 1e-8 * max(1, abs(b))) }
    }
  }

  @Test("A row that depends on those before it is refused, and nothing changes")
  func dependent() {
    var factor = GrowingFactor()
    let first = factor.append([], square: 4, smallest: 1e-11)
    let second = factor.append([4], square: 4, smallest: 1e-11)
    #expect(first != nil && second == nil)
    #expect(factor.count == 1 && factor.solve([2]) == [0.5])
  }
}
