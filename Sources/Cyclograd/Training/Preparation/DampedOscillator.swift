/// Trajectories of ẍ + 2δẋ + ω₀²x = 0, from which ω₀ and δ are to be found: the regression problem
/// of Sanokowski 2022, section 2.4.
public struct DampedOscillator: Hashable, Sendable {
  /// The natural frequency.
  public var frequency: Double
  /// The damping.
  public var damping: Double
  /// Where it starts.
  public var position: Double
  /// How fast it starts.
  public var velocity: Double

  /// An oscillator as it starts.
  public init(frequency: Double, damping: Double, position: Double, velocity: Double) {
    self.frequency = frequency
    self.damping = damping
    self.position = position
    self.velocity = velocity
  }

  /// x at t = 0, step, 2 step, …, by the classical method of Runge and Kutta, `substeps` of its
  /// steps to each; its error is of the order (step / substeps)⁴.
  public func trajectory(points: Int, step: Double = 0.1, substeps: Int = 4) -> [Double] {
    let h = step / Double(substeps)
    func slope(_ x: Double, _ v: Double) -> (Double, Double) {
      (v, -2 * damping * v - frequency * frequency * x)
    }
    var (x, v) = (position, velocity)
    var result: [Double] = []
    result.reserveCapacity(points)
    for _ in 0..<points {
      result.append(x)
      for _ in 0..<substeps {
        let a = slope(x, v)
        let b = slope(x + h / 2 * a.0, v + h / 2 * a.1)
        let c = slope(x + h / 2 * b.0, v + h / 2 * b.1)
        let d = slope(x + h * c.0, v + h * c.1)
        x += h / 6 * (a.0 + 2 * b.0 + 2 * c.0 + d.0)
        v += h / 6 * (a.1 + 2 * b.1 + 2 * c.1 + d.1)
      }
    }
    return result
  }

  /// Samples as the paper draws them: ω₀ uniform in [1, 2], δ in [0, 2], start and velocity normal
  /// with deviation 2, each from a stream of its own.
  ///
  /// - Returns: inputs, samples × points; targets ω₀ − 1 and δ / 2, both in [0, 1).
  public static func samples(
    _ count: Int, points: Int, seed: UInt64
  ) -> (inputs: Matrix, targets: Matrix) {
    var (inputs, targets): ([Double], [Double]) = ([], [])
    inputs.reserveCapacity(count * points)
    let streams = (0..<4).map { CounterRandom(seed: seed, purpose: .inputs, index: $0) }
    for number in 0..<count {
      let (frequency, damping) = (streams[0].uniform(number), streams[1].uniform(number))
      inputs += DampedOscillator(
        frequency: 1 + frequency, damping: 2 * damping, position: 2 * streams[2].normal(number),
        velocity: 2 * streams[3].normal(number)
      ).trajectory(points: points)
      targets += [frequency, damping]
    }
    return (
      Matrix(rows: count, columns: points, elements: inputs),
      Matrix(rows: count, columns: 2, elements: targets)
    )
  }
}
