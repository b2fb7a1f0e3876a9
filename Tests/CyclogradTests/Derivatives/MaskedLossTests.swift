import Cyclograd
import TestSupport
import Testing

@Suite("Losses with missing targets and with weights of classes")
struct MaskedLossTests {
  @Test("What is missing takes no part: the loss is that of the other outputs")
  func outputByOutput() throws {
    for loss in LossRegistry.all where loss.isOutputByOutput {
      var random = TestRandom(5)
      for _ in 0..<50 {
        let count = random.integer(1...5)
        let outputs = random.vector(count, -2, 2)
        let isThere = (0..<count).map { _ in random.chance(0.6) }
        let targets = isThere.map { $0 ? random.number(0, 1) : .nan }
        let masked = MaskedLoss(loss)
        let prepared = try masked.prepare(Matrix([targets]), samples: 1, outputs: count)
        let found = masked.evaluate(outputs: outputs, targets: Array(prepared[row: 0]))
        let places = (0..<count).filter { isThere[$0] }
        guard !places.isEmpty else {
          #expect(found.value == 0 && found.derivatives.allSatisfy { $0 == 0 })
          continue
        }
        let expected = loss.evaluate(
          outputs: places.map { outputs[$0] }, targets: places.map { targets[$0] })
        #expect(found.value == expected.value)
        #expect(places.map { found.derivatives[$0] } == expected.derivatives)
        #expect((0..<count).allSatisfy { isThere[$0] || found.derivatives[$0] == 0 })
      }
    }
  }

  @Test("Of a loss of classes all targets of a sample are there or none")
  func classes() throws {
    let loss = MaskedLoss(.softmaxCrossEntropy)
    let prepared = try loss.prepare(Matrix([[.nan], [2]]), samples: 2, outputs: 3)
    #expect(prepared[row: 0].allSatisfy(\.isNaN) && Array(prepared[row: 1]) == [0, 0, 1])
    let nothing = loss.evaluate(outputs: [1, 2, 3], targets: [.nan, .nan, .nan])
    #expect(nothing.value == 0 && nothing.derivatives == [0, 0, 0])
    func code(_ targets: Matrix) -> CyclogradError.Code? {
      do throws(CyclogradError) {
        _ = try loss.prepare(targets, samples: targets.rows, outputs: 3)
        return nil
      } catch { return error.code }
    }
    #expect(code(Matrix([[.nan, 1, 0], [1, 0, 0]])) == .invalidValue)
    #expect(code(Matrix([[.nan], [3]])) == .invalidValue)
    #expect(code(Matrix([[.nan], [.infinity]])) == .invalidValue)
    #expect(code(Matrix([[.nan]])) == .invalidValue)
    // Bad numbers beside missing ones are found also where no row is whole.
    #expect {
      try MaskedLoss(.binaryCrossEntropy).prepare(
        Matrix([[.nan, 0.5], [2, .nan]]), samples: 2, outputs: 2)
    } throws: {
      "\($0)".contains("row 1")
    }
  }

  @Test("Measures pass over missing targets where they are told to")
  func measures() throws {
    let outputs = Matrix([[1, 2], [3, 4], [5, 6]])
    let targets = Matrix([[0, .nan], [.nan, .nan], [4, 4]])
    let errors = try RegressionErrors(outputs: outputs, targets: targets, ignoringMissing: true)
    #expect(errors.meanSquaredError == 2 && errors.largestError == 2)
    #expect(errors.determination == [1 - 2.0 / 8, nil])
    #expect(throws: CyclogradError.self) {
      try RegressionErrors(outputs: outputs, targets: targets)
    }
  }

  @Test("A weight multiplies the losses of its class; balanced ones give classes the same sum")
  func weights() throws {
    let weights = try ClassWeightedLoss.balanced([0, 0, 0, 2, 2, 1], count: 3)
    #expect(weights == [2.0 / 3, 2, 1])
    let loss = try ClassWeightedLoss(.softmaxCrossEntropy, weights: weights)
    let targets = try loss.prepare(Matrix([[2], [1]]), samples: 2, outputs: 3)
    for row in 0..<2 {
      let (a, y) = ([0.3, -1, 2], Array(targets[row: row]))
      let (found, plain) = (
        loss.evaluate(outputs: a, targets: y),
        SoftmaxCrossEntropy().evaluate(outputs: a, targets: y)
      )
      let weight = weights[row == 0 ? 2 : 1]
      #expect(found.value == weight * plain.value)
      #expect(found.derivatives == plain.derivatives.map { weight * $0 })
    }
    let single = try ClassWeightedLoss(.binaryCrossEntropy, weights: [0.5, 3])
    let plain = BinaryCrossEntropy().evaluate(outputs: [0.7], targets: [1])
    #expect(single.evaluate(outputs: [0.7], targets: [1]).value == 3 * plain.value)
    #expect(throws: CyclogradError.self) {
      try loss.prepare(Matrix([[0, 1]]), samples: 1, outputs: 2)
    }
    #expect(throws: CyclogradError.self) {
      try single.prepare(Matrix([[0.5, 1]]), samples: 1, outputs: 2)
    }
    #expect(throws: CyclogradError.self) { try ClassWeightedLoss(.linear, weights: [1, -1]) }
    #expect(throws: CyclogradError.self) { try ClassWeightedLoss.balanced([0, 0], count: 2) }
  }

  @Test("A sample whose loss overflows fails by itself and does not hide the others")
  func overflow() throws {
    let (network, parameters) = try Graph("overflow") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: .single(1))
    }.compile()
    let evaluation = try Evaluation(
      try Simulator(network), parameters, loss: .halfSquaredError,
      inputs: Matrix([[1], [1e200], [3]]), targets: Matrix([[0], [0], [0]]))
    #expect(evaluation.failed == [1] && evaluation.rowsWithoutFiniteLoss == [1])
    #expect(evaluation.loss == (0.5 + 4.5) / 2)
    #expect(evaluation.evidence[1].detail == "its loss overflows")
  }
}
