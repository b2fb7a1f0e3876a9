internal import CKernels

/// The loops over vectors of Anderson mixing, for a range of the vectors' elements; sums run in a fixed
/// order.
public enum MixingKernels {
  /// Stores the differences r − last r in column `row`, those of x − r in `moves`, and x and r as the
  /// last ones.
  ///
  /// - Parameters:
  ///   - columns: differences of residuals, `count` of them in use.
  ///   - gram: becomes the products of the new column with all.
  ///   - projection: becomes the products of r with all columns.
  /// - Returns: the largest |r|.
  public static func store(
    _ range: Range<Int>, x: UnsafePointer<Double>, r: UnsafePointer<Double>,
    lastX: UnsafeMutablePointer<Double>, lastR: UnsafeMutablePointer<Double>,
    columns: UnsafePointer<UnsafeMutablePointer<Double>?>,
    moves: UnsafePointer<UnsafeMutablePointer<Double>?>, used count: Int, row: Int,
    gram: UnsafeMutablePointer<Double>, projection: UnsafeMutablePointer<Double>
  ) -> Double {
    var largest = 0.0
    ck_mixing_store(
      range.lowerBound, range.upperBound, x, r, lastX, lastR, columns, moves, count, row, gram,
      projection, &largest)
    return largest
  }

  /// x −= r + Σ_j coefficients[j] moves[j] over the columns in use.
  ///
  /// - Returns: the largest |x − last x|.
  public static func update(
    _ range: Range<Int>, x: UnsafeMutablePointer<Double>, r: UnsafePointer<Double>,
    lastX: UnsafePointer<Double>, moves: UnsafePointer<UnsafeMutablePointer<Double>?>,
    coefficients: UnsafePointer<Double>, used count: Int
  ) -> Double {
    var largest = 0.0
    ck_mixing_update(
      range.lowerBound, range.upperBound, x, r, lastX, moves, coefficients, count, &largest)
    return largest
  }
}
