import Cyclograd

/// Huber's loss: squared where an output is near its target, linear where it is far, so that outliers pull with a
/// bounded force (Huber 1964).
struct HuberLoss: Loss {
  var width = 1.0

  var name: String { "huber" }

  func evaluate(
    outputs: Span<Double>, targets: Span<Double>, derivatives: inout MutableSpan<Double>
  ) -> Double {
    var sum = 0.0
    for j in outputs.indices {
      let error = outputs[j] - targets[j]
      if abs(error) <= width {
        sum += 0.5 * error * error
        derivatives[j] = error
      } else {
        sum += width * (abs(error) - 0.5 * width)
        derivatives[j] = error > 0 ? width : -width
      }
    }
    return sum
  }
}
