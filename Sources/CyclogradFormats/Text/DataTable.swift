public import Cyclograd

/// Numbers from a data file.
public struct DataTable: Hashable, Sendable {
  /// The numbers; a row is a sample.
  public var matrix: Matrix
  /// The names of the matrix's columns, if the file has a header.
  public var columnNames: [String]?

  /// Creates a table.
  public init(matrix: Matrix, columnNames: [String]? = nil) {
    self.matrix = matrix
    self.columnNames = columnNames
  }
}
