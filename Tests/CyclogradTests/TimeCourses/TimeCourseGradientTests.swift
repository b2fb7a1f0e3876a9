import Testing

@testable import Cyclograd

@Suite("Gradients of courses in time")
struct TimeCourseGradientTests {
  private struct Task {
    var parameters: Parameters
    var inputs: Matrix
    var start: Matrix
  }

  /// ½ Σ a² at all times.
  private static func value(
    _ task: Task, _ network: Network, _ method: TimeMethod
  ) throws -> (value: Double, course: TimeCourse) {
    let course = try Simulator(network, options: .init(tolerance: 1e-14)).timeCourse(
      task.parameters, inputs: TimedInputs(task.inputs, times: [0, 0.7]),
      times: [0, 0.3, 0.5, 1.5],
      method: method, start: task.start, recordsPath: true
    ).requireComplete()
    return (course.outputs.elements.reduce(0) { $0 + $1 * $1 / 2 }, course)
  }

  @Test(
    "agree with central differences, by parameters, inputs and the start",
    arguments: [0, 0.5, 0.8, 1])
  func differences(theta: Double) throws {
    for seed in 0..<6 as Range<UInt64> {
      var graph = RandomGraphs.make(.tame, seed: 900 + seed)
      for index in graph.groups.indices {
        graph.groups[index].timeConstant = [0.3, 1, 2.5][index % 3]
      }
      let problem = try Problem(graph, samples: 2, seed: seed)
      let network = problem.network
      var random = TestRandom(seed)
      var task = Task(
        parameters: problem.parameters, inputs: problem.inputMatrix,
        start: Matrix([(0..<network.unitCount).map { _ in random.number(-0.3, 0.3) }]))
      let method = TimeMethod.theta(theta, step: 0.25)
      guard let (_, course) = try? Self.value(task, network, method) else { continue }
      let simulator = try Simulator(network, options: .init(tolerance: 1e-14))
      let gradient = try simulator.gradient(
        of: .outputs(course.outputs), at: course)

      func check(_ exact: Double, _ what: String, _ change: (inout Task, Double) -> Void) throws {
        let old = task
        let h = 1e-5
        change(&task, h)
        let above = try Self.value(task, network, method).value
        task = old
        change(&task, -h)
        let below = try Self.value(task, network, method).value
        task = old
        let estimate = (above - below) / (2 * h)
        #expect(
          abs(estimate - exact) < 1e-6 * max(1, abs(exact)),
          "seed \(seed), \(what): \(exact), not \(estimate)")
      }
      for _ in 0..<4 {
        let p = random.integer(0...network.parameterCount - 1)
        try check(gradient.parameters[p], "parameter \(p)") { $0.parameters.values[p] += $1 }
        let s = random.integer(0...network.unitCount - 1)
        try check(gradient.start[s], "unit \(s)") { $0.start.elements[s] += $1 }
        if !task.inputs.elements.isEmpty {
          let x = random.integer(0...task.inputs.elements.count - 1)
          try check(gradient.inputs.elements[x], "input \(x)") { $0.inputs.elements[x] += $1 }
        }
      }
    }
  }

  @Test("need the path, and derivatives that fit")
  func refusals() throws {
    let (network, parameters) = try TimeCourseTests.driven()
    let simulator = try Simulator(network)
    let inputs = TimedInputs(constant: Matrix([[0, 0]]))
    let course = try simulator.timeCourse(
      parameters, inputs: inputs, times: [0, 1], method: .theta(1))
    #expect(throws: CyclogradError.self) {
      try simulator.gradient(
        of: .outputs(course.outputs), at: course)
    }
    #expect(throws: CyclogradError.self) {
      try simulator.timeCourse(parameters, inputs: inputs, times: [0, 1], recordsPath: true)
    }
    let kept = try simulator.timeCourse(
      parameters, inputs: inputs, times: [0, 1], method: .theta(1), recordsPath: true)
    #expect {
      try simulator.gradient(of: .outputs(Matrix([[1, 1]])), at: kept)
    } throws: {
      "\($0)".contains("1 row of the cotangent for 2 times")
    }
    #expect {
      try simulator.gradient(of: .halfSquaredError, targets: Matrix([[1, 1]]), at: kept)
    } throws: {
      "\($0)".contains("1 row of targets for 2 times")
    }
  }

  @Test("of losses and of all neurons, at some of the times, agree with central differences")
  func objectives() throws {
    let times = (0...8).map { 0.3 * Double($0) }
    for seed in 0..<4 as Range<UInt64> {
      let problem = try Problem(RandomGraphs.make(.tame, seed: 940 + seed), samples: 1, seed: seed)
      let network = problem.network
      let simulator = try Simulator(network, options: .init(tolerance: 1e-13))
      var random = TestRandom(seed)
      // Many activations have a kink at 0.
      let start = Matrix([(0..<network.unitCount).map { _ in random.number(-0.3, 0.3) }])
      let course = try simulator.timeCourse(
        problem.parameters, inputs: TimedInputs(constant: problem.inputMatrix), times: times,
        method: .theta(0.5, step: 0.2), start: start, recordsPath: true)
      guard course.status == .converged else { continue }
      func numbers(_ columns: Int) -> Matrix {
        Matrix((0..<3).map { _ in (0..<columns).map { _ in random.number(-1, 1) } })
      }
      // Typed times differ from computed ones by rounding; one may come twice.
      let wanted = [0.9, 0, 0.9]
      let targets = numbers(network.outputCount)
      let gradient = try simulator.gradient(
        of: .halfSquaredError, targets: targets, at: course, times: wanted)
      let loss = [3, 0, 3].enumerated().reduce(0.0) { sum, pair in
        sum
          + zip(targets[row: pair.offset], course.outputs[row: pair.element]).reduce(0) {
            $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / 6
          }
      }
      #expect(abs(gradient.value - loss) < 1e-12 * max(1, loss), "seed \(seed)")
      let check = try GradientCheck(
        gradient, of: .halfSquaredError, targets: targets, times: wanted, at: course)
      #expect(check.relativeError < 1e-6 && check.checked == check.total, "seed \(seed): \(check)")

      let cotangent = Cotangent.neurons(numbers(network.neuronCount))
      let product = try simulator.gradient(of: cotangent, at: course, times: wanted)
      let found = try GradientCheck(product, of: cotangent, times: wanted, at: course)
      #expect(found.relativeError < 1e-6, "seed \(seed): \(found)")
      var wrong = product
      wrong.start[0] += 0.01 + product.largestDerivative
      #expect(try !GradientCheck(wrong, of: cotangent, times: wanted, at: course).isPassed)
      #expect(throws: CyclogradError.self) {
        try simulator.gradient(of: cotangent, at: course, times: [0.9, 0, 1])
      }
    }
  }
}
