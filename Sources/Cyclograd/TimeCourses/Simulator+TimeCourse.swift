extension Simulator {
  /// Follows the flow τ dz/dt = −z + W f(z) + b + x(t) of the network from a state.
  ///
  /// The course depends on neither threads nor other courses. Explicit steps need nothing of the backend; implicit
  /// ones are its equilibria.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - inputs: what the input neurons get.
  ///   - times: when states are wanted, ascending; the first is that of the start.
  ///   - method: how the flow is followed.
  ///   - start: z of all units in file order, one row; `nil` starts from z = 0.
  ///   - recordsPath: whether all steps are kept, for ``TimeCourseGradient``.
  /// - Returns: the states; that a course could not be followed to its end is a status there, not an error.
  /// - Throws: ``CyclogradError`` for shapes that do not fit, numbers that are not finite, times that do not ascend,
  ///   and what is too large for the machine.
  /// - Complexity: O(edges) for each stage of an explicit step; an equilibrium for each implicit step.
  public func timeCourse(
    _ parameters: Parameters, inputs: TimedInputs, times: [Double], method: TimeMethod = .rk45(),
    start: Matrix? = nil, recordsPath: Bool = false
  ) throws -> TimeCourse {
    try method.validate()
    try network.check(parameters)
    try check(inputs.rows)
    try check(times, inputs)
    try MemoryBudget.check(samples: times.count, of: network)
    var recorder = CourseRecorder(
      TimeCourse(
        network: network, parameters: parameters, inputs: inputs, method: method, times: times,
        states: Matrix(rows: times.count, columns: network.unitCount, repeating: .nan),
        outputs: Matrix(rows: times.count, columns: network.outputCount, repeating: .nan),
        reached: times[0]))
    let flow = Flow(network, parameters)
    let z = try initialState(start)
    switch method {
    case .rk45(let accuracy):
      guard !recordsPath else {
        throw CyclogradError(
          .invalidOption, "gradients go through the steps of θ methods only",
          advice: "use a method such as theta:0.5")
      }
      var solver = DormandPrince(flow, inputs, accuracy: accuracy, options.maximumIterations)
      solver.follow(from: z, &recorder)
    case .theta(let theta, let step):
      var solver = try ThetaSteps(self, parameters, flow, inputs, theta: theta, step: step)
      try solver.follow(from: z, recordsPath: recordsPath, &recorder)
    }
    return recorder.finish(flow)
  }

  private func check(_ times: [Double], _ inputs: TimedInputs) throws(CyclogradError) {
    guard let first = times.first else {
      throw CyclogradError(
        .shapeMismatch, "there are no times at which states are wanted", advice: "give one at least"
      )
    }
    try TimedInputs.check(times, of: "times", strictly: true)
    guard let begin = inputs.times.first, begin <= first else {
      throw CyclogradError(
        .invalidValue,
        "the course begins at t = \(first), the inputs at t = \(inputs.times.first ?? .nan)",
        at: .init(subject: "inputs"), advice: "give a row of inputs for the beginning")
    }
  }

  /// In condensation order.
  private func initialState(_ start: Matrix?) throws -> [Double] {
    guard let start = try inCondensationOrder(start, samples: 1) else {
      return [Double](repeating: 0, count: network.unitCount)
    }
    guard start.z.allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "the state to start from is not finite", at: .init(subject: "start"),
        advice: "give finite numbers")
    }
    return start.z
  }
}

/// Collects what the methods find at the wanted times.
struct CourseRecorder {
  private(set) var course: TimeCourse
  private let fileUnits: [Int32]
  private var next = 0
  /// Some units, by which oscillations are found.
  private(set) var watch: RecurrenceWatch
  private var last: [Double] = []

  init(_ course: TimeCourse) {
    self.course = course
    fileUnits = course.network.unitsInFileOrder
    watch = RecurrenceWatch(course.network, course.times, course.inputs)
  }

  /// The next of the wanted times; `nil` when all have come.
  var wanted: Double? { next < course.times.count ? course.times[next] : nil }

  /// Takes the state at the next of the wanted times.
  mutating func take(_ z: [Double], _ flow: Flow) {
    for (column, s) in fileUnits.enumerated() { course.states[next, column] = z[Int(s)] }
    let a = flow.activate(z)
    for (column, k) in course.network.outputNeurons.enumerated() {
      course.outputs[next, column] = a[Int(k)]
    }
    course.reached = course.times[next]
    next += 1
  }

  /// Takes note of the end of a step.
  mutating func step(to time: Double, _ z: [Double], velocity: [Double]) {
    course.steps += 1
    begin(at: time, z, velocity: velocity)
  }

  /// Takes note of a state from which steps go on, at the beginning and where inputs change.
  mutating func begin(at time: Double, _ z: [Double], velocity: [Double]) {
    course.reached = time
    last = z
    watch.add(time, z, velocity)
  }

  mutating func reject() { course.rejectedSteps += 1 }

  mutating func keep(_ path: ThetaPath) { course.path = path }

  mutating func fail(_ status: SolveStatus, _ detail: String?) {
    course.status = status
    course.detail = detail
  }

  /// The course with what its end tells.
  func finish(_ flow: Flow) -> TimeCourse {
    var course = course
    guard course.status == .converged, !last.isEmpty else { return course }
    // What holds until the end, not what begins to hold there.
    flow.hold(course.inputs.rows[row: course.inputs.row(at: course.times.last!.nextDown)])
    let rest = flow.imbalance(last)
    course.imbalance = rest.reduce(0) { max($0, abs($1)) }
    var accuracy = 1e-6
    if case .rk45(let asked) = course.method { accuracy = max(accuracy, 10 * asked) }
    if course.imbalance <= accuracy * watch.scale || course.imbalance == 0 {
      course.tendency = .settled
    } else if let period = watch.period {
      course.tendency = .oscillating(period: period)
    }
    return course
  }
}
