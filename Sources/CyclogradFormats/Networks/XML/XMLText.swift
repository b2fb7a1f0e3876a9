import Cyclograd

/// Text as XML holds it.
enum XMLText {
  /// - Throws: ``Cyclograd/CyclogradError`` for control characters, which XML cannot hold.
  static func escaped(_ text: String, _ path: String) throws -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += "&#\(scalar.value);"
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}":
        throw CyclogradError(
          .invalidValue, "XML cannot hold the control character in \(Excerpt.quoted(text))",
          at: .init(file: path), advice: "rename it, or write networkx instead")
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
