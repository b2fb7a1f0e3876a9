import Cyclograd
import TestSupport
import Testing

@Suite("Readouts are fitted by least squares")
struct ReadoutFitTests {
  private static func samples(_ count: Int, outputs: Int, seed: UInt64 = 3) throws -> SampleTable {
    var random = TestRandom(seed)
    return try SampleTable(
      inputs: Matrix((0..<count).map { _ in random.vector(2, -1, 1) }),
      targets: Matrix((0..<count).map { _ in random.vector(outputs, -1, 1) }))
  }

  private static func network(
    _ readout: (inout [Connection]) -> Void = { $0.append(Connection("h", to: "y")) },
    outputs: Int = 2, hidden: Int = 6
  ) throws -> (network: Network, parameters: Parameters) {
    var connections = [
      Connection("x", to: "h", weight: .uniform(-1...1)),
      Connection("h", to: "h", weight: .uniform(-0.2...0.2)),
    ]
    readout(&connections)
    return try Graph("readout", seed: 5) {
      Group("x", size: 2, role: .input)
      Group("h", size: hidden, activation: .tanh)
      Group("y", size: outputs, role: .output)
      for connection in connections { connection }
    }.compile()
  }

  private static func loss(
    _ network: Network, _ parameters: Parameters, _ samples: SampleTable
  ) throws -> Double {
    let evaluation = try Evaluation(
      try Simulator(network), parameters, loss: .halfSquaredError, inputs: samples.inputs,
      targets: samples.targets)
    return try #require(evaluation.loss)
  }

  /// The derivatives of the mean loss by the parameters that a fit has changed.
  private static func slopes(
    _ network: Network, _ before: Parameters, _ after: Parameters, _ samples: SampleTable
  ) throws -> [(index: Int, slope: Double)] {
    let simulator = try Simulator(network)
    let gradient = try simulator.gradient(
      of: .halfSquaredError, targets: samples.targets,
      at: simulator.equilibrium(after, inputs: samples.inputs))
    return before.values.indices.filter { before.values[$0] != after.values[$0] }
      .map { ($0, gradient.parameters[$0]) }
  }

  @Test("At the fit the gradient of its parameters is zero, and the residual is the loss")
  func optimal() throws {
    let (network, parameters) = try Self.network()
    // More than a piece, so that triangles are joined.
    let samples = try Self.samples(1500, outputs: 2)
    let (fitted, report) = try ReadoutFit("y").fitted(
      try Simulator(network), parameters, on: samples, loss: .halfSquaredError)
    let slopes = try Self.slopes(network, parameters, fitted, samples)
    #expect(slopes.count == 14 && report.parameters == 14 && report.rank == 14)
    #expect(slopes.allSatisfy { abs($0.slope) < 1e-12 }, "\(slopes)")
    let loss = try Self.loss(network, fitted, samples)
    #expect(abs(report.residual * report.residual - loss) < 1e-12)
    #expect(report.used == 1500 && report.skipped == 0)
    #expect(try loss < Self.loss(network, parameters, samples))
  }

  @Test("Directions in which activations differ by less than their own accuracy count as none")
  func noise() throws {
    let (network, parameters) = try Graph("noise") {
      Group("x", size: 2, role: .input)
      Group("h", size: 2, activation: .tanh)
      Group("y", size: 1, role: .output)
      Edge("x.0", to: "h.0", weight: ParameterRule(.constant(0.5)))
      Edge("x.0", to: "h.1", weight: ParameterRule(.constant(0.5)))
      Edge("x.1", to: "h.1", weight: ParameterRule(.constant(1e-11)))
      Connection("h", to: "y")
    }.compile()
    let samples = try Self.samples(100, outputs: 1)
    let (fitted, report) = try ReadoutFit("y").fitted(
      try Simulator(network), parameters, on: samples, loss: .halfSquaredError)
    #expect(report.rank == 2 && report.parameters == 3)
    #expect(fitted.values.allSatisfy { abs($0) < 10 })
  }

  @Test("With a ridge, the gradient of weights is −λ w")
  func ridge() throws {
    let (network, parameters) = try Self.network()
    let samples = try Self.samples(40, outputs: 2)
    let lambda = 0.05
    let (fitted, _) = try ReadoutFit("y", ridge: lambda).fitted(
      try Simulator(network), parameters, on: samples, loss: .halfSquaredError)
    var biases = 0
    for (index, slope) in try Self.slopes(network, parameters, fitted, samples) {
      if abs(slope) < 1e-12 {
        biases += 1
      } else {
        #expect(abs(slope + lambda * fitted.values[index]) < 1e-12)
      }
    }
    #expect(biases == 2)
  }

