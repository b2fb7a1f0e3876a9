import Testing

@testable import Cyclograd

@Suite("Random vectors of a step depend on the step and the sample alone")
struct ProbeTests {
  @Test("not on batch neighbours, their order, or the number of threads")
  func neighbours() throws {
    let problem = try TrainingProblem()
    let term = JacobianPenalty(
      of: "y", by: "x", frobenius: 0.2, probes: .random(2, .gaussian))
    func value(_ samples: [Int], threads: Int = 1, step: Int = 3) throws -> (Double, [Double]) {
      let (inputs, _) = problem.table.samples(samples)
      let found = try JacobianPenaltyTests.evaluate(
        term, try problem.simulator(threads: threads), problem.parameters, inputs, step: step,
        samples: samples)
      return (found.value, found.gradient)
    }
    let alone = try [4, 7, 1].map { try value([$0]) }
    let together = try value([4, 7, 1])
    #expect(abs(alone.map(\.0).reduce(0, +) / 3 - together.0) < 1e-15)
    let threads = try value([4, 7, 1], threads: 3)
    #expect(threads.0 == together.0 && threads.1 == together.1)
    let turned = try value([7, 1, 4])
    #expect(abs(turned.0 - together.0) < 1e-15)
    #expect(try value([4], step: 4).0 != alone[0].0)
  }

  @Test("so a training that is stopped goes on as if it had not been")
  func resumption() throws {
    let problem = try TrainingProblem()
    let options = TrainerOptions(
      learningRate: LearningRate(0.01),
      regularisers: [JacobianPenalty(of: "y", by: "x", frobenius: 0.2, probes: .random(1))])
    let (inputs, targets) = problem.table.samples(Array(0..<6))
    var whole = try problem.trainer(options)
    for _ in 0..<4 { _ = try whole.step(inputs: inputs, targets: targets) }
    var first = try problem.trainer(options)
    for _ in 0..<2 { _ = try first.step(inputs: inputs, targets: targets) }
    var second = try Trainer(try problem.simulator(threads: 2), first.state, options)
    for _ in 0..<2 { _ = try second.step(inputs: inputs, targets: targets) }
    #expect(second.state == whole.state)
    let other = TrainerOptions(
      learningRate: LearningRate(0.01), regularisers: options.regularisers, seed: 1)
    var different = try problem.trainer(other)
    for _ in 0..<4 { _ = try different.step(inputs: inputs, targets: targets) }
    #expect(different.parameters != whole.parameters, "another seed draws others")
  }

  @Test("A sample without a value is left out of the whole step")
  func failures() throws {
    struct Refusing: Regulariser, BoundRegulariser {
      let name = "refusing"
      var samples: Set<Int>
      func bound(
        to parameters: TrainedParameters
      ) throws(CyclogradError) -> any BoundRegulariser { self }
      func value(
        at step: RegularisedStep, addingGradientTo gradient: inout [Double]
      ) throws -> Double {
        let rows = step.samples.indices.filter { samples.contains(step.samples[$0]) }
        let reason = SampleEvidence(status: .stalled, detail: "it refuses")
        guard rows.isEmpty else {
          throw SampleFailures(
            evidence: Dictionary(uniqueKeysWithValues: rows.map { ($0, reason) }))
        }
        for index in gradient.indices { gradient[index] += Double(step.samples.count) }
        return 1
      }
    }
    let problem = try TrainingProblem()
    func step(_ samples: [Int], refusing: Set<Int>, _ policy: TrainerOptions.FailurePolicy = .skip)
      throws -> (Parameters, StepReport)
    {
      var trainer = try problem.trainer(
        TrainerOptions(
          optimizer: .sgd(), learningRate: LearningRate(0.01),
          regularisers: [Refusing(samples: refusing)], failures: policy))
      let (inputs, targets) = problem.table.samples(samples)
      let report = try trainer.step(inputs: inputs, targets: targets, samples: samples)
      return (trainer.parameters, report)
    }
    let (found, report) = try step([3, 8, 5, 0], refusing: [8, 0])
    let (expected, other) = try step([3, 5], refusing: [])
    #expect(found == expected)
    #expect(report.loss == other.loss && report.used == 2)
    #expect(report.skipped.map(\.sample) == [8, 0])
    let (still, nothing) = try step([3, 8], refusing: [3, 8])
    #expect(still == problem.parameters && nothing.used == 0 && nothing.skipped.count == 2)
    #expect(throws: CyclogradError.self) { try step([3, 8], refusing: [8], .stop) }
  }

  @Test("What has no lower bound, or fits nothing, is refused")
  func refusals() throws {
    let problem = try TrainingProblem()
    func refused(_ terms: [any Regulariser], balls: [RowBall] = []) -> String? {
      do {
        _ = try problem.trainer(TrainerOptions(balls: balls, regularisers: terms))
        return nil
      } catch { return (error as? CyclogradError)?.message ?? "\(error)" }
    }
    let divergence = JacobianPenalty(of: "y", by: "x", divergence: 0.1)
    #expect(refused([divergence])?.contains("without bound") == true)
    #expect(refused([divergence, JacobianPenalty(of: "y", by: "x", frobenius: 0.1)]) == nil)
    #expect(
      refused([divergence, JacobianPenalty(of: "y", by: "h", frobenius: 0.1)])?
        .contains("without bound") == true)
    var squashed = divergence
    squashed.squash = .logistic
    #expect(refused([squashed]) == nil)
    #expect(refused([JacobianPenalty(of: "y", by: "h", divergence: 0.1)])?.contains("4") == true)
    #expect(refused([JacobianPenalty(of: "y", by: "z", frobenius: 1)])?.contains("z") == true)
    #expect(refused([JacobianPenalty(of: "y", by: "x", frobenius: -1)]) != nil)
    #expect(
      refused([JacobianPenalty(of: "y", by: "x", frobenius: 1, probes: .random(-1))]) != nil)
    let loop = TrajectoryPenalty(
      blocks: [.init(from: "x", to: "y")], states: ["x", "y"], divergence: 0.3)
    #expect(refused([loop])?.contains("without bound") == true)
    #expect(
      refused(
        [loop],
        balls: [
          RowBall(radius: 1, .init(.weights, from: "h")),
          RowBall(radius: 1, .init(.weights, to: "k")),
          RowBall(radius: 1, .init(.weights, from: "k")),
        ]) == nil)
    #expect(
      refused([
        TrajectoryPenalty(blocks: [.init(from: "y", to: "x")], states: ["x", "y"], jacobian: 1)
      ])?
      .contains("nothing leads") == true)
    #expect(
      refused([TrajectoryPenalty(blocks: [.init(from: "x", to: "y")], states: ["x"], jacobian: 1)])
        != nil)
    #expect(
      refused([
        VariationPenalty(
          blocks: [.init(from: "x", to: "h"), .init(from: "x", to: "k")], weight: 1)
      ])?.contains("alike") == true)
  }
}
