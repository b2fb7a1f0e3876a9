import Foundation
import TestSupport
import Testing

@Suite("Help reads like a page", .tags(.slow), .unlessFast)
struct HelpTests {
  /// Every command that does something, as the help texts list them.
  private func commands() throws -> [[String]] {
    let scratch = try Scratch()
    func names(_ command: [String]) throws -> [[String]] {
      let text = try scratch.run(["help"] + command).output
      // Lists of subcommands have headings of their own; their entries are indented by two.
      var isList = false
      var found: [[String]] = []
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        if line.hasSuffix("SUBCOMMANDS:") {
          isList = true
        } else if line.isEmpty {
          isList = false
        } else if isList, let match = line.prefixMatch(of: /\ {2}([a-z-]+)/) {
          found.append(command + [String(match.1)])
        }
      }
      return try found.isEmpty ? [command] : found.flatMap(names)
    }
    return try names([])
  }

  @Test("Every command is listed, has examples and fits a terminal of 80 columns")
  func pages() throws {
    let scratch = try Scratch()
    let commands = try commands()
    #expect(Set(commands.compactMap(\.first)).count >= 16, "\(commands)")
    for command in commands {
      let run = try scratch.run(["help"] + command)
      #expect(run.status == 0 && run.errors.isEmpty)
      #expect(run.output.contains("Example"), "\(command)")
      #expect(!run.output.contains("\u{1B}"), "\(command)")
      let usage = run.output.split(separator: "\n").filter { !$0.hasPrefix("USAGE:") }
      #expect(usage.allSatisfy { $0.count <= 80 }, "\(command)")
      // Nothing takes long in `schema`, and `watch` ends only when it is told to.
      #expect(
        run.output.contains("--quiet") || [["schema"], ["watch"]].contains(command), "\(command)")
    }
  }

  @Test("What is indented stays so: no example is broken where a shell would not go on")
  func examples() throws {
    let scratch = try Scratch()
    for command in try commands() + [[], ["report"]] {
      let lines = try scratch.run(["help"] + command).output
        .split(separator: "\n", omittingEmptySubsequences: false).prefix { !$0.hasPrefix("USAGE:") }
      for (line, next) in zip(lines, lines.dropFirst()) where line.hasPrefix("  ") {
        #expect(next.isEmpty || next.hasPrefix("  "), "\(command): \(next)")
        if next.hasPrefix("      --") { #expect(line.hasSuffix("\\"), "\(command): \(line)") }
      }
    }
  }

  @Test(
    "A subcommand that there is not is called so, and the nearest is named",
    arguments: [
      (["inspct", "net.yaml"], "no subcommand 'inspct'; did you mean 'inspect'?"),
      (
        ["report", "net.yaml"],
        "report has no subcommand 'net.yaml'; known are inspect, compare, training"
      ),
    ])
  func unknownSubcommand(arguments: [String], message: String) throws {
    let run = try Scratch().run(arguments)
    #expect(run.status == 64 && run.errors.contains(message), "\(run.errors)")
  }

  @Test("A command that is not on a terminal writes no control characters", arguments: ["", "1"])
  func plainOutput(noColor: String) throws {
    let run = try Scratch().shell(
      """
      \(noColor.isEmpty ? "unset NO_COLOR" : "export NO_COLOR=1")
      exec 2>&1
      cyclograd inspect graphs/islands.yaml
      cyclograd compare graphs/feedback.yaml
      cyclograd check graphs/xor.yaml
      cyclograd solve missing.yaml || true
      """)
    #expect(run.status == 0 && !run.output.isEmpty)
    #expect(!run.output.contains("\u{1B}") && !run.output.contains("\r"))
  }
}
