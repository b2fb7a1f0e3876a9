import COpenBLAS

/// Eigenvalues of dense matrices, by LAPACK's dgeev.
public enum DenseEigenvalues {
  /// The eigenvalues of a real square matrix, with their multiplicities; complex ones in conjugate pairs.
  ///
  /// They are exact for a matrix that differs from this one by rounding errors. O(n³) time, O(n²) memory.
  ///
  /// - Parameters:
  ///   - matrix: n × n numbers, by rows or by columns, which makes no difference.
  ///   - order: n.
  /// - Throws: ``FactorizationError``: `invalid-argument` for a wrong length, `not-finite` if a number is
  ///   not, `internal-error` if the QR algorithm does not converge.
  public static func of(
    _ matrix: [Double], order: Int
  ) throws -> [(real: Double, imaginary: Double)] {
    guard matrix.count == order * order, var n = Int32(exactly: order) else {
      throw FactorizationError(
        .invalidArgument, "\(matrix.count) elements do not make a matrix of order \(order)")
    }
    guard order > 0 else { return [] }
    guard matrix.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the matrix is not finite")
    }
    BLASThreads.limitToOne()
    var a = matrix
    var one = Int32(1)
    var real = [Double](repeating: 0, count: order)
    var imaginary = real
    var none = CChar(Character("N").asciiValue!)
    var info: Int32 = 0
    var size = Int32(-1)
    var work = [0.0]
    // The first call asks how much room is best.
    for _ in 0..<2 {
      var left = 0.0
      var right = 0.0
      dgeev_(
        &none, &none, &n, &a, &n, &real, &imaginary, &left, &one, &right, &one, &work, &size, &info,
        1, 1)
      if size == -1 {
        size = Int32(work[0])
        work = Array(repeating: 0, count: Int(size))
      }
    }
    guard info == 0 else {
      throw FactorizationError(
        .internalError, "the eigenvalues were not found", libraryStatus: Int(info))
    }
    return zip(real, imaginary).map { ($0, $1) }
  }
}
