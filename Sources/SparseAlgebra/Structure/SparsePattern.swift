/// The places of the stored entries of a sparse matrix, in compressed sparse rows (CSR).
///
/// Values are kept apart, in one array of `entryCount` numbers in the order of ``columns``.
/// Row `i` has the entries `rowStarts[i]..<rowStarts[i + 1]`.
public struct SparsePattern: Hashable, Sendable {
  /// The number of rows.
  public let rowCount: Int
  /// The number of columns.
  public let columnCount: Int
  /// Where each row starts in ``columns``; `rowCount + 1` ascending numbers from 0.
  public let rowStarts: [Int32]
  /// The column of each entry, strictly ascending within a row.
  public let columns: [Int32]

  /// The number of stored entries.
  public var entryCount: Int { columns.count }
  /// Whether there are as many rows as columns.
  public var isSquare: Bool { rowCount == columnCount }

  /// Creates a pattern after checking that the arrays describe one.
  ///
  /// - Throws: ``FactorizationError`` with code `tooLarge` when a size exceeds 32 bits, and
  ///   `invalidArgument` when the arrays contradict each other.
  public init(rowCount: Int, columnCount: Int, rowStarts: [Int32], columns: [Int32]) throws {
    try Self.validate(
      rowCount: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns)
    self.init(
      unchecked: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns)
  }

  /// The caller vouches for the arrays; debug builds still check them.
  init(unchecked rowCount: Int, columnCount: Int, rowStarts: [Int32], columns: [Int32]) {
    assert(
      (try? Self.validate(
        rowCount: rowCount, columnCount: columnCount, rowStarts: rowStarts, columns: columns))
        != nil)
    self.rowCount = rowCount
    self.columnCount = columnCount
    self.rowStarts = rowStarts
    self.columns = columns
  }

  /// The indices, into ``columns`` and the values, of one row's entries.
  public func entries(ofRow row: Int) -> Range<Int> {
    Int(rowStarts[row])..<Int(rowStarts[row + 1])
  }

  private static func validate(
    rowCount: Int, columnCount: Int, rowStarts: [Int32], columns: [Int32]
  ) throws {
    func require(_ condition: Bool, _ message: @autoclosure () -> String) throws {
      if !condition { throw FactorizationError(.invalidArgument, message()) }
    }
    try require(
      rowCount >= 0 && columnCount >= 0, "a pattern of \(rowCount) × \(columnCount) entries")
    // One below the limit, because the libraries compute n + 1 in 32 bits.
    let largest = Int(Int32.max) - 1
    guard rowCount <= largest, columnCount <= largest, columns.count <= largest else {
      throw FactorizationError(
        .tooLarge,
        "\(rowCount) × \(columnCount) with \(columns.count) entries exceeds 32-bit indices")
    }
    try require(
      rowStarts.count == rowCount + 1,
      "\(rowCount) rows need \(rowCount + 1) row starts, not \(rowStarts.count)")
    try require(
      rowStarts[0] == 0 && Int(rowStarts[rowCount]) == columns.count,
      "the row starts must run from 0 to \(columns.count)")
    for row in 0..<rowCount {
      let start = Int(rowStarts[row])
      let end = Int(rowStarts[row + 1])
      try require(start <= end && end <= columns.count, "row \(row) ends before it starts")
      var previous: Int32 = -1
      for entry in start..<end {
        let column = columns[entry]
        try require(
          column > previous && Int(column) < columnCount,
          "row \(row): column \(column) is out of order, repeated, or not below \(columnCount)")
        previous = column
      }
    }
  }
}
