import Testing

@testable import Cyclograd

@Suite("Sums of losses")
struct CompositeLossTests {
  private static let graph = Graph("several tasks", seed: 4) {
    Group("x", size: 2, role: .input)
    Group("h", size: 4, activation: .tanh)
    Group("c", size: 3, role: .output)
    Group("y", size: 2, role: .output)
    Connection("x", to: "h")
    Connection("h", to: "h", weight: .uniform(-0.2...0.2))
    Connection("h", to: "c", weight: .normal(0.8))
    Connection("h", to: "y", weight: .normal(0.8))
  }

  private static func loss(_ network: Network) throws -> CompositeLoss {
    try CompositeLoss(
      [
        .init(.halfSquaredError, groups: ["y"], weight: 0.5),
        .init(.softmaxCrossEntropy, groups: ["c"]),
        .init(.linear, outputs: [NeuronRange("c", 1...2), NeuronRange("y", 0...0)], weight: -0.25),
        .init(.absoluteError, weight: 0.125),
      ], for: network)
  }

  /// Targets one after the other: y, the class or its distribution, prices, all outputs.
  private static func targets(_ random: inout TestRandom, isClass: Bool) -> [Double] {
    let number = random.integer(0...2)
    let category = isClass ? [Double(number)] : (0..<3).map { $0 == number ? 1 : 0 }
    return random.vector(2) + category + random.vector(3) + random.vector(5, 2, 3)
  }

