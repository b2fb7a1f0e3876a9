/// The entries of a sparse matrix, one after another, in no particular order.
public struct CoordinateMatrix: Hashable, Sendable {
  /// The number of rows (targets).
  public var rows: Int
  /// The number of columns (sources).
  public var columns: Int
  /// The row of each entry, counted from 0.
  public var rowIndices: [Int32]
  /// The column of each entry, counted from 0.
  public var columnIndices: [Int32]
  /// The value of each entry; nothing if only their places are known.
  public var values: [Double]?

  /// Creates a matrix from its entries.
  public init(
    rows: Int, columns: Int, rowIndices: [Int32], columnIndices: [Int32], values: [Double]?
  ) {
    self.rows = rows
    self.columns = columns
    self.rowIndices = rowIndices
    self.columnIndices = columnIndices
    self.values = values
  }
}
