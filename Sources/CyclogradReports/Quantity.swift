import Foundation

/// Numbers as people read them.
public enum Quantity {
  /// A duration with a unit that suits it, to three digits: `1.23 ms`.
  public static func seconds(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    switch value {
    case ..<1e-3: return digits(value * 1e6) + " µs"
    case ..<1: return digits(value * 1e3) + " ms"
    default: return digits(value) + " s"
    }
  }

  /// An error or a residual: `4.4e-11`, or `0`.
  public static func small(_ value: Double?) -> String {
    guard let value, value.isFinite else { return "–" }
    return value == 0 ? "0" : String(format: "%.1e", value)
  }

  /// A count with a thin group separator: `1 000 000`.
  public static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var groups: [Substring] = []
    var rest = digits[...]
    while rest.count > 3 {
      groups.insert(rest.suffix(3), at: 0)
      rest = rest.dropLast(3)
    }
    groups.insert(rest, at: 0)
    return (value < 0 ? "-" : "")
      + (digits.count < 5 ? digits : groups.joined(separator: "\u{202F}"))
  }

  /// A count with its noun in the right number.
  public static func count(_ value: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? noun : plural ?? noun + "s")"
  }

  /// An amount of memory: `3.2 MB`.
  public static func bytes(_ value: Int) -> String {
    let value = Double(value)
    switch value {
    case ..<1e3: return "\(Int(value)) B"
    case ..<1e6: return digits(value / 1e3) + " kB"
    case ..<1e9: return digits(value / 1e6) + " MB"
    default: return digits(value / 1e9) + " GB"
    }
  }

  private static func digits(_ value: Double) -> String {
    switch value {
    case ..<10: String(format: "%.2f", value)
    case ..<100: String(format: "%.1f", value)
    default: String(format: "%.0f", value)
    }
  }
}

extension String {
  /// A number to four digits.
  public init(shortest value: Double) { self = String(format: "%.4g", value) }
}
