import Cyclograd
import Yams

extension Element {
  /// A text, quoted or not.
  func text(_ what: String) throws -> String {
    guard case .scalar(let scalar) = node else {
      throw failure(
        "\(what) must be a word, not \(kind)",
        advice: isIndex ? "a name that has an index in braces needs quotation marks" : nil)
    }
    try refuseTag(scalar.tag, unlessText: true)
    guard scalar.style != .plain || !["", "~", "null", "Null", "NULL"].contains(scalar.string)
    else { throw failure("\(what) has no value") }
    let text = source.text.restored(scalar.string)
    return indices.isEmpty ? text : try withIndices(text)
  }

  /// One of several words.
  func word<Value>(_ what: String, among known: KeyValuePairs<String, Value>) throws -> Value {
    let name = try text(what)
    if let match = known.first(where: { $0.key == name }) { return match.value }
    throw failure(
      "unknown \(what) '\(name.shortened)'",
      advice: Suggestion.advice(name, among: known.map(\.key)))
  }

  /// A finite number.
  func number(_ what: String) throws -> Double {
    let string = try plain("\(what) must be a number")
    let isDecimal = string.utf8.allSatisfy { byte in
      switch byte {
      case 0x30...0x39, 0x2B, 0x2D, 0x2E, 0x45, 0x65: true
      default: false
      }
    }
    guard isDecimal, let value = Double(string) else {
      let isInfinite = [".inf", "inf", "infinity", ".nan", "nan"].contains(
        String(string.drop { $0 == "-" || $0 == "+" }).lowercased())
      guard !isInfinite else {
        throw failure("\(what) is not finite: \(string.shortened)", code: .invalidValue)
      }
      throw failure("\(what) must be a number, not \(kind)")
    }
    guard value.isFinite else {
      throw failure(
        "\(what) is not finite: \(string.shortened) is too large", code: .invalidValue)
    }
    return value
  }

  /// An integer between two bounds.
  func integer<Value: FixedWidthInteger>(
    _ what: String, in range: ClosedRange<Value>
  ) throws -> Value {
    let string = try plain("\(what) must be an integer")
    let digits = string.drop { $0 == "-" || $0 == "+" }
    guard string.utf8.count - digits.utf8.count <= 1, !digits.isEmpty,
      digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
    else { throw failure("\(what) must be an integer, not \(kind)") }
    guard digits.utf8.count == 1 || digits.utf8.first != 0x30 else {
      // YAML 1.1 reads such a number as octal, JSON not at all, and its author as decimal.
      throw failure("\(what) must not begin with a zero: \(string.shortened)")
    }
    guard let value = Value(string), range.contains(value) else {
      throw failure(
        "\(what) must lie between \(range.lowerBound) and \(range.upperBound), not be "
          + string.shortened,
        code: .invalidValue)
    }
    return value
  }

  /// `true` or `false`.
  func boolean(_ what: String) throws -> Bool {
    switch try plain("\(what) must be true or false") {
    case "true": return true
    case "false": return false
    default: throw failure("\(what) must be true or false, not \(kind)")
    }
  }

  /// A list of numbers, of the given length if one is given.
  func numbers(_ what: String, count: Int? = nil) throws -> [Double] {
    let items = try list(what)
    if let count, items.count != count {
      throw failure("\(what) must be a list of \(count) numbers, not of \(items.count)")
    }
    return try items.map { try $0.number("a number of \(what)") }
  }

  private func plain(_ expectation: String) throws -> String {
    guard case .scalar(let scalar) = node, scalar.style == .plain else {
      throw failure("\(expectation), not \(kind)")
    }
    try refuseTag(scalar.tag)
    guard !scalar.string.isEmpty else { throw failure("\(expectation); nothing is there") }
    return source.text.restored(scalar.string)
  }
}
