/// The value of an attribute of a node or an edge.
enum AttributeValue: Hashable {
  case text(String)
  case number(Double)
  case boolean(Bool)
  /// Something without a meaning for networks, such as a list.
  case other(String)

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
