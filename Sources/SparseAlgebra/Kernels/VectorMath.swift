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
    }
  }
}
