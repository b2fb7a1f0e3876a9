import TestSupport
import Testing

@testable import SparseAlgebra

@Suite("Iterates mixed side by side")
struct LaneMixingTests {
  /// x ← A x + b with a matrix whose powers shrink slowly, and the iterates of some lanes that begin at 0.
  private struct Problem {
    let order: Int
    let matrix: [[Double]]
    let right: [[Double]]

    init(order: Int, lanes: Int, seed: UInt64, size: Double) {
      var random = TestRandom(seed)
      func number() -> Double { Double(random.next() >> 11) * 0x1p-52 - 1 }
      self.order = order
      matrix = (0..<order).map { _ in (0..<order).map { _ in size * number() } }
      right = (0..<lanes).map { _ in (0..<order).map { _ in number() } }
    }

    func image(_ x: [Double], _ lane: Int) -> [Double] {
      (0..<order).map { i in
        right[lane][i] + (0..<order).reduce(0) { $0 + matrix[i][$1] * x[$1] }
      }
    }

    /// The iterates of the given lanes after some steps, side by side among `width`, and the largest last residual of each.
    func run(_ chosen: [Int], width: Int, steps: Int) -> (x: [[Double]], residuals: [Double]) {
      let mixing = LaneMixing(lanes: width)
      mixing.restart(length: order)
      var now = [Double](repeating: 0, count: order * width)
      var next = now
      let running = (0..<width).map { Int64($0 < chosen.count ? -1 : 0) }
      var sizes = [Double](repeating: 0, count: width)
      var residuals = [Double](repeating: 0, count: chosen.count)
      for _ in 0..<steps {
        for (place, lane) in chosen.enumerated() {
          let x = (0..<order).map { now[$0 * width + place] }
          let image = image(x, lane)
          for i in 0..<order { next[i * width + place] = image[i] }
          residuals[place] = zip(image, x).reduce(0) { max($0, abs($1.0 - $1.1)) }
        }
        mixing.advance(now, image: &next, running: running, sizes: &sizes)
        for place in chosen.indices {
          #expect(
            sizes[place] == (0..<order).reduce(0) { max($0, abs(next[$1 * width + place])) })
        }
        swap(&now, &next)
      }
      return (
        chosen.indices.map { place in (0..<order).map { now[$0 * width + place] } }, residuals
      )
    }
  }

  @Test("A lane has the same bits alone and beside others")
  func independence() {
    let problem = Problem(order: 23, lanes: 16, seed: 3, size: 0.06)
    let together = problem.run(Array(0..<16), width: 16, steps: 12)
    let few = problem.run([5, 2, 11], width: 8, steps: 12)
    for (place, lane) in [5, 2, 11].enumerated() {
      #expect(few.x[place] == together.x[lane])
      #expect(problem.run([lane], width: 1, steps: 12).x[0] == together.x[lane])
    }
  }

  @Test(
    "A linear system in as many unknowns as are combined is solved by so many steps, also where sweeps diverge"
  )
  func finiteTermination() {
    for seed in 0..<8 as Range<UInt64> {
      let problem = Problem(order: LaneMixing.window, lanes: 8, seed: seed, size: 1.5)
      let found = problem.run(Array(0..<8), width: 8, steps: LaneMixing.window + 4)
      for residual in found.residuals { #expect(residual < 1e-6) }
    }
  }

  @Test("Numbers of lanes that there are no loops for are refused", .tags(.slow), .unlessFast)
  func wrongLanes() async {
    await #expect(processExitsWith: .failure) { _ = LaneMixing(lanes: 4) }
    await #expect(processExitsWith: .failure) { _ = LaneFactorization(capacity: 2, lanes: 2) }
  }

  @Test(
    "A lane that does not run, or whose numbers are not finite, is left as it is and spoils no other"
  )
  func broken() {
    let order = 6
    let mixing = LaneMixing(lanes: 8)
    mixing.restart(length: order)
    let running: [Int64] = [-1, -1, 0, -1, -1, -1, -1, -1]
    var sizes = [Double](repeating: 0, count: 8)
    var random = TestRandom(9)
    for step in 0..<9 {
      let now = (0..<order * 8).map { _ in Double(random.next() >> 11) * 0x1p-53 }
      var next = now.map { 0.5 * $0 }
      for i in 0..<order {
        next[i * 8 + 1] = step < 4 ? 1 : .nan
        next[i * 8 + 2] = 7
      }
      mixing.advance(now, image: &next, running: running, sizes: &sizes)
      for i in 0..<order {
        #expect(next[i * 8 + 2] == 7)
        #expect(next[i * 8 + 3].isFinite && next[i * 8].isFinite)
      }
    }
  }
}
