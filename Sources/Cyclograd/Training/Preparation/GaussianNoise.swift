/// Adds normal noise to samples, perhaps within limits, as images have them.
public struct GaussianNoise: Hashable, Sendable {
  /// The standard deviation.
  public var deviation: Double
  /// Between which numbers what comes out is held; `nil` for none.
  public var limits: ClosedRange<Double>?
  /// What the noise is drawn from: the number of column j of row i is the (i · columns + j)-th of one stream.
  public var seed: UInt64

  /// - Throws: ``CyclogradError`` for a deviation that is negative or not finite, and limits that are not finite.
  public init(
    deviation: Double, limits: ClosedRange<Double>? = nil, seed: UInt64 = 0
  ) throws(CyclogradError) {
    guard deviation >= 0, deviation.isFinite else {
      throw CyclogradError(
        .invalidValue, "the deviation of noise is \(deviation)", advice: "give 0 or more")
    }
    if let limits, !limits.lowerBound.isFinite || !limits.upperBound.isFinite {
      throw CyclogradError(
        .invalidValue, "the limits of noise are not finite", advice: "give two numbers, or none")
    }
    (self.deviation, self.limits, self.seed) = (deviation, limits, seed)
  }

  /// Samples × columns with noise.
  public func added(to samples: Matrix) -> Matrix {
    let random = CounterRandom(seed: seed, purpose: .noise, index: 0)
    var result = samples
    for index in result.elements.indices {
      var value = samples.elements[index] + deviation * random.normal(index)
      if let limits { value = min(max(value, limits.lowerBound), limits.upperBound) }
      result.elements[index] = value
    }
    return result
  }
}
