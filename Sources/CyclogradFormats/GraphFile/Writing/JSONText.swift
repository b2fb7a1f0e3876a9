import Cyclograd

/// JSON, indented at the top and one line for each group, connection and edge.
enum JSONText {
  static func text(_ entries: [(String, FlowValue)]) -> String {
    let lines = entries.map { key, value in
      "  \(QuotedText.text(key)): " + (FlowLayout.rows(key, value).map(block) ?? flow(value))
    }
    return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
  }

  private static func block(_ items: [FlowValue]) -> String {
    "[\n" + items.map { "    " + flow($0) }.joined(separator: ",\n") + "\n  ]"
  }

  /// A value on one line.
  static func flow(_ value: FlowValue) -> String {
    switch value {
    case .text(let string): QuotedText.text(string)
    case .literal(let string): string
    case .list(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\(QuotedText.text($0)): \(flow($1))" }.joined(separator: ", ") + "}"
    }
  }
}
