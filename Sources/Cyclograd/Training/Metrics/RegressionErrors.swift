/// How far numbers are from what they should be, over all entries.
public struct RegressionErrors: Hashable, Sendable {
  /// The mean of the squared differences.
  public let meanSquaredError: Double
  /// The mean of the differences' magnitudes.
  public let meanAbsoluteError: Double
  /// The largest of the differences' magnitudes.
  public let largestError: Double
  /// The root of the mean squared difference over the standard deviation of all targets; `nil` where these are constant.
  public let normalisedError: Double?
  /// For each column, 1 − Σ(y − a)² / Σ(y − ȳ)²; `nil` where the targets are constant.
  public let determination: [Double?]

  /// The root of the mean squared error.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }

  /// Measures outputs against targets, both samples × outputs.
  ///
  /// - Parameter ignoringMissing: whether entries whose target is NaN are passed over.
  /// - Throws: ``CyclogradError`` for shapes that differ, for no entries, and for NaN or infinity.
  public init(
    outputs: Matrix, targets: Matrix, ignoringMissing: Bool = false
  ) throws(CyclogradError) {
    guard outputs.rows == targets.rows, outputs.columns == targets.columns,
      !outputs.elements.isEmpty
    else {
      throw CyclogradError(
        .shapeMismatch,
        "\(outputs.rows) × \(outputs.columns) outputs for \(targets.rows) × \(targets.columns) targets",
        advice: "give one target for each output, and at least one sample")
    }
    func isThere(_ target: Double) -> Bool { !(ignoringMissing && target.isNaN) }
    guard outputs.elements.allSatisfy(\.isFinite),
      targets.elements.allSatisfy({ $0.isFinite || !isThere($0) })
    else {
      throw CyclogradError(
        .invalidValue, "an output or a target is not finite",
        advice: "leave out samples for which no equilibrium was found, and report them")
    }
    guard targets.elements.contains(where: isThere) else {
      throw CyclogradError(
        .invalidValue, "there are no targets", advice: "look at the columns of the targets")
    }
    var (squares, magnitudes, largest, entries) = (0.0, 0.0, 0.0, 0)
    var determination: [Double?] = []
    for column in 0..<outputs.columns {
      var (rest, mean) = (0.0, 0.0)
      let rows = (0..<outputs.rows).filter { isThere(targets[$0, column]) }
      guard let first = rows.first else {
        determination.append(nil)
        continue
      }
      for row in rows { mean += targets[row, column] }
      mean /= Double(rows.count)
      entries += rows.count
      var spread = 0.0
      // A mean is rounded, so that the spread of equal numbers need not come out as zero.
      var isConstant = true
      for row in rows {
        let difference = targets[row, column] - outputs[row, column]
        rest += difference * difference
        magnitudes += abs(difference)
        largest = max(largest, abs(difference))
        spread += (targets[row, column] - mean) * (targets[row, column] - mean)
        isConstant = isConstant && targets[row, column] == targets[first, column]
      }
      squares += rest
      determination.append(isConstant || spread == 0 ? nil : 1 - rest / spread)
    }
    self.determination = determination
    let known = targets.elements.filter(isThere)
    let mean = known.reduce(0, +) / Double(known.count)
    let spread = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    normalisedError =
      known.allSatisfy { $0 == known[0] } || spread == 0 ? nil : (squares / spread).squareRoot()
    largestError = largest
    meanSquaredError = squares / Double(entries)
    meanAbsoluteError = magnitudes / Double(entries)
  }
}