  @Test("The value is the weighted sum, and its derivatives are those of central differences")
  func derivatives() throws {
    let (network, _) = try Self.graph.compile()
    let loss = try Self.loss(network)
    #expect(
      loss.name == "0.5 · half-squared-error(y) + softmax-cross-entropy(c) + "
        + "-0.25 · linear(c.1..2, y.0) + 0.125 · absolute-error")
    var random = TestRandom(2)
    for trial in 0..<30 {
      let given = Self.targets(&random, isClass: trial % 2 == 0)
      let prepared = Array(
        try loss.prepare(Matrix([given]), samples: 1, outputs: 5)[row: 0])
      #expect(prepared.count == 13)
      let a = random.vector(5)
      func expected(_ a: [Double]) -> Double {
        let (y, c) = (Array(a[3...]), Array(a[..<3]))
        func value(_ loss: any Loss, _ a: [Double], _ y: ArraySlice<Double>) -> Double {
          ReferenceLoss(loss).evaluate(a, Array(y)).value
        }
        return 0.5 * value(.halfSquaredError, y, prepared[..<2])
          + value(.softmaxCrossEntropy, c, prepared[2..<5])
          - 0.25 * value(.linear, [a[1], a[2], a[3]], prepared[5..<8])
          + 0.125 * value(.absoluteError, a, prepared[8...])
      }
      let found = loss.evaluate(outputs: a, targets: prepared)
      #expect(abs(found.value - expected(a)) < 1e-13)
      for j in a.indices {
        var (up, down) = (a, a)
        up[j] += 1e-5
        down[j] -= 1e-5
        #expect(abs(found.derivatives[j] - (expected(up) - expected(down)) / 2e-5) < 1e-8)
      }
    }
  }

  @Test("Its gradient is the weighted sum of its terms' gradients, is checked and is certified")
  func gradient() throws {
    let (network, parameters) = try Self.graph.compile()
    let loss = try Self.loss(network)
    let simulator = try Simulator(network, backend: .direct)
    var random = TestRandom(3)
    let inputs = Matrix((0..<4).map { _ in random.vector(2) })
    let targets = Matrix((0..<4).map { _ in Self.targets(&random, isClass: true) })
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    let gradient = try simulator.gradient(of: loss, targets: targets, at: equilibrium)
    var sum = [Double](repeating: 0, count: network.parameterCount)
    let columns = [0..<2, 2..<3, 3..<6, 6..<11]
    for (term, range) in zip(loss.terms, columns) {
      let single = try CompositeLoss([term], for: network)
      let own = Matrix((0..<4).map { Array(Array(targets[row: $0])[range]) })
      let part = try simulator.gradient(of: single, targets: own, at: equilibrium)
      for index in sum.indices { sum[index] += part.parameters[index] }
    }
    #expect(relativeDifference(gradient.parameters, sum) < 1e-13)
    #expect(
      try GradientCheck(gradient, of: loss, targets: targets, at: equilibrium).relativeError < 1e-7)
    let certificate = try GradientCertificate(
      gradient, of: loss, targets: targets, at: equilibrium)
    #expect(certificate.isProved && certificate.largestError < 1e-10)
  }

  @Test("A step reports what each term was worth, whatever pieces its samples come in")
  func reported() throws {
    let (network, parameters) = try Self.graph.compile()
    let loss = try Self.loss(network)
    let simulator = try Simulator(network, backend: .direct)
    var random = TestRandom(5)
    let inputs = Matrix((0..<5).map { _ in random.vector(2) })
    let targets = Matrix((0..<5).map { _ in Self.targets(&random, isClass: true) })
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    for size in [nil, 2, 3] {
      var options = TrainerOptions(loss: loss)
      options.pieceSize = size
      var trainer = try Trainer(simulator, parameters, options)
      let report = try trainer.step(inputs: inputs, targets: targets)
      #expect(report.lossTerms.map(\.name) == loss.terms.map(\.name))
      #expect(abs(report.lossTerms.reduce(0) { $0 + $1.value } - report.loss) < 1e-13)
      for (term, (found, range)) in zip(
        loss.terms, zip(report.lossTerms, [0..<2, 2..<3, 3..<6, 6..<11]))
      {
        let single = try CompositeLoss([term], for: network)
        let own = Matrix((0..<5).map { Array(Array(targets[row: $0])[range]) })
        let alone = try simulator.gradient(of: single, targets: own, at: equilibrium).loss
        #expect(abs(found.value - alone) < 1e-13, "\(found)")
      }
    }
    let twice = try CompositeLoss([.init(.absoluteError), .init(.absoluteError)], for: network)
    var trainer = try Trainer(simulator, parameters, TrainerOptions(loss: twice))
    let report = try trainer.step(inputs: inputs, targets: Matrix(rows: 5, columns: 5))
    #expect(report.lossTerms.map(\.name) == ["absolute-error", "absolute-error #2"])
    trainer = try Trainer(simulator, parameters, TrainerOptions(loss: .absoluteError))
    #expect(
      try trainer.step(inputs: inputs, targets: Matrix(rows: 5, columns: 5)).lossTerms.isEmpty)
  }

  @Test("One column for each output serves all terms, and random targets fit")
  func shared() throws {
    let (network, parameters) = try Self.graph.compile()
    let simulator = try Simulator(network, backend: .direct)
    let equilibrium = try simulator.equilibrium(parameters, inputs: Matrix([[0.3, -0.2]]))
    let both = try CompositeLoss(
      [.init(.absoluteError, groups: ["y"]), .init(.halfSquaredError, groups: ["y", "c"])],
      for: network)
    #expect(both.targetColumns(outputs: 5) == [7, 5])
    let shared = Matrix([[1, 2, 3, 4, 5]])
    let one = try both.prepare(shared, samples: 1, outputs: 5)
    #expect(one.elements == [4, 5, 1, 2, 3, 4, 5])
    #expect(try both.prepare(one, samples: 1, outputs: 5) == one)
    let swapped = try CompositeLoss(
      [.init(.absoluteError, groups: ["y"]), .init(.halfSquaredError, groups: ["c"])], for: network)
    // As many as there are outputs: those of the outputs, in their order.
    #expect(try swapped.prepare(shared, samples: 1, outputs: 5).elements == [4, 5, 1, 2, 3])
    for terms in [
      [CompositeLoss.Term(.softmaxCrossEntropy, groups: ["c"])],
      [.init(.binaryCrossEntropy, groups: ["y"]), .init(.softmaxCrossEntropy, groups: ["c"])],
      [.init(.softmaxCrossEntropy, groups: ["c"]), .init(.softmaxCrossEntropy)],
    ] {
      let loss = try CompositeLoss(terms, for: network)
      let targets = RandomSamples.targets(network, samples: 1, loss: loss)
      #expect(throws: Never.self) {
        try simulator.gradient(of: loss, targets: targets, at: equilibrium)
      }
    }
  }

  @Test("What does not fit is said with the term")
  func failures() throws {
    let (network, _) = try Self.graph.compile()
    func expectError(
      _ code: CyclogradError.Code, _ text: String, _ body: () throws -> Void,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      do {
        try body()
        Issue.record("nothing is thrown", sourceLocation: sourceLocation)
      } catch {
        let error = error as? CyclogradError
        #expect(error?.code == code, sourceLocation: sourceLocation)
        #expect(
          error?.description.contains(text) == true, "\(error?.description ?? "")",
          sourceLocation: sourceLocation)
      }
    }
    func make(_ terms: [CompositeLoss.Term]) throws { _ = try CompositeLoss(terms, for: network) }
    expectError(.invalidOption, "no terms") { try make([]) }
    expectError(.invalidOption, "term 2 (linear): the network has no outputs named 'h'") {
      try make([.init(.linear), .init(.linear, groups: ["h"])])
    }
    expectError(.invalidOption, "named 'nothing'; its outputs are in c, y") {
      try make([.init(.linear, groups: ["nothing"])])
    }
    for index in [-1, 2, 1_000_000] {
      expectError(.invalidOption, "y.\(index) is not an output") {
        try make([.init(.linear, outputs: [NeuronRange("y", index...index)])])
      }
    }
    expectError(.invalidOption, "y.1 is listed twice") {
      try make([.init(.linear, outputs: [NeuronRange("y"), NeuronRange("y", 1...1)])])
    }
    expectError(.invalidOption, "the term has no outputs") {
      try make([.init(.linear, outputs: [])])
    }
    for weight in [Double.nan, .infinity] {
      expectError(.invalidOption, "the weight is") { try make([.init(.linear, weight: weight)]) }
    }
    let loss = try Self.loss(network)
    func prepare(_ rows: [[Double]], outputs: Int = 5) throws {
      _ = try loss.prepare(Matrix(rows), samples: 1, outputs: outputs)
    }
    let good: [Double] = [0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
    #expect(throws: Never.self) { try prepare([good]) }
    expectError(.shapeMismatch, "for 5 outputs, and the network has 4") {
      try prepare([good], outputs: 4)
    }
    expectError(.shapeMismatch, "takes 13 or 5 or 11 columns") { try prepare([[1, 2]]) }
    var bad = good
    bad[2] = 3
    expectError(.invalidValue, "loss, term 2, targets, row 0: 3.0 is not a class number") {
      try prepare([bad])
    }
    bad[2] = .nan
    expectError(.invalidValue, "targets, row 0: a target is nan") { try prepare([bad]) }
  }

  @Test("Outputs that are no logits are found in the terms that take logits")
  func logits() throws {
    let (network, _) = try Graph("no logits") {
      Group("x", size: 1, role: .input)
      Group("p", size: 2, role: .output, activation: .softmax)
      Group("q", size: 2, role: .output, activation: .softmax)
      Connection("x", to: "p")
      Connection("x", to: "q")
    }.compile()
    func groups(_ terms: [CompositeLoss.Term]) throws -> [String] {
      try CompositeLoss(terms, for: network).groupsOfNoLogits(in: network)
    }
    #expect(SoftmaxCrossEntropy().groupsOfNoLogits(in: network) == ["p", "q"])
    #expect(try groups([.init(.softmaxCrossEntropy, groups: ["q"]), .init(.linear)]) == ["q"])
    #expect(try groups([.init(.halfSquaredError), .init(.binaryCrossEntropy)]) == [])
  }
}
