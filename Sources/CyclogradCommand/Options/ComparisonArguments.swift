import ArgumentParser
import Cyclograd
import CyclogradReports

/// What is compared, with which samples and how often.
struct ComparisonArguments: ParsableArguments {
  @OptionGroup var graph: GraphArguments
  @OptionGroup var given: SampleArguments
  @Option(help: "The targets, one row a sample.") var target: String?
  @Option(
    name: .customLong("target-columns"), help: "Which columns are targets, such as 8 or last:2.")
  var targetColumnLists: [String] = []
  @Option(help: "How many samples to draw where none are given (default: 1).") var samples: Int?
  @Option(help: "\(LossRegistry.names).")
  var loss: String = HalfSquaredError().name
  @Option(
    name: .customLong("backends"), help: "Which backends, in this order, separated by commas.")
  var backendLists: [String] = ["edge-list,direct"]
  @Option(
    name: .customLong("gradients"),
    help: "Which approximate gradients, separated by commas, or none.")
  var gradientLists: [String] = ["semi,neumann:5,phantom:5:0.5"]
  @OptionGroup var stopping: StoppingArguments
  @Option(name: .customLong("repeat"), help: "How often to measure.") var repetitions: Int = 1

  private var targetColumns: String? { targetColumnLists.joinedList }
  private var backends: String { backendLists.joined(separator: ",") }
  private var gradients: String { gradientLists.joined(separator: ",") }

  /// A comparison with what must be said of it.
  struct Result {
    let network: Network
    let samples: Int
    /// Where the samples come from.
    let remark: String
    let tolerance: Double
    let comparison: Comparison
  }

  /// Whether some of the samples are drawn.
  var isDrawn: Bool { given.input == nil || target == nil }

  /// Runs the backends.
  ///
  /// - Parameter isTraced: whether residuals are recorded.
  func compare(isTraced: Bool) throws -> Result {
    let kinds = try kinds()
    let options = try stopping.options(threads: graph.threads)
    let loss = try LossRegistry.named(loss)
    let chosen = try backends.split(separator: ",", omittingEmptySubsequences: false)
      .map { try GradientBackend.named($0.trimmingCharacters(in: .whitespaces)) }
    guard Set(chosen.map(\.name)).count == chosen.count else {
      throw CyclogradError(
        .invalidOption, "--backends names a backend twice", advice: "name each once")
    }
    if options.stopping == .printed, !chosen.contains(where: { $0.state is AlgorithmOne }) {
      throw CyclogradError(
        .invalidOption, "--stopping printed is about Algorithm 1, which none of the backends uses",
        advice: "leave it out, or add edge-list to --backends")
    }
    guard repetitions >= 1, samples ?? 1 >= 1 else {
      throw CyclogradError(
        .invalidOption, "--repeat and --samples must be at least 1", advice: "give 1 or more")
    }
    let (network, parameters) = try graph.compile(
      needing: [.activation, .outputs], for: "a comparison of gradients")
    if let remark = loss.remark(network) { Console.note(remark) }
    let (inputs, targets, remark) = try data(network, loss)
    let comparison = try Comparison(
      network, parameters, inputs: inputs, targets: targets, loss: loss, backends: chosen,
      options: options, repetitions: repetitions, kinds: kinds, isTraced: isTraced,
      progress: Progress.show)
    return Result(
      network: network, samples: inputs.rows, remark: remark, tolerance: options.tolerance,
      comparison: comparison)
  }

  private func kinds() throws -> [GradientKind] {
    guard gradients != "none" else { return [] }
    let kinds = try gradients.split(separator: ",", omittingEmptySubsequences: false)
      .map { try GradientKind.named($0.trimmingCharacters(in: .whitespaces)) }
    guard Set(kinds).count == kinds.count else {
      throw CyclogradError(
        .invalidOption, "--gradients names a kind twice", advice: "name each once")
    }
    guard !kinds.contains(.exact) else {
      throw CyclogradError(
        .invalidOption, "--gradients names the exact gradient, with which the others are compared",
        advice: "name approximations only")
    }
    return kinds
  }

  private func data(_ network: Network, _ loss: any Loss) throws -> (Matrix, Matrix, String) {
    let input = given.input
    if given.columns != nil && input == nil || targetColumns != nil && target == nil {
      throw CyclogradError(
        .invalidOption, "columns are selected, but there is no file to select them from",
        advice: "give --input and --target")
    }
    if samples != nil && (input != nil || target != nil) {
      throw CyclogradError(
        .invalidOption, "--samples says how many to draw, but samples are given by a file",
        advice: "leave --samples out")
    }
    let transform = try given.transform(graph)
    var inputs = try input.map {
      try SampleFile.readInputs(
        $0, columns: given.columns, network, transform, missingAreZero: given.missingAreZero)
    }
    if let inputs, let input {
      try SampleFile.check(inputs, columns: network.inputCount, of: "input", in: input)
    }
    var targets = try target.map {
      try SampleFile.readTargets($0, columns: targetColumns, input: nil, network, loss)
    }
    if var cutInputs = inputs, var cutTargets = targets, let target {
      try SampleFile.pair(
        &cutInputs, &cutTargets, transform, isOneFile: input == target, in: target)
      (inputs, targets) = (cutInputs, cutTargets)
    }
    if let targets, let target {
      try SampleFile.checkTargets(targets, network, loss, in: target)
    }
    let count = inputs?.rows ?? targets?.rows ?? samples ?? 1
    if let targets, let target, targets.rows != count {
      throw CyclogradError(
        .shapeMismatch, "\(targets.rows) rows of targets for \(count) samples",
        at: .init(file: target), advice: "give one row for each sample")
    }
    let drawn = [inputs == nil ? "inputs" : nil, targets == nil ? "targets" : nil].compactMap { $0 }
    let remark =
      Quantity.count(count, "sample")
      + (drawn.isEmpty
        ? "" : ", \(drawn.joined(separator: " and ")) drawn from seed \(network.seed)")
    return (
      try inputs ?? RandomSamples.inputs(network, samples: count),
      targets ?? RandomSamples.targets(network, samples: count, loss: loss), remark
    )
  }
}
