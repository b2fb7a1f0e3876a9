import COpenBLAS

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

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
    try solve(matrix, order, hasVectors: false).values
  }

  /// The eigenvalues, and for each the magnitudes of the elements of its right eigenvector, whose Euclidean norm is 1.
  ///
  /// - Parameters:
  ///   - matrix: n × n numbers, by rows.
  ///   - order: n.
  /// - Throws: as ``of(_:order:)``.
  public static func modes(
    _ matrix: [Double], order: Int
  ) throws -> [(real: Double, imaginary: Double, magnitudes: [Double])] {
    let (values, vectors) = try solve(matrix, order, hasVectors: true)
    return values.indices.map { index in
      let value = values[index]
      // A pair has the value with the positive imaginary part first; its two columns are the real and the imaginary part.
      let first = value.imaginary < 0 ? index - 1 : index
      let magnitudes = (0..<order).map { row -> Double in
        let real = vectors[first * order + row]
        guard value.imaginary != 0 else { return abs(real) }
        let imaginary = vectors[(first + 1) * order + row]
        return hypot(real, imaginary)
      }
      return (value.real, value.imaginary, magnitudes)
    }
  }

  private static func solve(
    _ matrix: [Double], _ order: Int, hasVectors: Bool
  ) throws -> (values: [(real: Double, imaginary: Double)], vectors: [Double]) {
    guard matrix.count == order * order, var n = Int32(exactly: order) else {
      throw FactorizationError(
        .invalidArgument, "\(matrix.count) elements do not make a matrix of order \(order)")
    }
    guard order > 0 else { return ([], []) }
    guard matrix.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the matrix is not finite")
    }
    BLASThreads.limitToOne()
    // The method takes what is very small beside 1 for 0, and squares overflow.
    let largest = matrix.reduce(0) { max($0, abs($1)) }
    let unit = largest == 0 || (0x1p-100...0x1p100).contains(largest) ? 1 : largest.binade
    var a = unit == 1 ? matrix : matrix.map { $0 / unit }
    var one = Int32(1)
    var real = [Double](repeating: 0, count: order)
    var imaginary = real
    var none = CChar(Character("N").asciiValue!)
    // What is by rows here is by columns there, so that the left vectors of the one are the right ones of the other.
    var wanted = CChar(Character(hasVectors ? "V" : "N").asciiValue!)
    var vectors = [Double](repeating: 0, count: hasVectors ? order * order : 1)
    var stride = hasVectors ? n : one
    var info: Int32 = 0
    var size = Int32(-1)
    var work = [0.0]
    // The first call asks how much room is best.
    for _ in 0..<2 {
      var right = 0.0
      dgeev_(
        &wanted, &none, &n, &a, &n, &real, &imaginary, &vectors, &stride, &right, &one, &work,
        &size,
        &info, 1, 1)
      if size == -1 {
        size = Int32(work[0])
        work = Array(repeating: 0, count: Int(size))
      }
    }
    guard info == 0 else {
      throw FactorizationError(
        .internalError, "the eigenvalues were not found", libraryStatus: Int(info))
    }
    return (zip(real, imaginary).map { ($0 * unit, $1 * unit) }, vectors)
  }
}
