import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `cyclograd attack`
struct AttackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Look for inputs within a box that change a sample's class.",
    discussion: """
      The answer is CSV: sample, status (changed, kept or failed), class, margin, kind, then the input that came \
      nearest to another class, or went beyond. The margin is the largest difference between another output and \
      that of the class; every one is found by solving the network. With --target, the share of those that had the \
      right class before is said. The exit code is 2 if a row failed.

      Kinds are gradient (one step), projected (several steps from several points), sensitivity (the inputs with \
      the largest global sensitivities go to the other side of the box), dual (the corners that the dual bound \
      points to), lp (the inputs of a linear program, in builds with the trait Clp) and random (to compare with).

      Examples:
        cyclograd attack net.yaml --input x.npy --radius 0.02 --range 0:1
        cyclograd attack net.yaml --input x.npy --radius 1 --range 0:1 \\
            --changes 8 --kind sensitivity
      """)

  @OptionGroup var solving: SolvingArguments
  @OptionGroup var region: BoxArguments
  @OptionGroup var classes: ClassArguments
  @Option(
    help: ArgumentHelp(
      "How to look; may be given several times (default: gradient and projected).",
      valueName: Attack.Kind.allCases.map(\.rawValue).joined(separator: "|")))
  var kind: [String] = []
  @Option(help: "Steps of projected attacks.") var steps: Int = 12
  @Option(help: "From how many points projected attacks begin, and how many random ones there are.")
  var restarts: Int = 3
  @Option(help: "The seed of random points.") var attackSeed: UInt64 = 0
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Where the inputs that were found go: .csv, .tsv, .json, .jsonl, or .npy with inputs only.",
      valueName: "file"))
  var output: String?
  @Flag(name: .shortAndLong, help: "Print JSON and nothing else.") var json = false

  func run() throws {
    let format = try OutputFormat(
      of: output, among: OutputFormat.tables, standard: .csv, for: "an attack")
    let problem = try solving.problem(
      for: "an attack", written: [("--output", output)],
      read: [("--target", classes.target), ("--radius", region.radiusFile)],
      inInputUnits: "--radius, --range and the attack are")
    let network = problem.network
    let box = try region.box(around: problem.inputs, network)
    Progress.show("attacking \(box.samples.rows) samples")
    let attack = try Attack(
      on: problem.parameters, within: box,
      targets: try classes.classes(samples: box.samples.rows), by: problem.simulator(),
      kinds: try kinds(), steps: steps, restarts: restarts, seed: attackSeed)
    let rows = attack.rows
    for (kind, reason) in attack.inapplicable {
      Console.note("no attack by \(kind.rawValue): \(reason)")
    }
    let changed = rows.count { $0.reason == nil && $0.isSuccessful }
    // Of what was wrong before, an attack says nothing.
    let correct = rows.filter { $0.reason == nil && $0.isCorrectBefore }
    let broken = correct.count(where: \.isSuccessful)
    if output != nil || !json {
      Progress.clear()
      try write(network, rows, to: output ?? "-", as: format)
    }
    if json {
      try Console.answer(
        .object([
          ("graph", GraphJSON.object(network)), ("samples", .integer(rows.count)),
          ("changed", .integer(changed)),
          (
            "inapplicable",
            .object(attack.inapplicable.map { ($0.kind.rawValue, .string($0.reason)) })
          ),
          (
            "results",
            .list(
              rows.enumerated().map { index, row in
                .object([
                  ("row", .integer(index)), ("status", .string(Self.status(row))),
                  ("class", .integer(row.target)), ("attack", row.json),
                ])
              })
          ),
        ]))
    } else {
      Console.note(
        "\(broken) of \(Quantity.count(correct.count, "sample")) "
          + (classes.target == nil ? "" : "of the right class ") + "change their class")
    }
    if rows.contains(where: { $0.reason != nil }) { throw ExitCode(2) }
  }

  private func kinds() throws -> Set<Attack.Kind> {
    guard !kind.isEmpty else { return [.gradient, .projected] }
    return Set(try kind.map { try Attack.Kind.named($0, "attack", all: "kinds") })
  }

  private static func status(_ row: Attack.Row) -> String {
    row.reason != nil ? "failed" : (row.isSuccessful ? "changed" : "kept")
  }

  private func write(
    _ network: Network, _ rows: [Attack.Row], to path: String, as format: OutputFormat
  ) throws {
    if format == .npy { return try NumpyFile.write(Matrix(rows.map(\.input)), to: path) }
    try TableFile.write(
      header: ["sample", "status", "class", "margin", "kind"] + network.inputNames,
      rows: rows.enumerated().lazy.map { index, row -> [TableRows.Cell] in
        [
          .integer(index), .text(Self.status(row)), .integer(row.target), .number(row.margin),
          row.kind.map { .text($0.rawValue) } ?? .missing,
        ] + row.input.map { .number($0) }
      }, to: path, as: format)
  }
}
