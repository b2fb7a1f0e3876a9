import COpenBLAS

/// G = Mᵀ M, from the rows of M piece by piece.
public struct GramMatrix: Sendable {
  /// The number of columns of M.
  public let count: Int
  /// The upper triangle by columns; what is below it does not count.
  private var elements: [Double]

  /// The matrix of no rows.
  public init(count: Int) {
    self.count = count
    elements = [Double](repeating: 0, count: count * count)
  }

  /// Adds rows of M.
  ///
  /// - Parameter block: rows × ``count`` numbers by columns.
  /// - Throws: ``FactorizationError``: `invalid-argument` for a wrong length, `not-finite` if a number is not.
  /// - Complexity: O(rows · count²), by BLAS.
  public mutating func add(_ block: [Double], rows: Int) throws {
    guard block.count == rows * count, let m = Int32(exactly: rows), let n = Int32(exactly: count)
    else {
      throw FactorizationError(
        .invalidArgument, "\(block.count) numbers are no \(rows) × \(count) matrix")
    }
    guard block.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the matrix is not finite")
    }
    guard rows > 0, count > 0 else { return }
    BLASThreads.limitToOne()
    cblas_dsyrk(CblasColMajor, CblasUpper, CblasTrans, n, m, 1, block, m, 1, &elements, n)
  }

  /// An element.
  public subscript(row: Int, column: Int) -> Double {
    row <= column ? elements[column * count + row] : elements[row * count + column]
  }

  /// Some rows and columns of it, count × count numbers.
  public func selecting(_ columns: [Int]) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(columns.count * columns.count)
    for i in columns { for j in columns { result.append(self[i, j]) } }
    return result
  }
}
