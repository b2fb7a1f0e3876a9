internal import CKernels

/// One step of descent on a run of parameters with the same rate and decay. The loops read parameters, gradient and
/// moments once, and write parameters and moments.
public struct UpdateKernels: Sendable {
  private let rule: ck_update

  /// - Parameters:
  ///   - rate: the learning rate.
  ///   - decay: what fraction of a parameter is added to its derivative.
  ///   - cut: derivatives are cut to ± this, then multiplied with `scale`.
  ///   - largest: the bound on a parameter's magnitude.
  public init(rate: Double, decay: Double, cut: Double, scale: Double, largest: Double) {
    rule = ck_update(rate: rate, decay: decay, cut: cut, scale: scale, largest: largest)
  }

  /// Σ of the squares of derivatives, each cut to ± `cut`, in an order that depends on `count` alone.
  public static func sumOfSquares(
    _ count: Int, _ g: UnsafePointer<Double>, cut: Double
  ) -> Double {
    ck_sum_of_squares(count, g, cut)
  }

  /// result = w − rate · g; returns how many exceed the bound or are NaN.
  public func descend(
    _ count: Int, _ w: UnsafePointer<Double>, _ g: UnsafePointer<Double>,
    _ result: UnsafeMutablePointer<Double>
  ) -> Int {
    withUnsafePointer(to: rule) { ck_descend($0, count, w, g, result) }
  }

  /// v ← momentum · v − rate · g; result = w + v, or w + momentum · v − rate · g where it looks ahead.
  public func descend(
    momentum: Double, looksAhead: Bool, _ count: Int, _ w: UnsafePointer<Double>,
    _ g: UnsafePointer<Double>, velocity: UnsafeMutablePointer<Double>,
    _ result: UnsafeMutablePointer<Double>
  ) -> Int {
    withUnsafePointer(to: rule) {
      ck_descend_momentum($0, momentum, looksAhead ? 1 : 0, count, w, g, velocity, result)
    }
  }

  /// What Adam is made of besides the rate.
  public struct Moments: Sendable {
    fileprivate let moments: ck_moments

    /// - Parameters:
    ///   - first: what undoes the bias of the mean, 1 / (1 − β₁ᵗ).
    ///   - second: what undoes the bias of the square.
    ///   - shrink: what fraction of a parameter is taken from it, apart from the gradient.
    public init(
      beta1: Double, beta2: Double, epsilon: Double, first: Double, second: Double, shrink: Double
    ) {
      moments = ck_moments(
        beta1: beta1, beta2: beta2, epsilon: epsilon, first: first, second: second,
        shrink: shrink)
    }
  }

  /// Adam's step; returns how many exceed the bound or are NaN.
  public func adam(
    _ moments: Moments, _ count: Int, _ w: UnsafePointer<Double>, _ g: UnsafePointer<Double>,
    mean: UnsafeMutablePointer<Double>, square: UnsafeMutablePointer<Double>,
    _ result: UnsafeMutablePointer<Double>
  ) -> Int {
    withUnsafePointer(to: rule) { rule in
      withUnsafePointer(to: moments.moments) {
        ck_adam(rule, $0, count, w, g, mean, square, result)
      }
    }
  }
}
