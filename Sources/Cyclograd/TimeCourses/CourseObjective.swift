/// A function of a course's activations at some of its times.
struct CourseObjective {
  /// The places of its times among those of the course, a row each.
  let rows: [Int]
  private let objective: Objective
  private let network: Network

  /// The mean of a loss over the times.
  init(
    of loss: any Loss, targets: Matrix, _ course: TimeCourse, times: [Double]?
  ) throws(CyclogradError) {
    rows = try Self.rows(times, of: course)
    network = course.network
    try Self.check(targets.rows, of: "targets", times: rows.count)
    objective = try Objective(meanOf: loss, targets: targets, samples: rows.count, network)
  }

  /// Σ v a.
  init(of cotangent: Cotangent, _ course: TimeCourse, times: [Double]?) throws(CyclogradError) {
    rows = try Self.rows(times, of: course)
    network = course.network
    try Self.check(cotangent.values.rows, of: "the cotangent", times: rows.count)
    objective = try Objective(sumOf: cotangent, samples: rows.count, network)
  }

  /// Refuses rows that are not as many as the times that they are for.
  private static func check(
    _ count: Int, of what: String, times: Int
  ) throws(CyclogradError) {
    guard count == times else {
      throw CyclogradError(
        .shapeMismatch,
        "\(count) row\(count == 1 ? "" : "s") of \(what) for \(times) time\(times == 1 ? "" : "s")",
        advice: "give a row for each time, or say which times the rows are for")
    }
  }

  /// The places of some times among those of a course, rounding aside.
  private static func rows(
    _ times: [Double]?, of course: TimeCourse
  ) throws(CyclogradError) -> [Int] {
    guard let times else { return Array(course.times.indices) }
    guard !times.isEmpty else {
      throw CyclogradError(
        .shapeMismatch, "nothing is differentiated at any time", advice: "give a row at least")
    }
    var rows: [Int] = []
    for time in times {
      let after = course.times.indices.partitioningIndex { course.times[$0] >= time }
      let near = [after - 1, after].filter(course.times.indices.contains)
      guard let row = near.min(by: { abs(course.times[$0] - time) < abs(course.times[$1] - time) }),
        abs(course.times[row] - time) <= 1e-9 * max(abs(time), abs(course.times[row]))
      else {
        throw CyclogradError(
          .invalidValue, "t = \(time) is none of the times of the course",
          at: .init(subject: "targets, row \(rows.count)"),
          advice: "take it among the times at which states are wanted")
      }
      rows.append(row)
    }
    return rows
  }

  /// Its value, and its derivatives by the activations of each row.
  ///
  /// - Throws: ``CyclogradError`` `overflow` where these are not finite.
  func evaluate(_ course: TimeCourse) throws(CyclogradError) -> (
    value: Double, source: AdjointSource
  ) {
    var (values, source) = objective.evaluate(activations(course), rows: Array(rows.indices))
    for (row, value) in values.enumerated() {
      if let reason = objective.failure(value, source.values[row: row]) {
        throw CyclogradError(
          .overflow, "at t = \(course.times[rows[row]]) nothing can be differentiated: \(reason)",
          advice: "scale the loss down, or look whether the states run away")
      }
    }
    let value = objective.total(values)
    guard objective.accepts(value) else { throw objective.overflow(samples: rows.count) }
    let factor = objective.factor(samples: rows.count)
    for index in source.values.elements.indices { source.values.elements[index] *= factor }
    return (value, source)
  }

  /// Its value alone.
  func value(_ course: TimeCourse) -> Double {
    objective.total(objective.values(activations(course), rows: Array(rows.indices)))
  }

  private func activations(_ course: TimeCourse) -> CourseActivations {
    let flow = Flow(network, course.parameters)
    let places = network.unitsInFileOrder
    return CourseActivations(
      outputs: course.outputs.selecting(rows: rows),
      rows: rows.map { row in
        var z = [Double](repeating: 0, count: network.unitCount)
        for (column, s) in places.enumerated() { z[Int(s)] = course.states[row, column] }
        return flow.activate(z)
      })
  }
}

/// Activations at some times of a course.
private struct CourseActivations: ActivationRows {
  let outputs: Matrix
  /// Those of all neurons in condensation order.
  let rows: [[Double]]
  var sampleCount: Int { rows.count }

  func activation(of neuron: Int, row: Int) -> Double { rows[row][neuron] }
}
