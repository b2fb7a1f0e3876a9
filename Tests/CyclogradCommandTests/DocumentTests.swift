import Foundation
import Testing

/// A fenced block of a Markdown file.
private struct Block {
  var language: String
  var text: String
  var isMarkedNotRun: Bool
}

private func blocks(_ path: String) throws -> [Block] {
  let text = try String(contentsOf: packageRoot.appendingPathComponent(path), encoding: .utf8)
  var result: [Block] = []
  var current: Block?
  var previous = ""
  for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
    if line.hasPrefix("```") {
      if let block = current {
        result.append(block)
        current = nil
      } else {
        current = Block(
          language: String(line.dropFirst(3)), text: "",
          isMarkedNotRun: previous.hasPrefix("<!-- not run"))
      }
    } else {
      current?.text += line + "\n"
    }
    if !line.isEmpty { previous = line }
  }
  return result
}

private let documents: [String] = {
  let folder = packageRoot.appendingPathComponent("Docs").path
  let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
  return ["README.md", "CONTRIBUTING.md"]
    + names.filter { $0.hasSuffix(".md") }.sorted().map { "Docs/\($0)" }
}()

@Suite("The documents tell the truth")
struct DocumentTests {
  @Test("Every shell block runs as it stands, or says why not", arguments: documents)
  func commands(path: String) throws {
    let scratch = try Scratch()
    for block in try blocks(path) where block.language == "sh" && !block.isMarkedNotRun {
      let run = try scratch.shell(block.text)
      #expect(run.status == 0, "\(path):\n\(block.text)\n\(run.errors)")
    }
  }

  @Test("The README's Swift example is what the client package compiles and runs")
  func client() throws {
    let example = try #require(try blocks("README.md").first { $0.language == "swift" })
    let source = try String(
      contentsOf: packageRoot.appendingPathComponent(
        "Tests/ClientPackage/Sources/client/main.swift"),
      encoding: .utf8)
    #expect(example.text == source)
  }

  @Test("The README's graph file is the one in graphs/")
  func graphFile() throws {
    let example = try #require(try blocks("README.md").first { $0.language == "yaml" })
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

  @Test("Every folder that the architecture names exists")
  func folders() throws {
    let text = try String(
      contentsOf: packageRoot.appendingPathComponent("Docs/Architecture.md"), encoding: .utf8)
    for match in text.matches(of: /`(Sources\/[A-Za-z\/]+)`/) {
      let folder = packageRoot.appendingPathComponent(String(match.1))
      #expect(FileManager.default.fileExists(atPath: folder.path), "\(match.1)")
    }
  }
}
