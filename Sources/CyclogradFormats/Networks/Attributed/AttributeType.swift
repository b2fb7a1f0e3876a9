/// The types that formats give attributes, by GraphML's names.
enum AttributeType: String, CaseIterable {
  case boolean, int, long, float, double, string

  /// The value that a text stands for; `nil` if it is of another type.
  func value(_ text: String) -> AttributeValue? {
    if self == .string { return .text(text) }
    var word = Substring(text)
    while word.first?.isWhitespace == true { word.removeFirst() }
    while word.last?.isWhitespace == true { word.removeLast() }
    switch self {
    case .boolean:
      switch word.lowercased() {
      case "true", "1": return .boolean(true)
      case "false", "0": return .boolean(false)
      default: return nil
      }
    case .int, .long: return Int64(word).map { .number(Double($0)) }
    case .float, .double, .string:
      var bytes = Array(word.utf8)
      let number = bytes.withUnsafeMutableBufferPointer {
        DecimalScanner.number(UnsafeBufferPointer($0))
      }
      return number.map { .number($0) }
    }
  }
}
