import Testing

@testable import Cyclograd

@Suite("Bounds over a box of inputs")
struct BoundTests {
  private func bounds(
    _ activation: Activation, _ functionals: [OutputFunctional]? = nil,
    _ methods: Set<BoundMethod>, changes: Int? = nil, keepsStates: Bool = false
  ) throws -> Bounds.Row {
    let (network, parameters) = try SmallImplicitModel.graph(activation).compile()
    let box = try InputBox(
      around: Matrix([SmallImplicitModel.u]), radius: Matrix([SmallImplicitModel.sigma]),
      changes: changes)
    return try Bounds(
      of: parameters, over: box, functionals: functionals, by: Simulator(network),
      options: .init(methods: methods, keepsStates: keepsStates)
    ).rows[0]
  }

  @Test("the box of the first samples has their own radii")
  func firstSamples() throws {
    let box = try InputBox(
      around: Matrix([[1, 2], [3, 4]]), radius: Matrix([[0.5, 0.25], [1, 2]]), changes: 1)
    let first = box.prefix(1)
    #expect(first.samples == Matrix([[1, 2]]) && first.changes == 1)
    #expect(first.lower == Matrix([[0.5, 1.75]]) && first.upper == Matrix([[1.5, 2.25]]))
    #expect(box.prefix(3).lower == box.lower)
  }

