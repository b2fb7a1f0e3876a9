import Cyclograd
import Foundation
import TestSupport
import Testing

/// Cuts are applied to the intact equilibrium; the oracle compiles a network without the edges and solves it.
@Suite("Lesions")
struct LesionTests {
  private func network(
    _ weights: [Double], size: Int, activation: Activation = .tanh, seed: UInt64 = 0
  ) throws -> (Network, Parameters) {
    try Graph("cut", seed: seed) {
      Group("x", size: 2, role: .input)
      Group("h", size: size, activation: activation, bias: 0.1)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(0.5))
      Connection("h", to: "h", weight: ParameterRule(.list(weights)))
      Connection("h", to: "y", weight: .normal(1))
    }.compile()
  }

  @Test("Each cut has the outputs of the network that never had the edges")
  func oracle() throws {
    var random = TestRandom(3)
    let n = 8
    let weights = (0..<n * n).map { _ in random.number(-0.3, 0.3) }
    let (network, parameters) = try network(weights, size: n)
    let simulator = try Simulator(network, backend: .direct)
    let inputs = Matrix([[1, -0.5], [0.2, 0.9]])
    let intact = try simulator.equilibrium(parameters, inputs: inputs)
    let finder = LesionFinder(network)
    var lesions = try (0..<2 + n).map { try finder.outEdges(of: $0) }
    for _ in 0..<10 {
      lesions.append(
        try finder.edge(from: 2 + random.integer(0...n - 1), to: 2 + random.integer(0...n - 1)))
    }
    let study = try LesionStudy(lesions, at: intact, with: simulator)
    #expect(study.intact == intact.outputs)
    for (lesion, outcomes) in zip(lesions, study.outcomes) {
      #expect(!lesion.weights.isEmpty)
      var values = parameters.values
      for weight in lesion.weights { values[weight] = 0 }
      let expected = try simulator.equilibrium(
        Parameters(values), inputs: inputs)
      for (row, outcome) in outcomes.enumerated() {
        #expect(outcome.relation == .continued)
        for (x, y) in zip(outcome.outputs, expected.outputs[row: row]) {
          #expect(abs(x - y) < 1e-8, "\(lesion.name)")
        }
      }
    }
  }

  @Test("A cut is all of a neuron's out-edges, or the edge that is named")
  func finding() throws {
    let (network, _) = try network([Double](repeating: 0.1, count: 9), size: 3)
    let finder = LesionFinder(network)
    #expect(try finder.outEdges(of: 0).weights.count == 3)
    #expect(try finder.outEdges(of: 2).weights.count == 5)
    #expect(try finder.outEdges(of: 2).name == "h.0")
    #expect(try finder.edge(from: 0, to: 3).name == "x.0 -> h.1")
    #expect(try finder.edge(from: 0, to: 3).weights.count == 1)
    #expect(throws: CyclogradError.self) { try finder.edge(from: 3, to: 0) }
  }

  @Test("Tied weights cannot be cut, and the message says so")
  func ties() throws {
    let (network, _) = try Graph("tied") {
      Group("x", size: 2, role: .input)
      Group("y", size: 2, role: .output)
      Connection("x", to: "y", weight: .single(0.5))
    }.compile()
    let error = #expect(throws: CyclogradError.self) {
      try LesionFinder(network).outEdges(of: 0)
    }
    #expect(error?.message.contains("4 edges have in common") == true)
  }

  /// y = tanh(2 y + x): at x = 0.3 there are two stable states; x has a second edge by way of h that holds it up.
  private func switching(_ hold: Double) throws -> (Network, Parameters) {
    try Graph("switch") {
      Group("x", size: 1, role: .input)
      Group("h", size: 1)
      Group("y", size: 1, role: .output, activation: .tanh)
      Connection("x", to: "h", weight: 1)
      Connection("h", to: "y", weight: ParameterRule(.constant(hold)))
      Connection("y", to: "y", weight: 2)
      Connection("x", to: "y", weight: -1.5)
    }.compile()
  }

  @Test("Where the equilibrium vanishes, another one is reached; where it goes on, it is continued")
  func folds() throws {
    // With x = 0.5, y settles at 0.98 of drive 2 · 0.5 − 0.75; without h the drive is −0.75, and the upper state is
    // gone (the fold lies at −0.53).
    let (network, parameters) = try switching(2)
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-12))
    let intact = try simulator.equilibrium(parameters, inputs: Matrix([[0.5]]))
    #expect(intact.outputs[0, 0] > 0.9)
    let finder = LesionFinder(network)
    let outcome = try LesionStudy([finder.outEdges(of: 1)], at: intact, with: simulator)
      .outcomes[0][0]
    #expect(outcome.relation == .another)
    #expect(outcome.outputs[0] < -0.9)
    // Half as much input: −0.375 lies before the fold, and the upper state is continued.
    let weak = try simulator.equilibrium(parameters, inputs: Matrix([[0.25]]))
    let kept = try LesionStudy([finder.outEdges(of: 1)], at: weak, with: simulator).outcomes[0][0]
    #expect(kept.relation == .continued)
    #expect(kept.outputs[0] > 0.6)
  }

  /// A switch s = tanh(w s + d): its upper state goes on down to the drive d* = artanh s* − w s*, s* = √(1 − 1/w).
  private struct Switch {
    let weight: Double
    /// 1, or −1 for the mirror image.
    let sign: Double
    let before: Double
    let after: Double
    let isContinued: Bool

    init(_ random: inout TestRandom) {
      weight = random.number(1.3, 3)
      sign = random.chance(0.5) ? 1 : -1
      let height = (1 - 1 / weight).squareRoot()
      let fold = atanh(height) - weight * height
      let distance = pow(10, random.number(-4, -0.5))
      isContinued = random.chance(0.5)
      after = isContinued ? fold + distance : fold - distance
      before = random.number(0.05, 1)
    }

    /// The state after the cut: on the branch above s* if there is one, else below −s*.
    var expected: Double {
      let height = (1 - 1 / weight).squareRoot()
      var (low, high) = isContinued ? (height, 1.0) : (-1.0, -height)
      for _ in 0..<200 {
        let middle = (low + high) / 2
        // tanh(w s + d) − s falls through 0 on both branches.
        if tanh(weight * middle + after) > middle { low = middle } else { high = middle }
      }
      return sign * (low + high) / 2
    }
  }

  @Test(
    "Before a fold the state is continued, behind it another one is reached", .tags(.slow),
    .unlessFast, arguments: 0..<6)
  func randomFolds(_ seed: UInt64) throws {
    var random = TestRandom(seed)
    let switches = (0..<4).map { _ in Switch(&random) }
    let size = switches.count
    func diagonal(_ values: [Double]) -> Pattern {
      .entries(
        .init(
          rows: (0..<size).map(Int32.init), columns: (0..<size).map(Int32.init), values: values))
    }
    let (network, parameters) = try Graph(
      name: "switches",
      groups: [
        Group("x", size: size, role: .input),
        Group(
          "y", size: size, role: .output, activation: .tanh,
          bias: ParameterRule(.list(switches.map { $0.sign * $0.after }))),
      ],
      connections: [
        Connection("x", to: "y", diagonal(switches.map { $0.sign * ($0.before - $0.after) })),
        Connection("y", to: "y", diagonal(switches.map(\.weight))),
      ]
    ).compile()
    let simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    let intact = try simulator.equilibrium(parameters, inputs: Matrix([[1, 1, 1, 1]]))
    let finder = LesionFinder(network)
    let study = try LesionStudy(
      (0..<size).map { try finder.outEdges(of: $0) }, at: intact, with: simulator)
    for (index, part) in switches.enumerated() {
      #expect(intact.outputs[0, index] * part.sign > (1 - 1 / part.weight).squareRoot())
      let outcome = study.outcomes[index][0]
      #expect(outcome.relation == (part.isContinued ? .continued : .another), "\(part)")
      // Near the fold, rounding of the drive moves the state by its root.
      #expect(abs(outcome.outputs[index] - part.expected) < 1e-6, "\(part)")
      for other in 0..<size where other != index {
        #expect(abs(outcome.outputs[other] - intact.outputs[0, other]) < 1e-9)
      }
    }
  }

  @Test("Results do not depend on threads")
  func threads() throws {
    var random = TestRandom(9)
    let n = 12
    let weights = (0..<n * n).map { _ in random.number(-0.8, 0.8) }
    let (network, parameters) = try network(weights, size: n)
    let finder = LesionFinder(network)
    let lesions = try (0..<2 + n).map { try finder.outEdges(of: $0) }
    let results = try [1, 4].map { threads in
      let simulator = try Simulator(network, options: SolverOptions(threads: threads))
      let intact = try simulator.equilibrium(parameters, inputs: Matrix([[1, -1]]))
      return try LesionStudy(lesions, at: intact, with: simulator).outcomes.map { $0[0].outputs }
    }
    #expect(results[0] == results[1])
  }
}
