/// The value of an attribute of a node or an edge.
enum AttributeValue: Hashable {
  case text(String)
  case number(Double)
  case boolean(Bool)
  /// Something without a meaning for networks, such as a list.
  case other(String)

  /// The value as a text file would have it.
  var word: String {
    switch self {
    case .text(let text), .other(let text): text
    case .number(let number): number.plainText
    case .boolean(let value): "\(value)"
    }
  }

  /// The value of a text in a format that does not say of which type it is.
  ///
  /// Names of Cyclograd's own attributes tell; everything else is a number if it reads like one.
  init(untyped text: String, named name: String) {
    let isBoolean =
      name == AttributeName.trainable || name.hasPrefix(AttributeName.biasTrainable)
    let isText =
      [AttributeName.group, AttributeName.combine].contains(name)
      || name.hasPrefix(AttributeName.activation)
    switch (isBoolean, text.lowercased()) {
    case (true, "true"), (true, "1"): self = .boolean(true)
    case (true, "false"), (true, "0"): self = .boolean(false)
    default:
      var bytes = Array(text.utf8)
      let number =
        isText ? nil : bytes.withUnsafeMutableBufferPointer { DecimalScanner.number(.init($0)) }
      self = number.map { .number($0) } ?? .text(text)
    }
  }

  /// What it is, for messages.
  var kind: String {
    switch self {
    case .text(let text): "the text \(Excerpt.quoted(text))"
    case .number(let number): "the number \(number)"
    case .boolean(let value): "\(value)"
    case .other(let kind): kind
    }
  }
}

/// The attributes of one node or edge, by name.
typealias Attributes = [String: AttributeValue]

/// The names of the attributes that mean something to Cyclograd; `_1`, `_2` … follow for units.
enum AttributeName {
  static let group = "group"
  static let combine = "combine"
  static let timeConstant = "time_constant"
  static let activation = "activation"
  static let bias = "bias"
  static let biasTrainable = "bias_trainable"
  static let input = "input"
  static let output = "output"
  static let weight = "weight"
  static let unit = "unit"
  static let trainable = "trainable"

  static func numbered(_ name: String, _ unit: Int) -> String {
    unit == 0 ? name : "\(name)_\(unit)"
  }
}
