/// Looks for a learning rate by steps whose rate grows in equal ratios, as long as the loss does not run away (Smith 2017).
///
///     let found = try LearningRateSearch().run(trainer, on: samples, batchSize: 32)
///     print(found.steepest ?? "no rate lets the loss fall")
public struct LearningRateSearch: Hashable, Sendable {
  /// The rate of the first step.
  public var lowest: Double
  /// The rate of the last step.
  public var highest: Double
  /// The number of steps.
  public var steps: Int
  /// β of the mean by which losses are smoothed: sₜ = (1 − β) Σ βᵗ⁻ⁱ Eᵢ / (1 − βᵗ).
  public var smoothing: Double
  /// The search ends where a smoothed loss is so many times the lowest.
  public var limit: Double

  /// Creates a search.
  public init(
    lowest: Double = 1e-6, highest: Double = 10, steps: Int = 100, smoothing: Double = 0.9,
    limit: Double = 4
  ) {
    (self.lowest, self.highest, self.steps) = (lowest, highest, steps)
    (self.smoothing, self.limit) = (smoothing, limit)
  }

  /// A step of the search.
  public struct Point: Hashable, Sendable {
    /// The learning rate.
    public var rate: Double
    /// The mean loss before the step.
    public var loss: Double
    /// The smoothed loss.
    public var smoothed: Double
  }

  /// How a search ended.
  public enum End: String, Hashable, Sendable {
    /// All rates were tried.
    case finished
    /// The loss ran away.
    case diverged
  }

  /// What a search has found.
  public struct Outcome: Hashable, Sendable {
    /// Its steps.
    public var points: [Point] = []
    /// How it ended.
    public var end = End.finished
    /// How many of the first points are means of too few losses for their slope to tell anything: 1 / (1 − β), at most
    /// a third of all steps.
    public var unsettled = 0

    /// The rate at which the smoothed loss had its minimum. Trainings with this rate are at the edge.
    public var bestLoss: Double? { points.min { $0.smoothed < $1.smoothed }?.rate }

    /// The rate at which the smoothed loss fell fastest with the rate's logarithm, before its minimum and once it had settled:
    /// one to begin with. `nil` where it never fell.
    public var steepest: Double? {
      guard let last = points.indices.min(by: { points[$0].smoothed < points[$1].smoothed }),
        last >= unsettled + 2
      else { return nil }
      let slopes = (unsettled + 1..<last).map {
        (points[$0 + 1].smoothed - points[$0 - 1].smoothed, $0)
      }
      guard let (slope, index) = slopes.min(by: { $0.0 < $1.0 }), slope < 0 else { return nil }
      return points[index].rate
    }
  }

  /// Makes the steps, from the trainer's state and with its options but the rate; the trainer itself stays as it is.
  ///
  /// - Parameters:
  ///   - source: samples; if there are too few for all steps they come again, in another order.
  ///   - batchSize: the samples of a step.
  ///   - seed: what their order is drawn from.
  ///   - shouldStop: asked after every step; the search ends there with what it has.
  /// - Throws: ``CyclogradError``: `invalid-option` for numbers without a meaning and for optimizers that choose the length of
  ///   a step themselves, and what ``Trainer/step(inputs:targets:samples:)`` throws but for trainings that blow up.
  /// - Complexity: that of as many steps of training.
  public func run(
    _ trainer: Trainer, on source: any SampleSource, batchSize: Int, seed: UInt64 = 0,
    shouldStop: () -> Bool = { false }
  ) throws -> Outcome {
    try validate(trainer)
    var options = trainer.options
    options.learningRate = LearningRate(
      lowest, shape: .exponential(end: highest, steps: steps - 1))
    var state = trainer.state
    (state.steps, state.plateau) = (0, PlateauState())
    var run = try TrainingRun(
      Trainer(trainer.simulator, state, options), on: source,
      TrainingRunOptions(epochs: steps, batchSize: batchSize, seed: seed))
    var outcome = Outcome()
    outcome.unsettled = Int(min(1 / (1 - smoothing), Double(steps) / 3))
    var (mean, power, least) = (0.0, 1.0, Double.infinity)
    do {
      while outcome.points.count < steps, !shouldStop(), let event = try run.next() {
        guard case .step(let report) = event else { continue }
        guard report.loss.isFinite else {
          outcome.end = .diverged
          break
        }
        mean = smoothing * mean + (1 - smoothing) * report.loss
        power *= smoothing
        let smoothed = mean / (1 - power)
        outcome.points.append(
          Point(rate: report.learningRate, loss: report.loss, smoothed: smoothed))
        least = min(least, smoothed)
        // Losses may be negative, or 0 at the beginning.
        if smoothed > least + (limit - 1) * abs(least), outcome.points.count > 1 {
          outcome.end = .diverged
          break
        }
      }
    } catch let error as CyclogradError where error.code == .blownUp {
      outcome.end = .diverged
    }
    return outcome
  }

  private func validate(_ trainer: Trainer) throws(CyclogradError) {
    guard lowest > 0, highest > lowest, highest.isFinite, steps >= 3, smoothing >= 0, smoothing < 1,
      limit > 1
    else {
      throw CyclogradError(
        .invalidOption,
        "\(steps) rates from \(lowest) to \(highest), smoothed by \(smoothing), up to \(limit) times the lowest loss",
        advice: "give at least 3 steps between two positive rates, the second larger")
    }
    guard !trainer.options.optimizer.needsAllSamples else {
      throw CyclogradError(
        .invalidOption,
        "\(trainer.options.optimizer.name) chooses the length of a step itself",
        advice: "give it the rate 1")
    }
  }
}
