public import Cyclograd

extension TrainingEvent {
  /// The event as one object.
  ///
  /// - Parameter anomalies: how many of the validation samples are anomalies, where that is known.
  public func json(anomalies: Int? = nil) -> JSONValue {
    switch self {
    case .step(let report): report.json
    case .validation(let report): report.json(anomalies: anomalies)
    case .epoch(let report): report.json
    case .fit(let report): report.json
    case .descent(let report): report.json
    case .rewiring(let plan, let edges):
      .object([
        ("event", .string("rewiring")), ("dropped", .integer(plan.dropped.count)),
        ("added", .integer(plan.added.count)), ("edges", .integer(edges)),
      ])
    }
  }
}

extension ReadoutFit.Report {
  /// The fit as one object.
  public var json: JSONValue {
    .object([
      ("event", .string("fit")), ("readout", .string(group)), ("parameters", .integer(parameters)),
      ("rank", .integer(rank)), ("residual", .number(residual)), ("used", .integer(used)),
      ("skipped", .integer(skipped)),
    ])
  }
}

extension FenchelDescent.Report {
  /// The step as one object.
  public var json: JSONValue {
    .object([
      ("event", .string("descent")), ("step", .integer(step)), ("weight", .number(weight)),
      ("objective", .number(objective)), ("objective_before", .number(objectiveBefore)),
      ("loss", .number(loss)), ("divergence", .number(divergence)),
    ])
  }
}

extension StepReport {
  /// The step as one object.
  public var json: JSONValue {
    .object([
      ("event", .string("step")), ("step", .integer(step)),
      ("loss", .number(loss)), ("used", .integer(used)),
      ("learning_rate", .number(learningRate)),
      ("gradient_norm", .number(gradientNorm)), ("residual", .optional(residual)),
      ("forward_iterations", .integer(forwardIterations)),
      ("backward_iterations", .integer(backwardIterations)),
      ("loss_terms", .object(lossTerms.map { ($0.name, .number($0.value)) })),
      ("regularisation", .object(regularisation.map { ($0.name, .number($0.value)) })),
      (
        "blocks",
        .object(
          blocks.map {
            (
              $0.name,
              .object([
                ("gradient", .number($0.gradient)), ("parameters", .number($0.parameters)),
              ])
            )
          })
      ),
      (
        "skipped",
        .list(
          skipped.map {
            .object([
              ("sample", .integer($0.sample)),
              ("status", .string($0.evidence.status.rawValue)),
              ("detail", .optional($0.evidence.detail)),
            ])
          })
      ),
    ])
  }
}

extension ValidationReport {
  /// The validation as one object.
  ///
  /// - Parameter anomalies: how many of the samples are anomalies, where that is known.
  public func json(anomalies: Int? = nil) -> JSONValue {
    .object(
      [
        ("event", .string("validation")), ("step", .integer(step)),
        ("epoch", .integer(epoch)), ("loss", .number(loss)),
        ("failed", .integer(failed)), ("best", .boolean(isBest)),
      ] + (anomalies.map { [("anomalies", .integer($0))] } ?? [])
        + measurements.map { ($0.name, .number($0.value)) })
  }
}

extension EpochReport {
  /// The epoch as one object.
  public var json: JSONValue {
    .object([
      ("event", .string("epoch")), ("epoch", .integer(epoch)),
      ("step", .integer(step)), ("loss", .number(loss)),
      ("used", .integer(used)), ("skipped", .integer(skipped)),
      ("learning_rate", .number(learningRate)),
      ("forward_iterations", .integer(forwardIterations)),
      ("backward_iterations", .integer(backwardIterations)),
    ])
  }
}
