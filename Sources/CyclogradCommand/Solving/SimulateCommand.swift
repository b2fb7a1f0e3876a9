import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd simulate`
struct SimulateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "simulate",
    abstract: "Follow the network in time: τ dz/dt = −z + W f(z) + b + x(t).",
    discussion: """
      The answer is CSV with a column t and one for each output. Time constants are those of the groups \
      (the key time-constant of graph files; 1 where there is none). The course begins at the first time, \
      from z = 0 or from --start.

      Inputs may change in time: a column t of --input says from when on each row holds. Without it one row \
      holds for ever, or there is a row for each of --times.

      --method rk45 takes explicit steps of order 5 whose error is at most --tolerance of the largest |z|. \
      theta:1 (implicit Euler), theta:0.5 (implicit trapezoidal rule) and the like take steps from each time \
      to the next, or shorter ones with --step; they suit stiff systems, and each step is solved by --backend.

      Where the course comes to rest, a note says how far it is from an equilibrium; where it returns to its \
      own states, what the period is. If it cannot be followed to its end, the rest holds nan, and the exit \
      code is 2.

      Examples:
        cyclograd simulate graphs/oscillator.yaml --times 0:40:0.25
        cyclograd simulate graphs/xor.yaml --input x.csv --times 0:9:1 \\
            --method theta:1
        cyclograd simulate graphs/oscillator.yaml --times 40:80:1 --start z.csv --json
      """)

  @OptionGroup var solving: SolvingArguments
  @Option(help: "When the outputs are wanted: begin:end:step, or a file with a column of times.")
  var times: String
  @Option(help: "How to follow the flow: rk45, or theta: with a number from 0 to 1.")
  var method = "rk45"
  @Option(help: "The longest step of a theta method (default: from each time to the next).")
  var step: Double?
  @Option(
    help:
      "Start from these states: z of all units, as --save-state writes them; the last row counts.")
  var start: String?
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the outputs go (default: standard output): .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var output: String?
  @Option(
    help: ArgumentHelp(
      "Write t and z of all units, in the file's order: .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var saveState: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let method = try chosenMethod()
    try TableFile.check(output, for: "the outputs")
    try TableFile.check(saveState, for: "states")
    let problem = try solving.problem(
      for: "simulating it", written: [("--output", output), ("--save-state", saveState)],
      read: [("--times", times), ("--start", start)], readsSamples: false)
    let network = problem.network
    let wanted = try TimeFile.times(times)
    let inputs = try TimeFile.inputs(solving.samples, of: network, solving.graph, times: wanted)
    let begin = try start.map { try TimeFile.start($0, network) }
    Progress.show("\(method.name): \(Quantity.count(wanted.count, "time"))")
    let simulator = try problem.simulator()
    let course = try simulator.timeCourse(
      problem.parameters, inputs: inputs, times: wanted, method: method, start: begin)
    let isComplete = course.status == .converged
    let names = [TimeFile.column] + network.outputNames
    let outputs = TimeFile.beside(wanted, course.outputs)
    if let saveState { try write(course, to: saveState) }
    if output != nil || !json {
      Progress.clear()
      try TableFile.write(header: names, matrix: outputs, to: output ?? "-", for: "the outputs")
    }
    let distance =
      course.tendency == .settled ? try distanceToEquilibrium(course, simulator) : nil
    if json { try Console.answer(.object(entries(course, distance))) }
    if !json, isComplete { Console.note(remark(course, distance)) }
    if !isComplete {
      Console.error(
        "the course was followed until t = \(course.reached) only; what follows holds nan")
      let detail = course.detail.map { ": \($0)" } ?? ""
      Console.note(
        course.status.rawValue + detail + (course.advice.map { ". To try: \($0)." } ?? ""))
      throw ExitCode(2)
    }
  }

  private func chosenMethod() throws -> TimeMethod {
    if solving.backend.adjoint != nil {
      throw CyclogradError(
        .invalidOption, "--adjoint says nothing here: nothing is differentiated",
        advice: "leave it out")
    }
    switch try TimeMethod.named(method) {
    case .rk45:
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

  private func write(_ course: TimeCourse, to path: String) throws {
    try TableFile.write(
      header: [TimeFile.column] + course.network.unitNames,
      matrix: TimeFile.beside(course.times, course.states), to: path, for: "states")
  }

  /// How far the last state is from the equilibrium that is found from there; `nil` where none is.
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

  private func remark(_ course: TimeCourse, _ distance: Double?) -> String {
    let steps = Quantity.count(course.steps, "step")
    switch course.tendency {
    case .settled:
      return "\(steps); settled"
        + (distance.map { ": \(Quantity.small($0)) from an equilibrium" } ?? "")
    case .oscillating(let period):
      return "\(steps); oscillates with the period \(FileWriter.text(of: rounded(period)))"
    case .undecided:
      return
        "\(steps); neither settled nor periodic yet (largest |−z + W f(z) + b + x| "
        + "\(Quantity.small(course.imbalance)))"
    }
  }

  /// To six digits, which is more than is known of a period.
  private func rounded(_ value: Double) -> Double {
    Double("\(Float(value))").map { ($0 * 1e5).rounded() / 1e5 } ?? value
  }

  private func entries(
    _ course: TimeCourse, _ distance: Double?
  ) -> [(key: String, value: JSONValue)] {
    var entries: [(key: String, value: JSONValue)] = [
      ("graph", GraphJSON.object(course.network)),
      ("method", .string(course.method.name)),
      ("status", .string(course.status.rawValue)),
      ("detail", .optional(course.detail)),
      ("reached", .number(course.reached)),
      ("steps", .integer(course.steps)),
      ("rejected_steps", .integer(course.rejectedSteps)),
      ("imbalance", .optional(course.imbalance)),
    ]
    switch course.tendency {
    case .settled:
      entries.append(("tendency", .string("settled")))
      entries.append(("distance_to_equilibrium", .optional(distance)))
    case .oscillating(let period):
      entries.append(("tendency", .string("oscillating")))
      entries.append(("period", .number(period)))
    case .undecided: entries.append(("tendency", .string("undecided")))
    }
    if output == nil {
      entries += [
        ("t", .numbers(course.times)),
        ("output_names", .list(course.network.outputNames.map { .string($0) })),
        (
          "outputs",
          .list((0..<course.outputs.rows).map { .numbers(course.outputs[row: $0]) })
        ),
      ]
    }
    return entries
  }
}
