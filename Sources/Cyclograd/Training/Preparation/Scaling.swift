/// Moves and scales columns, x ↦ (x − offset) / divisor, as it was fitted to some rows.
public struct Scaling: Hashable, Sendable {
  /// What the rows that it is fitted to look like afterwards.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Mean 0 and standard deviation 1, with divisor n.
    case standardise
    /// From 0 to 1.
    case minMax = "min-max"
  }

  /// What happens to a column that is constant on those rows, and so has no scale.
  public enum ConstantColumns: String, Hashable, Sendable, CaseIterable {
    /// It is an error.
    case refuse
    /// It is moved to 0 and keeps its scale.
    case shift
  }

  /// What is subtracted from each column.
  public let offsets: [Double]
  /// What each column is divided by then.
  public let divisors: [Double]

  /// Takes the numbers as they are.
  ///
  /// - Throws: ``CyclogradError`` for lists of different lengths, numbers that are not finite, and
  ///   divisors that are not positive.
  public init(offsets: [Double], divisors: [Double]) throws(CyclogradError) {
    guard offsets.count == divisors.count, offsets.allSatisfy(\.isFinite),
      divisors.allSatisfy({ $0 > 0 && $0.isFinite })
    else {
      throw CyclogradError(
        .invalidValue, "\(offsets.count) offsets and \(divisors.count) divisors are no scaling",
        advice: "give finite numbers, one of both for each column, and positive divisors")
    }
    (self.offsets, self.divisors) = (offsets, divisors)
  }

  /// Fits to some rows of samples × columns, for example those of the training part that are benign.
  ///
  /// - Throws: ``CyclogradError`` for no rows, numbers that are not finite, and, where they are
  ///   refused, constant columns.
  public init(
    _ kind: Kind = .standardise, fittedTo samples: Matrix, rows: [Int],
    constant: ConstantColumns = .refuse
  ) throws(CyclogradError) {
    guard !rows.isEmpty else {
      throw CyclogradError(
        .invalidValue, "there are no samples to fit a scaling to",
        advice: "fit it to a class that the training part has")
    }
    var (offsets, divisors): ([Double], [Double]) = ([], [])
    for column in 0..<samples.columns {
      if let row = rows.first(where: { !samples[$0, column].isFinite }) {
        throw CyclogradError(
          .invalidValue, "\(samples[row, column]) is not finite",
          at: .init(subject: "row \(row), column \(column)"),
          advice: "leave the sample out, or correct the file")
      }
      let first = samples[rows[0], column]
      // The rounded mean of equal numbers need not be that number.
      var (offset, divisor) = (first, 0.0)
      if rows.contains(where: { samples[$0, column] != first }) {
        (offset, divisor) = Self.fit(kind, samples, rows, column)
      }
      guard divisor > 0 || constant == .shift else {
        throw CyclogradError(
          .invalidValue, "the column is constant (\(first)), so it has no scale",
          at: .init(subject: "column \(column)"),
          advice: "leave the column out, or let constant columns keep their scale")
      }
      offsets.append(offset)
      divisors.append(divisor > 0 ? divisor : 1)
    }
    try self.init(offsets: offsets, divisors: divisors)
  }

  private static func fit(
    _ kind: Kind, _ samples: Matrix, _ rows: [Int], _ column: Int
  ) -> (offset: Double, divisor: Double) {
    switch kind {
    case .standardise:
      let count = Double(rows.count)
      let mean = rows.reduce(0.0) { $0 + samples[$1, column] / count }
      let variance = rows.reduce(0.0) {
        $0 + (samples[$1, column] - mean) * (samples[$1, column] - mean) / count
      }
      return (mean, variance.squareRoot())
    case .minMax:
      let (low, high) = rows.reduce((Double.infinity, -Double.infinity)) {
        (min($0.0, samples[$1, column]), max($0.1, samples[$1, column]))
      }
      return (low, high - low)
    }
  }

  /// Transforms samples × columns.
  ///
  /// - Throws: ``CyclogradError`` for another number of columns than it was fitted to.
  public func applied(to samples: Matrix) throws(CyclogradError) -> Matrix {
    guard samples.columns == offsets.count else {
      throw CyclogradError(
        .shapeMismatch, "\(samples.columns) columns for a scaling of \(offsets.count)",
        advice: "select the columns that it was fitted to")
    }
    var result = samples
    for index in result.elements.indices {
      let column = index % samples.columns
      result.elements[index] = (samples.elements[index] - offsets[column]) / divisors[column]
    }
    return result
  }
}
