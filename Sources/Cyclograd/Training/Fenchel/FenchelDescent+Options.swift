extension FenchelDescent {
  /// How it proceeds.
  public struct Options: Hashable, Sendable {
    /// The outputs that are fitted; they only add, and feed nothing.
    public var readout: String
    /// What their squared weights are multiplied with.
    public var ridge: Double
    /// The number of steps.
    public var steps: Int
    /// λ of the first step.
    public var weight: Double
    /// What λ is multiplied with after each step.
    public var growth: Double
    /// How many projected gradients a step makes for states, and for weights.
    public var sweeps: Int
    /// Balls that rows of W stay in.
    public var balls: [RowBall]
    /// Groups of parameters, of which those that are frozen stay; the readout is fitted all the same.
    public var parameterGroups: [ParameterGroup] = []

    /// Creates options.
    public init(
      _ readout: String, ridge: Double = 1e-4, steps: Int = 50, weight: Double = 1,
      growth: Double = 1.06, sweeps: Int = 5, balls: [RowBall] = []
    ) {
      (self.readout, self.ridge, self.steps) = (readout, ridge, steps)
      (self.weight, self.growth, self.sweeps, self.balls) = (weight, growth, sweeps, balls)
    }

    /// Checks that the numbers have a meaning.
    ///
    /// - Throws: ``CyclogradError`` with the code `invalid-option`.
    public func validate() throws(CyclogradError) {
      _ = try ReadoutFit(readout, ridge: ridge)
      guard steps >= 1, sweeps >= 1, weight > 0, weight.isFinite, growth >= 1, growth.isFinite
      else {
        throw CyclogradError(
          .invalidOption,
          "\(steps) steps of \(sweeps) sweeps with the weight \(weight), which grows by \(growth)",
          advice:
            "give at least one step and one sweep, a positive weight, and a growth of at least 1")
      }
    }
  }

  /// What a step came to.
  public struct Report: Hashable, Sendable {
    /// The number of the step, from 1.
    public var step: Int
    /// λ.
    public var weight: Double
    /// The objective after the step.
    public var objective: Double
    /// The objective before the step, with the same λ.
    public var objectiveBefore: Double
    /// The mean of ½ ‖y − ŷ‖² at the states.
    public var loss: Double
    /// The mean over the samples of the sum of divergences.
    public var divergence: Double
  }
}
