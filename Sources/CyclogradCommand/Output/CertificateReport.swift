import Cyclograd
import CyclogradReports

extension LocalCertificate.Sample {
  /// What a table and JSON say of a sample.
  static let columns: [(title: String, alignment: TextTable.Alignment)] = [
    ("row", .right), ("state error", .right), ("output error", .right), ("alone within", .right),
    ("contraction", .right), ("", .left),
  ]

  func cells(row: Int) -> [String] {
    [
      "\(row)", Quantity.small(stateError), Quantity.small(outputError),
      isolation.isInfinite ? "everywhere" : Quantity.small(isolation), Quantity.small(contraction),
      isProved ? "proved" : "unproved: \(reason ?? "")",
    ]
  }
}

extension LocalCertificate {
  /// How many rows a table has at most.
  static let shownRows = 10

  /// A summary, and a table of the samples that are not proved, or else of the first ones.
  var text: String {
    let unproved = samples.indices.filter { !samples[$0].isProved }
    var table = TextTable(Sample.columns)
    for row in (unproved.isEmpty ? Array(samples.indices) : unproved).prefix(Self.shownRows) {
      table.add(samples[row].cells(row: row))
    }
    let proved = samples.filter(\.isProved)
    return """
      certificates: \(proved.count) of \(Quantity.count(samples.count, "sample")) proved\
      \(proved.isEmpty ? "" : summary(proved))
      \(table.lines)
      """
  }

  private func summary(_ proved: [Sample]) -> String {
    "; errors at most \(Quantity.small(proved.map(\.stateError).max())) in the states and "
      + "\(Quantity.small(proved.map(\.outputError).max())) in the outputs, contraction at most "
      + Quantity.small(proved.map(\.contraction).max())
  }
}

extension GradientCertificate {
  func text(_ gradient: Gradient) -> String {
    guard isProved else { return "certificate: the gradient is unproved: \(reason ?? "")" }
    return
      "certificate: every derivative is within \(Quantity.small(largestError)) of the exact one; "
      + "the largest is \(gradient.largestDerivative)"
  }

  func json(_ gradient: Gradient) -> JSONValue {
    .object([
      ("proved", .boolean(isProved)), ("largest_error", .number(largestError)),
      ("largest_derivative", .number(gradient.largestDerivative)),
      ("reason", .optional(reason)),
      ("states", LocalCertificate.json(states, rows: gradient.samples)),
    ])
  }
}

extension EquilibriumSearch {
  var json: JSONValue {
    .list(
      samples.enumerated().map { row, found in
        .object([("row", .integer(row)), ("met", .list(found.map(\.json)))])
      })
  }

  /// A summary, and a table of the samples with several equilibria, or else of the first ones.
  var text: String {
    let several = samples.indices.filter { samples[$0].count > 1 }
    var table = TextTable(
      [
        ("row", .right), ("equilibrium", .right), ("from starts", .right),
      ] + Stability.columns)
    let shown = (several.isEmpty ? Array(samples.indices) : several)
      .prefix(LocalCertificate.shownRows)
    for row in shown {
      for (index, found) in samples[row].enumerated() {
        table.add(
          ["\(row)", "\(index + 1)", "\(found.starts)"] + found.stability.cells)
      }
    }
    return """
      equilibria: at most \(samples.map(\.count).max() ?? 0) met for a sample; \
      \(Quantity.count(several.count, "sample")) of \(samples.count) with more than one
      \(table.lines)
      """
  }
}

extension EquilibriumSearch.Found {
  var json: JSONValue {
    .object(
      [
        ("starts", .integer(starts))
      ] + stability.entries + [
        ("residual", .number(equilibrium.evidence[0].residual)),
        ("outputs", .numbers(equilibrium.outputs[row: 0])),
      ])
  }
}

extension Stability {
  /// The heads of ``cells``.
  static let columns: [(String, TextTable.Alignment)] = [
    ("largest |λ|", .right), ("iteration", .left), ("largest Re λ", .right), ("rate model", .left),
  ]

  /// Both numbers and what they mean.
  var cells: [String] {
    func number(_ value: Double, _ isEstimate: Bool) -> String {
      (isEstimate ? "about " : "") + String(shortest: value)
    }
    func word(_ isStable: Bool?) -> String {
      isStable.map { $0 ? "stable" : "unstable" } ?? "unknown"
    }
    return [
      number(radius.value, radius.isEstimate), word(radius.isStable),
      number(abscissa.value, abscissa.isEstimate), word(abscissa.isStable),
    ]
  }

  var entries: [(key: String, value: JSONValue)] {
    [
      ("spectral_radius", .number(radius.value)),
      ("spectral_radius_is_estimate", .boolean(radius.isEstimate)),
      ("stable_under_iteration", radius.isStable.map { .boolean($0) } ?? .null),
      ("largest_real_part", .number(abscissa.value)),
      ("largest_real_part_is_estimate", .boolean(abscissa.isEstimate)),
      ("stable_in_rate_model", abscissa.isStable.map { .boolean($0) } ?? .null),
    ]
  }
}

extension TextTable {
  /// The table without the end of its last line, for notes.
  fileprivate var lines: String { String(text.dropLast()) }
}
