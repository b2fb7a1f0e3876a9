import ArgumentParser
import Cyclograd
import CyclogradFormats
import CyclogradReports

/// `solve --lesion`: what each cut does to the outputs, as a table or in one JSON object.
struct LesionReport {
  let lesions: [Lesion]
  let study: LesionStudy
  let network: Network
  let seconds: Double

  /// Applies the cuts one by one.
  init(
    _ selections: [String], _ problem: SolvingArguments.Problem, _ options: ImportOptions,
    start: Matrix?
  ) throws {
    network = problem.network
    lesions = try selections.flatMap {
      try LesionSelection.lesions($0, in: problem.imported, problem.network, options)
    }
    let simulator = try problem.simulator()
    let intact = try simulator.equilibrium(
      problem.parameters, inputs: problem.inputs, start: start)
    let clock = ContinuousClock()
    let begin = clock.now
    Progress.task.begin("cutting", of: lesions.count)
    study = try LesionStudy(lesions, at: intact, with: simulator) {
      Progress.task.advance(by: 1)
    }
    seconds = (clock.now - begin) / .seconds(1)
  }

  /// After minus before, one row a cut and sample.
  private var changes: Matrix {
    let samples = study.intact.rows
    var result = Matrix(rows: lesions.count * samples, columns: network.outputCount)
    for (index, outcomes) in study.outcomes.enumerated() {
      for (sample, outcome) in outcomes.enumerated() {
        for (column, value) in outcome.outputs.enumerated() {
          result[index * samples + sample, column] = value - study.intact[sample, column]
        }
      }
    }
    return result
  }

  /// Writes the table: .npy holds the changes of the outputs alone.
  func write(to path: String) throws {
    let changes = changes
    var labels: [[TableRows.Cell]] = []
    for (lesion, outcomes) in zip(lesions, study.outcomes) {
      for (sample, outcome) in outcomes.enumerated() {
        labels.append(
          [.text(lesion.name), .integer(sample), .text(outcome.relation.rawValue)])
      }
    }
    try TableFile.write(
      header: ["cut", "row", "equilibrium"] + network.outputNames, labels: labels,
      matrix: changes, to: path, for: "the cuts")
  }

  var json: JSONValue {
    let samples = study.intact.rows
    let changes = changes
    var cuts: [JSONValue] = []
    for (index, outcomes) in study.outcomes.enumerated() {
      for (sample, outcome) in outcomes.enumerated() {
        cuts.append(
          .object([
            ("cut", .string(lesions[index].name)), ("row", .integer(sample)),
            ("equilibrium", .string(outcome.relation.rawValue)),
            ("changes", .numbers(changes[row: index * samples + sample])),
            ("residual", .number(outcome.residual)),
          ]))
      }
    }
    return .object([
      ("graph", GraphJSON.object(network)),
      ("output_names", .list(network.outputNames.map { .string($0) })),
      ("intact", .list((0..<samples).map { .numbers(study.intact[row: $0]) })),
      ("cuts", .list(cuts)), ("seconds", .number(seconds)),
    ])
  }

  /// How many ended without an equilibrium.
  var failureCount: Int { count(.none) }

  private func count(_ relation: LesionStudy.Relation) -> Int {
    study.outcomes.reduce(0) { $0 + $1.count { $0.relation == relation } }
  }

  /// A sentence for people.
  var text: String {
    let total = study.outcomes.reduce(0) { $0 + $1.count }
    let (another, failed) = (count(.another), failureCount)
    return
      "\(Quantity.count(lesions.count, "cut")) of \(Quantity.count(study.intact.rows, "sample")): "
      + "\(Quantity.count(total - another - failed)) continue the intact equilibrium, "
      + "\(Quantity.count(another)) reach another one, \(Quantity.count(failed)) none; "
      + "\(Quantity.seconds(seconds))"
  }
}
