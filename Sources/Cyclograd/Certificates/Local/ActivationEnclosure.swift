/// What an activation does on an interval.
struct ActivationEnclosure {
  /// Contains f(z) for every z of the interval.
  var value: Interval
  /// Contains (f(z) − f(y)) / (z − y) for all z ≠ y of the interval, and f′(z) where it exists.
  var slope: Interval
  /// Whether f is differentiable on the interval.
  var isSmooth = true
}

extension Activation {
  /// Encloses values and slopes on a finite interval; `nil` at a pole. Softmax is not treated here.
  func enclosure(on z: Interval) -> ActivationEnclosure? {
    guard z.isFinite else { return nil }
    switch self {
    case .identity: return ActivationEnclosure(value: z, slope: .one)
    case .complement: return ActivationEnclosure(value: .one - z, slope: -.one)
    case .logistic: return Self.rising(z, Self.logistic) { Self.bell($0) }
    case .tanh:
      return Self.rising(z, Interval.tanh) { t in 4 * Self.bell(2 * t) }
    case .arctan:
      return Self.rising(z, Interval.arctan) { t in .one / (.one + t * Interval(t)) }
    case .softsign:
      return Self.rising(z, { Interval($0) / (.one + Interval($0.magnitude)) }) { t in
        let rest = .one / (.one + Interval(t))
        return rest * rest
      }
    case .asinh:
      return Self.rising(z, Interval.asinh) { t in .one / (.one + t * Interval(t)).squareRoot }
    case .softplus:
      func value(_ z: Double) -> Interval {
        Interval(max(z, 0)) + .log1p(.exp(Interval(-z.magnitude)))
      }
      return ActivationEnclosure(
        value: Interval(value(z.lower).lower, value(z.upper).upper),
        slope: Interval(Self.logistic(z.lower).lower, Self.logistic(z.upper).upper))
    case .reciprocal:
      guard z.mignitude > 0 else { return nil }
      let value = .one / z
      return ActivationEnclosure(value: value, slope: -(value * value))
    case .cos:
      return Self.curved(z, bend: 1, bounds: -1...1, { .cos($0) }) { -Interval.sin($0) }
    case .silu:
      // |f″| ≤ f″(0) = ½
      return Self.curved(z, bend: 0.5, bounds: -1.1...1.1, { $0 * Self.logistic($0) }) { m in
        Self.logistic(m) + m * Self.bell(m.magnitude)
      }
    case .gelu:
      // |f″| ≤ f″(0) = 2 φ(0) < 0.8
      return Self.curved(
        z, bend: 0.8, bounds: -1.2...1.2, { $0 * Interval.normalDistribution($0) }
      ) { m in
        .normalDistribution(m) + m * Interval.normalDensity(m)
      }
    case .relu: return Self.kinked(z, below: 0, { _ in .zero }, slope: { _ in .zero })
    case .leakyReLU(let slope):
      return Self.kinked(z, below: slope, { slope * Interval($0) }, slope: { _ in Interval(slope) })
    case .elu(let alpha):
      return Self.kinked(
        z, below: alpha, { alpha * Interval.expm1($0) }, slope: { alpha * Interval.exp($0) })
    case .clamp(let lower, let upper):
      let value = Interval(min(upper, max(lower, z.lower)), min(upper, max(lower, z.upper)))
      if lower == upper || z.upper < lower || z.lower > upper {
        return ActivationEnclosure(value: value, slope: .zero)
      }
      if lower < z.lower, z.upper < upper { return ActivationEnclosure(value: value, slope: .one) }
      return ActivationEnclosure(value: value, slope: Interval(0, 1), isSmooth: false)
    case .softmax: preconditionFailure("softmax acts on a group")
    case .derivative(let function, let order):
      // By the Lipschitz constants of f′ and f″; where they have none nothing is said.
      guard let bend = lipschitzConstant.map({ $0 * (1 + 0x1p-48) }), kinks.isEmpty else {
        return nil
      }
      let slope = bend * Interval(-1, 1)
      guard order == 1 else {
        guard let bound = valueBound else { return nil }
        return ActivationEnclosure(value: bound * Interval(-1, 1), slope: slope)
      }
      let middle = min(z.upper, max(z.lower, z.middle))
      guard let found = function.enclosure(on: Interval(middle)) else { return nil }
      return ActivationEnclosure(
        value: found.slope + slope * (z - Interval(middle)), slope: slope)
    }
  }

  private static func logistic(_ z: Double) -> Interval {
    let e = Interval.exp(Interval(-z.magnitude))
    return ((z < 0 ? e : .one) / (.one + e)).clipped(0, 1)
  }

  /// e⁻ᵗ / (1 + e⁻ᵗ)² for t ≥ 0, the slope of the logistic function.
  private static func bell(_ t: Double) -> Interval {
    let e = Interval.exp(Interval(-t))
    let rest = .one / (.one + e)
    return (e * (rest * rest)).clipped(0, 0.25)
  }

  /// An increasing function whose slope falls with |z|.
  private static func rising(
    _ z: Interval, _ value: (Double) -> Interval, slope: (_ magnitude: Double) -> Interval
  ) -> ActivationEnclosure {
    ActivationEnclosure(
      value: Interval(value(z.lower).lower, value(z.upper).upper),
      slope: Interval(max(0, slope(z.magnitude).lower), slope(z.mignitude).upper))
  }

  /// A function with |f″| ≤ bend, by the mean value theorem from the middle of the interval.
  private static func curved(
    _ z: Interval, bend: Double, bounds: ClosedRange<Double>, _ value: (Double) -> Interval,
    slope: (Double) -> Interval
  ) -> ActivationEnclosure {
    let middle = min(z.upper, max(z.lower, z.middle))
    // Wide intervals are enclosed piece by piece, or the error would grow with the square of their width.
    if z.upper - z.lower > 0.5, z.lower < middle, middle < z.upper, z.upper - z.lower < 64 {
      let left = curved(Interval(z.lower, middle), bend: bend, bounds: bounds, value, slope: slope)
      let right = curved(Interval(middle, z.upper), bend: bend, bounds: bounds, value, slope: slope)
      return ActivationEnclosure(
        value: .hull(left.value, right.value), slope: .hull(left.slope, right.slope))
    }
    let way = z - Interval(middle)
    let slopes = (slope(middle) + bend * way.magnitude * Interval(-1, 1)).clipped(
      bounds.lowerBound, bounds.upperBound)
    return ActivationEnclosure(value: value(middle) + slopes * way, slope: slopes)
  }

  /// The identity above 0; below, a monotone function that is 0 at 0 and has a given slope there.
  private static func kinked(
    _ z: Interval, below limit: Double, _ value: (Double) -> Interval,
    slope: (Interval) -> Interval
  ) -> ActivationEnclosure {
    if z.lower > 0 { return ActivationEnclosure(value: z, slope: .one) }
    if z.upper < 0 {
      return ActivationEnclosure(value: .hull(value(z.lower), value(z.upper)), slope: slope(z))
    }
    let values = Interval.hull(.hull(value(z.lower), .zero), Interval(z.upper))
    return ActivationEnclosure(
      value: values, slope: .hull(.one, .hull(slope(Interval(z.lower, 0)), Interval(limit))),
      isSmooth: limit == 1)
  }
}
