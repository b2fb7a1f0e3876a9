import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd course-gradient`
struct CourseGradientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "course-gradient",
    abstract: "Differentiate a loss over times by weights, biases, inputs and the start.",
    discussion: """
      It follows the network as cyclograd simulate does, by steps of a theta method, and goes back through them: the \
      derivatives are exact for the steps that are taken. The answer has the columns of cyclograd gradient.

      A loss is averaged over the rows of --target, --cotangent sums v · a over the rows of its file. A column t says \
      for which of --times each row is (in a file without a header it is the first one); without it there is a row \
      for each of --times, the first included.

      --input-gradient has a row for each row of --input, --start-gradient one of z of all units at the beginning. \
      If the course cannot be followed to its end, nothing is written, and the exit code is 2.

      Examples:
        cyclograd course-gradient graphs/oscillator.yaml --times 0:10:0.1 \\
            --target wanted.csv --start-gradient dz.csv
        cyclograd course-gradient graphs/oscillator.yaml --times 0:10:0.1 \\
            --cotangent v.csv --check --output dW.csv
      """)

  @OptionGroup var course: CourseArguments
  @OptionGroup var objective: ObjectiveArguments
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the gradient goes (default: standard output): .csv or .tsv, .npz with an array for each "
        + "connection, .safetensors, .json or .jsonl.", valueName: "file"))
  var output: String?
  @Option(
    help: ArgumentHelp(
      "Write ∂E/∂x, with a column t: .csv, .tsv, .json, .jsonl or .npy.", valueName: "file"))
  var inputGradient: String?
  @Option(
    help: ArgumentHelp(
      "Write ∂E/∂z at the beginning: .csv, .tsv, .json, .jsonl or .npy.", valueName: "file"))
  var startGradient: String?
  @Flag(help: "Compare with central differences and print the worst disagreement.")
  var check = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    try objective.check()
    let format = try GradientTable.format(output, isPerSample: false)
    try TableFile.check(inputGradient, for: "the derivatives of inputs")
    try TableFile.check(startGradient, for: "the derivatives of the start")
    let followed = try course.follow(
      written: [
        ("--output", output), ("--input-gradient", inputGradient),
        ("--start-gradient", startGradient),
      ], differentiating: objective,
      inInputUnits: inputGradient == nil ? nil : "derivatives by inputs are")
    let found = followed.course
    let network = found.network
    if found.status != .converged {
      Console.error(
        "the course was followed until t = \(found.reached) only, so it has no gradient")
      try followed.explainEnd()
    }
    let (wanted, times) = try objective.readInTime(network, input: course.solving.samples.input)
    Progress.show("\(found.method.name): gradient")
    let gradient = try wanted.differentiate(followed.simulator, found, times: times)
    let checked =
      try check
      ? wanted.check(gradient, found, times: times, followed.simulator.options) : nil

    let table = GradientTable(
      network: network, parameters: found.parameters, parts: [(nil, gradient.parameters)],
      isPerSample: false)
    if let inputGradient { try write(gradient.inputs, found, to: inputGradient) }
    if let startGradient {
      try TableFile.write(
        header: network.unitNames,
        matrix: Matrix(rows: 1, columns: gradient.start.count, elements: gradient.start),
        to: startGradient, for: "the derivatives of the start")
    }
    if let output {
      try table.write(to: output, as: format)
    } else if !json {
      Progress.clear()
      try table.write(to: "-", as: .csv)
    }
    if json {
      var entries = entries(found, wanted, gradient)
      if let checked { entries.append(("check", checked.json)) }
      if output == nil { entries.append(("gradient", table.json)) }
      try Console.answer(.object(entries))
    } else {
      Console.note(
        "\(wanted.valueName) \(gradient.value) over "
          + "\(Quantity.count(times?.count ?? found.times.count, "time")); "
          + Quantity.count(found.steps, "step"))
      if let checked { Console.note(checked.remark) }
    }
    try checked?.requirePassed()
  }

  private func write(_ derivatives: Matrix, _ course: TimeCourse, to path: String) throws {
    // Inputs that always hold do so from the beginning.
    let times = course.inputs.times.map { max($0, course.times[0]) }
    try TableFile.write(
      header: [TimeFile.column] + course.network.inputNames,
      matrix: TimeFile.beside(times, derivatives), to: path, for: "the derivatives of inputs")
  }

  private func entries(
    _ found: TimeCourse, _ wanted: GradientObjective, _ gradient: TimeCourseGradient
  ) -> [(key: String, value: JSONValue)] {
    [
      ("graph", GraphJSON.object(found.network)),
      ("backend", .string(course.solving.backend.chosenName)),
      ("method", .string(found.method.name)),
    ] + wanted.entries(gradient.value) + [
      ("steps", .integer(found.steps)),
      ("largest_derivative", .number(gradient.largestDerivative)),
      ("start_gradient", .numbers(gradient.start[...])),
    ]
  }
}
