import Cyclograd

extension DataRecipe {
  /// How a table whose rows follow one another in time becomes samples: so many rows are the inputs of one, one after the
  /// other, and rows that come later are its targets.
  public struct Windows: Hashable, Sendable {
    /// How many rows a sample has.
    public var length: Int
    /// How many rows later a target is than the row that it belongs to; at least 0.
    public var ahead = 1
    /// How many rows later the next sample begins.
    public var stride = 1
    /// Whether every row of a sample has a target; otherwise its last one has.
    public var hasTargetOfEveryRow = false

    /// How many samples so many rows give.
    func count(rows: Int) -> Int {
      let (needed, overflow) = length.addingReportingOverflow(ahead)
      return overflow || rows < needed ? 0 : (rows - needed) / stride + 1
    }

    /// How many windows so many rows give, whether or not they have targets.
    func inputCount(rows: Int) -> Int { rows < length ? 0 : (rows - length) / stride + 1 }

    /// The samples of a table.
    ///
    /// - Parameters:
    ///   - series: rows × columns.
    ///   - targets: rows × columns of what is to be found.
    /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` if there are too few rows, `too-large` for too many numbers.
    func samples(
      of series: Matrix, _ targets: Matrix, file: String
    ) throws -> (inputs: Matrix, targets: Matrix) {
      let count = count(rows: series.rows)
      guard count > 0 else { throw tooFew(series.rows, file) }
      try requireMemory(
        count, width: series.columns + (hasTargetOfEveryRow ? targets.columns : 0), file: file)
      return (cut(series, count), try self.targets(of: targets, file: file))
    }

    /// The windows of a table, also those at its end whose targets are not known yet.
    ///
    /// - Throws: ``Cyclograd/CyclogradError`` as ``samples(of:_:file:)``.
    func inputs(of series: Matrix, file: String) throws -> Matrix {
      let count = inputCount(rows: series.rows)
      guard count > 0 else {
        throw CyclogradError(
          .shapeMismatch, "\(series.rows) rows are no window of \(length) rows",
          at: .init(file: file), advice: "give more rows")
      }
      try requireMemory(count, width: series.columns, file: file)
      return cut(series, count)
    }

    /// The targets of the windows of a table that has as many rows.
    ///
    /// - Throws: ``Cyclograd/CyclogradError`` as ``samples(of:_:file:)``.
    func targets(of series: Matrix, file: String) throws -> Matrix {
      let count = count(rows: series.rows)
      guard count > 0 else { throw tooFew(series.rows, file) }
      let places = hasTargetOfEveryRow ? 0..<length : length - 1..<length
      return Self.matrix(series, count) { sample in
        let first = stride * sample + ahead
        return first + places.lowerBound..<first + places.upperBound
      }
    }

    private func cut(_ series: Matrix, _ count: Int) -> Matrix {
      Self.matrix(series, count) { sample in stride * sample..<stride * sample + length }
    }

    private func requireMemory(_ count: Int, width: Int, file: String) throws {
      let (numbers, overflow) = (count * width).multipliedReportingOverflow(by: length)
      try Memory.require(
        overflow || numbers > .max >> 4 ? .max : 8 * numbers, for: "the windows", file: file)
    }

    private func tooFew(_ rows: Int, _ file: String) -> CyclogradError {
      CyclogradError(
        .shapeMismatch, "\(rows) rows are no window of \(length) rows with a target \(ahead) later",
        at: .init(file: file), advice: "give more rows, or shorter windows")
    }

    /// Ranges of rows, one after the other in a row for each sample.
    private static func matrix(
      _ table: Matrix, _ count: Int, _ rows: (Int) -> Range<Int>
    ) -> Matrix {
      let elements = (0..<count).flatMap { sample in
        let range = rows(sample)
        return table.elements[range.lowerBound * table.columns..<range.upperBound * table.columns]
      }
      return Matrix(rows: count, columns: rows(0).count * table.columns, elements: elements)
    }
  }
}

extension DataRecipe.Table {
  /// The rows of a list that are meant.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `shape-mismatch` if there are fewer.
  func chosen(of count: Int) throws(CyclogradError) -> Range<Int> {
    guard let rows else { return 0..<count }
    guard rows.upperBound <= count else {
      throw CyclogradError(
        .shapeMismatch, "rows \(rows.lowerBound) to \(rows.upperBound - 1) of \(count) are meant",
        at: .init(file: file), advice: "rows count from 0")
    }
    return rows
  }

  /// The rows of a matrix that are meant.
  func chosen(_ matrix: Matrix) throws -> Matrix {
    rows == nil ? matrix : matrix.selecting(rows: Array(try chosen(of: matrix.rows)))
  }
}
