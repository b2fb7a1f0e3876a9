internal import CKernels

/// The loops over vectors of Anderson mixing, for a range of the vectors' elements; sums run in a fixed
/// order.
public enum MixingKernels {
  /// As many differences are combined at most.
  public static let mostDifferences = Int(ck_most_differences)

  /// Some vectors, the oldest first.
  public typealias History = UnsafePointer<UnsafePointer<Double>?>

  /// Keeps an iterate x and its residual r, and takes the step x −= r where that is all that is to be done.
  ///
  /// - Returns: the sum of the squares of r, and where the step was not taken the largest |r|.
  public static func keep(
    _ range: Range<Int>, x: UnsafeMutablePointer<Double>, r: UnsafePointer<Double>,
    keptX: UnsafeMutablePointer<Double>, keptR: UnsafeMutablePointer<Double>, isPlain: Bool
  ) -> (squares: Double, largest: Double) {
    var (squares, largest) = (0.0, 0.0)
    ck_mixing_keep(
      range.lowerBound, range.upperBound, x, r, keptX, keptR, isPlain ? 1 : 0, &largest, &squares)
    return (squares, largest)
  }

  /// The products of differences of residuals.
  ///
  /// - Parameters:
  ///   - residuals: one more than there are differences.
  ///   - fresh: of how many of the last differences the products are asked for.
  ///   - scale: a power of two by which residuals are multiplied first.
  ///   - products: a row for each of these, with a number for each difference that is not later.
  ///   - projection: becomes the products of the last residual with all differences.
  public static func products(
    _ range: Range<Int>, residuals: History, count: Int, fresh: Int, scale: Double,
    products: UnsafeMutablePointer<Double>, projection: UnsafeMutablePointer<Double>
  ) {
    ck_mixing_products(
      range.lowerBound, range.upperBound, residuals, count, fresh, scale, products, projection)
  }

  /// x = image of the last iterate − Σ_j coefficients[j] (image j + 1 − image j), an image being x − r.
  ///
  /// - Returns: the largest |x − last x|.
  public static func update(
    _ range: Range<Int>, x: UnsafeMutablePointer<Double>, iterates: History, residuals: History,
    coefficients: UnsafePointer<Double>, count: Int
  ) -> Double {
    var largest = 0.0
    ck_mixing_update(
      range.lowerBound, range.upperBound, x, iterates, residuals, coefficients, count, &largest)
    return largest
  }
}
