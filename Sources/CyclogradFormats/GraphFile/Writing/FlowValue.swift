/// What a graph file is made of, before it becomes YAML or JSON.
enum FlowValue {
  /// Text, quoted where the format needs it.
  case text(String)
  /// A number or a boolean as both formats write it.
  case literal(String)
  /// A list.
  case list([FlowValue])
  /// A mapping, its keys in order.
  case mapping([(String, FlowValue)])

  static func number(_ value: Double) -> FlowValue {
    // What has no fraction reads better without one, but only small numbers look like it.
    if value == value.rounded(), value.magnitude < 1e15, value != 0 || value.sign == .plus {
      return .literal(String(Int(value)))
    }
    return .literal(value.description)
  }

  static func integer(_ value: some FixedWidthInteger) -> FlowValue { .literal(String(value)) }

  static func boolean(_ value: Bool) -> FlowValue { .literal(value ? "true" : "false") }
}
