extension Loss {
  /// The loss of one sample, without its derivatives.
  ///
  /// - Parameter targets: as ``prepare(_:samples:outputs:)`` gave them.
  func value(
    outputs: some RandomAccessCollection<Double>, targets: some RandomAccessCollection<Double>
  ) -> Double {
    evaluate(outputs: outputs, targets: targets) { _, _ in }
  }

  /// The mean over all rows, summed in their order.
  ///
  /// - Parameter targets: as ``prepare(_:samples:outputs:)`` gave them.
  func mean(outputs: Matrix, targets: Matrix) -> Double {
    let sum = (0..<outputs.rows).reduce(0) { sum, row in
      sum + value(outputs: outputs[row: row], targets: targets[row: row])
    }
    return sum / Double(outputs.rows)
  }
}
