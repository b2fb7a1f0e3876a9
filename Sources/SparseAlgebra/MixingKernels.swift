internal import CKernels

/// The loops over vectors of Anderson mixing; sums run in a fixed order.
public enum MixingKernels {
  /// Stores the differences r − last r and x − last x in the columns `row`, and x and r as the last
  /// ones.
  ///
  /// - Parameters:
  ///   - columns: differences of residuals, `count` of them in use.
  ///   - gram: becomes the products of the new column with all.
  ///   - projection: becomes the products of r with all columns.
  /// - Returns: the largest |r|.
  public static func store(
    count n: Int, x: UnsafePointer<Double>, r: UnsafePointer<Double>,
    lastX: UnsafeMutablePointer<Double>, lastR: UnsafeMutablePointer<Double>,
    columns: UnsafePointer<UnsafeMutablePointer<Double>?>, used count: Int, row: Int,
    dx: UnsafeMutablePointer<Double>, gram: UnsafeMutablePointer<Double>,
    projection: UnsafeMutablePointer<Double>
  ) -> Double {
    var largest = 0.0
    ck_mixing_store(
      n, x, r, lastX, lastR, columns, count, row, dx, gram, projection, &largest)
    return largest
  }

  /// x −= r + Σ_j coefficients[j] (dx[j] − dr[j]) over the columns in use.
  ///
  /// - Returns: the largest |x − last x|.
  public static func update(
    count n: Int, x: UnsafeMutablePointer<Double>, r: UnsafePointer<Double>,
    lastX: UnsafePointer<Double>, dr: UnsafePointer<UnsafeMutablePointer<Double>?>,
    dx: UnsafePointer<UnsafeMutablePointer<Double>?>, coefficients: UnsafePointer<Double>,
    used count: Int
  ) -> Double {
    var largest = 0.0
    ck_mixing_update(n, x, r, lastX, dr, dx, coefficients, count, &largest)
    return largest
  }
}
