/// A dense table of numbers, row-major; in this library a row is a sample.
public struct Matrix: Hashable, Sendable {
  /// The number of rows (samples).
  public let rows: Int
  /// The number of columns (neurons).
  public let columns: Int
  /// The elements, row after row; `rows * columns` of them.
  public var elements: [Double]

  /// Creates a matrix from its elements, row after row.
  ///
  /// - Precondition: `elements.count == rows * columns`.
  public init(rows: Int, columns: Int, elements: [Double]) {
    precondition(
      rows >= 0 && columns >= 0 && elements.count == rows * columns,
      "a \(rows) × \(columns) matrix has \(rows * columns) elements, not \(elements.count)")
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// Creates a matrix whose elements are all the same.
  public init(rows: Int, columns: Int, repeating value: Double = 0) {
    self.init(
      rows: rows, columns: columns, elements: Array(repeating: value, count: rows * columns))
  }

  /// Creates a matrix from its rows, which must all have the same length.
  public init(_ rows: [[Double]]) {
    let columns = rows.first?.count ?? 0
    self.init(rows: rows.count, columns: columns, elements: rows.flatMap { $0 })
  }

  /// The element at a row and a column, both counted from 0.
  public subscript(row: Int, column: Int) -> Double {
    get { elements[row * columns + column] }
    set { elements[row * columns + column] = newValue }
  }

  /// One row.
  public subscript(row row: Int) -> ArraySlice<Double> {
    elements[row * columns..<(row + 1) * columns]
  }

  /// Some of the rows, in the order given.
  ///
  /// - Complexity: O(rows · columns) of the result.
  public func selecting(rows: [Int]) -> Matrix {
    var elements: [Double] = []
    elements.reserveCapacity(rows.count * columns)
    for row in rows { elements += self[row: row] }
    return Matrix(rows: rows.count, columns: columns, elements: elements)
  }
}
