public import Cyclograd

extension Comparison {
  /// What JSON says of the reference and of each backend.
  public var entries: [(key: String, value: JSONValue)] {
    [
      ("reference", .optional(reference)),
      ("backends", .list(rows.map { .object($0.entries) })),
    ]
  }
}

extension Comparison.Row {
  /// What JSON says of a backend.
  public var entries: [(key: String, value: JSONValue)] {
    [
      ("backend", .string(backend)), ("status", .string(status.rawValue)),
      ("detail", .optional(detail)), ("analysis_seconds", .number(analysisSeconds)),
      ("equilibrium_seconds", .optional(equilibriumSeconds)),
      ("gradient_seconds", .optional(gradientSeconds)),
      ("equilibrium_iterations", .integer(equilibriumIterations)),
      ("gradient_iterations", gradientIterations.map { .integer($0) } ?? .null),
      ("residual", .number(residual)), ("loss", .optional(loss)),
      ("max_difference", .optional(maximumDifference)),
      ("relative_difference", .optional(relativeDifference)),
    ]
  }
}
