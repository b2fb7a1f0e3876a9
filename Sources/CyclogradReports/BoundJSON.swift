public import Cyclograd

/// What is known of a sample whose inputs move within a box.
public struct BoundedSample: Sendable {
  /// `bounded` or `failed`; with margins `certified`, `refuted`, `open` or `failed`.
  public var status: String
  /// The bounds.
  public var bounds: Bounds.Row
  /// What an attack has found.
  public var attack: Attack.Row?
  /// The class, where margins are bounded.
  public var target: Int?
  /// How often the box was split.
  public var splits = 0

  /// A sample whose outputs, or functions of them, were bounded.
  public init(_ bounds: Bounds.Row) {
    (status, self.bounds) = (bounds.isBounded ? "bounded" : "failed", bounds)
  }

  /// A sample whose outputs with other weights were bounded.
  public init(_ row: ModelError.Row) {
    (status, bounds) = (row.reason == nil ? "bounded" : "failed", row.bounds)
  }

  /// A sample whose margins were bounded.
  public init(_ row: Certification.Row) {
    (status, bounds, attack) = (row.status.rawValue, row.bounds, row.attack)
    (target, splits) = (row.target, row.splits)
  }

  /// The method of both bounds of a function, or of the lower and of the upper one; `nil` where there is none.
  public func method(_ functional: Int) -> String? {
    guard let upper = bounds.upperMethods[functional] ?? bounds.lowerMethods[functional] else {
      return nil
    }
    guard let lower = bounds.lowerMethods[functional], lower != upper else { return upper.rawValue }
    return "\(lower.rawValue)/\(upper.rawValue)"
  }

  /// What JSON says of a sample with this number.
  public func json(row: Int) -> JSONValue {
    var entries: [(key: String, value: JSONValue)] = [
      ("row", .integer(row)), ("status", .string(status)),
      ("lower", .numbers(bounds.lower)), ("upper", .numbers(bounds.upper)),
      ("methods", .list(bounds.lower.indices.map { .optional(method($0)) })),
      ("proved", .list(bounds.lower.indices.map { .boolean(bounds.isProved($0)) })),
      ("equilibria", .optional(bounds.scope?.rawValue)),
      ("unstable", .integer(bounds.unstableUnits)),
      ("reason", .optional(bounds.reason)),
    ]
    if let target {
      entries += [("class", .integer(target)), ("splits", .integer(splits))]
    }
    if let attack { entries.append(("attack", attack.json)) }
    if let states = bounds.states {
      entries.append(
        (
          "states",
          .object([("lower", .numbers(states.lower)), ("upper", .numbers(states.upper))])
        ))
    }
    return .object(entries)
  }
}

extension Attack.Row {
  /// What JSON says of an attack.
  public var json: JSONValue {
    .object([
      ("succeeded", .boolean(isSuccessful)), ("kind", .optional(kind?.rawValue)),
      ("margin", .number(margin)), ("input", .numbers(input)),
      ("before", .numbers(before)), ("after", .numbers(after)),
      ("reason", .optional(reason)),
    ])
  }
}

extension Sensitivity.Enclosure {
  /// What JSON says of a norm.
  public var json: JSONValue {
    .object([
      ("lower", .number(lower)), ("upper", .number(upper)), ("proved", .boolean(isProved)),
    ])
  }
}
