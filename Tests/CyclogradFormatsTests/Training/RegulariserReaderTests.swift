import Cyclograd
import CyclogradFormats
import Testing

@Suite("Training files say terms of the objective")
struct RegulariserReaderTests {
  private static func terms(_ lines: String) throws -> [any Regulariser] {
    try TrainingFile.parse(
      text: """
        format: cyclograd-training/1
        graph: g.yaml
        data: {file: xor.csv, inputs: "a,b", targets: xor}
        optimizer: adam
        rate: 0.01
        epochs: 1
        regularise:
          \(lines)
        """, name: "t.yaml"
    ).options.regularisers
  }

  @Test("about derivatives")
  func derivatives() throws {
    let found = try [
      "- jacobian: {of: y, by: x, weight: 0.01, probes: 1}",
      "- jacobian: {of: y, by: x, weight: 0.01, probes: exact}",
      "- divergence: {of: y, by: x, weight: -0.5, probes: 2, distribution: gaussian, squash: logistic}",
      """
      - trajectory: {from: "s{t}", to: "f{t}", at: "y{t}", t: [1, 5], divergence: 0.5, jacobian: 0.1, variation: 0, power: 3, hold-states: true}
      """,
      "- variation: {from: \"s{t}\", to: \"f{t}\", t: [1, 20], weight: 0.1}",
    ].map { try #require(Self.terms($0).first) }
    #expect(
      found[0] as? JacobianPenalty
        == JacobianPenalty(of: "y", by: "x", frobenius: 0.01, probes: .random(1)))
    #expect(
      found[1] as? JacobianPenalty
        == JacobianPenalty(of: "y", by: "x", frobenius: 0.01, probes: .exact))
    #expect(
      found[2] as? JacobianPenalty
        == JacobianPenalty(
          of: "y", by: "x", divergence: -0.5, probes: .random(2, .gaussian), squash: .logistic))
    #expect(
      found[3] as? TrajectoryPenalty
        == TrajectoryPenalty(
          from: "s{t}", to: "f{t}", at: "y{t}", 1...5, divergence: 0.5, jacobian: 0.1, power: 3,
          holdsStates: true))
    #expect((found[3] as? TrajectoryPenalty)?.states == ["y0", "y1", "y2", "y3", "y4", "y5"])
    #expect(
      (found[4] as? VariationPenalty)?.blocks.last == .init(from: "s20", to: "f20"))
    #expect(Set(found.map(\.name)).count == 5, "names tell terms apart: \(found.map(\.name))")
  }

  @Test("about attacked inputs")
  func adversarial() throws {
    let found = try [
      "- adversarial: {radius: 0.02}",
      "- adversarial: {weight: 0.5, radius: 0.1, range: [0, 1], steps: 3, random-start: true, from: x}",
    ].map { try #require(Self.terms($0).first) as? AdversarialLoss }
    #expect(found[0] == AdversarialLoss(radius: 0.02))
    #expect(
      found[1]
        == AdversarialLoss(
          0.5, radius: 0.1, range: 0...1, steps: 3, startsAtRandom: true, from: "x"))
  }

  @Test(
    "and refuse what they do not know",
    arguments: [
      "- adversarial: {weight: 1}", "- adversarial: {radius: 0}", "- adversarial: 0.1",
      "- adversarial: {radius: 0.1, range: [1, 0]}", "- adversarial: {radius: 0.1, range: 1}",
      "- adversarial: {radius: 0.1, step: 3}", "- adversarial: {radius: 0.1, steps: 1.5}",
      "- jacobian: {of: y, by: x}", "- jacobian: {of: y, by: x, weight: 0}",
      "- jacobian: {of: y, by: x, weight: 1, probes: 0}",
      "- jacobian: {of: y, by: x, weight: 1, probes: exact, distribution: gaussian}",
      "- jacobian: {of: y, by: x, weight: 1, squash: logistic}", "- jacobian: 0.1",
      "- {jacobian: {of: y, by: x, weight: 1}, from: x}",
      "- divergence: {of: y, by: x, weight: .nan}",
      "- trajectory: {from: s, to: f, at: y, t: [2, 1], jacobian: 1}",
      "- trajectory: {from: s, to: f, at: y, t: 5, jacobian: 1}",
      "- variation: {from: s, to: f, weight: 1}",
    ])
  func refused(lines: String) {
    #expect(throws: CyclogradError.self) { try Self.terms(lines) }
  }

  @Test("and second-order optimizers and normalised weights")
  func optimizers() throws {
    func options(_ optimizer: String, _ more: String = "") throws -> TrainerOptions {
      try TrainingFile.parse(
        text: """
          format: cyclograd-training/1
          graph: g.yaml
          data: {file: xor.csv, inputs: "a,b", targets: xor}
          optimizer: \(optimizer)
          rate: 1
          epochs: 1
          \(more)
          """, name: "t.yaml"
      ).options
    }
    #expect(try options("gauss-newton").optimizer == .newton(.gaussNewton))
    #expect(
      try options("{newton: {iterations: 7, damping: 0.1}}").optimizer
        == .newton(.hessian, iterations: 7, damping: 0.1))
    #expect(throws: CyclogradError.self) { try options("{newton: {damping: 0}}") }
    #expect(throws: CyclogradError.self) { try options("{newton: {memory: 3}}") }
    let rules = """
      normalise:
        - {from: x, to: h, bound: 2, iterations: exact}
        - {from: h, to: h, iterations: 3, always: true}
      """
    #expect(
      try options("adam", rules).normalisations == [
        SpectralNormalisation(from: "x", to: "h", bound: 2, iterations: nil),
        SpectralNormalisation(from: "h", to: "h", iterations: 3, always: true),
      ])
    for bad in [
      "normalise: [{from: x}]", "normalise: [{from: x, to: h, bound: 0}]",
      "normalise: [{share: w, to: h}]", "normalise: [{from: x, to: h, iterations: 0}]",
    ] {
      #expect(throws: CyclogradError.self) { try options("adam", bad) }
    }
    #expect(throws: CyclogradError.self) { try options("newton", rules) }
  }
}
