import CCyclogradABI
import Cyclograd
import CyclogradReports

/// See the header.
@c @implementation
public func cg_time_course(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ rows: Int64, _ input_times: UnsafePointer<Double>?,
  _ times: UnsafePointer<Double>, _ count: Int64, _ start: UnsafePointer<Double>?,
  _ options: UnsafePointer<CChar>?, _ outputs: UnsafeMutablePointer<Double>?,
  _ states: UnsafeMutablePointer<Double>?, _ token: OpaquePointer?,
  _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    var options = try Options(options, "a time course")
    let method = try method(&options, handles.simulator.options, standard: "rk45")
    try options.end()
    let course = try CourseNumbers(
      inputs: inputs, rows: rows, inputTimes: input_times, times: times, count: count, start: start
    ).course(handles, CyclogradABI.parameters(parameters, handles), method)
    outputs?.take(course.outputs.elements)
    states?.take(course.states.elements)
    return text(JSONValue.object(entries(course)).line)
  }
}

/// See the header.
@c @implementation
public func cg_time_course_gradient(
  _ simulator: OpaquePointer, _ parameters: UnsafePointer<Double>?,
  _ inputs: UnsafePointer<Double>?, _ rows: Int64, _ input_times: UnsafePointer<Double>?,
  _ times: UnsafePointer<Double>, _ count: Int64, _ start: UnsafePointer<Double>?,
  _ targets: UnsafePointer<Double>, _ target_rows: Int64, _ target_columns: Int64,
  _ target_times: UnsafePointer<Double>?, _ options: UnsafePointer<CChar>?,
  _ value: UnsafeMutablePointer<Double>?, _ of_parameters: UnsafeMutablePointer<Double>?,
  _ of_inputs: UnsafeMutablePointer<Double>?, _ of_start: UnsafeMutablePointer<Double>?,
  _ outputs: UnsafeMutablePointer<Double>?, _ states: UnsafeMutablePointer<Double>?,
  _ token: OpaquePointer?, _ error: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> UnsafeMutablePointer<CChar>? {
  call(token, error) {
    let handles = object(simulator, as: SimulatorHandle.self)
    let simulator = handles.simulator
    var options = try Options(options, "the gradient of a time course")
    let method = try method(&options, simulator.options, standard: "theta:0.5")
    let loss = try options.string("loss")
    let space = try options.string("cotangent_of")
    try options.end()
    let numbers = try matrix(
      targets, rows: target_rows, columns: Int(target_columns), "targets")
    let wanted = try target_times.map {
      try matrix($0, rows: target_rows, columns: 1, "times of targets").elements
    }
    let cotangent: Cotangent?
    switch (loss, space) {
    case (_?, nil): cotangent = nil
    case (nil, "outputs"): cotangent = .outputs(numbers)
    case (nil, "neurons"): cotangent = .neurons(numbers)
    default:
      throw CyclogradError(
        .invalidOption, "nothing, or too much, says what is differentiated",
        advice: "give a loss, or cotangent_of with outputs or neurons")
    }
    let course = try CourseNumbers(
      inputs: inputs, rows: rows, inputTimes: input_times, times: times, count: count, start: start
    ).course(handles, CyclogradABI.parameters(parameters, handles), method, recordsPath: true)
    let gradient =
      if let cotangent {
        try simulator.gradient(of: cotangent, at: course, times: wanted)
      } else {
        try simulator.gradient(
          of: LossRegistry.named(loss ?? ""), targets: numbers, at: course, times: wanted)
      }
    value?.pointee = gradient.value
    of_parameters?.take(gradient.parameters)
    of_inputs?.take(gradient.inputs.elements)
    of_start?.take(gradient.start)
    outputs?.take(course.outputs.elements)
    states?.take(course.states.elements)
    return text(JSONValue.object(entries(course)).line)
  }
}

/// The method that options name.
private func method(
  _ options: inout Options, _ solving: SolverOptions, standard: String
) throws -> TimeMethod {
  let method = try TimeMethod.named(try options.string("method") ?? standard)
  let step = try options.number("step")
  switch method {
  case .rk45:
    if step != nil {
      throw CyclogradError(
        .invalidOption, "rk45 chooses its steps by the tolerance", advice: "leave the step out")
    }
    return .rk45(accuracy: solving.tolerance)
  case .theta(let theta, _): return .theta(theta, step: step)
  }
}

/// What a course is computed from, as C gives it.
private struct CourseNumbers {
  let inputs: Numbers?
  let rows: Int64
  let inputTimes: Numbers?
  let times: Numbers
  let count: Int64
  let start: Numbers?

  func course(
    _ handles: SimulatorHandle, _ parameters: Parameters, _ method: TimeMethod,
    recordsPath: Bool = false
  ) throws -> TimeCourse {
    let network = handles.simulator.network
    let times = try matrix(times, rows: count, columns: 1, "times").elements
    guard !times.isEmpty else {
      throw CyclogradError(.shapeMismatch, "there are no times", advice: "give at least one")
    }
    return try handles.simulator.timeCourse(
      parameters, inputs: timedInputs(network), times: times, method: method,
      start: try start.map { try matrix($0, rows: 1, columns: network.unitCount, "states") },
      recordsPath: recordsPath)
  }

  private func timedInputs(_ network: Network) throws -> TimedInputs {
    // Nothing said is 0, as where a network has no inputs.
    let given =
      inputs == nil && rows == 0
      ? Matrix(rows: 1, columns: network.inputCount)
      : try matrix(inputs, rows: rows, columns: network.inputCount, "inputs")
    if let inputTimes {
      return try TimedInputs(
        given, times: try matrix(inputTimes, rows: rows, columns: 1, "times").elements)
    }
    guard given.rows == 1 else {
      throw CyclogradError(
        .shapeMismatch,
        "there are \(given.rows) rows of inputs, and nothing says when each holds",
        advice: "give one row, or a time for each")
    }
    return TimedInputs(constant: given)
  }
}

private func entries(_ course: TimeCourse) -> [(key: String, value: JSONValue)] {
  var tendency: (name: String, period: Double?) = ("undecided", nil)
  switch course.tendency {
  case .settled: tendency = ("settled", nil)
  case .oscillating(let period): tendency = ("oscillating", period)
  case .undecided: break
  }
  return [
    ("status", .string(course.status.rawValue)), ("detail", .optional(course.detail)),
    ("reached", .number(course.reached)), ("steps", .integer(course.steps)),
    ("rejected_steps", .integer(course.rejectedSteps)), ("tendency", .string(tendency.name)),
    ("period", .optional(tendency.period)), ("imbalance", .number(course.imbalance)),
  ]
}
