/// Backends side by side on one network and the same samples.
public struct Comparison: Sendable {
  /// What one backend did.
  public struct Row: Sendable {
    /// The backend's name.
    public var backend: String
    /// The first status of a sample that is not `converged`, of the equilibrium or of the adjoint.
    public var status: SolveStatus
    /// The factorization methods used, or why there is no answer.
    public var detail: String?
    /// Seconds for what depends on the topology alone.
    public var analysisSeconds: Double
    /// Median seconds for all equilibria; `nil` where the backend does not apply.
    public var equilibriumSeconds: Double?
    /// Median seconds for loss, adjoints and derivatives; `nil` where there is no gradient.
    public var gradientSeconds: Double?
    /// The iterations of the sample that took the most.
    public var equilibriumIterations: Int
    /// The iterations of the adjoint that took the most; `nil` where none was tried.
    public var gradientIterations: Int?
    /// The largest residual of an equilibrium, relative as in the criterion of convergence.
    public var residual: Double
    /// The loss; `nil` where there is no gradient.
    public var loss: Double?
    /// The largest absolute difference of any derivative from the reference's.
    public var maximumDifference: Double?
    /// That difference over the largest derivative of the reference.
    public var relativeDifference: Double?
    /// How residuals fell in one more computation, which the seconds leave out; `nil` where none was asked
    /// for.
    public var trace: ResidualTrace?
  }

  /// One row for each backend, in the order asked for.
  public let rows: [Row]
  /// The backend that the others are compared with: `direct` if it converged, or else the first
  /// that did; `nil` if none did.
  public let reference: String?
  /// How far other kinds of gradient are from the reference's, in the order asked for.
  public let approximations: [Approximation]

  /// Runs the backends one after the other.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - targets: samples × outputs, or what else the loss takes (see ``Loss``).
  ///   - loss: what is differentiated.
  ///   - backends: what is compared, in the order of the rows.
  ///   - options: when to stop.
  ///   - repetitions: how often equilibrium and gradient are computed, each time from a cold
  ///     start; medians are reported.
  ///   - kinds: approximations of the gradient, which are computed with the reference backend, at its equilibrium.
  ///   - isTraced: whether residuals are recorded, for the first sample if there is any, in a computation of its own.
  ///   - progress: is told what is about to happen.
  /// - Throws: ``CyclogradError`` for samples that do not fit. Whatever happens to a backend is
  ///   in its row.
  public init(
    _ network: Network, _ parameters: Parameters, inputs: Matrix, targets: Matrix, loss: any Loss,
    backends: [GradientBackend], options: SolverOptions, repetitions: Int = 1,
    kinds: [GradientKind] = [], isTraced: Bool = false, progress: (String) -> Void = { _ in }
  ) throws {
    var rows: [Row] = []
    var gradients: [Gradient?] = []
    for backend in backends {
      let (row, gradient) = try Self.run(
        network, parameters, inputs, targets, loss, backend, options, repetitions, isTraced,
        progress)
      rows.append(row)
      gradients.append(gradient)
    }
    let reference =
      rows.indices.first { rows[$0].backend == "direct" && gradients[$0] != nil }
      ?? rows.indices.first { gradients[$0] != nil }
    if let reference, let exact = gradients[reference] {
      for index in rows.indices {
        guard let gradient = gradients[index] else { continue }
        let difference = gradient.maximumDifference(from: exact)
        rows[index].maximumDifference = difference
        let scale = exact.largestDerivative
        rows[index].relativeDifference = difference == 0 ? 0 : difference / scale
      }
    }
    self.rows = rows
    self.reference = reference.map { rows[$0].backend }
    guard let reference, let exact = gradients[reference], !kinds.isEmpty else {
      approximations = []
      return
    }
    progress("\(backends[reference].name): approximate gradients")
    let simulator = try Simulator(network, backend: backends[reference], options: options)
    let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
    approximations = try kinds.map { kind in
      progress("gradient \(kind.name)")
      let outcome = try simulator.differentiate(
        loss, targets: targets, at: equilibrium, kind: kind)
      return Approximation(kind, outcome, exact, network)
    }
  }

