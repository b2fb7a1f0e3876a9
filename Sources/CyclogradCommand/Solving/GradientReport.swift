import ArgumentParser
import Cyclograd
import CyclogradReports

/// What `gradient` says of its answer, for people and for machines.
struct GradientReport {
  /// What is said of the graph.
  let graph: JSONValue
  let objective: GradientObjective
  let kind: GradientKind
  /// What is known of each sample's equilibrium.
  let states: [SampleEvidence]
  /// The mean loss, or the sum; `nil` where that overflows.
  let value: Double?
  let largestDerivative: Double?
  /// What is known of the adjoints; `nil` where all samples together have none.
  let sharedEvidence: [SampleEvidence]?
  /// What is known of each sample.
  let evidence: [SampleEvidence]
  var check: GradientCheck?
  /// A certificate in words and as JSON.
  var certificate: (text: String, json: JSONValue)?

  private var used: Int { evidence.count - evidence.failedRows.count }
  private var adjoints: [SampleEvidence] {
    (sharedEvidence ?? evidence).filter { $0.status == .converged }
  }

  /// Prints remarks.
  func print() {
    let count = evidence.count
    let samples =
      used == count
      ? Quantity.count(count, "sample") : "\(used) of \(Quantity.count(count, "sample"))"
    let value = value.map { "\($0)" } ?? "overflows"
    Console.note(
      "\(objective.valueName) \(value) over \(samples); residual of "
        + "the equilibrium \(Quantity.small(states.largestResidual)), of the adjoint "
        + Quantity.small(adjoints.map(\.residual).max() ?? 0)
        + (kind == .exact ? "" : "; an approximation, \(kind.name)"))
    KinkArguments.note(adjoints.map(\.kinks))
    if let remark = adjoints.conditionRemark { Console.note(remark) }
    if let check { Console.note(check.remark) }
    if let certificate { Console.note(certificate.text) }
  }

  /// Names the samples that failed.
  ///
  /// - Parameter isAccepted: whether they were to be left out.
  func printFailures(isAccepted: Bool) {
    let failed =
      "\(evidence.failedRows.count) of \(Quantity.count(evidence.count, "sample"))"
    if isAccepted {
      Console.note("left out: \(failed)")
    } else {
      Console.error("no gradient was found for \(failed); their rows hold nan")
    }
    for line in evidence.failureLines { Console.note(line) }
  }

  func entries(_ backend: String) -> [(key: String, value: JSONValue)] {
    var entries: [(key: String, value: JSONValue)] = [
      ("graph", graph),
      ("backend", .string(backend)),
      ("gradient_kind", .string(kind.name)),
    ]
    entries += objective.entries(value)
    entries += [("samples", .integer(evidence.count)), ("used", .integer(used))]
    entries += evidence.failureEntries
    entries += [
      ("equilibrium_residual", .optional(states.largestResidual)),
      ("equilibrium_iterations", .integer(states.mostIterations)),
      ("gradient_residual", .optional(adjoints.map(\.residual).max())),
      ("gradient_iterations", .integer(adjoints.map(\.iterations).max() ?? 0)),
      ("kinks", .integer(adjoints.reduce(0) { $0 + $1.kinks })),
    ]
    entries += adjoints.linearSystemEntries
    entries.append(("largest_derivative", .optional(largestDerivative)))
    if let check { entries.append(("check", check.json)) }
    if let certificate { entries.append(("certificate", certificate.json)) }
    return entries
  }
}

extension GradientCheck {
  /// What was found, for people.
  var remark: String {
    guard let worst else { return "check: nothing to check" }
    return "check: \(Quantity.count(checked)) of \(Quantity.count(total)) derivatives against "
      + "central differences; the worst is \(worst.subject): \(worst.derivative) against "
      + "\(worst.difference), \(Quantity.small(relativeError)) of the largest derivative"
  }

  /// The same for machines.
  var json: JSONValue {
    .object([
      ("checked", .integer(checked)), ("derivatives", .integer(total)),
      ("passed", .boolean(isPassed)), ("relative_error", .number(relativeError)),
      ("worst", .optional(worst?.subject)), ("derivative", .optional(worst?.derivative)),
      ("difference", .optional(worst?.difference)),
    ])
  }

  /// Ends the command where derivatives and differences disagree.
  func requirePassed() throws {
    guard !isPassed else { return }
    Console.error("the gradient disagrees with central differences, or has a kink nearby")
    throw ExitCode(2)
  }
}
