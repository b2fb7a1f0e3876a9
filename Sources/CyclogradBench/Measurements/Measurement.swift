import CyclogradReports

/// A figure that is not a race: what it is, what it reached, what it should reach.
struct Measurement: Sendable {
  var name: String
  var value: Double
  /// The largest value that meets the target; `nil` where there is none.
  var target: Double?
  var unit: String
  /// What the value was made from.
  var detail: String

  var isMet: Bool? { target.map { value <= $0 } }

  var json: JSONValue {
    .object([
      ("name", .string(name)), ("value", .number(value)), ("target", .optional(target)),
      ("unit", .string(unit)), ("met", isMet.map { .boolean($0) } ?? .null),
      ("detail", .string(detail)),
    ])
  }
}