  private static func run(
    _ network: Network, _ parameters: Parameters, _ inputs: Matrix, _ targets: Matrix,
    _ loss: any Loss, _ backend: GradientBackend, _ options: SolverOptions, _ repetitions: Int,
    _ isTraced: Bool, _ progress: (String) -> Void
  ) throws -> (Row, Gradient?) {
    progress("\(backend.name): analysis")
    let (simulator, analysis) = try timed {
      try Simulator(network, backend: backend, options: options)
    }
    var row = Row(
      backend: backend.name, status: .notApplicable, detail: simulator.unsuitability,
      analysisSeconds: analysis, equilibriumIterations: 0, residual: .nan)
    guard simulator.unsuitability == nil else { return (row, nil) }

    var equilibriumSeconds: [Double] = []
    var gradientSeconds: [Double] = []
    var gradient: Gradient?
    for repetition in 0..<max(1, repetitions) {
      let count = repetitions > 1 ? " \(repetition + 1) of \(repetitions)" : ""
      progress("\(backend.name): equilibrium\(count)")
      let (equilibrium, first) = try timed {
        try simulator.equilibrium(parameters, inputs: inputs)
      }
      equilibriumSeconds.append(first)
      row.equilibriumIterations = equilibrium.evidence.map(\.iterations).max() ?? 0
      row.residual = equilibrium.evidence.map(\.residual).max { !($0 >= $1) } ?? 0
      (row.status, row.detail) = worst(equilibrium.evidence)
      // A row whose weights turned out to be outside the backend's domain has not computed.
      if row.status == .notApplicable {
        row.residual = .nan
        return (row, nil)
      }
      guard row.status == .converged else { break }
      progress("\(backend.name): gradient\(count)")
      let (outcome, second) = try timed {
        try simulator.differentiate(loss, targets: targets, at: equilibrium)
      }
      row.gradientIterations = outcome.evidence.map(\.iterations).max() ?? 0
      let (status, detail) = outcome.ending
      row.status = status
      if status != .converged || row.detail == nil { row.detail = detail }
      gradient = outcome.gradient
      guard let gradient else { break }
      gradientSeconds.append(second)
      row.loss = gradient.loss
    }
    if isTraced, inputs.rows > 0 {
      progress("\(backend.name): tracing")
      let trace = ResidualTrace()
      // The first sample by itself, as its own batch.
      let equilibrium = try simulator.equilibrium(
        parameters, inputs: inputs.selecting(rows: [0]), trace: trace)
      if equilibrium.isConverged {
        _ = try simulator.differentiate(
          loss, targets: targets.selecting(rows: [0]), at: equilibrium, trace: trace)
      }
      row.trace = trace
    }
    row.equilibriumSeconds = equilibriumSeconds.median()
    row.gradientSeconds = gradient == nil ? nil : gradientSeconds.median()
    return (row, gradient)
  }

  static func worst(_ evidence: [SampleEvidence]) -> (SolveStatus, String?) {
    let first = evidence.first { $0.status != .converged } ?? evidence.first
    return (first?.status ?? .converged, first?.detail)
  }

  private static func timed<Result>(
    _ body: () throws -> Result
  ) rethrows -> (Result, seconds: Double) {
    let clock = ContinuousClock()
    let start = clock.now
    let result = try body()
    return (result, (clock.now - start) / .seconds(1))
  }
}

extension Gradient {
  /// The largest absolute value of a derivative, for parameters and inputs.
  ///
  /// - Complexity: O(parameters + samples · inputs).
  public var largestDerivative: Double {
    (parameters + inputs.elements).reduce(0) { max($0, abs($1)) }
  }

  /// The largest absolute difference of a derivative from another gradient's.
  public func maximumDifference(from other: Gradient) -> Double {
    var largest = 0.0
    for (a, b) in zip(parameters, other.parameters) { largest = max(largest, abs(a - b)) }
    for (a, b) in zip(inputs.elements, other.inputs.elements) { largest = max(largest, abs(a - b)) }
    return largest
  }
}
