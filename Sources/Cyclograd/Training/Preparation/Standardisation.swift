/// Moves and scales columns so that those it was fitted to have mean 0 and deviation 1.
public struct Standardisation: Hashable, Sendable {
  /// The mean of each column.
  public let means: [Double]
  /// The standard deviation of each column, with divisor n.
  public let deviations: [Double]

  /// Fits to some rows of samples × columns, for example those of the training part that are benign.
  ///
  /// - Throws: ``CyclogradError`` for no rows, numbers that are not finite, and constant columns,
  ///   which cannot be scaled.
  public init(fittedTo samples: Matrix, rows: [Int]) throws(CyclogradError) {
    guard !rows.isEmpty else {
      throw CyclogradError(
        .invalidValue, "there are no samples to fit a standardisation to",
        advice: "fit it to a class that the training part has")
    }
    let count = Double(rows.count)
    var (means, deviations): ([Double], [Double]) = ([], [])
    for column in 0..<samples.columns {
      if let row = rows.first(where: { !samples[$0, column].isFinite }) {
        throw CyclogradError(
          .invalidValue, "\(samples[row, column]) is not finite",
          at: .init(subject: "row \(row), column \(column)"),
          advice: "leave the sample out, or correct the file")
      }
      let mean = rows.reduce(0.0) { $0 + samples[$1, column] / count }
      let variance = rows.reduce(0.0) {
        $0 + (samples[$1, column] - mean) * (samples[$1, column] - mean) / count
      }
      // The rounded mean of equal numbers need not be that number.
      guard variance > 0, rows.contains(where: { samples[$0, column] != samples[rows[0], column] })
      else {
        throw CyclogradError(
          .invalidValue, "the column is constant (\(samples[rows[0], column])), so it has no scale",
          at: .init(subject: "column \(column)"), advice: "leave the column out")
      }
      means.append(mean)
      deviations.append(variance.squareRoot())
    }
    (self.means, self.deviations) = (means, deviations)
  }

  /// Transforms samples × columns.
  ///
  /// - Throws: ``CyclogradError`` for another number of columns than it was fitted to.
  public func applied(to samples: Matrix) throws(CyclogradError) -> Matrix {
    guard samples.columns == means.count else {
      throw CyclogradError(
        .shapeMismatch, "\(samples.columns) columns for a standardisation of \(means.count)",
        advice: "select the columns that it was fitted to")
    }
    var result = samples
    for index in result.elements.indices {
      let column = index % samples.columns
      result.elements[index] = (samples.elements[index] - means[column]) / deviations[column]
    }
    return result
  }
}
