/// How far numbers are from what they should be, over all entries.
public struct RegressionErrors: Hashable, Sendable {
  /// The mean of the squared differences.
  public let meanSquaredError: Double
  /// The mean of the differences' magnitudes.
  public let meanAbsoluteError: Double
  /// The largest of the differences' magnitudes.
  public let largestError: Double
  /// For each column, 1 − Σ(y − a)² / Σ(y − ȳ)²; `nil` where the targets are constant.
  public let determination: [Double?]

  /// The root of the mean squared error.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

  /// Measures outputs against targets, both samples × outputs.
  ///
  /// - Throws: ``CyclogradError`` for shapes that differ, for no entries, and for NaN or infinity.
  public init(outputs: Matrix, targets: Matrix) throws(CyclogradError) {
    guard outputs.rows == targets.rows, outputs.columns == targets.columns,
      !outputs.elements.isEmpty
    else {
      throw CyclogradError(
        .shapeMismatch,
        "\(outputs.rows) × \(outputs.columns) outputs for \(targets.rows) × \(targets.columns) targets",
        advice: "give one target for each output, and at least one sample")
    }
    guard (outputs.elements + targets.elements).allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "an output or a target is not finite",
        advice: "leave out samples for which no equilibrium was found, and report them")
    }
    var (squares, magnitudes, largest) = (0.0, 0.0, 0.0)
    var determination: [Double?] = []
    for column in 0..<outputs.columns {
      var (rest, mean) = (0.0, 0.0)
      for row in 0..<outputs.rows { mean += targets[row, column] }
      mean /= Double(outputs.rows)
      var spread = 0.0
      // A mean is rounded, so that the spread of equal numbers need not come out as zero.
      var isConstant = true
      for row in 0..<outputs.rows {
        let difference = targets[row, column] - outputs[row, column]
        rest += difference * difference
        magnitudes += abs(difference)
        largest = max(largest, abs(difference))
        spread += (targets[row, column] - mean) * (targets[row, column] - mean)
        isConstant = isConstant && targets[row, column] == targets[0, column]
      }
      squares += rest
      determination.append(isConstant || spread == 0 ? nil : 1 - rest / spread)
    }
    self.determination = determination
    largestError = largest
    meanSquaredError = squares / Double(outputs.elements.count)
    meanAbsoluteError = magnitudes / Double(outputs.elements.count)
  }
}
