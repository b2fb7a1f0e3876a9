extension StateMatching {
  /// A network with matched rows.
  public struct Student: Sendable {
    /// Its parameters; weights that are gone are 0.
    public var parameters: Parameters
    /// What it came to.
    public var report: Report
  }

  /// How a student compares with its teacher.
  public struct Report: Sendable {
    /// The share of the teacher's ‖w‖₁ that rows were given; `nil` for an absolute radius.
    public var share: Double?
    /// How many weights that are matched the teacher has, other than 0.
    public var weightsBefore: Int
    /// How many the student has.
    public var weightsAfter: Int
    /// The number of rows.
    public var rows: Int
    /// ‖M (a − w)‖ / ‖M w + b‖ over all rows: the error of pre-activations, biases included, as long as states are the teacher's.
    public var predictedError: Double
    /// The error of the student's own states, ‖x̂ − x‖ / ‖x‖ over the activations of matched groups; NaN if no sample has both.
    public var stateError: Double
    /// How many samples have an equilibrium of the teacher, but none of the student.
    public var failed: Int
    /// The fitted readouts.
    public var readouts: [ReadoutFit.Report]
  }

  /// Finds a student.
  ///
  /// - Parameters:
  ///   - radius: what bounds the rows.
  ///   - refits: whether the coefficients that are left are found once more by least squares, without a bound. Norms may grow
  ///     by this.
  ///   - target: what readouts are fitted to.
  ///   - ridge: λ of this fit, see ``ReadoutFit``.
  ///   - loss: what the samples' targets are meant for.
  /// - Throws: ``CyclogradError``: `invalid-option` for numbers without a meaning, and for an absolute radius that edges
  ///   which stay as they are use up; and what ``ReadoutFit`` throws.
  /// - Complexity: for each row O(n k) a step with n edges and k coefficients, and about k steps.
  public func student(
    _ radius: Radius, refits: Bool = false, target: ReadoutTarget = .targets, ridge: Double = 0,
    loss: any Loss
  ) throws -> Student {
    var radius = radius
    try radius.validate()
    if case .absolute(let limit) = radius { try checkKept(limit) }
    if case .keep(let part) = radius { radius = .share(try share(keeping: part)) }
    let solutions = try solve(radius, refits: refits)
    var parameters = teacher
    var (before, after, squares, whole) = (0, 0, 0.0, 0.0)
    for (row, solution) in zip(matched.rows, solutions) {
      before += (row.parameters + row.goneParameters).count { teacher.values[$0] != 0 }
      for parameter in row.goneParameters { parameters.values[parameter] = 0 }
      for (place, parameter) in row.parameters.enumerated() {
        parameters.values[parameter] = solution.coefficients[place] / row.factors[place]
        if solution.coefficients[place] != 0 { after += 1 }
      }
      for (place, parameter) in row.freeParameters.enumerated() {
        parameters.values[parameter] = solution.free[place] / row.freeFactors[place]
      }
      squares += solution.squares
      whole += solution.size
    }
    var report = Report(
      share: nil, weightsBefore: before, weightsAfter: after, rows: matched.rows.count,
      predictedError: whole > 0 ? (squares / whole).squareRoot() : 0, stateError: .nan, failed: 0,
      readouts: [])
    if case .share(let share) = radius { report.share = share }
    try compare(parameters, &report)
    let (fitted, source) = (try samplesForReadouts(target), self.readouts)
    for group in source where target != .nothing {
      let fit = try ReadoutFit(group, ridge: ridge)
      let (found, one) = try fit.fitted(
        simulator, parameters, on: fitted,
        loss: target == .teacher ? HalfSquaredError.halfSquaredError : loss)
      parameters = found
      report.readouts.append(one)
    }
    return Student(parameters: parameters, report: report)
  }

  /// Refuses a radius that leaves a row nothing, as edges that stay as they are have it already.
  private func checkKept(_ radius: Double) throws(CyclogradError) {
    for (_, edges) in matched.kept.sorted(by: { $0.key < $1.key }) {
      let norm = edges.norm(teacher.values)
      guard norm > 0, norm >= radius else { continue }
      throw CyclogradError(
        .invalidOption,
        "edges within cycles that stay as they are have |weights| of \(norm), and the radius is "
          + "\(radius)",
        at: .init(subject: "neuron \(simulator.network.name(atPosition: edges.neuron))"),
        advice: "loops, and weights that are shared, frozen or not trainable, stay; "
          + "give a larger radius, or make them smaller")
    }
  }

  /// The error of the student's states.
  private func compare(_ student: Parameters, _ report: inout Report) throws {
    let network = simulator.network
    let groupOfNeuron = network.groupOfNeuron
    let neurons = (0..<network.neuronCount).filter { matched.groups.contains(groupOfNeuron[$0]) }
    var (error, size, count) = (0.0, 0.0, 0)
    for first in stride(from: 0, to: samples.count, by: Self.pieceSize) {
      let indices = Array(samples[first..<min(first + Self.pieceSize, samples.count)])
      let inputs = try source.samples(indices).inputs
      let old = try simulator.equilibrium(teacher, inputs: inputs)
      let new = try simulator.equilibrium(student, inputs: inputs)
      for row in indices.indices {
        guard new.evidence[row].status == .converged, old.evidence[row].status == .converged else {
          report.failed += 1
          continue
        }
        count += 1
        for k in neurons {
          let (x, y) = (
            old.activations[k * indices.count + row], new.activations[k * indices.count + row]
          )
          error += (x - y) * (x - y)
          size += x * x
        }
      }
    }
    report.stateError = count == 0 ? .nan : error == 0 ? 0 : (error / size).squareRoot()
  }

  private func samplesForReadouts(_ target: ReadoutTarget) throws -> any SampleSource {
    guard target == .teacher else { return source }
    return TaughtSamples(
      source: source, rows: samples, simulator: simulator, teacher: teacher)
  }
}

/// Samples whose targets are the outputs of a network.
private struct TaughtSamples: SampleSource {
  let source: any SampleSource
  let rows: [Int]
  let simulator: Simulator
  let teacher: Parameters

  var count: Int { rows.count }

  func samples(_ indices: [Int]) throws -> (inputs: Matrix, targets: Matrix) {
    let inputs = try source.samples(indices.map { rows[$0] }).inputs
    return (inputs, try simulator.equilibrium(teacher, inputs: inputs).outputs)
  }
}
