import Foundation
import Testing

@testable import Cyclograd

@Suite("Courses in time")
struct TimeCourseTests {
  /// Two neurons with the weights W, biases b and time constants τ.
  static func pair(
    _ activation: Activation, _ weights: [[Double]], _ biases: [Double], _ constants: [Double],
    role: Group.Role = [.input, .output]
  ) throws -> (network: Network, parameters: Parameters) {
    var graph = Graph(name: "pair")
    graph.groups = (0..<2).map {
      Group(
        "g\($0)", size: 1, role: role, activation: activation,
        bias: ParameterRule(.constant(biases[$0]), isTrainable: true)
      ).timeConstant(constants[$0])
    }
    for target in 0..<2 {
      for source in 0..<2 {
        graph.edges.append(
          Edge(
            NeuronReference("g\(source)", 0), to: NeuronReference("g\(target)", 0),
            weight: ParameterRule(.constant(weights[target][source]))))
      }
    }
    return try graph.compile()
  }

  static func driven() throws -> (network: Network, parameters: Parameters) {
    try pair(.tanh, [[0.3, -1.2], [0.9, 0.4]], [0.1, -0.2], [0.5, 3])
  }

  static func oscillator() throws -> (network: Network, parameters: Parameters) {
    try pair(.logistic, [[16, -12], [15, -3]], [-1.75, -8], [1, 2], role: .output)
  }

  static let changing = try? TimedInputs(
    Matrix([[1, 0], [-0.5, 2], [0.25, 0.25]]), times: [0, 1, 2.5])

  private static func distance(_ course: TimeCourse, _ expected: [[Double]]) -> Double {
    zip(course.states.elements, expected.joined()).map { abs($0 - $1) }.max() ?? .infinity
  }

  /// The numbers are those of SciPy's solve_ivp, method DOP853, rtol 1e-13, restarted where inputs change.
  @Test("agree with SciPy where inputs change between the wanted times")
  func changes() throws {
    let (network, parameters) = try Self.driven()
    let expected = [
      [0.2, -0.4],
      [1.148318967240434, -0.30557338518125615], [1.4582990201893704, -0.1836866145989974],
      [-0.4121532313161788, 0.4702575406742345], [-0.6005835776361653, 0.47977943323158445],
      [0.08517191545138086, 0.2249407269485887],
    ]
    let inputs = try #require(Self.changing)
    for accuracy in [1e-4, 1e-6, 1e-8, 1e-10, 1e-12] {
      let course = try Simulator(network).timeCourse(
        parameters, inputs: inputs, times: [0, 0.5, 1, 2, 3, 6], method: .rk45(accuracy: accuracy),
        start: Matrix([[0.2, -0.4]]))
      #expect(course.status == .converged)
      #expect(Self.distance(course, expected) < 10 * accuracy, "\(accuracy)")
    }
  }

  @Test("inputs may change a rounding error before a wanted time")
  func nearlyEqualTimes() throws {
    let (network, parameters) = try Self.driven()
    let inputs = try TimedInputs(Matrix([[1, 0], [2, 0]]), times: [0, 0.3])
    func course(_ times: [Double]) throws -> TimeCourse {
      try Simulator(network).timeCourse(
        parameters, inputs: inputs, times: times, method: .rk45(accuracy: 1e-9))
    }
    let (near, far) = (try course([0, 0.1, 3 * 0.1]), try course([0, 0.1, 0.3]))
    #expect(3 * 0.1 > 0.3)
    #expect(near.status == far.status)
    #expect(Self.distance(near, (0..<3).map { Array(far.states[row: $0]) }) < 1e-12)
  }

  @Test("implicit steps converge to the flow with the order of their method")
  func order() throws {
    let (network, parameters) = try Self.driven()
    let expected = [
      [0.2, -0.4], [1.4582990201893704, -0.1836866145989974],
      [0.08517191545138086, 0.2249407269485887],
    ]
    let inputs = try #require(Self.changing)
    for (theta, order) in [(0.0, 1.0), (0.5, 2.0), (1.0, 1.0)] {
      let errors = try [0.02, 0.01].map { step in
        Self.distance(
          try Simulator(network).timeCourse(
            parameters, inputs: inputs, times: [0, 1, 6], method: .theta(theta, step: step),
            start: Matrix([[0.2, -0.4]])), expected)
      }
      #expect(errors[1] < 0.02)
      #expect(abs(log2(errors[0] / errors[1]) - order) < 0.1, "θ = \(theta): \(errors)")
    }
  }

  @Test("an oscillator agrees with SciPy, and its period is named")
  func oscillation() throws {
    let (network, parameters) = try Self.oscillator()
    let expected = [
      [0.0, 0.0], [2.502521454671405, 0.47362760346315436], [3.363982530545246, 2.346143400447454],
      [5.887274161540682, 1.8456438483968096], [0.6346153826930453, 2.3757723094248875],
    ]
    let simulator = try Simulator(network)
    let none = TimedInputs(constant: Matrix(rows: 1, columns: 0))
    let course = try simulator.timeCourse(
      parameters, inputs: none, times: [0, 1, 2.5, 10, 40], method: .rk45(accuracy: 1e-12))
    #expect(Self.distance(course, expected) < 1e-9)
    for method in [TimeMethod.rk45(), .theta(0.5, step: 0.02)] {
      let long = try simulator.timeCourse(
        parameters, inputs: none, times: [0, 80], method: method)
      guard case .oscillating(let period) = long.tendency else {
        Issue.record("\(long.tendency)")
        continue
      }
      // By the crossings of SciPy's course.
      #expect(abs(period - 8.734531811) < 1e-3)
    }
  }

