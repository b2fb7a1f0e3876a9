#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A ``TrajectoryPenalty`` for the parameters of one network.
struct BoundTrajectory: AdjointSharingTerm {
  /// F of all blocks that have the same parameters.
  struct Part {
    /// A state at which F is evaluated.
    struct Point {
      var time: Int
      /// The neurons, in file order, whose activations enter.
      var sources: [Int]
    }

    var section: NetworkSection
    var probe: JacobianProbe
    var points: [Point] = []
  }

  let term: TrajectoryPenalty
  let parts: [Part]
  let variation: BlockVariation?

  /// What belongs to a time in the sums of divergences and of squared norms.
  private func coefficients(_ time: Int, dimension: Int) -> (divergence: Double, jacobian: Double) {
    let last = term.blocks.count
    let share = (time == 0 || time == last ? 0.5 : 1) / Double(last)
    let d = Double(dimension)
    return (
      share / d * pow(Double(time) / Double(last), term.power), share / (d * d) * term.jacobian
    )
  }

  func value(
    at step: RegularisedStep, sharing adjoint: inout SharedAdjoint,
    addingGradientTo gradient: inout [Double]
  ) throws -> Double {
    var value = 0.0
    if let variation {
      value += variation.value(step.parameters.values, addingGradientTo: &gradient)
    }
    guard !parts.isEmpty else { return value }
    let activations = step.equilibrium.neuronActivations
    let count = step.equilibrium.sampleCount
    let mean = 1 / Double(count)
    let measured = try parts.map { try measure($0, activations, step) }
    var divergence = 0.0
    for (part, found) in zip(parts, measured) {
      for (number, point) in part.points.enumerated() {
        let weights = coefficients(point.time, dimension: part.probe.dimension)
        for sample in 0..<count {
          divergence += mean * weights.divergence * found.traces[number * count + sample]
          value += mean * weights.jacobian * found.squares[number * count + sample]
        }
      }
    }
    let squashed = term.squash(divergence)
    value += term.divergence * squashed.value
    for (part, found) in zip(parts, measured) {
      let weights = part.points.map { coefficients($0.time, dimension: part.probe.dimension) }
      func rows(_ weight: ((divergence: Double, jacobian: Double)) -> Double) -> [Double] {
        weights.flatMap { [Double](repeating: weight($0), count: count) }
      }
      let slopes = try withSamples(count) {
        try part.probe.gradient(
          found, traces: rows { term.divergence * squashed.slope * $0.divergence },
          squares: rows { $0.jacobian }, times: 1)
      }
      for (place, slope) in zip(part.section.places, slopes.parameters)
      where place < gradient.count {
        gradient[place] += mean * slope
      }
      guard !term.holdsStates else { continue }
      for (number, point) in part.points.enumerated() {
        let inputs = slopes.inputs.selecting(rows: Array(number * count..<(number + 1) * count))
        try adjoint.add(
          AdjointSource(
            values: inputs,
            neurons: point.sources.map { step.equilibrium.network.position[$0] }))
      }
    }
    return value
  }

  /// Rows are samples, point by point.
  private func measure(
    _ part: Part, _ activations: Matrix, _ step: RegularisedStep
  ) throws -> JacobianProbe.Measured {
    let count = activations.rows
    var inputs = Matrix(
      rows: part.points.count * count, columns: part.section.network.inputCount)
    for (number, point) in part.points.enumerated() {
      for sample in 0..<count {
        for (column, neuron) in point.sources.enumerated() {
          inputs[number * count + sample, column] = activations[sample, neuron]
        }
      }
    }
    let dimension = part.probe.dimension
    let draw = ProbeDraw(term.probes, seed: step.seed, step: step.step)
    let vectors = term.probes.extent(dimension: dimension).count
    let width = (term.blocks.count + 1) &* dimension
    return try withSamples(count) {
      try part.probe.measure(
        part.probe.solve(
          part.section.parameters(step.parameters.values), inputs: inputs, term.probes
        ) { row, vector, i in
          let first = (step.samples[row % count] &* vectors &+ vector) &* width
          return draw.component(first &+ part.points[row / count].time &* dimension &+ i)
        })
    }
  }

  /// Says of which samples failing rows are.
  private func withSamples<Result>(_ count: Int, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as JacobianProbe.Failure {
      var evidence: [Int: SampleEvidence] = [:]
      for (row, reason) in failure.evidence { evidence[row % count] = reason }
      throw SampleFailures(evidence: evidence)
    }
  }
}
