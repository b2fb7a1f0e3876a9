import Foundation
import TestSupport
import Testing

private let documents: [String] = {
  func pages(_ folder: String) -> [String] {
    let path = packageRoot.appendingPathComponent(folder).path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
  }
  return ["README.md", "CONTRIBUTING.md"] + pages("Docs")
    + pages("Sources/Cyclograd/Cyclograd.docc")
}()

@Suite("The documents tell the truth")
struct DocumentTests {
  /// A page is run from top to bottom in a folder of its own. A comment before a block says what is
  /// special about it: `file: NAME` is written there, `output` is what the shell block before it
  /// prints, `needs: MODULES` is skipped where Python lacks one of them, `not run` says why.
  @Test(
    "Every shell block runs and prints what the page shows", .tags(.slow), .unlessFast,
    arguments: documents)
  func commands(path: String) throws {
    let scratch = try Scratch()
    var printed: String?
    for block in try DocumentBlock.all(path) {
      if let name = block.mark("file") {
        try scratch.write(name, block.text)
      } else if block.isMarked("output") {
        guard let printed else { continue }
        let difference = PrintedOutput.difference(printed, block.text)
        #expect(difference == nil, "\(path): \(difference ?? "")\n\(printed)")
      } else if block.language == "sh" {
        printed = nil
        if block.isMarked("not run") { continue }
        if let modules = block.mark("needs"),
          try scratch.shell("python3 -c 'import \(modules)'").status != 0
        {
          print("skipped a block of \(path): python3 with \(modules) is not installed")
          continue
        }
        let run = try scratch.shell("exec 2>&1\n" + block.text)
        #expect(run.status == 0, "\(path):\n\(block.text)\n\(run.output)")
        printed = run.output
      }
    }
  }

  @Test("Every Swift block stands in a program that is compiled", arguments: documents)
  func programs(path: String) throws {
    let programs = try Self.programs()
    for block in try DocumentBlock.all(path) where block.language == "swift" {
      let lines = PrintedOutput.withoutMargin(block.text)
      #expect(
        programs.contains { PrintedOutput.contains($0, lines) },
        "\(path): no program under Sources/Examples has\n\(block.text)")
    }
  }

  private static func programs() throws -> [[String]] {
    var files: [String] = []
    for folder in ["Sources/Examples", "Tests/ClientPackage/Sources"] {
      let root = packageRoot.appendingPathComponent(folder)
      let names = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String }
      files += (names ?? []).filter { $0.hasSuffix(".swift") }
        .map { root.appendingPathComponent($0).path }
    }
    return try files.map {
      try String(contentsOfFile: $0, encoding: .utf8).split(
        separator: "\n", omittingEmptySubsequences: false
      ).map(String.init)
    }
  }

  @Test("The README's Swift example is what the client package compiles and runs")
  func client() throws {
    let example = try #require(try DocumentBlock.all("README.md").first { $0.language == "swift" })
    let source = try String(
      contentsOf: packageRoot.appendingPathComponent(
        "Tests/ClientPackage/Sources/client/main.swift"),
      encoding: .utf8)
    #expect(example.text == source)
  }

  @Test("The README's graph file is the one in graphs/")
  func graphFile() throws {
    let example = try #require(try DocumentBlock.all("README.md").first { $0.language == "yaml" })
    let file = try String(
      contentsOf: packageRoot.appendingPathComponent("graphs/feedback.yaml"), encoding: .utf8)
    #expect(file.hasSuffix(example.text))
  }

  @Test("Links lead to files that exist", arguments: documents)
  func links(path: String) throws {
    let url = packageRoot.appendingPathComponent(path)
    let text = try String(contentsOf: url, encoding: .utf8)
    for match in text.matches(of: /\]\(([^)#:]+)(#[^)]*)?\)/) {
      let target = url.deletingLastPathComponent().appendingPathComponent(String(match.1))
      #expect(FileManager.default.fileExists(atPath: target.path), "\(path): \(match.1)")
    }
  }

  @Test("Every file and folder of the package that is named exists", arguments: documents)
  func paths(path: String) throws {
    let text = try String(contentsOf: packageRoot.appendingPathComponent(path), encoding: .utf8)
    for match in text.matches(of: /`((?:Sources|Tests|Docs)\/[A-Za-z0-9\/+._-]+)`/) {
      let named = packageRoot.appendingPathComponent(String(match.1))
      #expect(FileManager.default.fileExists(atPath: named.path), "\(path): \(match.1)")
    }
  }

  @Test("Outputs are compared as the pages promise")
  func comparison() {
    let shown = "backend  residual  time\ndirect    5.6e-17   171 µs\nloss 0.3105\n"
    let other = "backend residual time\ndirect 1.2e-16 1.3 ms\nloss 0.31050001\n"
    #expect(PrintedOutput.difference(other, shown) == nil)
    for wrong in [
      other.replacingOccurrences(of: "0.31050001", with: "0.3106"),
      other.replacingOccurrences(of: "direct", with: "klu"),
      other.replacingOccurrences(of: "1.2e-16", with: "1e-3"), other + "more\n",
      other.replacingOccurrences(of: "1.3 ms", with: "1.3 mm"),
    ] { #expect(PrintedOutput.difference(wrong, shown) != nil, "\(wrong)") }
    #expect(PrintedOutput.difference("a\nb\nc\nd\n", "a\n…\nd\n") == nil)
    #expect(PrintedOutput.difference("a\nb\nc\n", "a\n…\nd\n") != nil)
    #expect(PrintedOutput.contains(["  a {", "    b", "  }"], ["a {", "  b"]))
    #expect(!PrintedOutput.contains(["  a {", "    b", "  }"], ["a {", "b"]))
  }
}
