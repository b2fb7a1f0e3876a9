/// The outputs of a network for samples, and their losses.
///
/// Samples without an equilibrium, and those whose loss overflows, are named in ``failed`` and take part in no measure.
public struct Evaluation: Sendable {
  /// The answers to samples with an equilibrium and a finite loss.
  public let answers: Answers
  /// What is known of each sample, failed ones too.
  public let evidence: [SampleEvidence]
  /// The loss of each of ``answers``.
  public let losses: [Double]
  /// Those of ``failed`` that have an equilibrium, but no finite loss.
  package let rowsWithoutFiniteLoss: [Int]

  /// How many samples are solved at once, which bounds the memory.
  private static let pieceSize = 1024

  /// Solves all samples.
  ///
  /// - Throws: ``CyclogradError`` for shapes that do not fit and targets outside the loss's range.
  public init(
    _ simulator: Simulator, _ parameters: Parameters, loss: any Loss, inputs: Matrix,
    targets: Matrix
  ) throws {
    if let reason = simulator.unsuitability {
      throw CyclogradError(
        .invalidOption,
        "the backend \(simulator.backend.name) cannot treat this network: \(reason)",
        advice: "use the backend automatic")
    }
    let width = simulator.network.outputCount
    let prepared = try loss.prepare(targets, samples: inputs.rows, outputs: width)
    var rows: [Int] = []
    var evidence: [SampleEvidence] = []
    var outputs: [Double] = []
    var losses: [Double] = []
    var withoutLoss: [Int] = []
    for first in stride(from: 0, to: inputs.rows, by: Self.pieceSize) {
      let piece = Array(first..<min(first + Self.pieceSize, inputs.rows))
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: inputs.selecting(rows: piece))
      let found = equilibrium.outputs
      let converged = piece.indices.filter { equilibrium.evidence[$0].status == .converged }
      let values = loss.values(
        rows: converged, outputs: found, targets: prepared.selecting(rows: piece))
      var known = equilibrium.evidence
      for (place, value) in zip(converged, values) {
        guard value.isFinite else {
          known[place].status = .notFinite
          known[place].detail = "its loss \(value.isNaN ? "is not a number" : "overflows")"
          withoutLoss.append(piece[place])
          continue
        }
        losses.append(value)
        rows.append(piece[place])
        outputs += found[row: place]
      }
      evidence += known
    }
    self.evidence = evidence
    self.losses = losses
    rowsWithoutFiniteLoss = withoutLoss
    var answers = Answers(
      rows: rows, outputs: Matrix(rows: rows.count, columns: width, elements: outputs),
      targets: targets.selecting(rows: rows),
      ignoresMissingTargets: loss.takesMissingTargets)
    let network = simulator.network
    if network.groups.contains(where: { $0.neuronNames != nil }) {
      answers.outputNames = network.outputNames
    }
    self.answers = answers
  }

  /// The rows without an equilibrium or a finite loss.
  public var failed: [Int] { evidence.indices.filter { evidence[$0].status != .converged } }

  /// The mean loss; `nil` if no sample has one.
  ///
  /// - Complexity: O(samples).
  public var loss: Double? {
    losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
  }
}
