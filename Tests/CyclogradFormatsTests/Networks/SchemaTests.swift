import Cyclograd
import CyclogradFormats
import Foundation
import Testing

/// The schema against the networks of graphs/, and against the reader.
@Suite struct SchemaTests {
  private let validator: SchemaValidator

  init() throws { validator = try SchemaValidator(GraphSchema.text) }

  private func tree(_ json: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(json.utf8))
  }

  @Test func everyNetwork() throws {
    let folder = packageFolder + "graphs/"
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".yaml") }
    #expect(files.count > 10)
    for file in files {
      // The validator reads JSON; a test of the writer shows that it says the same.
      let json = try GraphFile.json(for: GraphFile.read(folder + file).graph)
      #expect(try validator.accepts(tree(json)), "\(file)")
    }
  }

  @Test(.tags(.slow), .unlessFast) func whatTheWriterWrites() throws {
    for seed in UInt64(0)..<400 {
      var random = RandomGraph(seed: seed)
      let json = try GraphFile.json(for: random.graph())
      #expect(try validator.accepts(tree(json)), "\(json)")
    }
  }

  @Test(arguments: [
    #"{}"#, #"{"format": "cyclograd/2"}"#, #"{"format": "cyclograd/1", "groop": []}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a"}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "shape": [1]}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a.3", "size": 1}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "combine": "max"}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "activation": "than"}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "bias": {"scaled": "fan-in"}}]}"#,
    #"{"format": "cyclograd/1", "edges": [["a.0"]]}"#,
    #"{"format": "cyclograd/1", "edges": [["a.0", "a.1", {"weight": {"file": "f"}}]]}"#,
    #"{"format": "cyclograd/1", "edges": [["a.0", "a.1", 1, {"weight": 2}]]}"#,
    #"{"format": "cyclograd/1", "connections": [{"from": "a", "to": "b", "share": "s", "weight": {"share": "s"}}]}"#,
    #"{"format": "cyclograd/1", "inputs": ["a.1.2"]}"#,
    #"{"format": "cyclograd/1", "inputs": ["a.00"]}"#,
    #"{"format": "cyclograd/1", "inputs": ["a.0..07"]}"#,
    #"{"format": "cyclograd/1", "edges": [["a.00", "a.1"]]}"#,
    #"{"format": "cyclograd/1", "edges": [["a.0", "a.01"]]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "names": {"file": "n", "foo": 1}}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "draws": [1, 9999999999]}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "draws": [1, 2, "a", 4]}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "activation": {"derivative": "softmax"}}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1, "activation": {"derivative": {"derivative": "tanh"}}}]}"#,
    #"{"format": "cyclograd/1", "groups": [{"name": "a", "size": 1}], "modules": {"M": {"groups": []}}, "instances": [{"name": "a b", "module": "M"}]}"#,
  ])
  func bothRefuse(_ json: String) throws {
    #expect(try !validator.accepts(tree(json)))
    #expect(throws: CyclogradError.self) { try GraphFile.parse(json) }
  }

  /// What the reader accepts the schema accepts; what only the reader refuses must be something
  /// that a schema cannot say.
  @Test(.tags(.slow), .unlessFast) func mutations() throws {
    // What the reader adds: order of bounds, whether two groups are the same, sizes of products.
    let beyondSchemas = [
      "exceeds", "is for a connection of a group with itself", "ends before it begins", "neurons",
      "names no neuron", "must not begin with a zero",
    ]
    var random = TestRandom(5)
    var accepted = 0
    var refused = 0
    for seed in UInt64(0)..<150 {
      var graphs = RandomGraph(seed: seed)
      let original = try tree(GraphFile.json(for: graphs.graph()))
      for _ in 0..<10 {
        var mutant = original
        for _ in 0...Int.random(in: 0...1, using: &random) {
          mutant = Mutation.change(mutant, &random)
        }
        let data = try JSONSerialization.data(withJSONObject: mutant, options: .fragmentsAllowed)
        let text = String(decoding: data, as: UTF8.self)
        let isValid = try validator.accepts(mutant)
        do {
          _ = try GraphFile.parse(text)
          accepted += 1
          #expect(isValid, "the reader accepts, the schema refuses: \(text)")
        } catch let error as CyclogradError {
          refused += 1
          let isExplained = beyondSchemas.contains { error.message.contains($0) }
          #expect(
            !isValid || isExplained, "the schema accepts; the reader: \(error.message): \(text)")
        }
      }
    }
    #expect(accepted > 50 && refused > 300)
  }
}

/// Small changes of a JSON document.
enum Mutation {
  private static let words: [any Sendable] = [
    "x", "h.0", "h.00", "h.0..2", "h.0..02", "all", "default", "relu", "", 0, 1, -1, 2.5, true,
    [any Sendable](),
    [1, 2],
    [String: any Sendable](), ["file": "f"], ["uniform": [0, 1]], ["single": 1], "one-to-one",
    "product",
    ["x.0", "h.1"], ["random": 0.5], ["elu": 1], [[0, 1, 0.5]], "input", ["input"],
  ]
  private static let keys = [
    "name", "size", "shape", "role", "activation", "bias", "units", "combine", "from", "to",
    "unit", "pattern", "self", "weight", "trainable", "share", "scaled", "file", "value", "kernel",
    "entries", "format", "seed", "inputs", "uniform", "normal", "nonsense",
  ]

  static func change(_ value: Any, _ random: inout TestRandom) -> Any {
    if let object = value as? [String: Any], !object.isEmpty {
      // The order of a dictionary differs from run to run.
      let key = object.keys.sorted().randomElement(using: &random)!
      var copy = object
      switch Int.random(in: 0..<10, using: &random) {
      case 0: copy[key] = nil
      case 1: copy[keys.randomElement(using: &random)!] = words.randomElement(using: &random)!
      default: copy[key] = change(object[key]!, &random)
      }
      return copy
    }
    if let list = value as? [Any], !list.isEmpty {
      let place = list.indices.randomElement(using: &random)!
      var copy = list
      switch Int.random(in: 0..<10, using: &random) {
      case 0: copy.remove(at: place)
      case 1: copy.insert(words.randomElement(using: &random)!, at: place)
      default: copy[place] = change(list[place], &random)
      }
      return copy
    }
    return words.randomElement(using: &random)!
  }
}
