import Cyclograd
import CyclogradFormats
import CyclogradReports

/// What `sparsify` says of students, for people and for machines.
struct SparsificationReport {
  /// A student, and what it is worth.
  struct Row {
    let student: StateMatching.Student
    let measures: [(name: String, value: Double?)]
    let certificate: GlobalCertificate
  }

  /// What is matched.
  let samples: SampleTable
  let loss: any Loss
  private let judge: EvaluationJudge
  private let graph: Graph
  private let measured: EvaluationJudge.Samples
  private let file: String
  /// Whether measures are of other samples than those that were fitted.
  private let hasTest: Bool

  init(
    _ judge: EvaluationJudge, _ graph: Graph, input: String, target: String?, hasTargets: Bool,
    test: String?,
    testTarget: String?
  ) throws {
    (self.judge, self.graph) = (judge, graph)
    func read(_ path: String, _ target: String?) throws -> EvaluationJudge.Samples {
      if hasTargets { return try judge.read(path, target: target) }
      // Without targets a student is compared with its teacher's outputs.
      let inputs = try SampleFile.readInputs(
        path, columns: judge.columns, judge.simulator.network, transform: judge.transform,
        missingAreZero: judge.missingAreZero)
      return .init(
        inputs: inputs,
        known: try judge.simulator.equilibrium(judge.parameters, inputs: inputs)
          .requireConverged().outputs)
    }
    let own = try read(input, target)
    samples = try SampleTable(inputs: own.inputs, targets: own.known)
    measured = try test.map { try read($0, testTarget) } ?? own
    file = test ?? input
    hasTest = test != nil
    let isOfClasses =
      judge.mode == .classifier && own.known.columns == 1 && judge.simulator.network.outputCount > 1
    loss = judge.givenLoss ?? (isOfClasses ? .softmaxCrossEntropy : .halfSquaredError)
  }

  func row(_ student: StateMatching.Student) throws -> Row {
    // Of the network that is left: an edge of weight 0 closes no cycle.
    let (network, parameters) = try PrunedNetwork(
      graph, judge.simulator.network, student.parameters
    ).graph.compile()
    return Row(
      student: student, measures: try measures(student.parameters),
      certificate: try GlobalCertificate(network, parameters))
  }

  private func measures(_ parameters: Parameters) throws -> [(name: String, value: Double?)] {
    var judge = self.judge
    judge.parameters = parameters
    let limit = judge.givenLoss is BinaryCrossEntropy ? 0 : 0.5
    return try judge.report(measured, threshold: limit, file: file).measures
  }

  // MARK: Text

  func text(_ rows: [Row], _ teacher: Parameters) throws -> String {
    let before = try measures(teacher)
    let shown = Set(["loss", "rmse", "accuracy", "f1"])
    let names = before.map(\.name).filter(shown.contains)
    var table = TextTable(
      [
        ("share of |w|", .right), ("weights", .right), ("left", .right), ("state error", .right),
        ("well-posed", .left),
      ] + names.map { ($0, .right) })
    func cells(_ measures: [(name: String, value: Double?)]) -> [String] {
      names.map { name in
        (measures.first { $0.name == name }?.value).map { String(shortest: $0) } ?? "–"
      }
    }
    let certificate = try GlobalCertificate(judge.simulator.network, teacher)
    if let first = rows.first?.student.report {
      table.add(
        [
          "before", Quantity.count(first.weightsBefore), "100 %", "0",
          certificate.isWellPosed ? "proved" : "not proved",
        ] + cells(before))
    }
    for row in rows {
      let report = row.student.report
      let left = 100 * Double(report.weightsAfter) / Double(max(1, report.weightsBefore))
      table.add(
        [
          report.share.map { String(shortest: $0) } ?? "–", Quantity.count(report.weightsAfter),
          "\(String(shortest: (10 * left).rounded() / 10)) %", String(shortest: report.stateError),
          row.certificate.isWellPosed ? "proved" : "not proved",
        ] + cells(row.measures))
    }
    var lines = [table.text]
    for readout in rows.last?.student.report.readouts ?? [] {
      lines.append(
        "readout \(readout.group): residual \(String(shortest: readout.residual)), rank \(readout.rank) of \(readout.parameters)"
          + (isExact(readout)
            ? ", which fits these samples exactly; use --test, --ridge or more samples" : "")
          + "\n")
    }
    if !hasTest, rows.last?.student.report.readouts.contains(where: isExact) == true {
      lines.append("measures are those of the fitted samples\n")
    }
    return lines.joined()
  }

  /// Whether there were fewer samples than unknowns, so that any targets would have been met.
  private func isExact(_ readout: ReadoutFit.Report) -> Bool {
    let outputs = judge.simulator.network.groups.first { $0.name == readout.group }?.size ?? 0
    return readout.rank < readout.parameters && readout.rank == readout.used * outputs
  }

  // MARK: JSON

  func json(_ rows: [Row], _ teacher: Parameters) throws -> String {
    JSONValue.object([
      (
        "before",
        .object([
          ("metrics", metrics(try measures(teacher))),
          (
            "certificate",
            certificate(try GlobalCertificate(judge.simulator.network, teacher))
          ),
        ])
      ),
      (
        "students",
        .list(
          rows.map { row in
            let report = row.student.report
            return .object([
              ("share", .optional(report.share)), ("rows", .integer(report.rows)),
              ("weights_before", .integer(report.weightsBefore)),
              ("weights_after", .integer(report.weightsAfter)),
              ("predicted_error", .number(report.predictedError)),
              ("state_error", .optional(report.stateError.isFinite ? report.stateError : nil)),
              ("failed", .integer(report.failed)), ("metrics", metrics(row.measures)),
              ("certificate", certificate(row.certificate)),
              ("readouts", .list(report.readouts.map(\.json))),
            ])
          })
      ),
    ]).text
  }

  private func metrics(_ measures: [(name: String, value: Double?)]) -> JSONValue {
    .object(measures.map { ($0.name, .optional($0.value)) })
  }

  private func certificate(_ certificate: GlobalCertificate) -> JSONValue {
    let upper = certificate.components.compactMap(\.perronFrobenius?.upperBound)
    let isComplete = certificate.components.allSatisfy { $0.perronFrobenius != nil }
    return .object([
      ("well_posed", .boolean(certificate.isWellPosed)),
      ("perron_frobenius_at_most", .optional(isComplete ? upper.max() : nil)),
    ])
  }
}
