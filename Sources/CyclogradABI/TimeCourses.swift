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
    let simulator = handles.simulator
    let network = simulator.network
    var options = try Options(options, "a time course")
    var method = try TimeMethod.named(try options.string("method") ?? "rk45")
    let step = try options.number("step")
    switch method {
    case .rk45:
      if step != nil {
        throw CyclogradError(
          .invalidOption, "rk45 chooses its steps by the tolerance", advice: "leave the step out")
      }
      method = .rk45(accuracy: simulator.options.tolerance)
    case .theta(let theta, _): method = .theta(theta, step: step)
    }
    try options.end()
    // Nothing said is 0, as where a network has no inputs.
    let given =
      inputs == nil && rows == 0
      ? Matrix(rows: 1, columns: network.inputCount)
      : try matrix(inputs, rows: rows, columns: network.inputCount, "inputs")
    let times = try matrix(times, rows: count, columns: 1, "times").elements
    guard !times.isEmpty else {
      throw CyclogradError(.shapeMismatch, "there are no times", advice: "give at least one")
    }
    let timed: TimedInputs
    if let input_times {
      timed = try TimedInputs(
        given, times: try matrix(input_times, rows: rows, columns: 1, "times").elements)
    } else {
      guard given.rows == 1 else {
        throw CyclogradError(
          .shapeMismatch,
          "there are \(given.rows) rows of inputs, and nothing says when each holds",
          advice: "give one row, or a time for each")
      }
      timed = TimedInputs(constant: given)
    }
    let course = try simulator.timeCourse(
      CyclogradABI.parameters(parameters, handles), inputs: timed, times: times, method: method,
      start: try start.map { try matrix($0, rows: 1, columns: network.unitCount, "states") })
    outputs?.take(course.outputs.elements)
    states?.take(course.states.elements)
    return text(JSONValue.object(entries(course)).line)
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
