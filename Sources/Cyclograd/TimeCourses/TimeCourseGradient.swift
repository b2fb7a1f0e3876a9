/// The derivatives of a number that depends on the activations of a course.
public struct TimeCourseGradient: Hashable, Sendable {
  /// What was differentiated: the mean of a loss over the times, or Σ v a of a ``Cotangent`` v.
  public var value: Double
  /// By the parameters, in the order of ``Parameters/values``.
  public var parameters: [Double]
  /// By the inputs: a row for each row of ``TimedInputs/rows``.
  public var inputs: Matrix
  /// By z of all units at the beginning, in file order.
  public var start: [Double]

  /// The largest |derivative|.
  ///
  /// - Complexity: O(derivatives).
  public var largestDerivative: Double { derivatives.reduce(0) { max($0, abs($1)) } }

  /// All of them.
  fileprivate var derivatives: FlattenSequence<[[Double]]> {
    [parameters, inputs.elements, start].joined()
  }
}

extension Simulator {
  /// Differentiates a mean loss of the outputs at some times through the steps of a θ method, by the adjoint of each:
  /// the exact derivatives of the discrete course, not approximations of those of the flow.
  ///
  /// - Parameters:
  ///   - loss: what is differentiated.
  ///   - targets: a row for each time, and a column for each output or what else the loss takes.
  ///   - course: a course of this simulator's network with `recordsPath`.
  ///   - times: the times of the course that rows of targets are for; all of them, the first included, if `nil`.
  /// - Throws: ``CyclogradError``: `shape-mismatch` and `invalid-value` for targets and times that do not fit;
  ///   `invalid-option` for a course without its path; `not-converged` for one that was not followed to its end, or
  ///   where a step has no adjoint; `overflow` where the loss or its derivatives do.
  /// - Complexity: an adjoint solution and O(edges) for each step.
  public func gradient(
    of loss: any Loss, targets: Matrix, at course: TimeCourse, times: [Double]? = nil
  ) throws -> TimeCourseGradient {
    try gradient(CourseObjective(of: loss, targets: targets, course, times: times), course)
  }

  /// Differentiates Σ v a, a sum over times and neurons, in the same way.
  ///
  /// - Parameters:
  ///   - cotangent: v, with a row for each time.
  ///   - course: a course of this simulator's network with `recordsPath`.
  ///   - times: the times of the course that its rows are for; all of them, the first included, if `nil`.
  /// - Throws: ``CyclogradError`` as for a loss.
  /// - Complexity: an adjoint solution and O(edges) for each step.
  public func gradient(
    of cotangent: Cotangent, at course: TimeCourse, times: [Double]? = nil
  ) throws -> TimeCourseGradient {
    try gradient(CourseObjective(of: cotangent, course, times: times), course)
  }

  private func gradient(
    _ objective: CourseObjective, _ course: TimeCourse
  ) throws -> TimeCourseGradient {
    let course = try course.requireComplete()
    guard course.network === network, let path = course.path else {
      throw CyclogradError(
        .invalidOption, "the course has not kept its steps, or belongs to another network",
        advice: "compute it by this simulator, with recordsPath")
    }
    let (value, source) = try objective.evaluate(course)
    var sweep = BackwardSteps(course, path)
    let gradient = try sweep.gradient(value, source, rows: objective.rows)
    guard gradient.derivatives.allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .overflow, "a derivative overflows on the way back through the course",
        advice: "follow it for a shorter time, or take shorter steps")
    }
    return gradient
  }
}
