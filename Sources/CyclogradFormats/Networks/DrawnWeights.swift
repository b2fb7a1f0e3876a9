public import Cyclograd

extension ImportOptions {
  /// What weights are drawn from, in few words: `normal:0.1`, `uniform:-1:1`, with `:fan-in` behind it where they are to be
  /// divided by √fan-in; `default` is uniform(−1, 1) / √fan-in; or as graph files write it, `{normal: 0.1}`.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for anything else, and for bounds or deviations that a graph file may not have.
  public static func drawnWeights(_ text: String, option: String) throws -> InitialValue {
    do {
      let root = try NodeSource.root(of: SourceText(Array(mapping(text).utf8), name: "weights"))
      switch try ParameterReader.rule(root, of: .weight) {
      case .default: return .defaultWeight
      case let rule where rule.tying == .none && rule.isTrainable == nil && rule.share == nil:
        switch rule.initial {
        case .constant?, .uniform?, .normal?: return rule.initial ?? .defaultWeight
        default: break
        }
      default: break
      }
    } catch let error as CyclogradError {
      throw CyclogradError(.invalidOption, "\(option): \(error.message)", advice: error.advice)
    }
    throw CyclogradError(
      .invalidOption, "\(option) is \(Excerpt.quoted(text))",
      advice:
        "give normal:DEVIATION, uniform:LOWER:UPPER, either with :fan-in, a number, or default")
  }

  /// The rule as a graph file writes it.
  private static func mapping(_ text: String) -> String {
    var words = text.split(separator: ":", omittingEmptySubsequences: false)
    let scaled = words.last == "fan-in" ? ", scaled: fan-in" : ""
    if !scaled.isEmpty { words.removeLast() }
    switch (words.first, words.count) {
    case ("normal", 2): return "{normal: \(words[1])\(scaled)}"
    case ("uniform", 3): return "{uniform: [\(words[1]), \(words[2])]\(scaled)}"
    default: return text
    }
  }
}

extension InitialValue {
  /// What values are drawn from, for people.
  var lawText: String {
    switch self {
    case .uniform(let lower, let upper, let scaling):
      "uniform(\(lower.plainText), \(upper.plainText))" + (scaling == .fanIn ? " / √fan-in" : "")
    case .normal(let deviation, let scaling):
      "normal(\(deviation.plainText))" + (scaling == .fanIn ? " / √fan-in" : "")
    case .constant(let value): "the number \(value.plainText)"
    case .list, .entries, .file: "given values"
    }
  }
}