  @Test(
    "bounds of a difference of outputs are those of the known answers",
    arguments: [
      (BoundMethod.box, 3.549070590762345), (.interval, 2.211547619047619),
      (.slopes, 1.3464240890759824), (.dual, 1.3818951251838048),
    ])
  func difference(method: BoundMethod, known: Double) throws {
    let row = try bounds(.relu, [OutputFunctional([1, -1])], [method])
    #expect(row.upper[0] >= 1.2535672703751617)
    #expect(row.upper[0] <= known + 1e-6)
    if method == .box { #expect(abs(row.upper[0] - known) < 1e-9) }
    #expect(row.scope == .unique && row.isProved(0))
  }

  @Test(
    "the linear program's bound is the triangle's, and its inputs attack best",
    .enabled(if: BoundMethod.direct.contains(.lp)))
  func linearProgram() throws {
    let row = try bounds(.relu, [OutputFunctional([1, -1])], [.lp])
    #expect(row.upper[0] >= 1.3818951251837794 && row.upper[0] < 1.3818951251837794 + 1e-6)
    #expect(row.upperMethods == [.lp] && row.isProved(0))
    let best = try bounds(.relu, [OutputFunctional([1, -1])], Set(BoundMethod.direct))
    #expect(best.upper[0] < 1.3464240890759824 + 1e-6)
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let box = try InputBox(
      around: Matrix([SmallImplicitModel.u]), radius: Matrix([SmallImplicitModel.sigma]))
    for kind in [Attack.Kind.lp, .dual] {
      let attack = try Attack(
        on: parameters, within: box, targets: [1], by: Simulator(network), kinds: [kind])
      #expect(abs(attack.rows[0].margin - 1.2535672703751617) < 1e-9)
      #expect(attack.rows[0].kind == kind)
      for (found, known) in zip(attack.rows[0].input, [0.9, -0.35, 0.7]) {
        #expect(abs(found - known) < 1e-12)
      }
    }
  }

  @Test(
    "a linear program is as tight as branching where neurons are maxima of two inputs",
    .enabled(if: BoundMethod.direct.contains(.lp)))
  func maximum() throws {
    let (network, parameters) = try Graph("maximum") {
      Group("x", size: 2, role: .input)
      Group("m", size: 1, combine: .max, units: [.init(.identity), .init(.relu)])
      Group("y", size: 1, role: .output)
      Connection("x", to: "m", weight: ParameterRule(.list([1, 0])))
      Connection("x", to: "m", unit: 1, weight: ParameterRule(.list([0, 1])))
      Connection("m", to: "y", weight: ParameterRule(.list([1])))
    }.compile()
    let box = try InputBox(around: Matrix([[0, 0]]), radius: 1)
    let row = try Bounds(
      of: parameters, over: box, by: Simulator(network), options: .init(methods: [.lp])
    ).rows[0]
    // max(x₀, max(x₁, 0)) lies in 0 … 1.
    #expect(row.upper[0] >= 1 && row.upper[0] < 1 + 1e-6)
    #expect(row.lower[0] <= 0 && row.lower[0] > -1e-6)
  }

  @Test("without Clp, a linear program is refused with the way to get it")
  func unavailable() throws {
    guard !BoundMethod.direct.contains(.lp) else {
      #expect(try BoundMethod.direct(named: "lp") == [.lp])
      return
    }
    let error = #expect(throws: CyclogradError.self) { try BoundMethod.direct(named: "lp") }
    #expect(error?.code == .notApplicable && error?.advice?.contains("default,Clp") == true)
    let (network, parameters) = try SmallImplicitModel.graph(.relu).compile()
    let box = try InputBox(around: Matrix([SmallImplicitModel.u]), radius: 0.1)
    let attack = #expect(throws: CyclogradError.self) {
      try Attack(on: parameters, within: box, by: Simulator(network), kinds: [.lp])
    }
    #expect(attack?.code == .notApplicable)
    let bound = #expect(throws: CyclogradError.self) {
      try Bounds(
        of: parameters, over: box, by: Simulator(network), options: .init(methods: [.lp]))
    }
    #expect(bound?.code == .notApplicable)
  }

  @Test("states and outputs of the interval graph are those of the known answers")
  func interval() throws {
    let relu = try bounds(.relu, nil, [.interval], keepsStates: true)
    #expect(abs(relu.lower[0] - 0.4060204081632653) < 1e-3)
    #expect(abs(relu.upper[1] - 0.31535714285714284) < 1e-3)
    let tanh = try bounds(.tanh, nil, [.interval], keepsStates: true)
    #expect(abs(tanh.upper[0] - 1.3826852668135183) < 2e-3)
  }

  @Test("where few inputs change, outputs change by the largest entries of S", arguments: [1, 2])
  func cardinality(changes: Int) throws {
    let known =
      changes == 1
      ? [0.7143059396084503, 0.8855303616856542] : [1.0998838624046012, 1.2076186262581572]
    let center = [1.0321668822768435, 0.06438551099611901]
    let box = try bounds(.relu, nil, [.box], changes: changes)
    let best = try bounds(.relu, nil, Set(BoundMethod.direct), changes: changes)
    for j in 0..<2 {
      #expect(abs(box.upper[j] - center[j] - known[j]) < 1e-9)
      #expect(abs(center[j] - box.lower[j] - known[j]) < 1e-9)
      #expect(best.upper[j] <= box.upper[j])
    }
    let margin = try bounds(
      .relu, [OutputFunctional([1, -1])], Set(BoundMethod.direct), changes: changes)
    #expect(margin.upper[0] >= (changes == 1 ? 1.1815976714100906 : 1.19))
    #expect(margin.upper[0] < 1.3)
  }

  @Test("a box of one point has the answer itself")
  func point() throws {
    let (network, parameters) = try SmallImplicitModel.graph(.tanh).compile()
    let simulator = try Simulator(network)
    let x = Matrix([SmallImplicitModel.u])
    let row = try Bounds(
      of: parameters, over: InputBox(around: x, radius: 0), by: simulator
    ).rows[0]
    let y = try simulator.equilibrium(parameters, inputs: x).outputs
    for j in 0..<2 {
      #expect(row.upper[j] - row.lower[j] < 1e-12)
      #expect(abs(row.upper[j] - y[0, j]) < 1e-9)
    }
  }

  @Test("boxes without a meaning are refused")
  func refused() {
    let x = Matrix([[0.5, 2]])
    for (radius, range) in [(-1.0, nil), (.nan, nil), (.infinity, nil), (0.1, 0...1.0)] {
      #expect(throws: CyclogradError.self) {
        try InputBox(around: x, radius: radius, range: range)
      }
    }
    #expect(throws: CyclogradError.self) { try InputBox(around: x, radius: Matrix([[1, 2, 3]])) }
  }
}
