import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd gradient`
struct GradientCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "Differentiate the mean loss with respect to weights, biases and inputs.",
    discussion: """
      The answer is CSV with the columns kind, source, target, unit, value and gradient: one row for \
      each edge (kind weight) and for each unit's bias (kind bias, no source), neurons as \
      group.index. Tied parameters give one row an edge, each with the gradient of the shared \
      parameter; frozen ones are listed too. If any sample has no equilibrium or no adjoint, \
      nothing is written and the exit code is 2. So it is with --kinks refuse if a neuron stands \
      exactly on a kink of its activation, or several of its units are the largest; otherwise the \
      derivative of one branch is taken there, and a note says so.

      Losses are summed over the outputs and averaged over the samples. softmax-cross-entropy and \
      binary-cross-entropy take the outputs as logits, so give them identity outputs; targets of the \
      former are distributions or one column of class numbers, of the latter numbers from 0 to 1.

      --gradient semi, neumann:K and phantom:K:τ are approximations for training: recurrent inputs held \
      constant, K terms of the Neumann series, and K steps damped by τ; the latter two on each cyclic \
      component by itself. They can neither be checked nor certified, because they are not derivatives of \
      the loss.

      --check varies up to 200 derivatives, chosen by the graph's seed; a disagreement of more than \
      1e-4 of the largest derivative makes the exit code 2.

      Examples:
        cyclograd gradient graphs/xor.yaml --input x.csv --target y.csv --check
        cyclograd gradient graphs/feedback.yaml --input x.csv --target y.csv \\
            --output dW.csv --input-gradient dx.csv
        cyclograd gradient graphs/newton-only.yaml --input x.csv --target y.csv \\
            --state z.npy
        cyclograd gradient graphs/xor.yaml --input x.csv --target y.csv --certify
        cyclograd gradient net.yaml --input x.csv --target y.csv --gradient neumann:5
      """)

  @OptionGroup var solving: SolvingArguments
  @Option(help: "The targets, one row a sample.") var target: String
  @Option(help: "Which columns are targets, such as 8 or last:2.") var targetColumns: String?
  @Option(help: "\(Loss.allCases.map(\.rawValue).joined(separator: ", ")).")
  var loss: String = Loss.halfSquaredError.rawValue
  @Option(help: "The kind: \(GradientKind.forms).")
  var gradient: String = GradientKind.exact.name
  @OptionGroup var kinks: KinkArguments
  @Option(help: "Differentiate at these states (z of all units) instead of solving.")
  var state: String?
  @Option(help: "Where the gradient goes (default: standard output).") var output: String?
  @Option(help: "Write ∂E/∂x as CSV, one row a sample.") var inputGradient: String?
  @Flag(help: "Write the gradient of each sample's own loss, with a first column 'sample'.")
  var perSample = false
  @Flag(help: "Compare with central differences and print the worst disagreement.")
  var check = false
  @Flag(help: "Prove, where it can be proved, a bound of each derivative's error.")
  var certify = false
  @Option(help: "Write how residuals fell, one JSON object a line and iterate.") var trace: String?
  @Flag(help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let loss = try Loss.named(loss)
    let kind = try kind()
    let problem = try solving.problem(
      for: "a gradient", listsComponents: certify, kinks: try kinks.policy(),
      written: [("--output", output), ("--input-gradient", inputGradient), ("--trace", trace)],
      read: [("--target", target), ("--state", state)])
    let network = problem.network
    let targets = try SampleFile.read(target, columns: targetColumns, option: "--target")
    if let remark = loss.remark(network) { Console.note(remark) }
    try SampleFile.checkTargets(targets, network, loss, in: target)
    let simulator = try problem.simulator()

    let residuals = trace.map { _ in ResidualTrace(samples: 0..<problem.inputs.rows) }
    Progress.show("\(problem.backend.name): equilibrium")
    let equilibrium = try problem.equilibrium(simulator, at: state, trace: residuals)
    Progress.show("\(problem.backend.name): gradient")
    let outcome = try named(target) {
      try simulator.differentiate(
        loss, targets: targets, at: equilibrium, kind: kind, trace: residuals)
    }
    // Where there is no gradient, how residuals fell is what one wants to see.
    if let trace { try residuals?.write(to: trace) }
    let gradient = try named(target) { try outcome.get() }
    let samples = try perSampleGradients(simulator, loss, targets, equilibrium, kind)
    let found =
      try check
      ? GradientCheck(
        gradient, of: loss, targets: targets, at: equilibrium, options: problem.options,
        progress: Progress.show) : nil

    let certificate =
      try certify
      ? GradientCertificate(
        gradient, of: loss, targets: targets, at: equilibrium, threads: problem.options.threads)
      : nil

    let table = GradientTable(network, problem.parameters, gradient, samples)
    if let inputGradient {
      let derivatives = samples.isEmpty ? gradient.inputs : Matrix(samples.map(\.inputs.elements))
      try CSVFile.write(header: network.inputNames, matrix: derivatives, to: inputGradient)
    }
    if let output {
      try AtomicFile.write(to: output) { try table.write(to: &$0) }
    } else if !json {
      Progress.clear()
      try AtomicFile.write(to: "/dev/stdout") { try table.write(to: &$0) }
    }
    if json {
      try Console.answer(json(gradient, kind, equilibrium, found, certificate, table))
    } else {
      report(gradient, kind, equilibrium, found)
      if let certificate { Console.note(certificate.text(gradient)) }
    }
    if let found, !found.isPassed {
      Console.error("the gradient disagrees with central differences, or has a kink nearby")
      throw ExitCode(2)
    }
  }

  /// The kind of gradient, if what is asked for besides goes with it.
  private func kind() throws -> GradientKind {
    let kind = try GradientKind.named(gradient)
    if kind != .exact, check || certify {
      throw CyclogradError(
        .invalidOption,
        "\(check ? "--check" : "--certify") is about derivatives of the loss, which \(kind.name) only "
          + "approximates",
        advice:
          "leave it out; compare --gradients says how far approximations are from the gradient")
    }
    if kind.isTruncated, solving.backend.adjoint != nil {
      throw CyclogradError(
        .invalidOption, "--adjoint solves a system, but \(kind.name) is a sum of given length",
        advice: "leave --adjoint out")
    }
    return kind
  }

  /// Errors about targets name the file that they came from.
  private func named<Result>(_ file: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch var error as CyclogradError
      where error.code == .shapeMismatch || error.code == .invalidValue
    {
      error.location.file = file
      throw error
    }
  }

  private func perSampleGradients(
    _ simulator: Simulator, _ loss: Loss, _ targets: Matrix, _ equilibrium: Equilibrium,
    _ kind: GradientKind
  ) throws -> [Gradient] {
    guard perSample else { return [] }
    return try (0..<equilibrium.sampleCount).map { sample in
      try simulator.differentiate(
        loss,
        targets: Matrix(
          rows: 1, columns: targets.columns, elements: Array(targets[row: sample])),
        at: equilibrium[sample], kind: kind
      ).get()
    }
  }

  private func report(
    _ gradient: Gradient, _ kind: GradientKind, _ equilibrium: Equilibrium,
    _ found: GradientCheck?
  ) {
    let residual = gradient.evidence.map(\.residual).max() ?? 0
    Console.note(
      "loss \(gradient.loss) over \(Quantity.count(equilibrium.sampleCount, "sample")); residual of "
        + "the equilibrium \(Quantity.small(equilibrium.largestResidual)), of the adjoint "
        + Quantity.small(residual) + (kind == .exact ? "" : "; an approximation, \(kind.name)"))
    KinkArguments.note(gradient.evidence.map(\.kinks))
    guard let found else { return }
    guard let worst = found.worst else { return Console.note("check: nothing to check") }
    Console.note(
      "check: \(Quantity.count(found.checked)) of \(Quantity.count(found.total)) derivatives against "
        + "central differences; the worst is \(worst.subject): \(worst.derivative) against "
        + "\(worst.difference), \(Quantity.small(found.relativeError)) of the largest derivative")
  }

  private func json(
    _ gradient: Gradient, _ kind: GradientKind, _ equilibrium: Equilibrium,
    _ found: GradientCheck?, _ certificate: GradientCertificate?, _ table: GradientTable
  ) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      ("graph", GraphJSON.object(equilibrium.network)),
      ("backend", .string(solving.backend.chosenName)),
      ("gradient_kind", .string(kind.name)),
      ("loss_name", .string(loss)),
      ("loss", .number(gradient.loss)),
      ("samples", .integer(equilibrium.sampleCount)),
      ("equilibrium_residual", .optional(equilibrium.largestResidual)),
      ("equilibrium_iterations", .integer(equilibrium.mostIterations)),
      ("gradient_residual", .optional(gradient.evidence.map(\.residual).max())),
      ("gradient_iterations", .integer(gradient.evidence.map(\.iterations).max() ?? 0)),
      ("kinks", .integer(gradient.evidence.reduce(0) { $0 + $1.kinks })),
    ]
    entries += gradient.evidence.linearSystemEntries
    entries.append(("largest_derivative", .number(gradient.largestDerivative)))
    if let found {
      entries.append(
        (
          "check",
          .object([
            ("checked", .integer(found.checked)), ("derivatives", .integer(found.total)),
            ("passed", .boolean(found.isPassed)),
            ("relative_error", .number(found.relativeError)),
            ("worst", .optional(found.worst?.subject)),
            ("derivative", .optional(found.worst?.derivative)),
            ("difference", .optional(found.worst?.difference)),
          ])
        ))
    }
    if let certificate { entries.append(("certificate", certificate.json(gradient))) }
    if output == nil { entries.append(("gradient", table.json)) }
    return .object(entries)
  }
}
