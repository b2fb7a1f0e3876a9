import COpenBLAS

/// The eigenvalues of a dense matrix, by LAPACK's `dgeev`: about 10 n³ operations.
public enum DenseEigenvalues {
  /// The real and imaginary parts of the n eigenvalues.
  ///
  /// A matrix and its transpose have the same, so the order of the elements does not matter.
  ///
  /// - Parameter matrix: n × n elements, by rows or by columns.
  /// - Throws: ``FactorizationError``: `invalidArgument` for a wrong length, `notFinite`, and
  ///   `internalError` where the QR iteration does not settle.
  public static func of(
    _ matrix: [Double], order: Int
  ) throws -> [(real: Double, imaginary: Double)] {
    guard matrix.count == order * order, var n = Int32(exactly: order) else {
      throw FactorizationError(
        .invalidArgument, "\(matrix.count) elements do not make a matrix of order \(order)")
    }
    guard matrix.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the matrix is not finite")
    }
    guard order > 0 else { return [] }
    BLASThreads.limitToOne()
    var a = matrix
    var real = [Double](repeating: 0, count: order)
    var imaginary = real
    var none = CChar(Character("N").asciiValue!)
    var one: Int32 = 1
    var unused = 0.0
    var workCount = Int32(clamping: 8 * order)
    var work = [Double](repeating: 0, count: Int(workCount))
    var info: Int32 = 0
    var alsoUnused = 0.0
    dgeev_(
      &none, &none, &n, &a, &n, &real, &imaginary, &unused, &one, &alsoUnused, &one, &work,
      &workCount, &info, 1, 1)
    guard info == 0 else {
      throw FactorizationError(
        .internalError, "the eigenvalues have not been found", libraryStatus: Int(info))
    }
    return zip(real, imaginary).map { ($0, $1) }
  }
}
