/// The adjoint of a course, step by step from its end.
struct BackwardSteps {
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

  /// - Parameters:
  ///   - value: what is differentiated.
  ///   - source: ∂E/∂a.
  ///   - rows: the time of the course, by its place, that each row of the source is for.
  mutating func gradient(
    _ value: Double, _ source: AdjointSource, rows: [Int]
  ) throws -> TimeCourseGradient {
    var sourceRows = [[Int]](repeating: [], count: course.times.count)
    for (row, place) in rows.enumerated() { sourceRows[place].append(row) }
    /// ∂E/∂z of the present state.
    var lambda = [Double](repeating: 0, count: network.unitCount)
    var stop = course.times.count - 1
    for index in path.steps.indices.reversed() {
      while stop > 0, path.stops[stop - 1] == index + 1 {
        add(source, sourceRows[stop], at: path.steps[index].z, to: &lambda)
        stop -= 1
      }
      lambda = try step(index, lambda)
    }
    add(source, sourceRows[0], at: path.start, to: &lambda)
    return TimeCourseGradient(
      value: value, parameters: parameters, inputs: inputs,
      start: network.unitsInFileOrder.map { lambda[Int($0)] })
  }

  /// Adds what arrives at a state from its own activations.
  private func add(
    _ source: AdjointSource, _ rows: [Int], at z: [Double], to lambda: inout [Double]
  ) {
    guard !rows.isEmpty else { return }
    var g = [Double](repeating: 0, count: network.neuronCount)
    for row in rows {
      for (k, value) in zip(source.neurons, source.values[row: row]) { g[Int(k)] += value }
    }
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
      let outcome = try path.simulator.differentiate(
        .neurons(Matrix(rows: 1, columns: inFileOrder.count, elements: inFileOrder)),
        at: equilibrium)
      guard let gradient = outcome.gradient else {
        throw CyclogradError(
          .notConverged,
          "the step number \(index + 1), of length \(step.length), has no adjoint"
            + (outcome.evidence.first?.detail.map { ": \($0)" } ?? ""),
          advice: "take shorter steps")
      }
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
