import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// What every command takes that follows a network in time.
struct CourseArguments: ParsableArguments {
  @OptionGroup var solving: SolvingArguments
  @Option(help: "When the outputs are wanted: begin:end:step, or a file with a column of times.")
  var times: String
  @Option(
    help: """
      How to follow the flow: rk45, or theta: with a number from 0 to 1 (default: rk45; theta:0.5 to \
      differentiate).
      """)
  var method: String?
  @Option(help: "The longest step of a theta method (default: from each time to the next).")
  var step: Double?
  @Option(
    help:
      "Start from these states: z of all units, as --save-state writes them; the last row counts.")
  var start: String?

  /// A course, and where it leads.
  struct Result {
    let course: TimeCourse
    /// Of a course that has settled, the largest difference of its end from the equilibrium that is found from there;
    /// `nil` where none is.
    let distance: Double?
    /// The network's name, as it can be shown.
    let title: String
    /// What followed it.
    let simulator: Simulator
  }

  /// Checks the options, reads the files, and follows the network.
  ///
  /// - Parameters:
  ///   - written: the files that the command writes.
  ///   - objective: what is to be differentiated afterwards.
  ///   - inInputUnits: what is then in units of inputs, in a sentence.
  func follow(
    written: [(option: String, path: String?)],
    differentiating objective: ObjectiveArguments? = nil, inInputUnits: String? = nil
  ) throws -> Result {
    let method = try chosenMethod(isDifferentiated: objective != nil)
    let problem = try solving.problem(
      for: objective == nil ? "simulating it" : "a gradient", written: written,
      read: [("--times", times), ("--start", start)] + (objective?.files ?? []),
      needsOutputs: objective?.needsOutputs ?? true, readsSamples: false,
      inInputUnits: inInputUnits)
    let network = problem.network
    let wanted = try TimeFile.times(times)
    let inputs = try TimeFile.inputs(solving.samples, of: network, solving.graph, times: wanted)
    let begin = try start.map { try TimeFile.start($0, network) }
    Progress.show("\(method.name): \(Quantity.count(wanted.count, "time"))")
    let simulator = try problem.simulator()
    let course = try simulator.timeCourse(
      problem.parameters, inputs: inputs, times: wanted, method: method, start: begin,
      recordsPath: objective != nil)
    return Result(
      course: course,
      distance: course.tendency == .settled && objective == nil
        ? try distanceToEquilibrium(course, simulator) : nil,
      title: network.title, simulator: simulator)
  }

  private func chosenMethod(isDifferentiated: Bool) throws -> TimeMethod {
    if !isDifferentiated, solving.backend.adjoint != nil {
      throw CyclogradError(
        .invalidOption, "--adjoint says nothing here: nothing is differentiated",
        advice: "leave it out")
    }
    switch try TimeMethod.named(method ?? (isDifferentiated ? "theta:0.5" : "rk45")) {
    case .rk45:
      if isDifferentiated {
        throw CyclogradError(
          .invalidOption,
          "gradients go through the steps of theta methods, not through those of rk45",
          advice: "take --method theta:0.5")
      }
      if step != nil {
        throw CyclogradError(
          .invalidOption, "--step is for theta methods; rk45 chooses its steps by --tolerance",
          advice: "leave one of the two out")
      }
      if solving.backend.isGiven {
        throw CyclogradError(
          .invalidOption, "rk45 takes explicit steps, which no backend solves",
          advice: "leave --backend and --solver out, or take --method theta:1")
      }
      return .rk45(accuracy: solving.stopping.tolerance)
    case .theta(let theta, _):
      return .theta(theta, step: step)
    }
  }

  private func distanceToEquilibrium(
    _ course: TimeCourse, _ simulator: Simulator
  ) throws -> Double? {
    let last = course.times.count - 1
    let row = course.inputs.rows[
      row: course.inputs.rows.rows == 1
        ? 0 : max(0, course.inputs.times.lastIndex { $0 < course.times[last] } ?? 0)]
    let state = Matrix(
      rows: 1, columns: course.states.columns, elements: Array(course.states[row: last]))
    let equilibrium = try simulator.equilibrium(
      course.parameters, inputs: Matrix(rows: 1, columns: row.count, elements: Array(row)),
      start: state)
    guard equilibrium.isConverged else { return nil }
    return zip(equilibrium.states.elements, state.elements).map { abs($0 - $1) }.max() ?? 0
  }
}

extension CourseArguments.Result {
  /// Where the course leads, for people.
  var remark: String {
    let steps = Quantity.count(course.steps, "step")
    switch course.tendency {
    case .settled:
      return "\(steps); settled"
        + (distance.map { ": \(Quantity.small($0)) from an equilibrium" } ?? "")
    case .oscillating(let period):
      return "\(steps); oscillates with the period \(FileWriter.text(of: Self.rounded(period)))"
    case .undecided:
      return
        "\(steps); neither settled nor periodic yet (largest |−z + W f(z) + b + x| "
        + "\(Quantity.small(course.imbalance)))"
    }
  }

  /// Says of a course that was not followed to its end how far it was, and ends the command.
  func requireComplete() throws {
    guard course.status != .converged else { return }
    Console.error(
      "the course was followed until t = \(course.reached) only; what follows holds nan")
    try explainEnd()
  }

  /// Says why a course was not followed to its end, and ends the command.
  func explainEnd() throws -> Never {
    let detail = course.detail.map { ": \($0)" } ?? ""
    Console.note(
      course.status.rawValue + detail + (course.advice.map { ". To try: \($0)." } ?? ""))
    throw ExitCode(2)
  }

  /// To the digits of a `Float`, which is more than is known of a period.
  private static func rounded(_ value: Double) -> Double { Double("\(Float(value))") ?? value }
}
