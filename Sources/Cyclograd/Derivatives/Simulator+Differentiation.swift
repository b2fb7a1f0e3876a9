import SparseAlgebra

extension Simulator {
  /// Differentiates an objective at an equilibrium of this network.
  ///
  /// - Parameter trainedOnly: whether derivatives by what a training does not change, inputs included, are not asked for;
  ///   they may be 0 then.
  func differentiate(
    _ objective: Objective, at equilibrium: Equilibrium, kind: GradientKind,
    skippingFailures: Bool, trainedOnly: Bool = false, trace: ResidualTrace? = nil
  ) throws -> GradientOutcome {
    try differentiated(
      objective, at: equilibrium, kind: kind, skippingFailures: skippingFailures,
      trainedOnly: trainedOnly, trace: trace
    ).outcome
  }

  /// The exact gradient over the samples that have one, and ∂E/∂z of each unit before the mean is taken, unit-major; 0 for
  /// samples that have failed.
  func adjoints(
    _ objective: Objective, at equilibrium: Equilibrium
  ) throws -> (outcome: GradientOutcome, d: [Double]) {
    var (outcome, d) = try differentiated(
      objective, at: equilibrium, kind: .exact, skippingFailures: true)
    let count = equilibrium.sampleCount
    for row in outcome.evidence.indices where outcome.evidence[row].status != .converged {
      for place in stride(from: row, to: d.count, by: count) { d[place] = 0 }
    }
    return (outcome, d)
  }

  private func differentiated(
    _ objective: Objective, at equilibrium: Equilibrium, kind: GradientKind,
    skippingFailures: Bool, trainedOnly: Bool = false, trace: ResidualTrace? = nil
  ) throws -> (outcome: GradientOutcome, d: [Double]) {
    try kind.validate()
    if let series = kind.truncatedSeries {
      return try simulator(of: kind, series).differentiated(
        objective, at: equilibrium, kind: .exact, skippingFailures: skippingFailures,
        trainedOnly: trainedOnly, trace: trace)
    }
    let count = equilibrium.sampleCount
    guard skippingFailures || equilibrium.isConverged, count > 0 else {
      return (GradientOutcome(nil, equilibrium.evidence), [])
    }
    guard
      let adjoints = try solvedAdjoints(
        objective, equilibrium, kind, trainedOnly: trainedOnly, trace)
    else {
      let reason = SampleEvidence(status: .notApplicable, detail: unsuitability)
      let evidence = equilibrium.evidence.map { $0.status == .converged ? reason : $0 }
      return (GradientOutcome(nil, evidence), [])
    }
    giveBackLargeRoom()
    let outcome = try adjoints.gradient(
      skippingFailures: skippingFailures, threads: options.threads)
    return (outcome, adjoints.d)
  }

  /// ∂(Σ v a)/∂z of each unit, unit-major, without what follows from it for parameters.
  ///
  /// - Parameter v: samples × outputs.
  /// - Throws: ``CyclogradError`` `not-converged` if any sample has no adjoint.
  func adjointStates(outputDerivatives v: Matrix, at equilibrium: Equilibrium) throws -> [Double] {
    let objective = try Objective(
      sumOf: .outputs(v), samples: equilibrium.sampleCount, network)
    guard let adjoints = try solvedAdjoints(objective, equilibrium, .exact, nil) else {
      throw CyclogradError(.notApplicable, unsuitability ?? "the backend solves no such network")
    }
    try adjoints.evidence.requireConverged("adjoint")
    return adjoints.d
  }

  /// The adjoints of the samples that have them; `nil` where the backend does not suit the network.
  private func solvedAdjoints(
    _ objective: Objective, _ equilibrium: Equilibrium, _ kind: GradientKind,
    trainedOnly: Bool = false, _ trace: ResidualTrace?
  ) throws -> SampleAdjoints? {
    let count = equilibrium.sampleCount
    let kinks = equilibrium.kinkCounts
    wake(count)
    guard let schedule else { return nil }
    var adjoints = SampleAdjoints(objective, equilibrium)
    if options.kinks == .refuse { adjoints.refuse(kinks) }
    if let stand = adjoints.convergedRows.first {
      let states = adjoints.replacingFailures(by: stand)
      let source = adjoints.source
      let found = try adjoints.d.withUnsafeMutableBufferPointer { d in
        let result = SharedVector(pointer: d.baseAddress!)
        let first = trainedOnly ? schedule.firstTrainedStage : 0
        return try withBatch(states, kind, firstStage: first, trace) { batch in
          try forEachGroup(count, schedule) { worker, group, context in
            try worker.solveAdjoint(
              group, batch, options, context, from: source, into: result.pointer)
          }
        }
      }
      for row in adjoints.convergedRows {
        adjoints.evidence[row] = found[row]
        adjoints.evidence[row].kinks = kinks[row]
      }
    }
    return adjoints
  }
}

