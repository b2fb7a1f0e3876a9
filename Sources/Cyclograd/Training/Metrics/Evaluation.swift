/// What a network makes of samples, and what that is worth.
///
/// Samples without an equilibrium are named in ``failed`` and take part in no measure.
public struct Evaluation: Sendable {
  /// The rows with an equilibrium, from 0.
  public let rows: [Int]
  /// What is known of each sample, failed ones too.
  public let evidence: [SampleEvidence]
  /// Outputs of ``rows``: a row each.
  public let outputs: Matrix
  /// Targets of ``rows``, as they were given.
  public let targets: Matrix
  /// The loss of each of ``rows``.
  public let losses: [Double]

  /// Samples are solved so many at once, which bounds the memory.
  private static let pieceSize = 1024

  /// Solves all samples.
  ///
  /// - Throws: ``CyclogradError`` for shapes that do not fit and targets outside the loss's range.
  public init(
    _ simulator: Simulator, _ parameters: Parameters, loss: Loss, inputs: Matrix, targets: Matrix
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
    for first in stride(from: 0, to: inputs.rows, by: Self.pieceSize) {
      let piece = Array(first..<min(first + Self.pieceSize, inputs.rows))
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: inputs.selecting(rows: piece))
      evidence += equilibrium.evidence
      let found = equilibrium.outputs
      for (place, row) in piece.enumerated()
      where equilibrium.evidence[place].status == .converged {
        rows.append(row)
        outputs += found[row: place]
        losses.append(
          loss.evaluate(outputs: found[row: place], targets: prepared[row: row]) { _, _ in })
      }
    }
    self.rows = rows
    self.evidence = evidence
    self.outputs = Matrix(rows: rows.count, columns: width, elements: outputs)
    self.targets = targets.selecting(rows: rows)
    self.losses = losses
  }

  /// The rows without an equilibrium.
  public var failed: [Int] { evidence.indices.filter { evidence[$0].status != .converged } }

  /// The mean loss; `nil` if no sample has an equilibrium.
  public var loss: Double? {
    losses.isEmpty ? nil : losses.reduce(0, +) / Double(losses.count)
  }

  /// For each of ``rows`` the root of the mean squared difference between outputs and targets: the
  /// score of an autoencoder, high where a sample is unlike those of its training.
  public var reconstructionErrors: [Double] {
    rows.indices.map { row in
      let squares = zip(outputs[row: row], targets[row: row]).reduce(0.0) {
        $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
      }
      return (squares / Double(max(1, outputs.columns))).squareRoot()
    }
  }

  /// The classes of ``rows``, from 0: true ones and those that were found.
  ///
  /// With one output, class 1 is found where it is at least `threshold`. With several, the largest
  /// output names the class, the first of equal ones. Targets are class numbers, or as many columns
  /// as outputs, exactly one of which is 1 and the others 0.
  ///
  /// - Throws: ``CyclogradError`` for targets that are no classes.
  public func classes(
    threshold: Double
  ) throws(CyclogradError) -> (count: Int, actual: [Int], found: [Int]) {
    let count = max(2, outputs.columns)
    var (actual, found): ([Int], [Int]) = ([], [])
    for (place, row) in rows.enumerated() {
      let target = Array(targets[row: place])
      let answer = Array(outputs[row: place])
      guard let number = Self.classNumber(target, count: count) else {
        throw CyclogradError(
          .invalidValue, "\(target.map(\.description).joined(separator: ", ")) is not a class",
          at: .init(subject: "targets, row \(row)"),
          advice: "give whole numbers from 0 to \(count - 1), or one 1 among zeros")
      }
      actual.append(number)
      if answer.count == 1 {
        found.append(answer[0] >= threshold ? 1 : 0)
      } else {
        let most = answer.indices.max { (answer[$0], $1) < (answer[$1], $0) }
        found.append(most ?? 0)
      }
    }
    return (count, actual, found)
  }

  private static func classNumber(_ target: [Double], count: Int) -> Int? {
    if target.count == 1 {
      return (0..<count).first { Double($0) == target[0] }
    }
    guard target.allSatisfy({ $0 == 0 || $0 == 1 }), target.count(where: { $0 == 1 }) == 1 else {
      return nil
    }
    return target.firstIndex(of: 1)
  }
}
