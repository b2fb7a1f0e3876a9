/// How the flow of a network is followed in time.
public enum TimeMethod: Hashable, Sendable {
  /// The explicit Runge–Kutta method of Dormand and Prince, of order 5 with an estimate of order 4, whose steps follow
  /// from the accuracy (Hairer, Nørsett & Wanner 1993, section II.5).
  ///
  /// The error of a step may be at most the accuracy times the largest |z| so far.
  case rk45(accuracy: Double = 1e-8)
  /// Steps of equal length between each time and the next: z₁ = z₀ + h/τ ((1 − θ) F(z₀) + θ F(z₁)).
  ///
  /// θ = 1 is the implicit Euler method, ½ the implicit trapezoidal rule, 0 the explicit Euler method. An implicit step
  /// is an equilibrium of the network with weaker weights, and is found by the simulator's backend. Steps
  /// are as long as possible, but not longer than `step`; `nil`: from each time to the next.
  case theta(Double, step: Double? = nil)

  /// The method of a name: `rk45`, or `theta:` with a number from 0 to 1.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-option`.
  public static func named(_ name: String) throws(CyclogradError) -> TimeMethod {
    if name == "rk45" { return .rk45() }
    if name.hasPrefix("theta:"), let theta = Double(name.dropFirst(6)), (0...1).contains(theta) {
      return .theta(theta)
    }
    throw CyclogradError(
      .invalidOption, "there is no method '\(name)' for courses in time",
      advice: "give rk45, or theta: with a number from 0 to 1, such as theta:1 or theta:0.5")
  }

  /// The name, as ``named(_:)`` takes it.
  public var name: String {
    switch self {
    case .rk45: "rk45"
    case .theta(let theta, _): "theta:\(theta)"
    }
  }

  func validate() throws(CyclogradError) {
    switch self {
    case .rk45(let accuracy):
      guard accuracy >= 1e-14, accuracy < 1 else {
        throw CyclogradError(
          .invalidOption, "the accuracy \(accuracy) is not between 1e-14 and 1",
          advice: "give something like 1e-8")
      }
    case .theta(let theta, let step):
      guard theta >= 0, theta <= 1 else {
        throw CyclogradError(
          .invalidOption, "θ is \(theta)", advice: "give a number from 0 to 1")
      }
      if let step, !(step > 0 && step.isFinite) {
        throw CyclogradError(
          .invalidOption, "the step is \(step)", advice: "give a positive number")
      }
    }
  }
}
