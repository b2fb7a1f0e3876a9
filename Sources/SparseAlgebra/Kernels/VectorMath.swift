internal import CKernels

/// Functions and their derivatives for many numbers at once, in vector instructions.
///
/// Errors are below 4 ulp for values and derivatives. A number's result does not depend on its
/// neighbours or its place, so results are the same however work is divided.
public enum VectorMath {
  /// What can be evaluated.
  public enum Function: Sendable {
    /// tanh z
    case tanh
    /// 1 / (1 + e⁻ᶻ)
    case logistic
    /// arctan z
    case arctan
    /// max(z, 0)
    case relu
    /// max(z, 0) + slope · min(z, 0)
    case leakyReLU(slope: Double)
    /// min(max(z, lower), upper)
    case clamp(lower: Double, upper: Double)
  }

  /// Evaluates `count` numbers, and their derivatives where there is room for them; the arrays must not
  /// overlap.
  public static func evaluate(
    _ function: Function, _ z: UnsafePointer<Double>, count: Int,
    value: UnsafeMutablePointer<Double>, derivative: UnsafeMutablePointer<Double>?
  ) {
    switch function {
    case .tanh: ck_tanh(z, value, derivative, count)
    case .logistic: ck_logistic(z, value, derivative, count)
    case .arctan: ck_arctan(z, value, derivative, count)
    case .relu: ck_relu(z, value, derivative, count)
    case .leakyReLU(let slope): ck_leaky_relu(z, slope, value, derivative, count)
    case .clamp(let lower, let upper): ck_clamp(z, lower, upper, value, derivative, count)
    }
  }
}
