/// Steps of the θ method. With κ = θh/τ / (1 + θh/τ) for each unit an implicit step is an equilibrium of the network
/// with the weights κ W:
///
///     z₁ = κ W f(z₁) + κ (b + x) + (1 − κ) (z₀ + (1 − θ) h/τ F(z₀))
struct ThetaSteps {
  private let simulator: Simulator
  private let parameters: Parameters
  private let flow: Flow
  private let inputs: TimedInputs
  private let theta: Double
  private let longest: Double?
  /// The weights of steps of the last length.
  private var scaled: ScaledStep?

  /// The simulator treats the network of single steps with the backend and options of another.
  init(
    _ owner: Simulator, _ parameters: Parameters, _ flow: Flow, _ inputs: TimedInputs,
    theta: Double, step: Double?
  ) throws {
    simulator = try Simulator(
      Network(untying: try owner.network.writtenOut()), backend: owner.backend,
      options: owner.options,
      executor: owner.executor)
    self.parameters = parameters
    self.flow = flow
    self.inputs = inputs
    self.theta = theta
    longest = step
  }

  /// Follows the flow through all wanted times.
  mutating func follow(
    from start: [Double], recordsPath: Bool, _ recorder: inout CourseRecorder
  ) throws {
    let network = flow.network
    let times = recorder.course.times
    var z = start
    recorder.take(z, flow)
    var path = ThetaPath(simulator: simulator, theta: theta, start: z)
    var velocity = z
    var isFirst = true
    for (begin, end) in zip(times, times.dropFirst()) {
      let stops = inputs.changes(after: begin, before: end) + [end]
      var time = begin
      for stop in stops {
        let row = inputs.row(at: time)
        flow.hold(inputs.rows[row: row])
        if isFirst {
          flow.velocity(z, into: &velocity)
          recorder.begin(at: time, z, velocity: velocity)
          isFirst = false
        }
        let length = stop - time
        let count = longest.map { max(1, (length / $0 * (1 - 1e-9)).rounded(.up)) } ?? 1
        guard count < 1e9 else {
          throw CyclogradError(
            .tooLarge, "steps of \(longest ?? 0) from t = \(time) to \(stop) are too many",
            advice: "take longer steps")
        }
        let h = length / count
        for index in 1...Int(count) {
          let isLast = index == Int(count)
          let next = isLast ? stop : time + h * Double(index)
          guard let state = try advance(z, h, &recorder) else { return }
          z = state.z
          flow.velocity(z, into: &velocity)
          recorder.step(to: next, z, velocity: velocity)
          if recordsPath {
            try MemoryBudget.check(samples: path.steps.count + 1, of: network)
            path.steps.append(
              .init(length: h, inputRow: row, z: z, equilibrium: state.equilibrium))
          }
        }
        time = stop
      }
      recorder.take(z, flow)
      path.stops.append(path.steps.count)
    }
    if recordsPath { recorder.keep(path) }
  }

  private mutating func advance(
    _ z: [Double], _ h: Double, _ recorder: inout CourseRecorder
  ) throws -> (z: [Double], equilibrium: Equilibrium?)? {
    var step = scaled
    if step?.length != h { step = ScaledStep(flow, parameters, theta: theta, length: h) }
    scaled = step
    guard let step else { return nil }
    let next = step.explicitPart(flow, z)
    guard next.allSatisfy(\.isFinite) else {
      recorder.fail(.notFinite, "a step overflows")
      return nil
    }
    guard theta > 0 else { return (next, nil) }
    let equilibrium = try simulator.run(
      step.parameters, Matrix(rows: 1, columns: next.count, elements: next),
      Simulator.StartStates(z: z, count: 1), nil
    ) { [options = simulator.options] worker, group, batch, context in
      try worker.solve(group, batch, options, context)
    }
    guard equilibrium.isConverged else {
      recorder.fail(
        equilibrium.evidence[0].status,
        "an implicit step has no equilibrium that was found"
          + (equilibrium.evidence[0].detail.map { ": \($0)" } ?? ""))
      return nil
    }
    return (equilibrium.z, equilibrium)
  }
}

/// What steps of one length have in common.
struct ScaledStep {
  let length: Double
  /// κ
  let implicitShare: [Double]
  /// (1 − θ) h/τ
  let explicitLength: [Double]
  /// κ W, and no biases: they are in the drive.
  let parameters: Parameters

  init(_ flow: Flow, _ parameters: Parameters, theta: Double, length: Double) {
    let network = flow.network
    self.length = length
    implicitShare = flow.timeConstants.map {
      let ratio = theta * length / $0
      return ratio.isInfinite ? 1 : ratio / (1 + ratio)
    }
    explicitLength = flow.timeConstants.map { (1 - theta) * length / $0 }
    let weights = network.weights(parameters)
    var values: [Double] = []
    values.reserveCapacity(network.edgeCount + network.unitCount)
    for s in 0..<network.unitCount {
      for e in network.inEdges(of: s) { values.append(weights[e] * implicitShare[s]) }
    }
    self.parameters = Parameters(values + [Double](repeating: 0, count: network.unitCount))
  }

  /// κ (b + x) + (1 − κ) (z₀ + (1 − θ) h/τ F(z₀)), which with θ = 0 is the step.
  func explicitPart(_ flow: Flow, _ z: [Double]) -> [Double] {
    var result = z
    if explicitLength.contains(where: { $0 != 0 }) {
      let rest = flow.imbalance(z)
      for s in z.indices { result[s] += explicitLength[s] * rest[s] }
    }
    for s in z.indices {
      result[s] =
        implicitShare[s] * flow.drive[s] + (1 - implicitShare[s]) * result[s]
    }
    return result
  }
}

/// All steps of a course by the θ method.
struct ThetaPath: Sendable {
  struct Step: Sendable {
    var length: Double
    var inputRow: Int
    /// The state at its end, in condensation order.
    var z: [Double]
    /// The same as an equilibrium of the network of steps; `nil` for explicit steps.
    var equilibrium: Equilibrium?
  }

  let simulator: Simulator
  let theta: Double
  /// The state at the beginning, in condensation order.
  let start: [Double]
  var steps: [Step] = []
  /// How many steps were taken until each of the wanted times but the first.
  var stops: [Int] = []
}
