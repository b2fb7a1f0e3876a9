import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports
import Foundation

/// `cyclograd sparsify`
struct SparsifyCommand: ParsableCommand {
  /// What readouts are fitted to.
  enum Fit: String, ExpressibleByArgument, CaseIterable {
    case targets, teacher
    case nothing = "none"

    var target: StateMatching.ReadoutTarget {
      switch self {
      case .targets: .targets
      case .teacher: .teacher
      case .nothing: .nothing
      }
    }
  }

  static let configuration = CommandConfiguration(
    commandName: "sparsify",
    abstract: "Give a network fewer weights, with which its neurons get what they got before.",
    discussion: """
      Each row of weights becomes the solution of a lasso over its own edges that reproduces the \
      pre-activations of the network at the samples (Tsai 2024, chapter 3). --keep 10% leaves at most a \
      tenth of the weights, --share 0.2 gives each row a fifth of the sum of its |weights|, --ball 0.2 \
      gives each row that sum, less what loops and other weights that stay have within cycles; --path \
      tries several shares and writes nothing. --refit finds the weights that are left once more by least \
      squares. Then the new equilibria are solved, and outputs that only add and feed nothing are fitted \
      to the targets at these, or to the outputs of the old network where there are no targets. \
      Docs/Sparsification.md says more.

      Targets are taken as by evaluate. Errors and measures are those of --test where it is given; what was \
      fitted is better on the samples that it was fitted to.

      Examples:
        cyclograd sparsify net.yaml --parameters net.safetensors --input x.csv \\
            --target y.csv --mode classifier --keep 10% --output sparse.yaml
        cyclograd sparsify net.yaml --input x.csv --path
      """)

  @OptionGroup var solving: SolvingArguments
  @Option(help: "The samples, as --input.") var data: String?
  @Option(help: "The file of targets, one row a sample (default: columns of --input).")
  var target: String?
  @Option(name: .customLong("target-columns"), help: "Which columns are targets, such as 8.")
  var targetColumnLists: [String] = []
  @Option(help: "Other samples to measure on; columns as in --input.") var test: String?
  @Option(help: "Their targets (default: columns of --test).") var testTarget: String?
  @Option(help: "regression or classifier.") var mode: EvaluateCommand.Mode = .regression
  @Option(help: "\(LossRegistry.names).") var loss: String?
  @Option(help: "The share of weights to keep, such as 10% or 0.1.") var keep: String?
  @Option(help: "The share of the sum of its |weights| that each row keeps.") var share: Double?
  @Option(
    help: "The sum of |weights| that each row may have, those that stay within cycles included.")
  var ball: Double?
  @Flag(help: "Try several shares, and write nothing.") var path = false
  @Flag(help: "Find the weights that are left once more, by least squares.") var refit = false
  @Flag(help: "Bound edges that close cycles alone; the others are found by least squares.")
  var onlyCycles = false
  @Option(
    name: .customLong("groups"),
    help: "The groups whose rows are matched, separated by commas (default: all others).")
  var groupLists: [String] = []
  @Option(
    help: ArgumentHelp(
      "Which edges rows may have.",
      valueName: StateMatching.Pattern.allCases.map(\.rawValue).joined(separator: "|")))
  var pattern: String = StateMatching.Pattern.edges.rawValue
  @Option(
    name: .customLong("readouts"),
    help: "Outputs to fit, separated by commas (default: all that only add and feed nothing).")
  var readoutLists: [String] = []
  @Option(help: "What they are fitted to: \(Fit.allCases.map(\.rawValue).joined(separator: ", ")).")
  var fit: Fit?
  @Option(help: "λ of this fit; 0 for the solution of least norm.") var ridge = 0.0
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The network to write, without the weights that are gone.", valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  private var targetColumns: String? { targetColumnLists.joinedList }
  private var groups: String? { groupLists.joinedList }
  private var readouts: String? { readoutLists.joinedList }

  private static let shares = [0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1]

  func validate() throws {
    let given = [keep != nil, share != nil, ball != nil, path].count { $0 }
    guard given == 1 else {
      throw ValidationError("Give one of --keep, --share, --ball and --path.")
    }
    if path, output != nil { throw ValidationError("--path writes no network.") }
    if test == nil, testTarget != nil { throw ValidationError("--test-target needs --test.") }
    if data != nil, solving.samples.input != nil {
      throw ValidationError("--data and --input are the same; give one of them.")
    }
    if mode == .autoencoder { throw ValidationError("--mode is regression or classifier.") }
  }

