import Foundation

/// The explicit Runge–Kutta method of Dormand & Prince (1980), with the interpolation of Hairer, Nørsett & Wanner
/// (1993), section II.6. Steps end where inputs change.
struct DormandPrince {
  private let flow: Flow
  private let inputs: TimedInputs
  private let accuracy: Double
  private let mostSteps: Int
  private var slopes: [[Double]]
  private var trial: [Double]
  /// The largest |z| so far, to which errors are relative.
  private var scale = 0.0

  private static let nodes: [[Double]] = [
    [1.0 / 5],
    [3.0 / 40, 9.0 / 40],
    [44.0 / 45, -56.0 / 15, 32.0 / 9],
    [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
    [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
    [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
  ]
  /// The weights of order 5 less those of order 4.
  private static let errors: [Double] = [
    71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40,
  ]
  private static let dense: [Double] = [
    -12715105075.0 / 11282082432, 0, 87487479700.0 / 32700410799, -10690763975.0 / 1880347072,
    701980252875.0 / 199316789632, -1453857185.0 / 822651844, 69997945.0 / 29380423,
  ]

  init(_ flow: Flow, _ inputs: TimedInputs, accuracy: Double, _ mostSteps: Int?) {
    self.flow = flow
    self.inputs = inputs
    self.accuracy = accuracy
    self.mostSteps = mostSteps ?? 1_000_000
    let zeros = [Double](repeating: 0, count: flow.network.unitCount)
    slopes = Array(repeating: zeros, count: 7)
    trial = zeros
  }

  /// Follows the flow through all wanted times.
  mutating func follow(from start: [Double], _ recorder: inout CourseRecorder) {
    let times = recorder.course.times
    guard let end = times.last else { return }
    var time = times[0]
    var z = start
    recorder.take(z, flow)
    scale = Self.largest(z)
    var step = 0.0
    for stop in inputs.changes(after: time, before: end) + [end] where stop > time {
      flow.hold(inputs.rows[row: inputs.row(at: time)])
      flow.velocity(z, into: &slopes[0])
      if step == 0 { step = firstStep() }
      recorder.begin(at: time, z, velocity: slopes[0])
      guard segment(&time, stop, &z, &step, &recorder) else { return }
    }
  }

  /// Follows the flow while inputs hold; false where that fails.
  private mutating func segment(
    _ time: inout Double, _ stop: Double, _ z: inout [Double], _ step: inout Double,
    _ recorder: inout CourseRecorder
  ) -> Bool {
    var wasRejected = false
    while time < stop {
      guard recorder.course.steps + recorder.course.rejectedSteps < mostSteps else {
        recorder.fail(.iterationLimit, "\(mostSteps) steps were tried")
        return false
      }
      let isLast = time + 1.0000001 * step >= stop
      let h = isLast ? stop - time : step
      // The way to the next input may be as short; only where errors ask for shorter steps there is no going on.
      guard h > 0, h > 4 * time.ulp || isLast && !wasRejected else {
        let isFinite = trial.allSatisfy(\.isFinite)
        recorder.fail(
          isFinite ? .stalled : .diverged, "steps become shorter than rounding errors of t")
        return false
      }
      let error = tryStep(h, z)
      if error <= 1 {
        let reached = isLast ? stop : time + h
        while let wanted = recorder.wanted, wanted <= reached {
          recorder.take(
            wanted == reached ? trial : interpolate((wanted - time) / h, h, z), flow)
        }
        time = reached
        swap(&z, &trial)
        slopes.swapAt(0, 6)
        scale = max(scale, Self.largest(z))
        recorder.step(to: time, z, velocity: slopes[0])
      } else {
        recorder.reject()
      }
      // Order 5: the error grows with h⁵ of the estimate.
      let factor = error.isFinite ? 0.9 * Self.power(error) : 0.1
      // The last step of a segment is as short as it must be, which says nothing of the next.
      let next = h * min(wasRejected ? 1 : 5, max(0.1, factor))
      step = error <= 1 && isLast ? max(step, next) : next
      wasRejected = !(error <= 1)
    }
    return true
  }

  /// error^(−1/5), bounded.
  private static func power(_ error: Double) -> Double {
    error < 1e-10 ? 100 : pow(error, -0.2)
  }

  /// Tries a step; its error in units of what is allowed.
  private mutating func tryStep(_ h: Double, _ z: [Double]) -> Double {
    let count = z.count
    for (stage, weights) in Self.nodes.enumerated() {
      for s in 0..<count { trial[s] = 0 }
      for (index, weight) in weights.enumerated() where weight != 0 {
        slopes[index].withUnsafeBufferPointer { k in
          for s in 0..<count { trial[s] += weight * k[s] }
        }
      }
      for s in 0..<count { trial[s] = z[s] + h * trial[s] }
      flow.velocity(trial, into: &slopes[stage + 1])
    }
    var largest = 0.0
    for s in 0..<count {
      var error = 0.0
      for index in 0..<7 { error += Self.errors[index] * slopes[index][s] }
      error = abs(h * error)
      if error.isNaN || !trial[s].isFinite { return .infinity }
      largest = max(largest, error)
    }
    let allowed = accuracy * max(scale, Self.largest(trial))
    return allowed > 0 ? largest / allowed : (largest == 0 ? 0 : .infinity)
  }

  /// The state at a fraction of the step that was just tried.
  private func interpolate(_ fraction: Double, _ h: Double, _ z: [Double]) -> [Double] {
    let rest = 1 - fraction
    return (0..<z.count).map { s in
      let difference = trial[s] - z[s]
      let third = h * slopes[0][s] - difference
      let fourth = difference - h * slopes[6][s] - third
      var fifth = 0.0
      for index in 0..<7 { fifth += Self.dense[index] * slopes[index][s] }
      fifth *= h
      return z[s] + fraction
        * (difference + rest * (third + fraction * (fourth + rest * fifth)))
    }
  }

  private func firstStep() -> Double {
    let speed = Self.largest(slopes[0])
    let fastest = flow.timeConstants.min() ?? 1
    // At rest, and from 0, time constants alone tell how long a step may be.
    return speed > 0 && scale > 0 ? min(0.01 * scale / speed, fastest) : 0.001 * fastest
  }

  private static func largest(_ values: [Double]) -> Double {
    values.reduce(0) { max($0, abs($1)) }
  }
}
