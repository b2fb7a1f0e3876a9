internal import CKernels

/// Some rows of a dense matrix, which stand in any order: sums of multiples of them, and their products with a vector.
///
/// No sum depends on the instruction set, nor on the other rows of a product.
public struct DenseRows: Sendable {
  /// Which rows.
  public var places: [Int32]
  /// From one row to the next.
  public var stride: Int
  /// How many numbers of each row are meant, from the first on.
  public var width: Int

  /// Rows that begin at the places times the stride; callers own the bounds.
  public init(_ places: [Int32], stride: Int, width: Int) {
    (self.places, self.stride, self.width) = (places, stride, width)
  }

  /// y[i] += Σ factors[j] · row j[i], in the order of the rows.
  public func add(
    of values: UnsafePointer<Double>, times factors: [Double],
    to y: UnsafeMutablePointer<Double>
  ) {
    precondition(factors.count == places.count)
    withRows(values) { ck_add_rows($0, places.count, factors, y) }
  }

  /// y[j] = Σ row j[i] · x[i].
  public func multiply(
    _ values: UnsafePointer<Double>, by x: UnsafePointer<Double>,
    into y: UnsafeMutablePointer<Double>
  ) {
    withRows(values) { ck_row_products($0, places.count, x, y) }
  }

  /// Σ factors[j] · row rows[j] of a matrix by rows, in the order of the rows.
  static func sum(
    of matrix: [Double], width: Int, rows: [Int], times factors: [Double]
  ) -> [Double] {
    var result = [Double](repeating: 0, count: width)
    matrix.withUnsafeBufferPointer { matrix in
      result.withUnsafeMutableBufferPointer { result in
        guard let values = matrix.baseAddress, let result = result.baseAddress else { return }
        DenseRows(rows.map(Int32.init), stride: width, width: width)
          .add(of: values, times: factors, to: result)
      }
    }
    return result
  }

  private func withRows(
    _ values: UnsafePointer<Double>, _ body: (UnsafePointer<ck_dense_rows>) -> Void
  ) {
    places.withUnsafeBufferPointer { places in
      guard let first = places.baseAddress else { return }
      let rows = ck_dense_rows(values: values, stride: stride, width: width, places: first)
      withUnsafePointer(to: rows, body)
    }
  }
}
