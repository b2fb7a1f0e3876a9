import Foundation
import Testing

@testable import Cyclograd

@Suite("Fixed-point iteration knows how fast it gets on")
struct FixedPointIterationTests {
  /// Runs under mixing with given residuals; how many iterations it predicted, whenever it dared to.
  private func predictions(_ residual: @escaping (Int) -> Double) -> [Double] {
    let room = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    room.initialize(repeating: 1)
    defer { room.deallocate() }
    func part(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
      UnsafeMutableBufferPointer(rebasing: room[index..<index + 1])
    }
    var calls = 0
    var found: [Double] = []
    let iteration = FixedPointIteration(tolerance: 1e-10, limit: 300, acceleration: .always)
    _ = iteration.run(
      part(0), r: part(1), best: part(2), mixing: { AndersonMixing(length: 1, window: 2) },
      residual: {
        calls += 1
        return residual(calls - 1)
      }, record: { _ in },
      shouldStop: {
        if $0.isPredictable { found.append($0.remaining(to: 1e-10)) }
        return false
      })
    return found
  }

  @Test("residuals that jump without falling are no progress")
  func stagnation() {
    let found = predictions { $0 % 2 == 1 ? 10 : 1 }
    #expect(found.count > 20 && found.allSatisfy { $0 == .infinity })
  }

  @Test("residuals that fall while they jump are predicted by their rate")
  func progress() {
    // A residual ten times too large reaches 1e-10 at −11 ln 10 / ln 0.95 = 494 steps.
    let found = predictions { pow(0.95, Double($0)) * ($0 % 2 == 1 ? 10 : 1) }
    #expect(found.count > 20)
    for (index, value) in found.enumerated() {
      #expect(abs(value + Double(23 + 8 * index) - 494) < 30, "\(index): \(value)")
    }
  }

  @Test(
    "whoever may stop the iteration is told whether the present iterate is the best",
    arguments: [true, false])
  func best(isMixed: Bool) {
    let room = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    room.initialize(repeating: 1)
    defer { room.deallocate() }
    func part(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
      UnsafeMutableBufferPointer(rebasing: room[index..<index + 1])
    }
    let iteration = FixedPointIteration(
      tolerance: 1e-10, limit: 100, acceleration: isMixed ? .always : .never)
    var calls = 0
    var least = Double.infinity
    var isLeast = false
    var told: [Bool] = []
    _ = iteration.run(
      part(0), r: part(1), best: part(2), mixing: { AndersonMixing(length: 1, window: 2) },
      residual: {
        calls += 1
        let value = pow(0.9, Double(calls)) * (calls % 3 == 0 ? 3 : 1)
        isLeast = value < least
        least = min(least, value)
        return value
      }, record: { #expect($0.isBest == isLeast) },
      shouldStop: {
        #expect($0.isBest == isLeast)
        told.append($0.isBest)
        return false
      })
    #expect(told.contains(true) && told.contains(false))
  }

  @Test("under mixing, an iterate that met the tolerance is left before it is told")
  func leftBehind() {
    let room = UnsafeMutableBufferPointer<Double>.allocate(capacity: 3)
    room.initialize(repeating: 1)
    defer { room.deallocate() }
    func part(_ index: Int) -> UnsafeMutableBufferPointer<Double> {
      UnsafeMutableBufferPointer(rebasing: room[index..<index + 1])
    }
    let iteration = FixedPointIteration(tolerance: 1e-10, limit: 100, acceleration: .always)
    var told: [Bool] = []
    _ = iteration.run(
      part(0), r: part(1), best: part(2), mixing: { AndersonMixing(length: 1, window: 2) },
      residual: { 1e-12 }, inverseNorm: { 1e12 }, record: { _ in },
      shouldStop: {
        told.append($0.isBest)
        return true
      })
    #expect(told == [false])
    #expect(part(0)[0] == 1)
  }
}
