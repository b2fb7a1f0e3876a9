import Cyclograd
import CyclogradFormats
import Foundation
import Testing

/// The examples of the documentation are real graphs.
@Suite struct DocumentationTests {
  private func blocks(_ language: String) throws -> [String] {
    let path = packageFolder + "Docs/GraphFiles.md"
    return try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "```\(language)\n", omittingEmptySubsequences: false).dropFirst()
      .map { String($0.prefix(upTo: $0.firstRange(of: "```")?.lowerBound ?? $0.endIndex)) }
  }

  @Test func examplesAreGraphs() throws {
    let examples = try blocks("yaml") + blocks("json")
    #expect(examples.count == 11)
    for example in examples {
      let document = try GraphFile.parse(example)
      let usesFiles = example.contains("file:")
      if !usesFiles { _ = try document.graph.compile(locate: document.location(of:)) }
      #expect(try GraphFile.parse(GraphFile.text(for: document.graph)).graph == document.graph)
    }
  }

  @Test func examplesWithFiles() throws {
    let examples = try blocks("yaml").filter { $0.contains("file:") }
    try #require(!examples.isEmpty)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try NumpyFile.write(Matrix([[1, 2, 3]]), to: folder + "/biases.npy")
    try "1,2,3\n4,5,6\n7,8,9\n".write(
      toFile: folder + "/w.csv", atomically: true, encoding: .utf8)
    try "%%MatrixMarket matrix coordinate pattern general\n10 784 2\n1 1\n10 784\n".write(
      toFile: folder + "/pool-to-y.mtx", atomically: true, encoding: .utf8)
    for example in examples {
      let document = try GraphFile.parse(example, folder: folder + "/").resolved()
      _ = try document.graph.compile(locate: document.location(of:))
    }
  }

  /// The keys and the words of a schema, wherever they stand in it.
  private func words(in schema: Any) -> Set<String> {
    if let list = schema as? [Any] { return list.reduce(into: []) { $0.formUnion(words(in: $1)) } }
    guard let object = schema as? [String: Any] else { return [] }
    var found = Set((object["properties"] as? [String: Any] ?? [:]).keys)
    found.formUnion((object["enum"] as? [Any] ?? []).compactMap { $0 as? String })
    if let word = object["const"] as? String { found.insert(word) }
    return object.values.reduce(into: found) { $0.formUnion(words(in: $1)) }
  }

  /// What stands between backticks outside of examples, word by word.
  private func documentedWords() throws -> Set<String> {
    let text = try String(contentsOfFile: packageFolder + "Docs/GraphFiles.md", encoding: .utf8)
    var found: Set<String> = []
    var isExample = false
    for line in text.split(separator: "\n") {
      if line.hasPrefix("```") { isExample.toggle() }
      guard !isExample else { continue }
      let parts = line.split(separator: "`", omittingEmptySubsequences: false)
      for (index, part) in parts.enumerated() where index % 2 == 1 {
        let words = part.split { !($0.isLetter || $0.isNumber || "-_/".contains($0)) }
        found.formUnion(words.map(String.init))
      }
    }
    return found
  }

  @Test("Every word that the schema knows is explained")
  func everyWordIsThere() throws {
    let schema = try JSONSerialization.jsonObject(with: Data(GraphSchema.text.utf8))
    let words = words(in: schema)
    #expect(words.isSuperset(of: ["groups", "tied", "one-to-one", "cyclograd/1"]))
    let missing = try words.subtracting(documentedWords())
    #expect(missing.isEmpty, "\(missing.sorted())")
  }
}
