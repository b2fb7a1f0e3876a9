import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd solve`
struct SolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solve",
    abstract: "Find the equilibrium for every sample and write the outputs.",
    discussion: """
      Samples are rows of CSV (with a header or not), of text separated by white space, of JSON or .npy. \
      The answer is CSV: a header that names the output neurons, one row of outputs a sample. Rows \
      of samples for which none is found hold nan, and the exit code is 2.

      Where --parameters of a training bring along the words of its classes, a first column 'answer' names the class \
      of each sample: that of the largest output, or, where there is a single one, by --threshold.

      Examples:
        cyclograd solve graphs/xor.yaml --input samples.csv
        cyclograd solve graphs/feedback.yaml --input data.npy --output answers.csv \\
            --save-state z.npy
        cyclograd solve graphs/feedback.yaml --input data.csv --columns 0..3 \\
            --backend edge-list --json
        cyclograd solve graphs/xor.yaml --input samples.csv --certify --starts 8
        cyclograd solve graphs/bistable.yaml --input ramp.csv --follow
        cyclograd solve graphs/feedback.yaml --input x.csv --lesion all-of:h1
      """)

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the outputs go (default: standard output): .csv, .tsv, .json, .jsonl or .npy.",
      valueName: "file"))
  var output: String?
  @OptionGroup var solving: SolvingArguments
  @Option(
    help: "From where on a single output means the second class, whose word is then shown.")
  var threshold: Double?
  @OptionGroup var states: StateArguments
  @Flag(
    help: """
      Solve each row as a change of the row before: follows a branch of equilibria, and computes only \
      what changes.
      """)
  var follow = false
  @Flag(
    help:
      "Prove for each sample, where it can be proved, how far the answer is from an equilibrium.")
  var certify = false
  @Option(
    help: ArgumentHelp(
      "Solve from this many starts and tell how many equilibria were met, and whether stable.",
      valueName: "count"))
  var starts: Int?
  @Option(
    help: ArgumentHelp(
      "Write what each cut does to the outputs, in place of the outputs: all edges that leave a neuron, of the "
        + "neurons named, or of each in a group, or in several (all-of:a,all-of:b); or each edge of an edge list. "
        + "May be given several times.",
      valueName: "names|all-of:group|edges:file"))
  var lesion: [String] = []
  @Option(
    help: ArgumentHelp(
      "Write how residuals fell, one JSON object a line and iterate.", valueName: "file"))
  var trace: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    guard !follow || trace == nil else {
      throw CyclogradError(
        .invalidOption, "--trace records a solver's iterations, which --follow avoids",
        advice: "leave out one of the two")
    }
    try checkLesion()
    try TableFile.check(output, for: "the outputs")
    try states.check()
    try TraceFile.check(trace)
    let problem = try solving.problem(
      for: "solving it", listsComponents: certify,
      written: [("--output", output), ("--trace", trace)] + states.written)
    let (network, parameters, inputs) = (problem.network, problem.parameters, problem.inputs)
    let start = try states.state.map {
      try SampleFile.readStates($0, network, samples: inputs.rows)
    }
    if !lesion.isEmpty { return try cut(problem, start) }
    let words = try AnsweredClasses.words(
      parameters: solving.graph.parameters, threshold: threshold, of: network)
    Progress.show("\(problem.backend.name): solving \(Quantity.count(inputs.rows, "sample"))")
    let clock = ContinuousClock()
    let simulator = try problem.simulator()
    let begin = clock.now
    let residuals = trace.map { _ in ResidualTrace(samples: 0..<inputs.rows) }
    let equilibrium =
      try follow
      ? simulator.follow(parameters, inputs: inputs, start: start)
      : simulator.equilibrium(parameters, inputs: inputs, start: start, trace: residuals)
    let seconds = (clock.now - begin) / .seconds(1)
    let certificate =
      try certify ? LocalCertificate(equilibrium, threads: problem.options.threads) : nil
    let search = try starts.map {
      try EquilibriumSearch(
        network, parameters, inputs: inputs, backend: problem.backend, options: problem.options,
        start: start, starts: $0, progress: Progress.show)
    }

    let report = SolveReport(
      graph: GraphJSON.object(network), backend: problem.backend.name,
      evidence: equilibrium.evidence, outputNames: network.outputNames, seconds: seconds)
    if let path = states.saveState { try StateFile.write(.states, of: equilibrium, to: path) }
    if let path = states.saveActivations {
      try StateFile.write(.activations, of: equilibrium, to: path)
    }
    if let trace { try residuals?.write(to: trace) }
    let classes = words.map { AnsweredClasses($0, equilibrium, threshold: threshold) }
    if output != nil || !json {
      Progress.clear()
      try TableFile.write(
        header: (classes == nil ? [] : [AnsweredClasses.column]) + network.outputNames,
        labels: classes?.cells, matrix: equilibrium.outputs, to: output ?? "-",
        for: "the outputs")
    }
    if json {
      var entries = report.entries(outputs: output == nil ? equilibrium.outputs : nil)
      if output == nil, let classes { entries += classes.entries }
      if let certificate { entries.append(("certificates", certificate.json)) }
      if let search { entries.append(("equilibria", search.json)) }
      try Console.answer(.object(entries))
    }
    if !json || !equilibrium.isConverged {
      let samples = solving.samples.input.map { " --input \($0)" } ?? ""
      report.printSummary(
        advice: "Try another --backend, or a larger --max-iterations. There may be none: "
          + "'cyclograd check \(solving.graph.graph)\(samples)' looks for a proof.")
    }
    if !json {
      if let certificate { Console.note(certificate.text) }
      if let search { Console.note(search.text) }
    }
    if !equilibrium.isConverged { throw ExitCode(2) }
  }

  private func cut(
    _ problem: SolvingArguments.Problem, _ start: Matrix?
  ) throws {
    let report = try LesionReport(lesion, problem, solving.graph.reading.options(), start: start)
    if let output {
      try report.write(to: output)
    } else if !json {
      Progress.clear()
      try report.write(to: "/dev/stdout")
    }
    if json { try Console.answer(report.json) } else { Console.note(report.text) }
    if report.failureCount > 0 { throw ExitCode(2) }
  }

  /// Refuses what is said about a single equilibrium for each sample.
  private func checkLesion() throws {
    guard !lesion.isEmpty else { return }
    let others: KeyValuePairs = [
      "--follow": follow, "--save-state": states.saveState != nil,
      "--save-activations": states.saveActivations != nil, "--certify": certify,
      "--starts": starts != nil, "--trace": trace != nil, "--threshold": threshold != nil,
    ]
    guard let other = others.first(where: \.value) else { return }
    throw CyclogradError(
      .invalidOption,
      "\(other.key) is about one equilibrium of each sample, --lesion about one for each cut",
      advice: "leave out one of the two")
  }
}
