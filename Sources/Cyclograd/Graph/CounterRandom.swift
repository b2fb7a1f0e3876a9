/// A random generator whose n-th number can be had without the ones before it.
///
/// Stream (seed, purpose, index) has the key `mix(mix(seed + γ · purpose) + γ · (index + 1))`, and
/// its n-th word is `mix(key + γ · (n + 1))`, where `mix` is the finalizer and γ the increment
/// 0x9E3779B97F4A7C15 of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), all modulo 2⁶⁴. Numbers
/// are the same on every platform: only IEEE additions, multiplications, divisions and square
/// roots are used.
public struct CounterRandom: Sendable {
  /// What a stream is drawn for; part of the graph file's format.
  public enum Purpose: UInt64, Sendable {
    /// The pattern of a connection; the index is the connection's.
    case pattern = 1
    /// The weights of a connection.
    case weights = 2
    /// The weight of a single edge; the index is the edge's.
    case edgeWeight = 3
    /// The biases of a unit; the index counts units over all groups.
    case bias = 4
    /// Inputs drawn where none were given.
    case inputs = 5
    /// Targets drawn where none were given.
    case targets = 6
    /// Which parameters a check by finite differences looks at.
    case check = 7
    /// Where a search for several equilibria starts; the index is the start's.
    case starts = 8
    /// Right-hand sides that show whether an adjoint system is regular.
    case condition = 11
    /// Where last resorts start; the index is the attempt's.
    case attempt = 10
    /// Where a search for eigenvalues starts.
    case eigenvalues = 9
    /// The order of a training's samples; the index is the epoch's.
    case shuffle = 16
    /// Into which part of a split samples go; the index is the class.
    case split = 17
    /// Synthetic samples of a rare class.
    case oversampling = 18
    /// Noise that is added to samples.
    case noise = 21
    /// Vectors that estimate traces and norms of Jacobians; the index is the training's step.
    case probe = 19
    /// Where the power method of a normalisation begins; the index is the rule's.
    case normalisation = 20
    /// Where attacks on inputs begin.
    case attack = 24
  }

  private static let increment: UInt64 = 0x9E37_79B9_7F4A_7C15
  private let key: UInt64

  /// Opens a stream.
  public init(seed: UInt64, purpose: Purpose, index: Int) {
    let first = Self.mix(seed &+ Self.increment &* purpose.rawValue)
    key = Self.mix(first &+ Self.increment &* UInt64(truncatingIfNeeded: index + 1))
  }

  private static func mix(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The n-th word of the stream.
  public func word(_ n: Int) -> UInt64 {
    Self.mix(key &+ Self.increment &* UInt64(truncatingIfNeeded: n + 1))
  }

  /// The n-th number of the stream, uniform on [0, 1): its word's upper 53 bits · 2⁻⁵³.
  public func uniform(_ n: Int) -> Double { Double(word(n) >> 11) * 0x1p-53 }

  /// The n-th number of the stream, standard normal: the inverse distribution function at the
  /// middle of the n-th uniform number's interval.
  public func normal(_ n: Int) -> Double {
    NormalDistribution.inverse((Double(word(n) >> 11) + 0.5) * 0x1p-53)
  }

  /// An index below `bound`: the upper word of the n-th word times bound (Lemire's method without
  /// rejection; no index is off its share by more than bound · 2⁻⁶⁴).
  public func index(_ n: Int, below bound: Int) -> Int {
    Int(truncatingIfNeeded: word(n).multipliedFullWidth(by: UInt64(bound)).high)
  }
}

/// The standard normal law, computed alike on every platform.
enum NormalDistribution {
  /// The inverse of the distribution function for 0 < p < 1: Wichura, algorithm AS 241 (PPND16),
  /// Applied Statistics 37, 1988; relative error about 1e-16.
  static func inverse(_ p: Double) -> Double {
    let q = p - 0.5
    if abs(q) <= 0.425 {
      let r = 0.180625 - q * q
      return q
        * polynomial(
          r, 3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
          1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
          3.3430575583588128105e4, 2.5090809287301226727e3)
        / polynomial(
          r, 1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
          2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
          5.2264952788528545610e3)
    }
    let tail = (-portableLog(q < 0 ? p : 1 - p)).squareRoot()
    let magnitude: Double
    if tail <= 5 {
      let r = tail - 1.6
      magnitude =
        polynomial(
          r, 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
          3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
          2.27238449892691845833e-2, 7.74545014278341407640e-4)
        / polynomial(
          r, 1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
          1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
          1.05075007164441684324e-9)
    } else {
      let r = tail - 5
      magnitude =
        polynomial(
          r, 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
          2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
          2.71155556874348757815e-5, 2.01033439929228813265e-7)
        / polynomial(
          r, 1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
          7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
          2.04426310338993978564e-15)
    }
    return q < 0 ? -magnitude : magnitude
  }

  private static func polynomial(
    _ x: Double, _ c0: Double, _ c1: Double, _ c2: Double, _ c3: Double, _ c4: Double,
    _ c5: Double, _ c6: Double, _ c7: Double
  ) -> Double {
    ((((((c7 * x + c6) * x + c5) * x + c4) * x + c3) * x + c2) * x + c1) * x + c0
  }
}

/// The natural logarithm of a positive normal number, the same on every platform (a library's may
/// differ in the last bit); error below 3 ulp.
func portableLog(_ x: Double) -> Double {
  var significand = x.significand
  var exponent = Double(x.exponent)
  if significand > 1.4142135623730951 {
    significand /= 2
    exponent += 1
  }
  // ln m = 2 artanh((m − 1) / (m + 1)), |argument| < 0.1716, so 11 terms reach 2⁻⁵⁶.
  let s = (significand - 1) / (significand + 1)
  let s2 = s * s
  var sum = 0.0
  for k in stride(from: 23, through: 1, by: -2) { sum = sum * s2 + 1 / Double(k) }
  return exponent * 0.6931471805599453 + 2 * s * sum
}
