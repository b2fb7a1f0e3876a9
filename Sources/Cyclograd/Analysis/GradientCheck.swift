/// A gradient against central differences of the loss, or of Σ v a.
///
/// Every difference takes two new equilibria, found by Newton's method from the given one, so that
/// the same branch is followed where there are several. Kinks within the step show as errors.
public struct GradientCheck: Sendable {
  /// The worst disagreement.
  public struct Worst: Sendable {
    /// What was varied: `weight x.0 to h.3`, `bias h.3` or `input x.0 of row 2`.
    public var subject: String
    /// The derivative under test.
    public var derivative: Double
    /// The central difference.
    public var difference: Double
    /// |derivative − difference|
    public var error: Double
  }

  /// How many derivatives were checked, of how many.
  public let checked: Int
  /// How many derivatives there are.
  public let total: Int
  /// The worst of those checked; `nil` if there was none to check.
  public let worst: Worst?
  /// The worst error over the largest derivative of the gradient.
  public let relativeError: Double

  /// Above this relative error a check has failed.
  public static let limit = 1e-4

  /// Whether the gradient agrees.
  public var isPassed: Bool { relativeError <= Self.limit }

  /// Checks a gradient, at most `limit` derivatives of it, chosen by the graph's seed.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-converged` if no equilibrium of a varied network was found
  ///   near the given one.
  /// - Complexity: two equilibria of all samples for each derivative.
  public init(
    _ gradient: Gradient, of loss: any Loss, targets: Matrix, at equilibrium: Equilibrium,
    options: SolverOptions = SolverOptions(), limit: Int = 200,
    progress: (String) -> Void = { _ in }
  ) throws {
    let objective = try Objective(
      meanOf: loss, targets: targets, samples: equilibrium.sampleCount, equilibrium.network)
    try self.init(gradient, of: objective, at: equilibrium, options, limit, progress)
  }

  /// Checks the derivatives of Σ v a in the same way.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-converged` if no equilibrium of a varied network was found
  ///   near the given one.
  /// - Complexity: two equilibria of all samples for each derivative.
  public init(
    _ gradient: Gradient, of cotangent: Cotangent, at equilibrium: Equilibrium,
    options: SolverOptions = SolverOptions(), limit: Int = 200,
    progress: (String) -> Void = { _ in }
  ) throws {
    let objective = try Objective(
      sumOf: cotangent, samples: equilibrium.sampleCount, equilibrium.network)
    try self.init(gradient, of: objective, at: equilibrium, options, limit, progress)
  }

  private init(
    _ gradient: Gradient, of objective: Objective, at whole: Equilibrium,
    _ options: SolverOptions, _ limit: Int, _ progress: (String) -> Void
  ) throws {
    let (objective, equilibrium, rows) = try gradient.part(of: objective, whole)
    let network = equilibrium.network
    let uses = Self.firstUses(network)
    let inputs = equilibrium.inputs
    let parameterCount = network.parameterCount
    total = parameterCount + inputs.elements.count
    let choice = Self.choose(limit, of: total, seed: network.seed)
    var tight = options
    tight.tolerance = min(options.tolerance, 1e-12)
    tight.maximumIterations = nil
    var simulator = try Simulator(network, backend: .direct, options: tight)
    if simulator.unsuitability != nil {
      simulator = try Simulator(network, backend: .edgeList, options: tight)
    }
    let states = equilibrium.states

    var subject = ""
    func value(_ parameters: Parameters, _ inputs: Matrix) throws -> Double {
      let varied = try simulator.equilibrium(parameters, inputs: inputs, start: states)
      guard varied.isConverged else {
        throw CyclogradError(
          .notConverged, "no equilibrium was found near the given one to compare with",
          at: .init(subject: "check: \(subject)"),
          advice: "leave the check out; the equilibrium may be about to vanish there")
      }
      return objective.total(objective.values(varied, rows: Array(0..<inputs.rows)))
    }
    var found: Worst?
    for (number, index) in choice.enumerated() {
      progress("check: derivative \(number + 1) of \(choice.count)")
      var difference: Double
      let derivative: Double
      if index < parameterCount {
        let p = equilibrium.parameters.values[index]
        let step = Self.step(p)
        var parameters = equilibrium.parameters
        parameters.values[index] = p + step
        subject = uses[index] ?? "parameter \(index)"
        difference = try value(parameters, inputs)
        parameters.values[index] = p - step
        difference -= try value(parameters, inputs)
        difference /= 2 * step
        derivative = gradient.parameters[index]
      } else {
        let element = index - parameterCount
        let x = inputs.elements[element]
        let step = Self.step(x)
        subject =
          "input \(network.inputNames[element % inputs.columns]) of row "
          + "\(rows[element / inputs.columns])"
        var varied = inputs
        varied.elements[element] = x + step
        difference = try value(equilibrium.parameters, varied)
        varied.elements[element] = x - step
        difference -= try value(equilibrium.parameters, varied)
        difference /= 2 * step
        derivative = gradient.inputs[rows[element / inputs.columns], element % inputs.columns]
      }
      let error = abs(derivative - difference)
      if !(error <= found?.error ?? -1) {
        found = Worst(
          subject: subject, derivative: derivative, difference: difference, error: error)
      }
    }
    checked = choice.count
    worst = found
    let scale = gradient.largestDerivative
    relativeError =
      found.map { $0.error == 0 ? 0 : $0.error / max(scale, $0.difference.magnitude) } ?? 0
  }

  /// The cube root of the rounding unit, where truncation and rounding balance.
  private static func step(_ value: Double) -> Double { 6e-6 * max(1, abs(value)) }

  private static func firstUses(_ network: Network) -> [Int: String] {
    var uses: [Int: String] = [:]
    network.forEachParameterUse { use in
      guard uses[use.parameter] == nil else { return }
      let unit = use.unit > 0 ? "/\(use.unit)" : ""
      uses[use.parameter] =
        use.source.map { "weight \($0) to \(use.target)\(unit)" } ?? "bias \(use.target)\(unit)"
    }
    return uses
  }

  private static func choose(_ limit: Int, of total: Int, seed: UInt64) -> [Int] {
    guard total > limit else { return Array(0..<total) }
    let stream = CounterRandom(seed: seed, purpose: .check, index: 0)
    var chosen = Set<Int>()
    var draw = 0
    while chosen.count < limit {
      chosen.insert(stream.index(draw, below: total))
      draw += 1
    }
    return chosen.sorted()
  }
}
