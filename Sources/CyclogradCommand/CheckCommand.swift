import ArgumentParser
import Cyclograd
import CyclogradReports

/// `cyclograd check`
struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Prove, where it can be proved, that every input has exactly one equilibrium.",
    discussion: """
      What is not proved is called unproved: it may hold or not.

      Examples:
        cyclograd check graphs/xor.yaml
        cyclograd check graphs/feedback.yaml --json
      """)

  @OptionGroup var graph: GraphArguments
  @Flag(help: "Print JSON and nothing else.") var json = false

  func run() throws {
    _ = try StoppingArguments.parse([]).options(threads: graph.threads)
    let (network, parameters) = try graph.compile(needing: [], for: "a check")
    let certificate = try GlobalCertificate(network, parameters)
    try Console.answer(
      json ? Self.json(certificate).text : Self.text(network, certificate))
  }

  private static func verdict(_ certificate: GlobalCertificate) -> String {
    certificate.isWellPosed ? "proved" : "unproved"
  }

  private static func json(_ certificate: GlobalCertificate) -> JSONValue {
    .object([
      (
        "components",
        .list(
          certificate.components.map { component in
            .object([
              ("size", .integer(component.size)),
              ("pf_lower", .optional(component.perronFrobenius?.lowerBound)),
              ("pf_upper", .optional(component.perronFrobenius?.upperBound)),
              ("proved", .boolean(component.theorem != nil)),
              ("by", .optional(component.theorem?.rawValue)),
              ("reason", .optional(component.reason)),
            ])
          })
      ),
      ("well_posed", .string(verdict(certificate))),
    ])
  }

  private static func text(_ network: Network, _ certificate: GlobalCertificate) -> String {
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
      exactly one equilibrium for every input: \(verdict(certificate))

      """
  }
}
