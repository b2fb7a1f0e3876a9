import Cyclograd
import CyclogradReports

/// What `solve` says of its answers, for people and for machines.
struct SolveReport {
  /// What is said of the graph.
  let graph: JSONValue
  let backend: String
  /// What is known of each sample.
  let evidence: [SampleEvidence]
  let outputNames: [String]
  let seconds: Double

  /// Says how it went.
  ///
  /// - Parameter advice: what to try where equilibria may still be found.
  func printSummary(advice: String) {
    let failed = evidence.failedRows
    if failed.isEmpty {
      Console.note(
        "\(Quantity.count(evidence.count, "sample")) converged: residual at most "
          + "\(Quantity.small(evidence.largestResidual)), at most "
          + "\(Quantity.count(evidence.mostIterations, "iteration")), \(Quantity.seconds(seconds))"
      )
      return
    }
    Console.error(
      "no equilibrium was found for \(failed.count) of "
        + "\(Quantity.count(evidence.count, "sample")); their rows hold nan")
    for line in evidence.failureLines { Console.note(line) }
    // What is singular or not finite stays so under any backend.
    let isOpen = evidence.contains {
      [.iterationLimit, .diverged, .stalled, .notApplicable].contains($0.status)
    }
    if isOpen { Console.note(advice) }
  }

  /// - Parameter outputs: samples × outputs, if they are not written elsewhere.
  func entries(outputs: Matrix?) -> [(key: String, value: JSONValue)] {
    var entries: [(key: String, value: JSONValue)] = [
      ("graph", graph), ("backend", .string(backend)), ("samples", .integer(evidence.count)),
      ("converged", .integer(evidence.count - evidence.failedRows.count)),
    ]
    entries += evidence.failureEntries
    entries += [
      ("max_residual", .optional(evidence.largestResidual)),
      ("iterations", .integer(evidence.mostIterations)),
    ]
    entries += evidence.linearSystemEntries
    entries.append(("seconds", .number(seconds)))
    if let outputs {
      entries.append(("output_names", .list(outputNames.map { .string($0) })))
      entries.append(("outputs", .list((0..<outputs.rows).map { .numbers(outputs[row: $0]) })))
    }
    return entries
  }
}

extension [SampleEvidence] {
  /// The worst condition of the linear systems: a number, `"unknown"` where nothing was found out, null where nothing
  /// speaks against it.
  fileprivate var conditionEntry: JSONValue {
    if contains(where: { $0.condition == .unknown }) { return .string("unknown") }
    var conditions = compactMap(\.linearSystem?.reciprocalCondition).map { 1 / $0 }
    for case .estimate(let condition)? in map(\.condition) { conditions.append(condition) }
    return .optional(conditions.max())
  }

  /// What a person should know of the condition of adjoint systems, if anything.
  var conditionRemark: String? {
    let remarkable = compactMap(\.condition).filter(\.isRemarkable)
    guard !remarkable.isEmpty else { return nil }
    if remarkable.contains(.unknown) {
      return
        "condition: unknown; the derivatives solve their system, but whether they are the only "
        + "solution was not found out (--backend automatic or direct does)"
    }
    let digits = remarkable.compactMap(\.digits).min() ?? 0
    return
      "ill conditioned: about \(Quantity.count(digits, "digit")) of the derivatives can be right"
  }

  /// How well factorizations have solved the linear systems, at worst; null where there were none.
  var linearSystemEntries: [(key: String, value: JSONValue)] {
    let systems = compactMap(\.linearSystem)
    return [
      ("backward_error", .optional(systems.map(\.backwardError).max())),
      ("condition", conditionEntry),
    ]
  }
}

extension [SampleEvidence] {
  /// Over the samples that converged; `nil` if none did.
  var largestResidual: Double? { filter { $0.status == .converged }.map(\.residual).max() }

  /// The iterations of the sample that took the most.
  var mostIterations: Int { map(\.iterations).max() ?? 0 }
}

extension Equilibrium {
  /// The samples for which no equilibrium was found, from 0.
  var failedRows: [Int] { evidence.failedRows }

  /// Over the samples that converged; `nil` if none did.
  var largestResidual: Double? { evidence.largestResidual }

  /// The iterations of the sample that took the most.
  var mostIterations: Int { evidence.mostIterations }
}