  @Test("where a course settles there is an equilibrium, whatever the method")
  func settling() throws {
    let (network, parameters) = try Self.driven()
    let simulator = try Simulator(network, options: .init(tolerance: 1e-12))
    let inputs = Matrix([[0.3, -0.7]])
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    for method in [TimeMethod.rk45(accuracy: 1e-10), .theta(1, step: 1), .theta(0.5, step: 0.25)] {
      let course = try simulator.timeCourse(
        parameters, inputs: TimedInputs(constant: inputs), times: [0, 100], method: method)
      #expect(course.tendency == .settled)
      for column in 0..<2 {
        #expect(abs(course.states[1, column] - equilibrium.states[0, column]) < 1e-8)
      }
    }
    let short = try simulator.timeCourse(
      parameters, inputs: TimedInputs(constant: inputs), times: [0, 3])
    #expect(short.tendency == .undecided)
  }

  @Test("equilibria do not depend on time constants")
  func constants() throws {
    let (network, parameters) = try Self.driven()
    let (other, _) = try Self.pair(
      .tanh, [[0.3, -1.2], [0.9, 0.4]], [0.1, -0.2], [1, 1])
    let inputs = Matrix([[0.3, -0.7]])
    #expect(
      try Simulator(network).equilibrium(parameters, inputs: inputs).states
        == Simulator(other).equilibrium(parameters, inputs: inputs).states)
  }

  @Test("what runs away, and what is too stiff for explicit steps, is said and not returned")
  func failures() throws {
    var graph = Graph(name: "runs away")
    graph.groups = [
      Group(
        "z", size: 1, role: .output, combine: .product, units: [.init(), .init(bias: 1)])
    ]
    for unit in 0..<2 {
      graph.edges.append(
        Edge(
          NeuronReference("z", 0), to: NeuronReference("z", 0), unit: unit,
          weight: ParameterRule(.constant(3))))
    }
    let (network, parameters) = try graph.compile()
    let none = TimedInputs(constant: Matrix(rows: 1, columns: 0))
    let start = Matrix([[1, 2]])
    let course = try Simulator(network).timeCourse(
      parameters, inputs: none, times: [0, 0.01, 10], start: start)
    #expect(course.status == .stalled || course.status == .diverged)
    #expect(course.reached < 10)
    #expect(course.outputs[1, 0].isFinite && course.outputs[2, 0].isNaN)
    #expect(throws: CyclogradError.self) { try course.requireComplete() }

    let (stiff, weights) = try Self.pair(.identity, [[-1e6, 0], [0, 0]], [1, 1], [1, 1])
    let inputs = TimedInputs(constant: Matrix([[0, 0]]))
    let explicit = try Simulator(stiff, options: .init(maximumIterations: 5000)).timeCourse(
      weights, inputs: inputs, times: [0, 10])
    #expect(explicit.status == .iterationLimit)
    let implicit = try Simulator(stiff).timeCourse(
      weights, inputs: inputs, times: [0, 10, 50], method: .theta(1, step: 0.5))
    #expect(implicit.tendency == .settled)
    #expect(abs(implicit.states[2, 0] - 1 / 1_000_001) < 1e-15)
  }

  @Test("what makes no sense is refused")
  func refusals() throws {
    let (network, parameters) = try Self.driven()
    let simulator = try Simulator(network)
    let inputs = TimedInputs(constant: Matrix([[0, 0]]))
    func refuses(_ times: [Double], _ method: TimeMethod = .rk45(), _ start: Matrix? = nil) {
      #expect(throws: CyclogradError.self) {
        try simulator.timeCourse(
          parameters, inputs: inputs, times: times, method: method, start: start)
      }
    }
    refuses([])
    refuses([0, 0])
    refuses([0, .nan])
    refuses([0, 1], .theta(1.5))
    refuses([0, 1], .theta(1, step: 0))
    refuses([0, 1], .rk45(accuracy: 0))
    refuses([0, 1], .rk45(), Matrix([[.nan, .nan]]))
    refuses([0, 1], .rk45(), Matrix([[1]]))
    let late = try TimedInputs(Matrix([[0, 0]]), times: [1])
    #expect(throws: CyclogradError.self) {
      try simulator.timeCourse(parameters, inputs: late, times: [0, 2])
    }
    #expect(throws: CyclogradError.self) {
      try TimedInputs(Matrix([[0], [1]]), times: [1, 1])
    }
    #expect(throws: CyclogradError.self) { try TimeMethod.named("theta:2") }
    #expect(throws: CyclogradError.self) {
      try Graph(name: "g", groups: [Group("g", size: 1).timeConstant(0)]).compile()
    }
  }

  @Test("a course taken up where it was left goes on as if it had not been")
  func continuation() throws {
    let (network, parameters) = try Self.driven()
    let simulator = try Simulator(network)
    let inputs = try #require(Self.changing)
    let whole = try simulator.timeCourse(
      parameters, inputs: inputs, times: [0, 2, 4], method: .theta(0.5, step: 0.1))
    let second = try simulator.timeCourse(
      parameters, inputs: inputs, times: [2, 4], method: .theta(0.5, step: 0.1),
      start: Matrix(rows: 1, columns: 2, elements: Array(whole.states[row: 1])))
    #expect(second.states[row: 1].elementsEqual(whole.states[row: 2]))
  }
}
