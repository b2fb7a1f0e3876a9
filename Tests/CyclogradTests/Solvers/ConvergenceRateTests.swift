import Foundation
import Testing

@testable import Cyclograd

@Suite("How fast residuals fall")
struct ConvergenceRateTests {
  /// The same from all residuals that there were.
  private struct Naive {
    var (rate, isPredictable) = (0.0, false)
    private var residuals: [Double] = []
    private var bests: [Double] = []
    private var firstMixed: Int?

    mutating func append(_ residual: Double, best: Double, isMixed: Bool) {
      residuals.append(residual)
      bests.append(best)
      let last = residuals.count - 1
      if isMixed, firstMixed == nil { firstMixed = last }
      guard let firstMixed else {
        isPredictable = last >= 3
        if last >= 3 {
          rate = pow(residual / max(residuals[last - 3], 1e-300), 1.0 / 3)
        } else if last > 0 {
          rate = pow(residual / max(residuals[0], 1e-300), 1 / Double(last))
        }
        return
      }
      let window = min(last - firstMixed, 32)
      isPredictable = last - firstMixed >= 16
      if window > 0 { rate = pow(best / max(bests[last - window], 1e-300), 1 / Double(window)) }
    }
  }

  @Test("the rate of a geometric series is its quotient", arguments: [true, false])
  func geometric(isMixed: Bool) {
    var rate = ConvergenceRate()
    for n in 0..<100 {
      let value = pow(0.9, Double(n))
      rate.append(value, best: value, isMixed: isMixed)
      #expect(rate.count == n + 1 && rate.steps == n)
      if n > 0 { #expect(abs(rate.rate - 0.9) < 1e-12) }
      #expect(rate.isPredictable == (n >= (isMixed ? 16 : 3)))
    }
  }

  @Test("the last residuals say what all of them do, wherever mixing begins")
  func random() {
    for seed in 0..<40 {
      var random = TestRandom(UInt64(seed))
      let firstMixed = random.chance(0.2) ? 1000 : random.integer(0...80)
      var rate = ConvergenceRate()
      var naive = Naive()
      var best = Double.infinity
      for n in 0..<150 {
        let residual = random.chance(0.05) ? 0 : pow(10, random.number(-8, 2))
        best = min(best, residual)
        // The best may be forgotten where a test of an iterate has failed.
        if random.chance(0.05) { best = residual }
        rate.append(residual, best: best, isMixed: n >= firstMixed)
        naive.append(residual, best: best, isMixed: n >= firstMixed)
        #expect(rate.rate.bitPattern == naive.rate.bitPattern, "seed \(seed), residual \(n)")
        #expect(rate.isPredictable == naive.isPredictable)
      }
    }
  }
}
