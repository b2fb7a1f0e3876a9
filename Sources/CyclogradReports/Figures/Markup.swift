import Foundation

/// Text for XML and HTML.
enum Markup {
  /// Markup escaped, characters that XML 1.0 forbids replaced, and those that turn the direction of what follows
  /// written out: they would show other names and numbers than there are.
  static func escaped(_ text: String) -> String {
    entities(visible(text))
  }

  /// Markup escaped, everything else as it is.
  static func entities(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// Characters that XML 1.0 forbids replaced, and those that turn the direction of what follows written out. What is
  /// to be JSON needs this before: the backslashes that are written here would be escapes of JSON.
  static func visible(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\t", "\n", "\r": out.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        out += "\u{FFFD}"
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}", "\u{061C}":
        out += "\\u{" + String(scalar.value, radix: 16, uppercase: true) + "}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// A place in a drawing, to a hundredth.
  static func place(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    guard text.hasSuffix("0") else { return text }
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : String(text.dropLast())
  }

  /// A number for a narrow place, without the zeros that C writes into exponents: `1e-7`, `0.25`, `1200`.
  static func short(_ value: Double, digits: Int) -> String {
    let size = abs(value)
    if size > 0, size < 1e-2 || size >= 1e5 {
      let parts = String(format: "%.\(digits - 1)e", value).split(separator: "e")
      guard parts.count == 2, let exponent = Int(parts[1]) else { return number(value) }
      var mantissa = parts[0]
      if mantissa.contains(".") {
        while mantissa.hasSuffix("0") { mantissa.removeLast() }
        if mantissa.hasSuffix(".") { mantissa.removeLast() }
      }
      return "\(mantissa)e\(exponent)"
    }
    let whole = size >= 1 ? Int(log10(size)) + 1 : 1
    return String(format: "%.\(max(digits, whole))g", value)
  }

  /// A number for people: six digits, or the special values by name.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "nan" }
    return value.isFinite ? String(format: "%.6g", value) : (value > 0 ? "∞" : "−∞")
  }
}
