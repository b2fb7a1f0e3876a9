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
