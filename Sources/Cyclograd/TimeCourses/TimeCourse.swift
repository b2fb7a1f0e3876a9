/// The states of a network in time, τ dz/dt = −z + W f(z) + b + x(t), at given times.
///
/// Every unit has the time constant of its group, inputs' and outputs' units, too. Equilibria are where the flow
/// stands still.
public struct TimeCourse: Sendable {
  /// The network.
  public let network: Network
  /// The weights and biases.
  public let parameters: Parameters
  /// The inputs.
  public let inputs: TimedInputs
  /// How the flow was followed.
  public let method: TimeMethod
  /// When the states are.
  public let times: [Double]
  /// z of all units in file order, a row for each time; NaN from where the course could not be followed.
  public internal(set) var states: Matrix
  /// The activations of the output neurons, a row for each time; NaN from where the course could not be followed.
  public internal(set) var outputs: Matrix
  /// `converged` where the course was followed to its end; else what went wrong.
  public internal(set) var status = SolveStatus.converged
  /// What is known of a failure.
  public internal(set) var detail: String?
  /// The time that was reached.
  public internal(set) var reached: Double
  /// The number of steps that were taken.
  public internal(set) var steps = 0
  /// The number of steps that were tried and found too long.
  public internal(set) var rejectedSteps = 0
  /// Where the course leads.
  public internal(set) var tendency = Tendency.undecided
  /// The largest |−z + W f(z) + b + x| of a unit where the course ends.
  public internal(set) var imbalance = Double.nan
  /// All steps, if a gradient is to follow.
  var path: ThetaPath?

  /// Where a course leads, as far as its end tells.
  public enum Tendency: Hashable, Sendable {
    /// It has come to rest: the imbalance is below a millionth of the states.
    case settled
    /// The second half returns to its own states, all of them within a thousandth of their range, after this time.
    case oscillating(period: Double)
    /// Neither.
    case undecided
  }

  /// This course, if it was followed to its end.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-converged`.
  public func requireComplete() throws(CyclogradError) -> TimeCourse {
    guard status == .converged else {
      throw CyclogradError(
        .notConverged,
        "the course was followed until t = \(reached) only (\(status.rawValue)"
          + (detail.map { ": \($0)" } ?? "") + ")",
        advice: advice)
    }
    return self
  }

  /// What to try where the course was not followed to its end.
  public var advice: String? {
    switch (status, method) {
    case (.converged, _): nil
    case (.iterationLimit, .rk45):
      "the system is stiff: use the method theta:1, or ask for less accuracy"
    case (_, .rk45): "look whether the states run away"
    case (_, .theta): "take shorter steps"
    }
  }
}
