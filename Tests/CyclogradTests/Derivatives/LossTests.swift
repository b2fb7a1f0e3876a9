import Cyclograd
import TestSupport
import Testing

@Suite("Losses and their gradients", .tags(.slow), .unlessFast)
struct LossTests {
  static let graph = Graph("losses", seed: 9) {
    Group("x", size: 2, role: .input)
    Group("h", size: 4, activation: .tanh)
    Group("y", size: 3, role: .output)
    Connection("x", to: "h")
    Connection("h", to: "h", weight: .uniform(-0.2...0.2))
    Connection("h", to: "y", weight: .normal(0.8))
    Connection("y", to: "h", weight: .uniform(-0.1...0.1))
  }

  @Test(
    "Every loss, every backend", arguments: LossRegistry.all,
    built(["edge-list", "direct", "dense", "klu", "umfpack"]))
  func everyLoss(_ loss: any Loss, backend: String) throws {
    for samples in [1, 4] {
      try Problem(Self.graph, samples: samples, loss: loss).expectAgreement(backend, directions: 3)
    }
  }

  @Test("The names that other programs use are answered with ours, and not taken in their place")
  func namesOfOthers() throws {
    let names: [(String, any Loss)] = [
      ("MSELoss", .meanSquaredError), ("l2", .halfSquaredError),
      ("mean_squared_error", .meanSquaredError), ("mae", .absoluteError),
      ("L1Loss", .absoluteError),
      ("bce", .binaryCrossEntropy), ("BCEWithLogitsLoss", .binaryCrossEntropy),
      ("ce", .softmaxCrossEntropy), ("cross-entropy", .softmaxCrossEntropy),
      ("cross_entropy", .softmaxCrossEntropy), ("half-squared-eror", .halfSquaredError),
    ]
    for (name, meant) in names {
      #expect {
        try LossRegistry.named(name)
      } throws: {
        ($0 as? CyclogradError)?.advice?.contains("'\(meant.name)'") == true
      }
    }
    for name in ["", "loss", "hinge", String(repeating: "mse", count: 1000)] {
      #expect {
        try LossRegistry.named(name)
      } throws: { error in
        LossRegistry.all.allSatisfy {
          (error as? CyclogradError)?.advice?.contains($0.name) == true
        }
      }
    }
    for loss in LossRegistry.all {
      #expect(throws: Never.self) { try LossRegistry.named(loss.name) }
    }
    #expect(try LossRegistry.named("mse") is MeanSquaredError)
  }

  @Test("Class numbers are the distributions that have one 1")
  func classNumbers() throws {
    let problem = try Problem(Self.graph, samples: 3, loss: .softmaxCrossEntropy)
    let simulator = try problem.simulator("direct")
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    let byNumber = try simulator.gradient(
      of: .softmaxCrossEntropy, targets: Matrix([[2], [0], [1]]), at: equilibrium)
    let byDistribution = try simulator.gradient(
      of: .softmaxCrossEntropy, targets: Matrix([[0, 0, 1], [1, 0, 0], [0, 1, 0]]),
      at: equilibrium)
    #expect(byNumber.loss == byDistribution.loss)
    #expect(byNumber.parameters == byDistribution.parameters)
    #expect(byNumber.inputs == byDistribution.inputs)
  }

  static func derivatives(
    _ loss: any Loss, _ a: [Double], _ y: [Double]
  ) -> (value: Double, derivatives: [Double]) {
    loss.evaluate(outputs: a, targets: y)
  }

  @Test("Values and derivatives against the definitions", arguments: LossRegistry.all)
  func definitions(_ loss: any Loss) throws {
    var random = TestRandom(3)
    for count in 1...5 {
      for _ in 0..<20 {
        let a = random.vector(count, -4, 4)
        let y = ReferenceLoss(loss).targets(count, &random)
        let ours = Self.derivatives(loss, a, y)
        let theirs = ReferenceLoss(loss).evaluate(a, y)
        #expect(abs(ours.value - theirs.value) <= 1e-13 * max(1, theirs.value))
        #expect(
          DenseAlgebra.largest(zip(ours.derivatives, theirs.derivatives).map { $0 - $1 }) <= 1e-13)
      }
    }
  }

  @Test("Targets that sum to almost 1 have the derivatives of their own loss")
  func almostDistribution() throws {
    // As rounding to single precision leaves them; accepted, so the gradient must fit the loss.
    let a = [0.3, -1, 0.5]
    let y = [0.2, 0.3, 0.5 + 9e-7]
    _ = try SoftmaxCrossEntropy().prepare(Matrix([y]), samples: 1, outputs: 3)
    let ours = Self.derivatives(.softmaxCrossEntropy, a, y)
    let h = 1e-4
    for j in a.indices {
      var up = a
      var down = a
      up[j] += h
      down[j] -= h
      let difference =
        (Self.derivatives(.softmaxCrossEntropy, up, y).value
          - Self.derivatives(.softmaxCrossEntropy, down, y).value) / (2 * h)
      #expect(abs(ours.derivatives[j] - difference) < 1e-8)
    }
    let theirs = ReferenceLoss(.softmaxCrossEntropy).evaluate(a, y)
    #expect(relativeDifference(ours.derivatives, theirs.derivatives) < 1e-13)
  }

  @Test("Huge outputs do not overflow the cross-entropies")
  func hugeOutputs() {
    let soft = Self.derivatives(.softmaxCrossEntropy, [1000, -1000, 0], [0, 0, 1])
    #expect(soft.value == 1000)
    #expect(soft.derivatives == [1, 0, -1])
    let binary = Self.derivatives(.binaryCrossEntropy, [1000, -1000], [0, 0])
    #expect(binary.value == 1000)
    #expect(binary.derivatives == [1, 0])
  }

  @Test("Targets that do not fit are refused")
  func badTargets() {
    func code(_ loss: any Loss, _ targets: Matrix, outputs: Int = 3) -> CyclogradError.Code? {
      do throws(CyclogradError) {
        _ = try loss.prepare(targets, samples: 1, outputs: outputs)
        return nil
      } catch { return error.code }
    }
    for loss in LossRegistry.all {
      #expect(code(loss, Matrix([[0, 1]])) == .shapeMismatch)
      #expect(code(loss, Matrix([[0, 1, 0], [0, 1, 0]])) == .shapeMismatch)
      #expect(code(loss, Matrix([[0, .nan, 1]])) == .invalidValue)
      #expect(code(loss, Matrix([[0, .infinity, 1]])) == .invalidValue)
      #expect(code(loss, Matrix([[0, 1, 0]])) == nil)
    }
    #expect(code(.halfSquaredError, Matrix([[1]])) == .shapeMismatch)
    for value in [-1, 3, 0.5, .nan] {
      #expect(code(.softmaxCrossEntropy, Matrix([[value]])) == .invalidValue)
    }
    #expect(code(.softmaxCrossEntropy, Matrix([[2]])) == nil)
    #expect(code(.softmaxCrossEntropy, Matrix([[0.5, 0.6, 0]])) == .invalidValue)
    #expect(code(.softmaxCrossEntropy, Matrix([[1.5, -0.5, 0]])) == .invalidValue)
    #expect(code(.softmaxCrossEntropy, Matrix([[0.5]]), outputs: 1) == .invalidValue)
    #expect(code(.binaryCrossEntropy, Matrix([[0, 1.1, 0]])) == .invalidValue)
    #expect(code(.binaryCrossEntropy, Matrix([[0, -0.1, 0]])) == .invalidValue)
  }
}
