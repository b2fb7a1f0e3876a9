/// What is known of one training, or of all runs of one variant of a study, as comparisons show it.
public struct TrainingRecord: Hashable, Sendable {
  /// A quantity in the course of a training.
  public struct Curve: Hashable, Sendable {
    /// Such as `training loss`.
    public var quantity: String
    /// Epochs or steps, whole or parts of them.
    public var x: [Double]
    /// The values there.
    public var y: [Double]

    /// A curve through (x[i], y[i]).
    public init(_ quantity: String, x: [Double], y: [Double]) {
      (self.quantity, self.x, self.y) = (quantity, x, y)
    }
  }

  /// A quantity in the end, over all trainings of the record.
  public struct Result: Hashable, Sendable {
    /// Such as `validation loss`.
    public var quantity: String
    /// Mean and deviation over the trainings.
    public var values: Spread

    /// Values of one training each.
    public init(_ quantity: String, _ values: [Double]) {
      (self.quantity, self.values) = (quantity, Spread(values))
    }
  }

  /// What the training is called.
  public var name: String
  /// How many trainings it tells of.
  public var trainings = 1
  /// How many more lines on the same trainings were left out.
  public var repetitions = 0
  /// What the training was made of, by the names of its settings, where that is known.
  public var settings: [String: String] = [:]
  /// Quantities over epochs.
  public var byEpoch: [Curve] = []
  /// Quantities over steps.
  public var byStep: [Curve] = []
  /// Quantities in the end.
  public var results: [Result] = []

  /// A record of nothing.
  public init(_ name: String) { self.name = name }

  /// What a history tells; the results are those of the best validation, or else of the last epoch.
  public init(_ name: String, _ history: TrainingHistory) {
    self.name = name
    settings = history.settings
    if let network = history.network { settings["network"] = network }
    addEpochs(history)
    addSteps(history)
    addResults(history)
  }

  private mutating func addEpochs(_ history: TrainingHistory) {
    if !history.epochs.isEmpty {
      byEpoch.append(
        Curve(
          "training loss", x: history.epochs.map { Double($0.epoch) }, y: history.epochs.map(\.loss)
        ))
    }
    // Where validations stand between the ends of epochs follows from the steps of an epoch.
    let stepsPerEpoch = history.epochs.last.map { Double($0.step) / Double(max(1, $0.epoch)) }
    func epoch(_ validation: ValidationReport) -> Double {
      guard let stepsPerEpoch, stepsPerEpoch > 0 else { return Double(validation.epoch) }
      return Double(validation.step) / stepsPerEpoch
    }
    if !history.validations.isEmpty {
      byEpoch.append(
        Curve(
          "validation loss", x: history.validations.map(epoch), y: history.validations.map(\.loss)))
    }
    var names: [String] = []
    for one in history.validations.flatMap(\.measurements) where !names.contains(one.name) {
      names.append(one.name)
    }
    for name in names {
      let found = history.validations.compactMap { validation in
        validation.measurements.first { $0.name == name }.map { (epoch(validation), $0.value) }
      }
      byEpoch.append(Curve("validation \(name)", x: found.map(\.0), y: found.map(\.1)))
    }
  }

  private mutating func addSteps(_ history: TrainingHistory) {
    guard !history.steps.isEmpty else { return }
    func add(_ quantity: String, _ value: (TrainingHistory.Step) -> Double?) {
      let found = history.steps.compactMap { step in value(step).map { (Double(step.step), $0) } }
      if !found.isEmpty {
        byStep.append(Curve(quantity, x: found.map(\.0), y: found.map(\.1)))
      }
    }
    add("loss") { $0.loss }
    add("gradient norm") { $0.gradientNorm }
    add("learning rate") { $0.learningRate }
    add("iterations") {
      let count = $0.used + $0.skipped
      return count > 0 ? Double($0.forwardIterations) / Double(count) : nil
    }
    add("residual") { $0.residual }
    if history.steps.contains(where: { $0.skipped > 0 }) { add("left out") { Double($0.skipped) } }
  }

  private mutating func addResults(_ history: TrainingHistory) {
    func add(_ quantity: String, _ value: Double?) {
      if let value { results.append(Result(quantity, [value])) }
    }
    add("steps", (history.steps.last?.step ?? history.epochs.last?.step).map(Double.init))
    add("epochs", history.epochs.last.map { Double($0.epoch) })
    add("training loss", history.epochs.last?.loss ?? history.steps.last?.loss)
    let best = history.validations.last(where: \.isBest) ?? history.validations.last
    add("validation loss", best?.loss)
    add("best at step", best.map { Double($0.step) })
    for one in best?.measurements ?? [] { add("validation \(one.name)", one.value) }
    let skipped =
      history.epochs.isEmpty ? history.steps.map(\.skipped) : history.epochs.map(\.skipped)
    add("left out", Double(skipped.reduce(0, +)))
  }
}