  func run() throws {
    let format = try output.map { try NetworkFormat.format(writing: $0) }
    let radii = try radii()
    let given = try loss.map { try LossRegistry.named($0) }
    var solving = solving
    if let data { solving.samples.input = data }
    let problem = try solving.problem(
      for: "matching its states", written: [("--output", output)],
      read: [("--target", target), ("--test", test), ("--test-target", testTarget)])
    guard let input = solving.samples.input else {
      throw CyclogradError(
        .invalidOption, "there are no samples whose states could be matched",
        advice: "give a file with --input")
    }
    let pattern = try StateMatching.Pattern.named(pattern, "pattern", all: "patterns")
    let teacher = try teacher(problem, pattern)
    let simulator = try Simulator(
      teacher.network, backend: problem.backend, options: problem.options)
    let hasTargets = target != nil || targetColumns != nil
    if fit == .nothing, ridge != 0 {
      throw CyclogradError(
        .invalidOption, "--ridge is of the fit of readouts, but --fit is none",
        advice: "leave one of them out")
    }
    if fit == .nothing, readouts != nil {
      throw CyclogradError(
        .invalidOption, "--readouts are the outputs that are fitted, but --fit is none",
        advice: "leave one of them out")
    }
    if !hasTargets, fit == .targets || mode == .classifier || testTarget != nil {
      throw CyclogradError(
        .invalidOption, "nothing says which columns are targets",
        advice: "give --target or --target-columns")
    }
    let judge = EvaluationJudge(
      mode: mode, givenLoss: given, simulator: simulator, parameters: teacher.parameters,
      transform: try solving.samples.transform(solving.graph),
      classWords: try solving.graph.parameters.flatMap {
        try ParametersFile.transform($0)?.classWords
      },
      columns: solving.samples.columns, targetColumns: targetColumns,
      missingAreZero: solving.samples.missingAreZero)
    let report = try SparsificationReport(
      judge, teacher.graph, input: input, target: target, hasTargets: hasTargets, test: test,
      testTarget: testTarget)
    Progress.show("solving the samples")
    let matching = try StateMatching(
      simulator, teacher.parameters, on: report.samples, groups: names(groups),
      readouts: names(readouts), onlyCycles: onlyCycles, pattern: pattern)
    var rows: [SparsificationReport.Row] = []
    for radius in radii {
      Progress.show("matching \(matching.weightCount) weights")
      let student = try matching.student(
        radius, refits: refit, target: fit?.target ?? (hasTargets ? .targets : .teacher),
        ridge: ridge,
        loss: report.loss)
      rows.append(try report.row(student))
    }
    Progress.clear()
    if refit, test == nil, matching.mostUnknowns >= matching.sampleCount {
      Console.note(
        "rows with as many as \(matching.mostUnknowns) unknowns may fit \(Quantity.count(matching.sampleCount, "sample")) "
          + "exactly; use --test or more samples")
    }
    if let output, let format, let student = rows.last?.student {
      var result = problem.imported
      result.graph = PrunedNetwork(teacher.graph, teacher.network, student.parameters).graph
      for remark in try format.write(result, to: output) { Console.note("\(output): \(remark)") }
    }
    try Console.answer(
      json
        ? try report.json(rows, teacher.parameters) : try report.text(rows, teacher.parameters))
    if rows.contains(where: { $0.student.report.failed > 0 }) {
      Console.error(
        "some samples have no equilibrium any more; a smaller --ball keeps rows within a contraction"
      )
      throw ExitCode(2)
    }
  }

  /// The network, with the edges that the pattern allows.
  private func teacher(
    _ problem: SolvingArguments.Problem, _ pattern: StateMatching.Pattern
  ) throws -> (graph: Graph, network: Network, parameters: Parameters) {
    let (graph, network) = (problem.imported.graph, problem.network)
    let edges = try StateMatching.absentEdges(
      of: network, for: pattern, groups: names(groups), readouts: names(readouts))
    guard !edges.isEmpty else { return (graph, network, problem.parameters) }
    let padded = try PaddedNetwork(graph, network, problem.parameters, adding: edges)
    return (padded.graph, padded.network, padded.parameters)
  }

  private func radii() throws -> [StateMatching.Radius] {
    if path { return Self.shares.map { .share($0) } }
    if let ball { return [.absolute(ball)] }
    if let share { return [.share(share)] }
    let text = keep ?? ""
    let number = text.hasSuffix("%") ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    guard let number, number > 0, number <= 1 else {
      throw CyclogradError(
        .invalidOption, "--keep \(text) is no share", advice: "give one such as 10% or 0.1")
    }
    return [.keep(number)]
  }

  private func names(_ list: String?) -> [String]? {
    list?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
