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

  @OptionGroup var arguments: CourseArguments
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
    try TableFile.check(output, for: "the outputs")
    try TableFile.check(saveState, for: "states")
    let result = try arguments.follow(written: [("--output", output), ("--save-state", saveState)])
    let course = result.course
    let names = [TimeFile.column] + course.network.outputNames
    let outputs = TimeFile.beside(course.times, course.outputs)
    if let saveState { try write(course, to: saveState) }
    if output != nil || !json {
      Progress.clear()
      try TableFile.write(header: names, matrix: outputs, to: output ?? "-", for: "the outputs")
    }
    if json { try Console.answer(.object(entries(course, result.distance))) }
    if !json, course.status == .converged { Console.note(result.remark) }
    try result.requireComplete()
  }

  private func write(_ course: TimeCourse, to path: String) throws {
    try TableFile.write(
      header: [TimeFile.column] + course.network.unitNames,
      matrix: TimeFile.beside(course.times, course.states), to: path, for: "states")
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
