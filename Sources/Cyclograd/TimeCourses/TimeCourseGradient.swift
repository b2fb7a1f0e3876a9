/// The derivatives of a number that depends on the outputs of a course.
public struct TimeCourseGradient: Hashable, Sendable {
  /// By the parameters, in the order of ``Parameters/values``.
  public var parameters: [Double]
  /// By the inputs: a row for each row of ``TimedInputs/rows``.
  public var inputs: Matrix
  /// By z of all units at the beginning, in file order.
  public var start: [Double]
}

extension Simulator {
  /// Differentiates through the steps of a θ method, by the adjoint of each: the exact derivatives of the discrete
  /// course, not approximations of those of the flow.
  ///
  /// - Parameters:
  ///   - outputDerivatives: ∂E/∂outputs, a row for each time of the course and a column for each output.
  ///   - course: a course of this simulator's network with `recordsPath`.
  /// - Throws: ``CyclogradError``: `shape-mismatch` for derivatives that do not fit; `invalid-option` for a course
  ///   without its path; `not-converged` for one that was not followed to its end, or where a step has no adjoint.
  /// - Complexity: an adjoint solution and O(edges) for each step.
  public func gradient(
    outputDerivatives: Matrix, at course: TimeCourse
  ) throws -> TimeCourseGradient {
    let course = try course.requireComplete()
    guard course.network === network, let path = course.path else {
      throw CyclogradError(
        .invalidOption, "the course has not kept its steps, or belongs to another network",
        advice: "compute it by this simulator, with recordsPath")
    }
    guard outputDerivatives.rows == course.times.count,
      outputDerivatives.columns == network.outputCount
    else {
      throw CyclogradError(
        .shapeMismatch,
        "the derivatives are \(outputDerivatives.rows) × \(outputDerivatives.columns), but there are "
          + "\(course.times.count) times of \(network.outputCount) outputs",
        advice: "give a row for each time and a column for each output")
    }
    var sweep = BackwardSteps(course, path)
    return try sweep.gradient(outputDerivatives)
  }
}

/// The adjoint of a course, step by step from its end.
private struct BackwardSteps {
  private let course: TimeCourse
  private let path: ThetaPath
  private let flow: Flow
  private var parameters: [Double]
  private var inputs: Matrix
  private var scaled: ScaledStep?
  private var network: Network { course.network }

  init(_ course: TimeCourse, _ path: ThetaPath) {
    self.course = course
    self.path = path
    flow = Flow(course.network, course.parameters)
    parameters = [Double](repeating: 0, count: course.network.parameterCount)
    inputs = Matrix(rows: course.inputs.rows.rows, columns: course.network.inputCount)
  }

  mutating func gradient(_ outputDerivatives: Matrix) throws -> TimeCourseGradient {
    /// ∂E/∂z of the present state.
    var lambda = [Double](repeating: 0, count: network.unitCount)
    var stop = course.times.count - 1
    for index in path.steps.indices.reversed() {
      while stop > 0, path.stops[stop - 1] == index + 1 {
        addOutputs(outputDerivatives[row: stop], at: path.steps[index].z, to: &lambda)
        stop -= 1
      }
      lambda = try step(index, lambda)
    }
    addOutputs(outputDerivatives[row: 0], at: path.start, to: &lambda)
    return TimeCourseGradient(
      parameters: parameters, inputs: inputs,
      start: network.unitsInFileOrder.map { lambda[Int($0)] })
  }

  private func addOutputs(
    _ derivatives: ArraySlice<Double>, at z: [Double], to lambda: inout [Double]
  ) {
    var g = [Double](repeating: 0, count: network.neuronCount)
    for (k, value) in zip(network.outputNeurons, derivatives) { g[Int(k)] += value }
    _ = flow.activate(z)
    for (s, value) in flow.slopeProduct(g).enumerated() { lambda[s] += value }
  }

  /// ∂E/∂z before a step from that after it.
  private mutating func step(_ index: Int, _ lambda: [Double]) throws -> [Double] {
    let step = path.steps[index]
    let before = index == 0 ? path.start : path.steps[index - 1].z
    if scaled?.length != step.length {
      scaled = ScaledStep(flow, course.parameters, theta: path.theta, length: step.length)
    }
    guard let scaled else { return lambda }
    flow.hold(course.inputs.rows[row: step.inputRow])
    var d = lambda
    if let equilibrium = step.equilibrium {
      // d = λ + D (κ W)ᵀ d; the solver of adjoints wants what arrives at activations.
      var weighted = lambda
      for s in lambda.indices { weighted[s] *= scaled.implicitShare[s] }
      let arriving = flow.transposedProduct(weighted)
      let inFileOrder = network.position.map { arriving[Int($0)] }
      let gradient = try path.simulator.gradient(
        neuronDerivatives: Matrix(rows: 1, columns: inFileOrder.count, elements: inFileOrder),
        at: equilibrium)
      for s in d.indices { d[s] += gradient.inputs[0, s] }
      var implicit = d
      for s in d.indices { implicit[s] *= scaled.implicitShare[s] }
      add(implicit, activations: flow.activate(step.z), step.inputRow)
    }
    var result = d
    for s in d.indices { result[s] *= 1 - scaled.implicitShare[s] }
    guard scaled.explicitLength.contains(where: { $0 != 0 }) else { return result }
    var explicit = result
    for s in d.indices { explicit[s] *= scaled.explicitLength[s] }
    add(explicit, activations: flow.activate(before), step.inputRow)
    let back = flow.slopeProduct(flow.transposedProduct(explicit))
    for s in result.indices { result[s] += back[s] - explicit[s] }
    return result
  }

  /// Adds what ∂E/∂(W a + b + x) = d of one step gives.
  private mutating func add(_ d: [Double], activations a: [Double], _ row: Int) {
    for s in d.indices {
      parameters[Int(network.biasParameter[s])] += d[s] * network.factor(ofBias: s)
      for e in network.inEdges(of: s) {
        parameters[network.parameter(ofEdge: e)] +=
          d[s] * a[network.sourceNeuron(of: e, into: s)] * network.factor(ofEdge: e)
      }
    }
    for (column, s) in network.inputUnits.enumerated() { inputs[row, column] += d[Int(s)] }
  }
}
