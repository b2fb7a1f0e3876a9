import Synchronization

/// Proved bounds of outputs, or of linear functions of them, over all inputs of a box around each sample.
///
///     let box = try InputBox(around: x, radius: 0.02, range: 0...1)
///     let bounds = try Bounds(of: parameters, over: box, by: simulator)
///     bounds.rows[0].upper
///
/// Solutions come from the simulator; what is claimed is verified with outward rounding. The theorems are in
/// Docs/Bounds.md.
public struct Bounds: Sendable {
  /// What is bounded, and how.
  public struct Options: Sendable {
    /// The methods that are tried; the best bound of all counts.
    public var methods: Set<BoundMethod>
    /// How many samples are treated at once. Results do not depend on it.
    public var threads: Int
    /// Whether ``Row/states`` is given.
    public var keepsStates: Bool

    /// Creates options.
    public init(
      methods: Set<BoundMethod> = Set(BoundMethod.direct), threads: Int = 1,
      keepsStates: Bool = false
    ) {
      self.methods = methods
      self.threads = threads
      self.keepsStates = keepsStates
    }
  }

  /// The bounds of one sample, one number for each functional; infinite where there is none.
  public struct Row: Sendable {
    /// Lower bounds.
    public var lower: [Double]
    /// Upper bounds.
    public var upper: [Double]
    /// The methods that gave the lower bounds.
    public var lowerMethods: [BoundMethod?]
    /// The methods that gave the upper bounds.
    public var upperMethods: [BoundMethod?]
    /// Of which equilibria they speak; `nil` where nothing is proved.
    public var scope: BoundScope?
    /// Why nothing is proved.
    public var reason: String?
    /// How many units' slopes are not known on the box.
    public var unstableUnits = 0
    /// Bounds of z of all units in file order, where they were asked for.
    public var states: (lower: [Double], upper: [Double])?

    /// Whether every functional has finite bounds on both sides.
    public var isBounded: Bool { lower.allSatisfy(\.isFinite) && upper.allSatisfy(\.isFinite) }
    /// Whether a functional's bounds are proved; bounds that are finite are.
    public func isProved(_ functional: Int) -> Bool {
      scope != nil && lower[functional].isFinite && upper[functional].isFinite
    }

    init(count: Int, reason: String) {
      lower = Array(repeating: -.infinity, count: count)
      upper = Array(repeating: .infinity, count: count)
      lowerMethods = Array(repeating: nil, count: count)
      upperMethods = lowerMethods
      self.reason = reason
    }
  }

  /// One for each sample.
  public let rows: [Row]

  /// Bounds functionals over a box around each sample.
  ///
  /// - Parameters:
  ///   - parameters: the weights and biases.
  ///   - box: the inputs.
  ///   - functionals: what is bounded for every sample; `nil`: each output.
  ///   - simulator: finds the equilibria that bounds are taken around.
  ///   - options: the methods.
  ///   - progress: is told how many samples are done.
  /// - Throws: ``CyclogradError``: `shape-mismatch` or `invalid-value` for numbers that do not fit the network,
  ///   `not-applicable` for ``BoundMethod/lp`` in a build without it. A sample for which nothing is proved is no error: see ``Row/reason``.
  /// - Complexity: for each sample an equilibrium, a solution of the comparison graph, and an adjoint equilibrium for
  ///   each functional and each of at most 400 units whose slope the box leaves open.
  public init(
    of parameters: Parameters, over box: InputBox, functionals: [OutputFunctional]? = nil,
    by simulator: Simulator, options: Options = Options(),
    progress: @Sendable (_ done: Int) -> Void = { _ in }
  ) throws {
    let functionals =
      functionals ?? OutputFunctional.outputs(simulator.network.outputCount)
    try self.init(
      of: parameters, over: box,
      each: Array(repeating: functionals, count: box.samples.rows), by: simulator,
      options: options, progress: progress)
  }

  /// Bounds functionals of its own for each sample, such as margins over its class.
  ///
  /// - Parameter each: the functionals of each sample.
  public init(
    of parameters: Parameters, over box: InputBox, each functionals: [[OutputFunctional]],
    by simulator: Simulator, options: Options = Options(),
    progress: @Sendable (_ done: Int) -> Void = { _ in }
  ) throws {
    if options.methods.contains(.lp) {
      try BoundMethod.requireLinearPrograms(for: "the method lp")
    }
    let task = try BoundTask(parameters, box, functionals, simulator)
    let results = Mutex([Row?](repeating: nil, count: box.samples.rows))
    let done = Mutex(0)
    try Parallel.forEach(box.samples.rows, threads: options.threads) { _, sample in
      let row = try task.row(sample, options)
      results.withLock { $0[sample] = row }
      progress(
        done.withLock {
          $0 += 1
          return $0
        })
    }
    rows = results.withLock { $0.map { $0! } }
  }
}

/// Samples, functionals and solver of a call.
struct BoundTask: Sendable {
  let solver: BoundSolver
  let box: InputBox
  let functionals: [[SampleBounds.Functional]]
  /// The equilibria of the boxes' centres.
  let centers: Equilibrium
  private let parameters: Parameters
  private let simulator: Simulator

