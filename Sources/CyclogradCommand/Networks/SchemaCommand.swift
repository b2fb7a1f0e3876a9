import ArgumentParser
import CyclogradFormats

/// `cyclograd schema`
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print the JSON Schema of graph files, for editors.",
    discussion: """
      Editors that know JSON Schema complete and check graph files with it, in YAML and in JSON.

      Examples:
        cyclograd schema > graph.schema.json
        sed -i '1i # yaml-language-server: $schema=graph.schema.json' net.yaml
      """)

  func run() throws { try Console.answer(GraphSchema.text) }
}
