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

  /// Every word of the format is explained.
  @Test func everyWordIsThere() throws {
    let text = try String(contentsOfFile: packageFolder + "Docs/GraphFiles.md", encoding: .utf8)
    for word in [
      "format", "name", "seed", "groups", "connections", "edges", "inputs", "outputs", "size",
      "shape", "role", "activation", "bias", "combine", "units", "from", "to", "unit", "pattern",
      "self", "weight", "trainable", "share", "kernel", "stride", "offset", "boundary", "channels",
      "identity", "logistic", "tanh", "arctan", "relu", "leaky-relu", "elu", "silu", "gelu",
      "softplus", "softsign", "cos", "asinh", "reciprocal", "complement", "clamp", "softmax",
      "all", "one-to-one", "product", "max", "zero", "wrap", "input", "output", "default",
    ] {
      #expect(text.contains("`\(word)`"), "\(word)")
    }
  }
}
