import Cyclograd
import Yams

extension Element {
  /// Whether the element is what YAML makes of `{t}` without quotation marks.
  var isIndex: Bool {
    guard case .mapping(let pairs) = node, pairs.count == 1, let pair = pairs.first,
      case .scalar(let value) = pair.value
    else { return false }
    return value.style == .plain && value.string.isEmpty
  }

  /// A text with `{t}`, `{t-1}` and the like replaced by the numbers that they stand for.
  func withIndices(_ text: String) throws -> String {
    guard text.contains("{") else { return text }
    var result = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{") {
      result += rest[..<open]
      guard let close = rest[open...].firstIndex(of: "}") else {
        throw failure("'\(text.shortened)' has a brace that is not closed")
      }
      result += String(try index(rest[rest.index(after: open)..<close], in: text))
      rest = rest[rest.index(after: close)...]
    }
    return result + rest
  }

  /// The value of `t`, `t-1` or `t+1`.
  private func index(_ expression: Substring, in text: String) throws -> Int {
    let name = expression.prefix { $0 != "+" && $0 != "-" && $0 != " " }
    guard let value = indices[String(name)] else {
      throw failure(
        "the index '\(String(name).shortened)' in '\(text.shortened)' is not defined",
        advice: "the indices here are " + indices.keys.sorted().joined(separator: ", "))
    }
    let change = expression.dropFirst(name.count).filter { $0 != " " }
    if change.isEmpty { return value }
    let digits = change.dropFirst()
    guard let sign = change.first, sign == "+" || sign == "-", !digits.isEmpty,
      digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let offset = Int32(digits)
    else {
      throw failure(
        "'{\(String(expression).shortened)}' is no index",
        advice: "write {\(name)}, {\(name)-1} or {\(name)+1}")
    }
    return value + (sign == "+" ? Int(offset) : -Int(offset))
  }
}
