import Cyclograd
import Foundation
import Testing

@Suite("Learning rates follow their schedules")
struct LearningRateTests {
  private func rates(_ schedule: LearningRate, _ steps: [Int]) -> [Double] {
    steps.map { schedule.rate(atStep: $0, PlateauState()) }
  }

  @Test("Half a cosine, then constant")
  func cosine() {
    let found = rates(LearningRate(0.01, shape: .cosine(end: 0.001, steps: 8)), [0, 2, 4, 8, 99])
    let root = 0.5 * 0.009 * (1 + 0.5.squareRoot())
    for (value, expected) in zip(found, [0.01, 0.001 + root, 0.0055, 0.001, 0.001]) {
      #expect(abs(value - expected) < 1e-15)
    }
  }

  @Test("Equal ratios, then constant")
  func exponential() throws {
    let rate = LearningRate(0.01, shape: .exponential(end: 1, steps: 4))
    for (value, expected) in zip(
      rates(rate, [0, 1, 2, 4, 9]), [0.01, 0.1.squareRoot() / 10, 0.1, 1, 1])
    {
      #expect(abs(value - expected) < 1e-14)
    }
    #expect(throws: CyclogradError.self) {
      try LearningRate(0.01, shape: .exponential(end: 0, steps: 4)).validate()
    }
  }

  @Test("Steps")
  func steps() {
    let found = rates(LearningRate(1, shape: .step(every: 3, factor: 0.5)), [0, 2, 3, 5, 6])
    #expect(found == [1, 1, 0.5, 0.5, 0.25])
  }

  @Test("Warm-up reaches the shape's rate after its steps")
  func warmUp() {
    #expect(rates(LearningRate(1, warmUp: 3), [0, 1, 2, 3, 4]) == [0.25, 0.5, 0.75, 1, 1])
  }

  @Test("Plateaus: patience, cooldown, threshold, smallest factor")
  func plateau() {
    let rule = LearningRate.Plateau(
      factor: 0.5, patience: 1, threshold: 0.1, cooldown: 2, smallestFactor: 0.2)
    var state = PlateauState()
    let factors = [10, 9.5, 9.2, 8.9, 8.9, 8.9, 8.9, 8.9, 8.9, 8.9, 8.9].map { value -> Double in
      state.observe(value, rule)
      return state.factor
    }
    // 9.5 and 9.2 are no improvements by a tenth: reduced. 8.9 is; two values pass in cooldown.
    #expect(factors == [1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25, 0.2])
    #expect(
      LearningRate(2, plateau: rule).rate(atStep: 7, state) == 0.4)
  }

  @Test(
    "Numbers without a meaning are refused",
    arguments: [
      LearningRate(0), LearningRate(.infinity), LearningRate(1, warmUp: -1),
      LearningRate(1, shape: .cosine(end: -1, steps: 5)),
      LearningRate(1, shape: .cosine(end: 0, steps: 0)),
      LearningRate(1, shape: .step(every: 0, factor: 1)),
      LearningRate(1, plateau: .init(factor: 1)),
    ])
  func invalid(schedule: LearningRate) {
    #expect(throws: CyclogradError.self) { try schedule.validate() }
  }
}
