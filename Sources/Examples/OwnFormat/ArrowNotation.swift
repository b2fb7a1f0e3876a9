import Cyclograd

/// Networks as lines `a -> b 0.5`: neuron a feeds neuron b with this weight. `?` in place of a
/// neuron's name marks the other end as input (`? -> a`) or output (`b -> ?`).
struct ArrowNotation {
  /// Reads a graph.
  ///
  /// - Throws: ``CyclogradError`` with the line that is wrong.
  static func graph(_ text: String, file: String? = nil) throws(CyclogradError) -> Graph {
    var numbers: [String: Int] = [:]
    var edges: [(source: Int, target: Int, weight: Double)] = []
    var inputs: [Int] = []
    var outputs: [Int] = []
    func number(_ name: String) -> Int {
      if let known = numbers[name] { return known }
      numbers[name] = numbers.count
      return numbers.count - 1
    }
    for (line, content) in text.split(separator: "\n", omittingEmptySubsequences: false)
      .enumerated()
    {
      let words = content.split(separator: " ").map(String.init)
      if words.isEmpty { continue }
      func wrong(_ what: String) -> CyclogradError {
        CyclogradError(
          .malformedFile, what, at: .init(file: file, line: line + 1),
          advice: "write 'a -> b 0.5', '? -> a' or 'b -> ?'")
      }
      guard words.count >= 3, words[1] == "->" else { throw wrong("this is no arrow") }
      switch (words[0], words[2], words.count) {
      case ("?", let name, 3) where name != "?": inputs.append(number(name))
      case (let name, "?", 3): outputs.append(number(name))
      case (let source, let target, 4):
        guard let weight = Double(words[3]), weight.isFinite else {
          throw wrong("'\(words[3])' is no weight")
        }
        edges.append((number(source), number(target), weight))
      default: throw wrong("there are \(words.count) words")
      }
    }
    guard !numbers.isEmpty else {
      throw CyclogradError(.malformedFile, "there are no neurons", at: .init(file: file))
    }
    let entries = SparseEntries(
      rows: edges.map { Int32($0.target) }, columns: edges.map { Int32($0.source) },
      values: edges.map(\.weight))
    return Graph(
      name: "arrows",
      groups: [Group("n", size: numbers.count, activation: .tanh)],
      connections: [Connection("n", to: "n", .entries(entries))],
      inputs: inputs.map { NeuronRange("n", $0...$0) },
      outputs: outputs.map { NeuronRange("n", $0...$0) })
  }
}
