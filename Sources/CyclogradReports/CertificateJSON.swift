public import Cyclograd

extension LocalCertificate.Sample {
  /// What JSON says of a sample.
  public var entries: [(key: String, value: JSONValue)] {
    [
      ("proved", .boolean(isProved)), ("state_error", .number(stateError)),
      ("output_error", .number(outputError)), ("output_errors", .numbers(outputErrors)),
      ("isolation", .number(isolation)), ("contraction", .number(contraction)),
      ("reason", .optional(reason)),
    ]
  }
}

extension GlobalCertificate.Component {
  /// What JSON says of a component.
  public var entries: [(key: String, value: JSONValue)] {
    [
      ("size", .integer(size)),
      ("pf_lower", .optional(perronFrobenius?.lowerBound)),
      ("pf_upper", .optional(perronFrobenius?.upperBound)),
      ("proved", .boolean(theorem != nil)), ("by", .optional(theorem?.rawValue)),
      ("reason", .optional(reason)),
    ]
  }
}

extension LocalCertificate {
  /// What JSON says of all samples.
  public var json: JSONValue { Self.json(samples) }

  /// What JSON says of some samples.
  ///
  /// - Parameter rows: the samples' numbers, if they are not all.
  public static func json(_ samples: [Sample], rows: [Int]? = nil) -> JSONValue {
    .list(
      zip(rows ?? Array(samples.indices), samples).map { row, sample in
        .object([("row", .integer(row))] + sample.entries)
      })
  }
}