  @Test("Fewer samples than unknowns: the targets are met by the smallest weights")
  func leastNorm() throws {
    let (network, parameters) = try Self.network()
    let samples = try Self.samples(4, outputs: 2)
    let (fitted, report) = try ReadoutFit("y").fitted(
      try Simulator(network), parameters, on: samples, loss: .halfSquaredError)
    #expect(report.rank == 8 && report.residual < 1e-12)
    // The solutions of ever smaller ridges tend to it.
    let (near, _) = try ReadoutFit("y", ridge: 1e-12).fitted(
      try Simulator(network), parameters, on: samples, loss: .halfSquaredError)
    let norm = { (p: Parameters) in p.values.reduce(0) { $0 + $1 * $1 } }
    #expect(norm(fitted) <= norm(near) * (1 + 1e-6))
  }

  @Test("Fixed weights stay, tied ones have one value, absent ones stay absent")
  func structure() throws {
    let samples = try Self.samples(60, outputs: 2)
    let frozen = try Self.network({ connections in
      connections.append(
        Connection("h", to: "y", weight: .frozen(0.3)))
      connections.append(Connection("x", to: "y"))
    })
    let (fitted, report) = try ReadoutFit("y").fitted(
      try Simulator(frozen.network), frozen.parameters, on: samples, loss: .halfSquaredError)
    #expect(report.parameters == 6)
    let slopes = try Self.slopes(frozen.network, frozen.parameters, fitted, samples)
    #expect(slopes.count == 6 && slopes.allSatisfy { abs($0.slope) < 1e-12 })
    #expect(fitted.values.count { $0 == 0.3 } == 12)
    let tied = try Self.network({ $0.append(Connection("h", to: "y", weight: .single(0.1))) })
    let (shared, sum) = try ReadoutFit("y").fitted(
      try Simulator(tied.network), tied.parameters, on: samples, loss: .halfSquaredError)
    #expect(sum.parameters == 3)
    #expect(
      try Self.slopes(tied.network, tied.parameters, shared, samples).allSatisfy {
        abs($0.slope) < 1e-12
      })
    let sparse = try Self.network({ $0.append(Connection("h", to: "y", .oneToOne)) }, hidden: 2)
    let (diagonal, few) = try ReadoutFit("y").fitted(
      try Simulator(sparse.network), sparse.parameters, on: samples, loss: .halfSquaredError)
    #expect(few.parameters == 4)
    #expect(
      try Self.slopes(sparse.network, sparse.parameters, diagonal, samples).allSatisfy {
        abs($0.slope) < 1e-12
      })
  }

  @Test("Classes are fitted as distributions; what is no readout is refused")
  func refused() throws {
    let (network, parameters) = try Self.network()
    let simulator = try Simulator(network)
    let classes = try SampleTable(
      inputs: Self.samples(20, outputs: 1).inputs,
      targets: Matrix((0..<20).map { [Double($0 % 2)] }))
    let (_, report) = try ReadoutFit("y").fitted(
      simulator, parameters, on: classes, loss: .softmaxCrossEntropy)
    #expect(report.used == 20)
    let samples = try Self.samples(5, outputs: 2)
    for group in ["h", "x", "z"] {
      #expect(throws: CyclogradError.self) {
        try ReadoutFit(group).fitted(
          simulator, parameters, on: samples, loss: .halfSquaredError)
      }
    }
    let fed = try Self.network({ connections in
      connections.append(Connection("h", to: "y"))
      connections.append(Connection("y", to: "h", weight: .uniform(-0.1...0.1)))
    })
    #expect {
      try ReadoutFit("y").fitted(
        try Simulator(fed.network), fed.parameters, on: samples, loss: .halfSquaredError)
    } throws: {
      "\($0)".contains("feed others")
    }
    #expect(throws: CyclogradError.self) { try ReadoutFit("y", ridge: -1) }
  }

  @Test(
    "Each output is fitted to all the targets that it has, whatever others lack",
    arguments: [0, 0.01])
  func partlyMissing(ridge: Double) throws {
    let (network, parameters) = try Self.network(outputs: 3, hidden: 4)
    var random = TestRandom(8)
    let whole = try Self.samples(90, outputs: 3)
    var targets = whole.targets
    for sample in 0..<90 {
      for output in 0..<3 where random.chance(0.4) { targets[sample, output] = .nan }
    }
    let simulator = try Simulator(network)
    let fit = try ReadoutFit("y", ridge: ridge)
    let (fitted, report) = try fit.fitted(
      simulator, parameters, on: SampleTable(inputs: whole.inputs, targets: targets),
      loss: MaskedLoss(.halfSquaredError))
    let empty = (0..<90).count { targets[row: $0].allSatisfy(\.isNaN) }
    #expect(empty > 0 && report.skipped == empty && report.used == 90 - empty)
    // The oracle: the same with the samples that have the output alone, the other targets being anything.
    let layout = network.parameterLayout
    for output in 0..<3 {
      let rows = (0..<90).filter { !targets[$0, output].isNaN }
      let (alone, _) = try fit.fitted(
        simulator, parameters,
        on: SampleTable(
          inputs: whole.inputs.selecting(rows: rows), targets: whole.targets.selecting(rows: rows)),
        loss: .halfSquaredError)
      let row = layout.biases.count - 3 + output
      let own =
        layout.weights[layout.rowStarts[row]..<layout.rowStarts[row + 1]].map { Int($0) }
        + [Int(layout.biases[row])]
      #expect(own.count == 5)
      for parameter in own {
        #expect(abs(fitted.values[parameter] - alone.values[parameter]) < 1e-10)
      }
    }
  }

  @Test("Copies with the same parameters are fitted together, and missing targets count for none")
  func copies() throws {
    let steps = 5
    let frozen = ParameterRule(.constant(0), isTrainable: false)
    let (network, parameters) = try Graph("over time", seed: 4) {
      Group("h0", size: 4, bias: frozen)
      for t in 1...steps {
        Group("x\(t)", size: 1, role: .input)
        Group("h\(t)", size: 4, activation: .tanh)
        Group("y\(t)", size: 2, role: .output, bias: ParameterRule(.constant(0), share: "c"))
        Connection("x\(t)", to: "h\(t)", weight: .normal(1).shared("b"))
        Connection("h\(t - 1)", to: "h\(t)", weight: .normal(0.5).shared("a"))
        Connection("h\(t)", to: "y\(t)", weight: ParameterRule(.constant(0), share: "out"))
      }
    }.compile()
    var random = TestRandom(9)
    let inputs = Matrix((0..<7).map { _ in random.vector(steps, -1, 1) })
    var targets = Matrix((0..<7).map { _ in random.vector(2 * steps, -1, 1) })
    for sample in 0..<7 {
      for output in 0..<2 { targets[sample, 2 * (sample % steps) + output] = .nan }
    }
    let samples = try SampleTable(inputs: inputs, targets: targets)
    let names = (1...steps).map { "y\($0)" }
    let simulator = try Simulator(network)
    let (fitted, report) = try ReadoutFit(copies: names, ridge: 1e-3).fitted(
      simulator, parameters, on: samples, loss: MaskedLoss(.halfSquaredError))
    #expect(report.parameters == 10 && report.used == 7 * steps - 7 && report.skipped == 7)
    // The gradient through the network is the oracle: with the ridge it vanishes at the fit.
    let loss = MaskedLoss(.halfSquaredError)
    let gradient = try simulator.gradient(
      of: loss, targets: targets, at: simulator.equilibrium(fitted, inputs: inputs))
    let changed = parameters.values.indices.filter { parameters.values[$0] != fitted.values[$0] }
    #expect(changed.count == 10)
    let penalised = changed.filter { abs(gradient.parameters[$0]) > 1e-9 }
    #expect(penalised.count == 8)
    for index in penalised {
      let slope =
        7 * gradient.parameters[index] + 1e-3 * Double(report.used) * fitted.values[index]
      #expect(abs(slope) < 1e-11)
    }
    #expect(throws: CyclogradError.self) {
      try ReadoutFit(copies: ["y1", "y2"]).fitted(
        simulator, parameters, on: samples, loss: MaskedLoss(.halfSquaredError))
    }
    #expect(throws: CyclogradError.self) { try ReadoutFit(copies: []) }
  }
}