/// The values, adjoints and evidence of a batch on the way to its gradient.
///
/// Whether a sample fails is decided by its own numbers, never by a mean.
struct SampleAdjoints {
  /// What is known of each sample so far.
  var evidence: [SampleEvidence]
  /// ∂E/∂a of each sample; zeros for samples that have failed.
  private(set) var source: AdjointSource
  /// ∂E/∂z, unit-major.
  var d: [Double]
  private let objective: Objective
  private let equilibrium: Equilibrium
  /// The value of each sample.
  private let values: [Double]
  private var network: Network { equilibrium.network }

  /// Evaluates the objective; samples whose value or derivatives by activations are not finite fail.
  init(_ objective: Objective, _ equilibrium: Equilibrium) {
    self.objective = objective
    self.equilibrium = equilibrium
    var evidence = equilibrium.evidence
    let rows = evidence.indices.filter { evidence[$0].status == .converged }
    (values, source) = objective.evaluate(equilibrium, rows: rows)
    for row in rows {
      if let reason = objective.failure(values[row], source.values[row: row]) {
        evidence[row] = SampleEvidence(status: .notFinite, detail: reason)
      }
    }
    self.evidence = evidence
    d = [Double](onLargePages: equilibrium.network.unitCount * equilibrium.sampleCount)
  }

  /// Lets samples fail that have neurons on kinks.
  mutating func refuse(_ kinks: [Int]) {
    for row in convergedRows where kinks[row] > 0 {
      evidence[row].status = .notDifferentiable
      evidence[row].detail = KinkPolicy.refusal(kinks[row])
      evidence[row].kinks = kinks[row]
    }
  }

  /// The samples that have not failed.
  var convergedRows: [Int] { evidence.indices.filter { evidence[$0].status == .converged } }

  /// The equilibrium with the states of one sample in place of those that have failed, whose sources become 0.
  ///
  /// So they cost nothing and disturb nobody, and samples keep their numbers and their groups: an adjoint does not
  /// depend on which of the others have failed.
  mutating func replacingFailures(by stand: Int) -> Equilibrium {
    let failed = evidence.indices.filter { evidence[$0].status != .converged }
    var result = equilibrium
    guard !failed.isEmpty else { return result }
    for row in failed {
      for column in 0..<source.values.columns { source.values[row, column] = 0 }
    }
    let count = equilibrium.sampleCount
    for s in 0..<network.unitCount {
      for row in failed { result.z[s * count + row] = result.z[s * count + stand] }
    }
    return result
  }

  /// Puts derivatives together, over all samples or over those that have not failed.
  func gradient(skippingFailures: Bool, threads: Int) throws -> GradientOutcome {
    var evidence = evidence
    while true {
      let rows = evidence.indices.filter { evidence[$0].status == .converged }
      let isWhole = rows.count == evidence.count
      guard !rows.isEmpty, skippingFailures || isWhole else {
        return GradientOutcome(nil, evidence)
      }
      let assembly = GradientAssembly(
        network: network, batch: rows.count, factor: objective.factor(samples: rows.count),
        threads: threads)
      let parameters = try assembly.parameters(
        d: isWhole ? d : part(of: d, rows),
        activations: isWhole ? equilibrium.activations : part(of: equilibrium.activations, rows))
      let value = objective.total(rows.map { values[$0] })
      if parameters.allSatisfy(\.isFinite), objective.accepts(value) {
        let gradient = Gradient(
          loss: value, parameters: parameters, inputs: inputs(rows, assembly.factor),
          evidence: evidence)
        return GradientOutcome(gradient, evidence)
      }
      // A sum that is not finite has a term that is not, or is too large itself.
      let failures = try overflows(rows, threads)
      guard !failures.isEmpty else {
        return GradientOutcome(nil, evidence, overflow: objective.overflow(samples: rows.count))
      }
      for (row, reason) in failures {
        evidence[row] = SampleEvidence(status: .notFinite, detail: reason)
      }
    }
  }

  /// The samples with derivatives of their own that overflow, and which.
  private func overflows(_ rows: [Int], _ threads: Int) throws -> [(row: Int, reason: String)] {
    let assembly = GradientAssembly(network: network, batch: 1, factor: 1, threads: threads)
    return try rows.compactMap { row in
      let own = try assembly.parameters(
        d: part(of: d, [row]), activations: part(of: equilibrium.activations, [row]))
      return own.firstIndex { !$0.isFinite }.map {
        (row, "its derivative with respect to the \(network.describe(parameter: $0)) overflows")
      }
    }
  }

  /// Some samples of a vector, which has a row for each unit or neuron.
  private func part(of vector: [Double], _ rows: [Int]) -> [Double] {
    let count = equilibrium.sampleCount
    var result: [Double] = []
    result.reserveCapacity(vector.count / count * rows.count)
    for first in stride(from: 0, to: vector.count, by: count) {
      for row in rows { result.append(vector[first + row]) }
    }
    return result
  }

  private func inputs(_ rows: [Int], _ factor: Double) -> Matrix {
    let count = equilibrium.sampleCount
    var result = Matrix(rows: count, columns: network.inputCount, repeating: .nan)
    for (column, s) in network.inputUnits.enumerated() {
      for row in rows { result[row, column] = factor * d[Int(s) * count + row] }
    }
    return result
  }
}
