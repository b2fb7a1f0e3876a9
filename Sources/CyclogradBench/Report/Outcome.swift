import Cyclograd
import CyclogradReports

/// Everything one call of the benchmark measured.
struct Outcome {
  struct Row {
    var name: String
    var neurons: Int
    var edges: Int
    var target: Double?
    var race: Race
  }

  var rows: [Row] = []
  /// Files that were read; their ratios are not part of the mean.
  var readings: [Row] = []
  var sweeps = SweepReport()
  var measurements: [Measurement] = []
  var threads: Int

  /// The geometric mean of the ratios of all rows that have a peer.
  var geometricMean: Double? { Statistics.geometricMean(rows.compactMap(\.race.ratio)) }

  var text: String {
    var parts = ["\(Machine.processor), \(Quantity.count(Machine.threads, "thread"))"]
    if !rows.isEmpty || !readings.isEmpty { parts.append(table) }
    if let racedSweeps { parts.append(racedSweeps) }
    if !sweeps.isEmpty { parts.append(sweeps.text) }
    let withdrawn = (rows + readings).flatMap { row in
      row.race.results.compactMap { result in
        result.withdrawal.map { "\(row.name): \(result.name) does not count: \($0)" }
      }
    }
    if !withdrawn.isEmpty { parts.append(withdrawn.joined(separator: "\n")) }
    if let mean = geometricMean {
      parts.append("geometric mean of the ratios to the fastest peer: \(ratio(mean)) (target 10×)")
    }
    if !measurements.isEmpty { parts.append(measured) }
    return parts.joined(separator: "\n\n")
  }

  private var table: String {
    var table = TextTable([
      ("problem", .left), ("contestant", .left), ("equilibrium", .right), ("gradient", .right),
      ("both", .right), ("iterations", .right), ("runs", .right), ("difference", .right),
      ("ratio", .right), ("target", .right),
    ])
    for row in rows + readings {
      for (index, result) in row.race.results.enumerated() where result.withdrawal == nil {
        // How many times longer than the first contestant the others take.
        let times = row.race.own.total.flatMap { own in result.total.map { $0 / own } }
        let isFastest = result.isPeer && result.name == row.race.fastestPeer?.name
        table.add([
          index == 0 ? row.name : "", result.name, Quantity.seconds(result.equilibrium),
          Quantity.seconds(result.gradient), Quantity.seconds(result.total),
          result.iterations.map { String($0) }.joined(separator: " + "),
          String(result.runs), Quantity.small(result.difference),
          index == 0 ? "" : times.map(ratio) ?? "–",
          isFastest ? ratio(row.target ?? 3) : "",
        ])
      }
    }
    return table.text
  }

  /// What one sweep takes, forward and backward: the times over the iterations, and over those of SciPy's product and tanh.
  private var racedSweeps: String? {
    var table = TextTable([
      ("problem", .left), ("contestant", .left), ("forward", .right), ("of SciPy's", .right),
      ("backward", .right), ("of SciPy's", .right),
    ])
    var isEmpty = true
    for row in rows {
      let all = row.race.results.map { ($0, Sweep($0)) }
      guard let scipy = all.first(where: { $0.0.name == Entry.Peer.scipyCSR.title })?.1 else {
        continue
      }
      isEmpty = false
      for (index, (result, sweep)) in all.enumerated() {
        guard let sweep else { continue }
        table.add([
          index == 0 ? row.name : "", result.name, Quantity.seconds(sweep.forward),
          ratio(sweep.forward / scipy.forward), Quantity.seconds(sweep.backward),
          ratio(sweep.backward / scipy.backward),
        ])
      }
    }
    return isEmpty ? nil : "a sweep, all that is done once included\n" + table.text
  }

  /// Seconds of one iteration.
  private struct Sweep {
    let forward: Double
    let backward: Double

    init?(_ result: Race.Result) {
      guard let equilibrium = result.equilibrium, let gradient = result.gradient,
        result.iterations.count == 2, let forward = result.iterations.first, forward > 0,
        let backward = result.iterations.last, backward > 0
      else { return nil }
      self.forward = equilibrium / Double(forward)
      self.backward = gradient / Double(backward)
    }
  }

  private var measured: String {
    var table = TextTable([
      ("figure", .left), ("value", .right), ("target", .right), ("", .left), ("made from", .left),
    ])
    for figure in measurements {
      table.add([
        figure.name, "\(number(figure.value)) \(figure.unit)",
        figure.target.map { "\(number($0)) \(figure.unit)" } ?? "",
        figure.isMet.map { $0 ? "met" : "missed" } ?? "", figure.detail,
      ])
    }
    return table.text
  }

  private func ratio(_ value: Double) -> String { number(value) + "×" }

  private func number(_ value: Double) -> String {
    value.isFinite ? String(shortest: (value * 100).rounded() / 100) : "–"
  }

  var json: JSONValue {
    .object([
      ("processor", .string(Machine.processor)), ("threads", .integer(threads)),
      (
        "races",
        .list(
          (rows + readings).map { row in
            .object([
              ("problem", .string(row.name)), ("neurons", .integer(row.neurons)),
              ("edges", .integer(row.edges)), ("ratio", .optional(row.race.ratio)),
              ("target", .optional(row.target)),
              ("contestants", .list(row.race.results.map(Self.json))),
            ])
          })
      ), ("sweeps", sweeps.json), ("geometric_mean", .optional(geometricMean)),
      ("measurements", .list(measurements.map(\.json))),
    ])
  }

  private static func json(_ result: Race.Result) -> JSONValue {
    .object([
      ("name", .string(result.name)), ("peer", .boolean(result.isPeer)),
      ("equilibrium_seconds", .optional(result.equilibrium)),
      ("gradient_seconds", .optional(result.gradient)), ("seconds", .optional(result.total)),
      ("iterations", .list(result.iterations.map { .integer($0) })),
      ("runs", .integer(result.runs)),
      ("difference", .optional(result.difference)), ("withdrawal", .optional(result.withdrawal)),
    ])
  }
}
