import Cyclograd
import CyclogradReports

/// What `gradient` says of its answer, for people and for machines.
struct GradientReport {
  let objective: GradientObjective
  let kind: GradientKind
  let equilibrium: Equilibrium
  /// Of all samples together; `nil` where that overflows.
  let gradient: Gradient?
  /// What is known of each sample.
  let evidence: [SampleEvidence]
  let check: GradientCheck?
  let certificate: GradientCertificate?

  private var used: Int { evidence.count - evidence.failedRows.count }
  private var adjoints: [SampleEvidence] {
    (gradient?.evidence ?? evidence).filter { $0.status == .converged }
  }

  /// Prints remarks.
  func print() {
    let count = evidence.count
    let samples =
      used == count
      ? Quantity.count(count, "sample") : "\(used) of \(Quantity.count(count, "sample"))"
    let value = gradient.map { "\($0.loss)" } ?? "overflows"
    Console.note(
      "\(objective.valueName) \(value) over \(samples); residual of "
        + "the equilibrium \(Quantity.small(equilibrium.largestResidual)), of the adjoint "
        + Quantity.small(adjoints.map(\.residual).max() ?? 0)
        + (kind == .exact ? "" : "; an approximation, \(kind.name)"))
    KinkArguments.note(adjoints.map(\.kinks))
    if let remark = adjoints.conditionRemark { Console.note(remark) }
    if let check {
      if let worst = check.worst {
        Console.note(
          "check: \(Quantity.count(check.checked)) of \(Quantity.count(check.total)) derivatives against "
            + "central differences; the worst is \(worst.subject): \(worst.derivative) against "
            + "\(worst.difference), \(Quantity.small(check.relativeError)) of the largest derivative"
        )
      } else {
        Console.note("check: nothing to check")
      }
    }
    if let certificate, let gradient { Console.note(certificate.text(gradient)) }
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
      ("graph", GraphJSON.object(equilibrium.network)),
      ("backend", .string(backend)),
      ("gradient_kind", .string(kind.name)),
    ]
    entries += objective.entries(gradient?.loss)
    entries += [("samples", .integer(evidence.count)), ("used", .integer(used))]
    entries += evidence.failureEntries
    entries += [
      ("equilibrium_residual", .optional(equilibrium.largestResidual)),
      ("equilibrium_iterations", .integer(equilibrium.mostIterations)),
      ("gradient_residual", .optional(adjoints.map(\.residual).max())),
      ("gradient_iterations", .integer(adjoints.map(\.iterations).max() ?? 0)),
      ("kinks", .integer(adjoints.reduce(0) { $0 + $1.kinks })),
    ]
    entries += adjoints.linearSystemEntries
    entries.append(("largest_derivative", .optional(gradient?.largestDerivative)))
    if let check {
      entries.append(
        (
          "check",
          .object([
            ("checked", .integer(check.checked)), ("derivatives", .integer(check.total)),
            ("passed", .boolean(check.isPassed)),
            ("relative_error", .number(check.relativeError)),
            ("worst", .optional(check.worst?.subject)),
            ("derivative", .optional(check.worst?.derivative)),
            ("difference", .optional(check.worst?.difference)),
          ])
        ))
    }
    if let certificate, let gradient {
      entries.append(("certificate", certificate.json(gradient)))
    }
    return entries
  }
}
