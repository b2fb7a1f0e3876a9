import ArgumentParser
import Cyclograd
import CyclogradReports

/// `cyclograd check`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prove, where it can be proved, that every input has exactly one equilibrium.",
    discussion: """
      What is not proved is called unproved: it may hold or not. With --input each sample is solved from \
      several starts, and each equilibrium that is met is certified: that it exists, that it is the only \
      one nearby, and how far the answer is from it. Two certified equilibria of one sample, or the proof \
      that there is none, refute that every input has exactly one.

      --scaling prints, for components of relu, leaky-relu and identity neurons with λ_PF < 1, the numbers v \
      by which activations are to be divided so that the rows of the scaled weights, w · v(source) / v(target), \
      have absolute sums below 1.

      Examples:
        cyclograd check graphs/xor.yaml
        cyclograd check graphs/feedback.yaml --json
        cyclograd check graphs/xor.yaml --input x.csv --starts 16
        cyclograd check graphs/autoencoder-v1.yaml --scaling
      """)

  @OptionGroup var graph: GraphArguments
  @OptionGroup var samples: SampleArguments
  @Option(help: "From how many starts each sample is solved (default: 4); needs --input.")
  var starts: Int?
  @Option(help: "As for solve (default: 1e-10); needs --input.") var tolerance: Double?
  @Flag(help: "Give the scaling that makes the sums of rows less than 1.") var scaling = false
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let options = SolverOptions(tolerance: tolerance ?? 1e-10, threads: graph.threads)
    try options.validate()
    let isLocal = samples.isGiven || starts != nil || tolerance != nil
    let (network, parameters) = try graph.compile(
      needing: isLocal ? [.activation, .inputs] : [], for: "a check")
    // Without samples there is one where the network has no inputs, and an error where it has.
    let inputs =
      try isLocal ? samples.inputs(of: network, graph) : nil
    let certificate = try GlobalCertificate(network, parameters, scalings: scaling)
    let checks = try inputs.map {
      try SampleChecks(
        network, parameters, inputs: $0, global: certificate, options: options,
        starts: starts ?? 4, progress: Progress.show)
    }
    let advice = CheckAdvice(certificate, checks).lines
    try Console.answer(
      json
        ? Self.json(certificate, checks, advice, hasScaling: scaling).text
        : Self.text(network, certificate, checks)
          + (scaling ? Self.scalings(certificate) : "")
          + "\n" + advice.map { "advice: \($0)\n" }.joined())
  }

  private static func verdict(_ certificate: GlobalCertificate, _ samples: SampleChecks?)
    -> String
  {
    if samples?.isRefuted == true { return "refuted" }
    return certificate.isWellPosed ? "proved" : "unproved"
  }

  private static func json(
    _ certificate: GlobalCertificate, _ samples: SampleChecks?, _ advice: [String],
    hasScaling: Bool
  ) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      (
        "components",
        .list(
          certificate.components.map { component in
            .object(
              component.entries
                + (hasScaling ? [("scaling", component.scaling?.json ?? .null)] : []))
          })
      ),
      ("well_posed", .string(verdict(certificate, samples))),
      ("advice", .list(advice.map { .string($0) })),
    ]
    if let samples { entries.append(("samples", samples.json)) }
    return .object(entries)
  }

  private static func scalings(_ certificate: GlobalCertificate) -> String {
    var table = TextTable([("neuron", .left), ("divided by", .right), ("sum of its row", .right)])
    let scalings = certificate.components.compactMap(\.scaling)
    for scaling in scalings {
      for (neuron, factor) in zip(scaling.neurons, scaling.factors) {
        table.add([neuron, "\(factor)", "at most \(scaling.norm)"])
      }
    }
    let missing = certificate.components.count { $0.isCyclic && $0.scaling == nil }
    return (scalings.isEmpty ? "" : "\n" + table.text)
      + (missing == 0 ? "" : "\nno scaling for \(Quantity.count(missing, "cyclic component"))\n")
  }

  private static func text(
    _ network: Network, _ certificate: GlobalCertificate, _ samples: SampleChecks?
  ) -> String {
    var table = TextTable([
      ("neurons", .right), ("PF at least", .right), ("PF at most", .right), ("proved by", .left),
    ])
    for component in certificate.components {
      table.add([
        Quantity.count(component.size),
        component.perronFrobenius.map { "\($0.lowerBound)" } ?? "-",
        component.perronFrobenius.map { "\($0.upperBound)" } ?? "-",
        component.theorem?.rawValue ?? "unproved: \(component.reason ?? "")",
      ])
    }
    return """
      \(network.title)

      \(table.text)
      \(samples.map { $0.text + "\n" } ?? "")\
      exactly one equilibrium for every input: \(verdict(certificate, samples))

      """
  }
}

extension GlobalCertificate.Scaling {
  fileprivate var json: JSONValue {
    .object([
      ("neurons", .list(neurons.map { .string($0) })), ("factors", .numbers(factors)),
      ("norm", .number(norm)),
    ])
  }
}

extension SampleChecks {
  fileprivate var json: JSONValue {
    .list(
      rows.enumerated().map { row, sample in
        .object([
          ("row", .integer(row)), ("certified", .integer(sample.certifiedCount)),
          (
            "equilibria",
            .list(
              zip(sample.found, sample.certificates).map { found, certificate in
                .object(
                  [
                    ("starts", .integer(found.starts))
                  ] + found.stability.entries + certificate.entries)
              })
          ),
          ("no_equilibrium", .optional(sample.nonexistence)),
          ("failure", .optional(sample.failure)),
        ])
      })
  }

  /// Up to twenty rows: those that refute something first, then those with something unproved.
  fileprivate var text: String {
    var table = TextTable(
      LocalCertificate.Sample.columns.dropLast() + Stability.columns + [("", .left)])
    func rank(_ row: Row) -> Int {
      if row.isRefuting { return 0 }
      return row.found.isEmpty || !row.certificates.allSatisfy(\.isProved) ? 1 : 2
    }
    let order = rows.indices.sorted { (rank(rows[$0]), $0) < (rank(rows[$1]), $1) }
    for index in order.prefix(20) {
      let row = rows[index]
      if row.found.isEmpty {
        let reason = row.nonexistence.map { "no equilibrium, proved: \($0)" }
        table.add(
          ["\(index)", "–", "–", "–", "–"]
            + ["–", "", "–", "", reason ?? "none found: \(row.failure ?? "")"])
      }
      for (found, certificate) in zip(row.found, row.certificates) {
        var cells = certificate.cells(row: index)
        cells.insert(contentsOf: found.stability.cells, at: cells.count - 1)
        table.add(cells)
      }
    }
    let certified = rows.count { $0.certifiedCount > 0 }
    let hidden = rows.count - min(20, rows.count)
    return """
      \(certified) of \(Quantity.count(rows.count, "sample")) with a certified equilibrium, \
      \(rows.count { $0.certifiedCount > 1 }) with more than one, \
      \(rows.count { $0.nonexistence != nil }) certainly without

      \(table.text)\(hidden > 0 ? "… and \(hidden) more rows\n" : "")
      """
  }
}
