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
      parameter; frozen ones are listed too. If no equilibrium or no adjoint is found for a sample, or its \
      loss or derivatives overflow, nothing is written and the exit code is 2; --skip-failed takes the mean over \
      the others. With --kinks refuse a sample fails too if a neuron stands exactly on a kink of its \
      activation, or several of its units are the largest; otherwise the derivative of one branch is taken there, \
      and a note says so.

      Losses are summed over the outputs and averaged over the samples. softmax-cross-entropy and \
      binary-cross-entropy take the outputs as logits, so give them identity outputs; targets of the \
      former are distributions or one column of class numbers, of the latter numbers from 0 to 1. linear \
      is the sum of targets times outputs.

      --cotangent FILE takes the place of a loss: v of outputs or, with --cotangent-of neurons, of all neurons \
      in the graph's order. The answer is the vector-Jacobian product: the derivatives of the sum of v · a over \
      the samples, not of their mean.

      With --per-sample a first column 'sample' says whose derivatives a row holds: nan where a sample \
      failed, and the exit code is 2 then; with --skip-failed such rows are left out. --input-gradient has \
      nan in the rows of samples that failed.

      --top N prints the N derivatives that are the largest by magnitude, of inputs, too, with their sample; \
      tied parameters count once. The whole gradient still goes to --output.

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
        cyclograd gradient graphs/xor.yaml --input x.csv --target y.csv --top 10
        cyclograd gradient net.yaml --input x.csv --target y.csv --gradient neumann:5
        cyclograd gradient net.yaml --input x.csv --cotangent v.csv --check
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var objective: ObjectiveArguments
  @Option(help: "The kind: \(GradientKind.forms).")
  var gradient: String = GradientKind.exact.name
  @OptionGroup var kinks: KinkArguments
  @Option(help: "Differentiate at these states (z of all units) instead of solving.")
  var state: String?
  @Flag(help: "Write the gradient of each sample's own loss, with a first column 'sample'.")
  var perSample = false
  @Flag(help: "Leave out samples that fail, and say how many the mean is over.")
  var skipFailed = false
  @Flag(help: "Prove, where it can be proved, a bound of each derivative's error.")
  var certify = false
  @Option(help: "Write how residuals fell, one JSON object a line and iterate.") var trace: String?
  @OptionGroup var answer: GradientAnswerArguments

  func run() throws {
    try objective.check()
    let kind = try kind()
    let format = try answer.checkedFormat(isPerSample: perSample)
    try TraceFile.check(trace)
    var problem = try solving.problem(
      for: "a gradient", listsComponents: certify, kinks: try kinks.policy(),
      written: answer.written + [("--trace", trace)],
      read: [("--state", state)] + objective.files, needsOutputs: objective.needsOutputs,
      inInputUnits: answer.inInputUnits)
    let (network, parameters) = (problem.network, problem.parameters)
    let differentiated = try objective.read(
      network, of: &problem.inputs, in: solving.samples.input,
      solving.samples.transform(solving.graph))
    let simulator = try problem.simulator()

    let residuals = trace.map { _ in ResidualTrace(samples: 0..<problem.inputs.rows) }
    Progress.show("\(problem.backend.name): equilibrium")
    let equilibrium = try problem.equilibrium(simulator, at: state, trace: residuals)
    Progress.show("\(problem.backend.name): gradient")
    let outcome = try differentiated.differentiate(
      simulator, equilibrium, kind, skippingFailures: skipFailed || perSample, residuals)
    // Where there is no gradient, how residuals fell is what one wants to see.
    if let trace { try residuals?.write(to: trace) }
    let gradient = try gradient(outcome, differentiated)
    let samples =
      try perSample
      ? equilibrium.evidence.indices.map {
        try differentiated[$0].differentiate(simulator, equilibrium[$0], kind)
      } : []
    let evidence = perSample ? samples.map { $0.evidence[0] } : outcome.evidence
    let found =
      try answer.check
      ? gradient.map {
        try differentiated.check($0, equilibrium, problem.options)
      } : nil
    let certificate =
      try certify
      ? gradient.map {
        try differentiated.certificate($0, equilibrium, threads: problem.options.threads)
      } : nil
    var report = GradientReport(
      graph: GraphJSON.object(network), objective: differentiated, kind: kind,
      states: equilibrium.evidence, value: gradient?.loss,
      largestDerivative: gradient?.largestDerivative, sharedEvidence: gradient?.evidence,
      evidence: evidence, check: found)
    if let certificate, let gradient {
      report.certificate = (certificate.text(gradient), certificate.json(gradient))
    }

    try answer.write(
      table(network, parameters, gradient, samples), as: format,
      inputs: { (network.inputNames, inputDerivatives(network, gradient, samples)) },
      ranking: { count in
        var ranking = GradientRanking(
          count, placeName: "sample", network, parameters,
          gradient?.parameters ?? [Double](repeating: .nan, count: network.parameterCount))
        ranking.add(
          inputs: network.inputNames, problem.inputs,
          inputDerivatives(network, gradient, samples),
          places: (0..<problem.inputs.rows).map { .sample($0) })
        return ranking
      },
      entries: { report.entries(solving.backend.chosenName) })
    if !answer.json { report.print() }
    if !evidence.failedRows.isEmpty { report.printFailures(isAccepted: skipFailed) }
    try found?.requirePassed()
    if !skipFailed, !evidence.failedRows.isEmpty { throw ExitCode(2) }
  }

  /// The gradient of all samples together; `nil` only where each sample has its own and nothing else is asked for.
  private func gradient(
    _ outcome: GradientOutcome, _ objective: GradientObjective
  ) throws -> Gradient? {
    do {
      return try objective.located { try outcome.get() }
    } catch var error as CyclogradError {
      if error.code == .overflow, perSample, !answer.check, !certify { return nil }
      if error.code == .notConverged, !skipFailed, !perSample,
        outcome.evidence.contains(where: { $0.status == .converged })
      {
        error.advice =
          (error.advice.map { $0 + "; " } ?? "") + "--skip-failed takes the mean over the others"
      }
      throw error
    }
  }

  private func table(
    _ network: Network, _ parameters: Parameters, _ gradient: Gradient?,
    _ samples: [GradientOutcome]
  ) -> GradientTable {
    var parts: [(sample: Int?, derivatives: [Double]?)] = []
    if perSample {
      for (sample, outcome) in samples.enumerated()
      where outcome.gradient != nil || !skipFailed {
        parts.append((sample, outcome.gradient?.parameters))
      }
    } else {
      parts.append((nil, gradient?.parameters))
    }
    return GradientTable(
      network: network, parameters: parameters, parts: parts, isPerSample: perSample)
  }

  private func inputDerivatives(
    _ network: Network, _ gradient: Gradient?, _ samples: [GradientOutcome]
  ) -> Matrix {
    if !perSample, let gradient { return gradient.inputs }
    var result = Matrix(rows: samples.count, columns: network.inputCount, repeating: .nan)
    for (row, outcome) in samples.enumerated() {
      for (column, value) in (outcome.gradient?.inputs.elements ?? []).enumerated() {
        result[row, column] = value
      }
    }
    return result
  }

  /// The kind of gradient, if what is asked for besides goes with it.
  private func kind() throws -> GradientKind {
    let kind = try GradientKind.named(gradient)
    if kind != .exact, answer.check || certify {
      throw CyclogradError(
        .invalidOption,
        "\(answer.check ? "--check" : "--certify") is about derivatives of the loss, which \(kind.name) only "
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
}