  init(
    _ parameters: Parameters, _ box: InputBox, _ functionals: [[OutputFunctional]],
    _ simulator: Simulator
  ) throws {
    let network = simulator.network
    self.box = box
    (self.parameters, self.simulator) = (parameters, simulator)
    self.functionals = try functionals.map { try $0.map { try Self.functional($0, network) } }
    guard functionals.count == box.samples.rows else {
      throw CyclogradError(
        .shapeMismatch, "\(functionals.count) lists of functionals for \(box.samples.rows) samples",
        advice: "give one for each sample")
    }
    var rows = Matrix(rows: box.samples.rows, columns: box.samples.columns)
    for sample in 0..<rows.rows {
      for (j, x) in box.row(sample).center.enumerated() { rows[sample, j] = x }
    }
    centers = try simulator.equilibrium(parameters, inputs: rows)
    solver = try BoundSolver(network, parameters)
  }

  static func functional(
    _ functional: OutputFunctional, _ network: Network
  ) throws(CyclogradError) -> SampleBounds.Functional {
    guard functional.coefficients.count == network.outputCount else {
      throw CyclogradError(
        .shapeMismatch,
        "a functional has \(functional.coefficients.count) coefficients for "
          + "\(network.outputCount) outputs", advice: "give one for each output")
    }
    guard functional.coefficients.allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "a coefficient of a functional is not finite",
        advice: "give finite numbers")
    }
    var result = SampleBounds.Functional()
    for (j, value) in functional.coefficients.enumerated() where value != 0 {
      result.neurons.append(Int(network.outputNeurons[j]))
      result.values.append(value)
    }
    return result
  }

  /// z̃ of a sample's centre.
  func center(_ sample: Int) -> [Double] {
    (0..<solver.network.unitCount).map { centers.z[$0 * centers.sampleCount + sample] }
  }

  /// The first box of states of a sample. Where there may be several equilibria, that of the box's centre need not be on
  /// the branch of the sample's, which is then the centre.
  func start(_ sample: Int) throws -> BoundSolver.Start {
    let row = box.row(sample)
    let start = try solver.start(row, center: center(sample))
    let own = Array(box.samples[row: sample])
    guard start.scope == .local, row.center != own else { return start }
    let found = try simulator.equilibrium(parameters, inputs: Matrix([own]))
    guard found.evidence[0].status == .converged else {
      throw NoCertificate(
        reason: "there may be several equilibria, and none was found of the sample itself")
    }
    let isInside = zip(start.bounds.box.z, found.z).allSatisfy { $0.contains($1) }
    guard !isInside else { return start }
    return try solver.start(box.row(sample, isAroundSample: true), center: found.z)
  }

  func row(
    _ sample: Int, _ options: Bounds.Options, goal: Double? = nil
  ) throws -> Bounds.Row {
    let count = functionals[sample].count
    let evidence = centers.evidence[sample]
    guard evidence.status == .converged else {
      return Bounds.Row(
        count: count,
        reason: "no equilibrium was found: \(evidence.detail ?? evidence.status.rawValue)")
    }
    do {
      var start = try start(sample)
      let answer = try solver.bound(
        &start,
        BoundSolver.Request(
          methods: options.methods, functionals: functionals[sample], goal: goal))
      return row(answer, start, options)
    } catch let error as NoCertificate {
      return Bounds.Row(count: count, reason: error.reason)
    } catch is EmptyBox {
      return Bounds.Row(count: count, reason: "no state within the first box solves the equations")
    }
  }

  /// What ``BoundSolver/worstInputs(_:_:usesProgram:)`` finds; `nil` where nothing is proved of a sample.
  func worstInputs(
    _ sample: Int, usesProgram: Bool
  ) throws -> [BoundSolver.WorstInput]? {
    do {
      let start = try start(sample)
      return try solver.worstInputs(start, functionals[sample], usesProgram: usesProgram)
    } catch is NoCertificate {
      return nil
    } catch is EmptyBox {
      return nil
    }
  }

  private func row(
    _ answer: BoundSolver.Answer, _ start: BoundSolver.Start, _ options: Bounds.Options
  ) -> Bounds.Row {
    var row = Bounds.Row(count: answer.lower.count, reason: "")
    row.reason = nil
    row.scope = start.scope
    row.lower = answer.lower
    row.upper = answer.upper
    row.lowerMethods = answer.lowerMethods
    row.upperMethods = answer.upperMethods
    let bounds = start.bounds
    row.unstableUnits =
      (try? bounds.chordSlopes()).map { slopes in
        bounds.center.indices.count { s in
          slopes.units[s].upper - slopes.units[s].lower > 1e-9 && slopes.radii[s] > 0
        }
      } ?? 0
    if options.keepsStates {
      let order = solver.network.unitsInFileOrder.map { Int($0) }
      row.states = (
        order.map { bounds.box.z[$0].lower }, order.map { bounds.box.z[$0].upper }
      )
    }
    if !row.isBounded {
      row.reason =
        options.methods == [.box]
        ? "the comparison graph gives no bound" : "an output is not bounded on the box"
    }
    return row
  }
}
