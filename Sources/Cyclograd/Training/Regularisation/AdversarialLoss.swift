/// w (E(x + δ) − E(x)), with δ from an attack on the loss of each sample: training on attacked inputs.
///
/// Together with the loss itself this is (1 − w) E(x) + w E(x + δ), as in Goodfellow, Shlens & Szegedy 2015; w = 1 trains on
/// attacked inputs alone (Madry et al. 2018). An attack takes steps along the sign of ∂E/∂x within the box around the sample;
/// a single one leads to a corner. δ is held while parameters are differentiated.
public struct AdversarialLoss: Regulariser, Hashable {
  /// w, above 0 and at most 1.
  public var weight: Double
  /// How far each input may move.
  public var radius: Double
  /// What inputs can be at all; an input outside does not move further out.
  public var range: ClosedRange<Double>?
  /// How many steps an attack takes.
  public var steps: Int
  /// Whether attacks begin at a random point of the box, not at the sample.
  public var startsAtRandom: Bool
  /// The group whose inputs move; all inputs if `nil`.
  public var group: String?

  /// Creates the term.
  public init(
    _ weight: Double = 1, radius: Double, range: ClosedRange<Double>? = nil, steps: Int = 1,
    startsAtRandom: Bool = false, from group: String? = nil
  ) {
    (self.weight, self.radius, self.range) = (weight, radius, range)
    (self.steps, self.startsAtRandom, self.group) = (steps, startsAtRandom, group)
  }

  /// Such as `adversarial 0.5 within 0.02, 3 steps`.
  public var name: String {
    "adversarial \(weight) within \(radius)" + (group.map { " of \($0)" } ?? "")
      + (steps == 1 ? ", 1 step" : ", \(steps) steps")
  }

  /// Finds the inputs that move.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for numbers without a meaning, and a group without inputs.
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try RobustnessTerm.check(weight, "weight", name)
    try RobustnessTerm.check(radius, "radius", name)
    guard weight <= 1 else {
      throw CyclogradError(
        .invalidOption, "the weight is \(weight)", at: .init(subject: name),
        advice: "give a number up to 1, which is training on attacked inputs alone")
    }
    guard (1...10_000).contains(steps) else {
      throw CyclogradError(
        .invalidOption, "the number of steps is \(steps)", at: .init(subject: name),
        advice: "give a number from 1 to 10000")
    }
    return BoundAdversarial(
      term: self, inputs: try RobustnessTerm.inputs(of: group, parameters.network, name))
  }
}

private struct BoundAdversarial: BoundRegulariser {
  let term: AdversarialLoss
  let inputs: [Int]

  func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) throws -> Double {
    guard let objective = step.objective, objective.isMean else {
      throw CyclogradError(
        .notApplicable, "there is no loss to attack", at: .init(subject: term.name),
        advice: "leave this term out")
    }
    let plain = try slope(step, objective, at: step.equilibrium)
    let samples = step.equilibrium.inputs
    var x = samples
    var direction = plain.inputs
    if term.startsAtRandom {
      shuffle(&x, step)
      direction = try slope(step, objective, at: equilibrium(step, x)).inputs
    }
    // From any point of the box a single step reaches a corner; several together can cross it.
    let length = term.radius * min(2, 2.5 / Double(term.steps))
    for count in 1...term.steps {
      for row in 0..<x.rows {
        for j in inputs {
          let g = direction[row, j]
          let move = g > 0 ? length : g < 0 ? -length : 0
          x[row, j] = held(x[row, j] + move, around: samples[row, j])
        }
      }
      if count < term.steps {
        direction = try slope(step, objective, at: equilibrium(step, x)).inputs
      }
    }
    let attacked = try slope(step, objective, at: equilibrium(step, x))
    for index in gradient.indices {
      gradient[index] +=
        term.weight * (attacked.parameters[index] - plain.parameters[index])
    }
    return term.weight * (attacked.loss - plain.loss)
  }

  private func held(_ value: Double, around center: Double) -> Double {
    let low = max(term.range?.lowerBound ?? -.infinity, center - term.radius)
    let high = min(term.range?.upperBound ?? .infinity, center + term.radius)
    return min(max(center, high), max(min(center, low), value))
  }

  private func shuffle(_ x: inout Matrix, _ step: RegularisedStep) {
    let stream = CounterRandom(seed: step.seed, purpose: .attack, index: step.step)
    for row in 0..<x.rows {
      for j in inputs {
        let center = x[row, j]
        let share = stream.uniform(step.samples[row] * x.columns + j)
        let low = held(-.infinity, around: center)
        x[row, j] = low + share * (held(.infinity, around: center) - low)
      }
    }
  }

  private func equilibrium(_ step: RegularisedStep, _ x: Matrix) throws -> Equilibrium {
    try step.simulator.equilibrium(step.parameters, inputs: x)
  }

  /// - Throws: ``SampleFailures`` for samples without an equilibrium or an adjoint.
  private func slope(
    _ step: RegularisedStep, _ objective: Objective, at equilibrium: Equilibrium
  ) throws -> Gradient {
    let outcome = try step.simulator.differentiate(
      objective, at: equilibrium, kind: step.gradientKind, skippingFailures: true)
    let failed = outcome.evidence.enumerated().filter { $1.status != .converged }
    if !failed.isEmpty {
      throw SampleFailures(
        evidence: Dictionary(uniqueKeysWithValues: failed.map { ($0.offset, $0.element) }))
    }
    if let overflow = outcome.overflow { throw overflow }
    guard let gradient = outcome.gradient else {
      throw CyclogradError(
        .notConverged, "no gradient was found", at: .init(subject: term.name),
        advice: "lower the learning rate")
    }
    return gradient
  }
}
