import Cyclograd

/// YAML, block style at the top and one line for each group, connection and edge.
enum YAMLText {
  static func text(_ entries: [(String, FlowValue)]) -> String {
    var text = ""
    for (key, value) in entries {
      if let items = FlowLayout.rows(key, value) {
        text += "\(key):\n"
        for item in items { text += "  - \(flow(item))\n" }
      } else {
        text += "\(key): \(flow(value))\n"
      }
    }
    return text
  }

  static func flow(_ value: FlowValue) -> String {
    switch value {
    case .text(let string): isPlain(string) ? string : QuotedText.text(string)
    case .literal(let string): string
    case .list(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { "\($0): \(flow($1))" }.joined(separator: ", ") + "}"
    }
  }

  /// Words that some YAML readers take for something other than text.
  private static let reserved: Set<String> = [
    "true", "false", "null", "yes", "no", "on", "off", "inf", "nan", "infinity",
  ]

  /// Whether a text means the same without quotes, to this reader and to others.
  private static func isPlain(_ string: String) -> Bool {
    guard let first = string.utf8.first, isLetter(first) || first == 0x5F,
      string.utf8.last != 0x20, !reserved.contains(string.lowercased())
    else { return false }
    var previous: UInt8 = 0
    for byte in string.utf8 {
      let isWordlike =
        isLetter(byte) || 0x30...0x39 ~= byte || [0x5F, 0x2D, 0x2E, 0x2F].contains(byte)
      guard isWordlike || byte == 0x20 && previous != 0x20 else { return false }
      previous = byte
    }
    return true
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    0x41...0x5A ~= byte || 0x61...0x7A ~= byte
  }
}
