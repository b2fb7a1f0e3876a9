import Cyclograd

/// Errors weighted by sample and output: targets have two columns for each output, first the targets, then their
/// weights.
struct WeightedError: Loss {
  var name: String { "weighted-error" }

  func targetColumns(outputs: Int) -> [Int] { [2 * outputs] }

  func prepare(
    _ targets: Matrix, samples: Int, outputs: Int
  ) throws(CyclogradError) -> Matrix {
    try checkTargets(targets, samples: samples, outputs: outputs)
    for row in 0..<samples {
      for weight in targets[row: row].suffix(outputs) where weight < 0 {
        throw CyclogradError(
          .invalidValue, "the weight \(weight) is negative",
          at: .init(subject: "targets, row \(row)"), advice: "give 0 for what does not count")
      }
    }
    return targets
  }

  func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let error = outputs[j] - targets[j]
      let weight = targets[outputs.count + j]
      sum += 0.5 * weight * error * error
      derivatives[j] = weight * error
    }
    return sum
  }
}
