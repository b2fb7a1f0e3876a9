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

      --input-gradient has a row for each row of --input, with a column t, --start-gradient one of z of all units at \
      the beginning. --top N prints the N derivatives that are the largest by magnitude, of inputs (with their t) and \
      of the start, too; tied parameters count once. \
      If the course cannot be followed to its end, nothing is written, and the exit code is 2.

      Examples:
        cyclograd course-gradient graphs/oscillator.yaml --times 0:10:0.1 \\
            --target wanted.csv --start-gradient dz.csv
        cyclograd course-gradient graphs/oscillator.yaml --times 0:10:0.1 \\
            --cotangent v.csv --check --output dW.csv
        cyclograd course-gradient graphs/oscillator.yaml --times 0:10:0.1 \\
            --target wanted.csv --top 5
      """)

  @OptionGroup var course: CourseArguments
  @OptionGroup var objective: ObjectiveArguments
  @Option(
    help: ArgumentHelp(
      "Write ∂E/∂z at the beginning: .csv, .tsv, .json, .jsonl or .npy.", valueName: "file"))
  var startGradient: String?
  @OptionGroup var answer: GradientAnswerArguments

  func run() throws {
    try objective.check()
    let others = [(option: "--start-gradient", path: startGradient)]
    let format = try answer.checkedFormat(others: others)
    try TableFile.check(startGradient, for: "the derivatives of the start")
    let followed = try course.follow(
      written: answer.written + others,
      differentiating: objective, inInputUnits: answer.inInputUnits)
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
      try answer.check
      ? wanted.check(gradient, found, times: times, followed.simulator.options) : nil

    let table = GradientTable(
      network: network, parameters: found.parameters, parts: [(nil, gradient.parameters)],
      isPerSample: false)
    if let startGradient {
      try TableFile.write(
        header: network.unitNames,
        matrix: Matrix(rows: 1, columns: gradient.start.count, elements: gradient.start),
        to: startGradient, for: "the derivatives of the start")
    }
    // Inputs that always hold do so from the beginning.
    let begins = found.inputs.times.map { max($0, found.times[0]) }
    try answer.write(
      table, as: format,
      inputs: {
        ([TimeFile.column] + network.inputNames, TimeFile.beside(begins, gradient.inputs))
      },
      ranking: { count in
        var ranking = GradientRanking(
          count, placeName: TimeFile.column, network, found.parameters, gradient.parameters)
        ranking.add(
          inputs: network.inputNames, found.inputs.rows, gradient.inputs,
          places: begins.map { .time($0) })
        ranking.add(start: network.unitNames, found.states[row: 0], gradient.start)
        return ranking
      },
      entries: {
        entries(found, wanted, gradient) + (checked.map { [("check", $0.json)] } ?? [])
      })
    if !answer.json {
      Console.note(
        "\(wanted.valueName) \(gradient.value) over "
          + "\(Quantity.count(times?.count ?? found.times.count, "time")); "
          + Quantity.count(found.steps, "step"))
      if let checked { Console.note(checked.remark) }
    }
    try checked?.requirePassed()
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
