extension Activation {
  /// An upper bound of max ν f(z) − g z over z, ν and g of intervals; infinite at a pole.
  ///
  /// A function that is linear between kinks has its maximum at an end or a kink. Others are enclosed on pieces by
  /// the mean value theorem, and the piece with the largest bound is halved until that does not help any more; so
  /// stationary points need not be known. Not for softmax.
  ///
  /// - Complexity: at most ``pieces`` enclosures.
  func maximum(of nu: Interval, minus g: Interval, on z: Interval) -> Double {
    guard z.isFinite, nu.isFinite else {
      return nu == .zero && g == .zero ? 0 : .infinity
    }
    func value(_ point: Double) -> Double {
      guard let found = enclosure(on: Interval(point)) else { return .infinity }
      return (nu * found.value - g * Interval(point)).upper
    }
    if isAffine {
      // (ν − g) z, or ν − (ν + g) z; written apart, the two terms would not cancel.
      let slope = self == .complement ? -(nu + g) : nu - g
      return ((self == .complement ? nu : .zero) + slope * z).upper
    }
    if isPiecewiseLinear {
      let inner = kinks.filter { z.lower < $0 && $0 < z.upper }
      return ([z.lower, z.upper] + inner).map(value).max() ?? .infinity
    }
    var open = [Piece(self, nu, g, z)]
    // What the maximum is at least, up to rounding: an end cannot be improved on.
    let reached = max(value(z.lower), value(z.upper))
    for _ in 0..<Self.pieces {
      guard let worst = open.indices.max(by: { open[$0].bound < open[$1].bound }) else { break }
      let piece = open[worst].z
      let middle = piece.middle
      guard open[worst].bound > reached, piece.lower < middle, middle < piece.upper else { break }
      let halves = [
        Piece(self, nu, g, Interval(piece.lower, middle)),
        Piece(self, nu, g, Interval(middle, piece.upper)),
      ]
      let better = max(halves[0].bound, halves[1].bound)
      if better >= open[worst].bound, better.isFinite { break }
      open[worst] = halves[0]
      open.append(halves[1])
    }
    return open.map(\.bound).max() ?? .infinity
  }

  /// How often an interval is halved at most.
  private static let pieces = 24

  /// Whether f is linear between its kinks.
  var isPiecewiseLinear: Bool {
    switch self {
    case .identity, .complement, .relu, .leakyReLU, .clamp: true
    case .elu(let alpha): alpha == 0
    case .logistic, .tanh, .arctan, .silu, .gelu, .softplus, .softsign, .cos, .asinh, .reciprocal,
      .softmax, .derivative:
      false
    }
  }

  private struct Piece {
    var z: Interval
    var bound: Double

    init(_ activation: Activation, _ nu: Interval, _ g: Interval, _ z: Interval) {
      self.z = z
      guard let whole = activation.enclosure(on: z) else {
        bound = .infinity
        return
      }
      let slope = nu * whole.slope - g
      func value(_ point: Double) -> Interval? {
        activation.enclosure(on: Interval(point)).map { nu * $0.value - g * Interval(point) }
      }
      bound = (nu * whole.value - g * z).upper
      if slope.lower >= 0, let end = value(z.upper) {
        bound = min(bound, end.upper)
      } else if slope.upper <= 0, let end = value(z.lower) {
        bound = min(bound, end.upper)
      } else {
        let middle = min(z.upper, max(z.lower, z.middle))
        if let center = value(middle) {
          bound = min(bound, (center + slope * (z - Interval(middle))).upper)
        }
      }
      if bound.isNaN { bound = .infinity }
    }
  }

  /// Contains (f(z) − f(y)) / (z − y) for every z ≠ y of an interval and a given y, which may lie outside; f′ where
  /// z may be y. `nil` at a pole.
  func chordSlope(from y: Double, on z: Interval) -> Interval? {
    let hull = Interval.hull(z, Interval(y))
    guard let whole = enclosure(on: hull) else { return nil }
    let atY = enclosure(on: Interval(y))
    func chord(_ point: Double) -> Interval? {
      guard point != y, let b = atY, let a = enclosure(on: Interval(point)) else { return nil }
      return (a.value - b.value) / (Interval(point) - Interval(y))
    }
    let slopeAtY = z.contains(y) ? atY?.slope : nil
    func spread(_ points: [Double]) -> Interval? {
      let chords = points.compactMap(chord) + (slopeAtY.map { [$0] } ?? [])
      return chords.dropFirst().reduce(chords.first) { $0.map { [next = $1] in .hull($0, next) } }
    }
    switch self {
    case .identity, .complement, .cos, .silu, .gelu, .reciprocal, .derivative: return whole.slope
    case .relu, .leakyReLU, .clamp:
      // Between kinks a chord's slope is monotone in its end.
      let inner = kinks.filter { z.lower < $0 && $0 < z.upper }
      guard let found = spread([z.lower, z.upper] + inner) else { return whole.slope }
      return Self.narrowed(whole.slope, found)
    case .elu(let alpha):
      guard 0 <= alpha, alpha <= 1 else { return whole.slope }
      return spread([z.lower, z.upper]).map { Self.narrowed(whole.slope, $0) } ?? whole.slope
    case .softplus:
      // Chords of convex functions become steeper.
      return spread([z.lower, z.upper]).map { Self.narrowed(whole.slope, $0) } ?? whole.slope
    case .logistic, .tanh, .arctan, .softsign, .asinh:
      // f′ rises to 0 and falls beyond, so that a mean of it is least at an end.
      guard z.contains(y), let found = spread([z.lower, z.upper]) else { return whole.slope }
      return Self.narrowed(whole.slope, Interval(found.lower, .infinity))
    case .softmax: preconditionFailure("softmax acts on a group")
    }
  }

  private static func narrowed(_ x: Interval, _ y: Interval) -> Interval {
    let lower = max(x.lower, y.lower)
    let upper = min(x.upper, y.upper)
    return lower <= upper ? Interval(lower, upper) : x
  }
}
