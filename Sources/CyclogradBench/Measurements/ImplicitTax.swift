import Cyclograd
import CyclogradReports

/// What a training step pays for the latent cycle: the step over that of the same network without
/// its lateral weights, in turn.
enum ImplicitTax {
  static func measure(
    _ version: Autoencoder.Version, _ settings: Settings
  ) throws -> Measurement {
    let implicit = Autoencoder.large(version)
    var explicit = implicit
    explicit.hasLateralWeights = false
    let options = SolverOptions(threads: 1)
    let contestants = [
      try TrainingContestant(implicit.problem(), options, name: "implicit"),
      try TrainingContestant(explicit.problem(), options, name: "explicit"),
    ]
    // The two are different networks, so their answers differ.
    let race = Race(
      contestants, rounds: 10 * settings.rounds, budget: settings.budget, agreement: .infinity)
    let times = race.results.map { $0.total ?? .nan }
    return Measurement(
      name: "implicit tax, \(version.rawValue)", value: times[0] / times[1], target: 1.25,
      unit: "×",
      detail: "\(Quantity.seconds(times[0])) over \(Quantity.seconds(times[1])), 1 thread")
  }
}
