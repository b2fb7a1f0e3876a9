import Cyclograd

/// Logs of trainings as the command writes them, from what was read of one.
enum WrittenLog {
  static func text(_ history: TrainingHistory) -> String {
    var lines: [String] = []
    for step in history.steps {
      let skipped = repeatElement("{}", count: step.skipped).joined(separator: ", ")
      lines.append(
        """
        {"event": "step", "step": \(step.step), "loss": \(number(step.loss)), "used": \(step.used), \
        "learning_rate": \(number(step.learningRate)), "gradient_norm": \(number(step.gradientNorm)), \
        "forward_iterations": \(step.forwardIterations), \
        "backward_iterations": \(step.backwardIterations), "skipped": [\(skipped)]}
        """)
    }
    for report in history.validations {
      let more = report.measurements.map { ", \(QuotedText.text($0.name)): \(number($0.value))" }
        .joined()
      let anomalies = history.validationAnomalies.map { ", \"anomalies\": \($0)" } ?? ""
      lines.append(
        """
        {"event": "validation", "step": \(report.step), "epoch": \(report.epoch), \
        "loss": \(number(report.loss)), "failed": \(report.failed), "best": \(report.isBest)\
        \(anomalies)\(more)}
        """)
    }
    for report in history.epochs {
      lines.append(
        """
        {"event": "epoch", "epoch": \(report.epoch), "step": \(report.step), \
        "loss": \(number(report.loss)), "used": \(report.used), "skipped": \(report.skipped), \
        "learning_rate": \(number(report.learningRate)), \
        "forward_iterations": \(report.forwardIterations), \
        "backward_iterations": \(report.backwardIterations)}
        """)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Numbers that are not finite are written as null.
  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }
}
