import COpenBLAS

/// Dense least squares, by LAPACK.
public enum LeastSquares {
  /// The vector x of least norm among those that minimise ‖A x − b‖₂, by the singular value decomposition (dgelsd).
  ///
  /// Singular values below `threshold` times the largest count as 0.
  ///
  /// - Parameters:
  ///   - matrix: A, m × n numbers by columns.
  ///   - rows: m.
  ///   - columns: n.
  ///   - right: b, m numbers.
  ///   - threshold: a relative size; max(m, n) times the distance from 1 to the next number if `nil`.
  /// - Returns: x, n numbers, and the number of singular values that count.
  /// - Throws: ``FactorizationError``: `invalid-argument` for wrong lengths, `not-finite` if a number is not,
  ///   `internal-error` if the decomposition does not converge.
  /// - Complexity: O(m n · min(m, n)) time.
  public static func solve(
    _ matrix: [Double], rows: Int, columns: Int, _ right: [Double], threshold: Double? = nil
  ) throws -> (solution: [Double], rank: Int) {
    guard matrix.count == rows * columns, right.count == rows, var m = Int32(exactly: rows),
      var n = Int32(exactly: columns)
    else {
      throw FactorizationError(
        .invalidArgument,
        "\(matrix.count) and \(right.count) numbers are no \(rows) × \(columns) system")
    }
    guard rows > 0, columns > 0 else { return ([Double](repeating: 0, count: columns), 0) }
    guard matrix.allSatisfy(\.isFinite), right.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the system is not finite")
    }
    BLASThreads.limitToOne()
    var a = matrix
    var b = right + [Double](repeating: 0, count: max(0, columns - rows))
    var height = Int32(max(rows, columns))
    var one = Int32(1)
    var values = [Double](repeating: 0, count: min(rows, columns))
    var limit = threshold ?? Double(max(rows, columns)) * 0x1p-52
    var (rank, info, size) = (Int32(0), Int32(0), Int32(-1))
    var (work, integers) = ([0.0], [Int32(0)])
    // The first call asks how much room is best.
    for _ in 0..<2 {
      dgelsd_(
        &m, &n, &one, &a, &m, &b, &height, &values, &limit, &rank, &work, &size, &integers, &info)
      if size == -1 {
        size = Int32(work[0])
        work = [Double](repeating: 0, count: Int(size))
        integers = [Int32](repeating: 0, count: max(1, Int(integers[0])))
      }
    }
    guard info == 0 else {
      throw FactorizationError(
        .internalError, "the singular values were not found", libraryStatus: Int(info))
    }
    return (Array(b[..<columns]), Int(rank))
  }

  /// The triangle R of A = Q R (dgeqrf): ‖A x‖ = ‖R x‖ for every x, with as few rows as columns.
  ///
  /// - Parameters:
  ///   - matrix: A, m × n numbers by columns.
  ///   - rows: m.
  ///   - columns: n.
  /// - Returns: min(m, n) × n numbers by columns, 0 below the diagonal.
  /// - Throws: ``FactorizationError``: `invalid-argument` for a wrong length, `not-finite` if a number is not.
  /// - Complexity: O(m n²) time.
  public static func triangle(_ matrix: [Double], rows: Int, columns: Int) throws -> [Double] {
    guard matrix.count == rows * columns, var m = Int32(exactly: rows),
      var n = Int32(exactly: columns)
    else {
      throw FactorizationError(
        .invalidArgument, "\(matrix.count) numbers are no \(rows) × \(columns) matrix")
    }
    guard rows > 0, columns > 0 else { return [] }
    guard matrix.allSatisfy(\.isFinite) else {
      throw FactorizationError(.notFinite, "an element of the matrix is not finite")
    }
    BLASThreads.limitToOne()
    var a = matrix
    let height = min(rows, columns)
    var factors = [Double](repeating: 0, count: height)
    var (info, size, work) = (Int32(0), Int32(-1), [0.0])
    for _ in 0..<2 {
      dgeqrf_(&m, &n, &a, &m, &factors, &work, &size, &info)
      if size == -1 {
        size = Int32(work[0])
        work = [Double](repeating: 0, count: Int(size))
      }
    }
    var result = [Double](repeating: 0, count: height * columns)
    for column in 0..<columns {
      for row in 0...min(column, height - 1) {
        result[column * height + row] = a[column * rows + row]
      }
    }
    return result
  }
}
