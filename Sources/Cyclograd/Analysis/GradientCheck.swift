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

  /// Checks the derivatives of a mean loss over times of a course in the same way, by courses of the same steps.
  ///
  /// - Parameter times: the times that rows of targets are for; all of the course if `nil`.
  /// - Throws: ``CyclogradError`` with the code `not-converged` if a varied course was not followed to its end.
  /// - Complexity: two courses for each derivative.
  public init(
    _ gradient: TimeCourseGradient, of loss: any Loss, targets: Matrix, times: [Double]? = nil,
    at course: TimeCourse, options: SolverOptions = SolverOptions(), limit: Int = 200,
    progress: (String) -> Void = { _ in }
  ) throws {
    try self.init(
      gradient, of: CourseObjective(of: loss, targets: targets, course, times: times), at: course,
      options, limit, progress)
  }

  /// Checks the derivatives of Σ v a over times of a course in the same way.
  ///
  /// - Parameter times: the times that rows of the cotangent are for; all of the course if `nil`.
  /// - Throws: ``CyclogradError`` with the code `not-converged` if a varied course was not followed to its end.
  /// - Complexity: two courses for each derivative.
  public init(
    _ gradient: TimeCourseGradient, of cotangent: Cotangent, times: [Double]? = nil,
    at course: TimeCourse, options: SolverOptions = SolverOptions(), limit: Int = 200,
    progress: (String) -> Void = { _ in }
  ) throws {
    try self.init(
      gradient, of: CourseObjective(of: cotangent, course, times: times), at: course, options,
      limit, progress)
  }

  private init(
    _ gradient: Gradient, of objective: Objective, at whole: Equilibrium,
    _ options: SolverOptions, _ limit: Int, _ progress: (String) -> Void
  ) throws {
    let (objective, equilibrium, rows) = try gradient.part(of: objective, whole)
    let inputs = equilibrium.inputs
    let simulator = try Self.simulator(of: equilibrium.network, options)
    let states = equilibrium.states
    try self.init(
      [
        .parameters(equilibrium.parameters, gradient.parameters, equilibrium.network),
        .inputs(inputs, gradient.inputs.selecting(rows: rows), equilibrium.network) {
          "row \(rows[$0])"
        },
      ], largest: gradient.largestDerivative, seed: equilibrium.network.seed, limit, progress
    ) { varied, subject in
      let found = try simulator.equilibrium(
        Parameters(varied[0]), inputs: inputs.replacing(varied[1]), start: states)
      guard found.isConverged else {
        throw CyclogradError(
          .notConverged, "no equilibrium was found near the given one to compare with",
          at: .init(subject: "check: \(subject)"),
          advice: "leave the check out; the equilibrium may be about to vanish there")
      }
      return objective.total(objective.values(found, rows: Array(0..<inputs.rows)))
    }
  }

  private init(
    _ gradient: TimeCourseGradient, of objective: CourseObjective, at course: TimeCourse,
    _ options: SolverOptions, _ limit: Int, _ progress: (String) -> Void
  ) throws {
    let network = course.network
    let rows = course.inputs.rows
    let start = Matrix(
      rows: 1, columns: network.unitCount, elements: Array(course.states[row: 0]))
    let simulator = try Self.simulator(of: network, options)
    let unitNames = network.unitNames
    try self.init(
      [
        .parameters(course.parameters, gradient.parameters, network),
        .inputs(rows, gradient.inputs, network) { "row \($0)" },
        VariedNumbers(values: start.elements, derivatives: gradient.start) {
          "\(unitNames[$0]) at the start"
        },
      ], largest: gradient.largestDerivative, seed: network.seed, limit, progress
    ) { varied, subject in
      let found = try simulator.timeCourse(
        Parameters(varied[0]), inputs: course.inputs.replacing(rows: rows.replacing(varied[1])),
        times: course.times, method: course.method, start: start.replacing(varied[2]))
      guard found.status == .converged else {
        throw CyclogradError(
          .notConverged, "a course near the given one was not followed to its end",
          at: .init(subject: "check: \(subject)"), advice: "leave the check out")
      }
      return objective.value(found)
    }
  }

  /// Compares derivatives with differences of a value that is a function of all the numbers.
  private init(
    _ numbers: [VariedNumbers], largest: Double, seed: UInt64, _ limit: Int,
    _ progress: (String) -> Void, value: ([[Double]], String) throws -> Double
  ) throws {
    total = numbers.reduce(0) { $0 + $1.values.count }
    let choice = Self.choose(limit, of: total, seed: seed)
    var varied = numbers.map(\.values)
    var found: Worst?
    for (number, index) in choice.enumerated() {
      progress("check: derivative \(number + 1) of \(choice.count)")
      var (list, place) = (0, index)
      while place >= numbers[list].values.count {
        place -= numbers[list].values.count
        list += 1
      }
      let old = numbers[list].values[place]
      let subject = numbers[list].name(place)
      let step = Self.step(old)
      varied[list][place] = old + step
      var difference = try value(varied, subject)
      varied[list][place] = old - step
      difference -= try value(varied, subject)
      varied[list][place] = old
      difference /= 2 * step
      let derivative = numbers[list].derivatives[place]
      let error = abs(derivative - difference)
      if !(error <= found?.error ?? -1) {
        found = Worst(
          subject: subject, derivative: derivative, difference: difference, error: error)
      }
    }
    checked = choice.count
    worst = found
    relativeError =
      found.map { $0.error == 0 ? 0 : $0.error / max(largest, $0.difference.magnitude) } ?? 0
  }

  /// Newton's method where it can be had, to more digits than differences have.
  private static func simulator(
    of network: Network, _ options: SolverOptions
  ) throws -> Simulator {
    var tight = options
    tight.tolerance = min(options.tolerance, 1e-12)
    tight.maximumIterations = nil
    let simulator = try Simulator(network, backend: .direct, options: tight)
    guard simulator.unsuitability != nil else { return simulator }
    return try Simulator(network, backend: .edgeList, options: tight)
  }

  /// The cube root of the rounding unit, where truncation and rounding balance.
  private static func step(_ value: Double) -> Double { 6e-6 * max(1, abs(value)) }

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

/// Numbers of one kind that a check varies.
private struct VariedNumbers {
  var values: [Double]
  var derivatives: [Double]
  /// What a number is called, by its place.
  var name: (Int) -> String

  static func parameters(
    _ parameters: Parameters, _ derivatives: [Double], _ network: Network
  ) -> VariedNumbers {
    var uses: [Int: String] = [:]
    network.forEachParameterUse { use in
      guard uses[use.parameter] == nil else { return }
      let unit = use.unit > 0 ? "/\(use.unit)" : ""
      uses[use.parameter] =
        use.source.map { "weight \($0) to \(use.target)\(unit)" } ?? "bias \(use.target)\(unit)"
    }
    return VariedNumbers(values: parameters.values, derivatives: derivatives) {
      uses[$0] ?? "parameter \($0)"
    }
  }

  static func inputs(
    _ inputs: Matrix, _ derivatives: Matrix, _ network: Network, row: @escaping (Int) -> String
  ) -> VariedNumbers {
    let names = network.inputNames
    return VariedNumbers(values: inputs.elements, derivatives: derivatives.elements) {
      "input \(names[$0 % names.count]) of \(row($0 / names.count))"
    }
  }
}

extension Matrix {
  /// Other elements in the same shape.
  fileprivate func replacing(_ elements: [Double]) -> Matrix {
    Matrix(rows: rows, columns: columns, elements: elements)
  }
}
