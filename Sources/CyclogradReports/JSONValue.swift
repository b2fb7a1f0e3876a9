import Cyclograd

/// A value to be written as JSON, keys in the order given; numbers that are not finite are null.
public indirect enum JSONValue: Sendable {
  /// A string.
  case string(String)
  /// A number.
  case number(Double)
  /// A whole number.
  case integer(Int)
  /// true or false.
  case boolean(Bool)
  /// null.
  case null
  /// A list.
  case list([JSONValue])
  /// An object.
  case object([(key: String, value: JSONValue)])

  /// A number, or null.
  public static func optional(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
  /// A string, or null.
  public static func optional(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
  /// A list of numbers.
  public static func numbers(_ values: some Sequence<Double>) -> JSONValue {
    .list(values.map { .number($0) })
  }

  /// The text, objects indented, lists of plain values on one line.
  public var text: String {
    var result = ""
    write(to: &result, indent: "")
    return result + "\n"
  }

  /// The text on one line, without an end of line.
  public var line: String {
    switch self {
    case .list(let items): return "[" + items.map(\.line).joined(separator: ", ") + "]"
    case .object(let entries):
      let members = entries.map { JSONValue.string($0.key).line + ": " + $0.value.line }
      return "{" + members.joined(separator: ", ") + "}"
    default:
      var result = ""
      write(to: &result, indent: "")
      return result
    }
  }

  private var isScalar: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }

  private func write(to text: inout String, indent: String) {
    switch self {
    case .string(let value): text += QuotedText.text(value)
    case .number(let value): text += value.isFinite ? value.description : "null"
    case .integer(let value): text += String(value)
    case .boolean(let value): text += value ? "true" : "false"
    case .null: text += "null"
    case .list(let items):
      let isFlat = items.allSatisfy(\.isScalar)
      Self.write(items.count, "[", "]", isFlat ? nil : indent, to: &text) { index, text in
        items[index].write(to: &text, indent: indent + "  ")
      }
    case .object(let entries):
      Self.write(entries.count, "{", "}", indent, to: &text) { index, text in
        text += QuotedText.text(entries[index].key) + ": "
        entries[index].value.write(to: &text, indent: indent + "  ")
      }
    }
  }

  private static func write(
    _ count: Int, _ open: String, _ close: String, _ indent: String?, to text: inout String,
    _ item: (Int, inout String) -> Void
  ) {
    text += open
    for index in 0..<count {
      if index > 0 { text += indent == nil ? ", " : "," }
      if let indent { text += "\n" + indent + "  " }
      item(index, &text)
    }
    if let indent, count > 0 { text += "\n" + indent }
    text += close
  }
}
