import Cyclograd

/// An equilibrium of a component of one or two neurons, and whether plain iteration and the flow stay near it.
struct RestPoint {
  /// The activations.
  var place: [Double]
  /// Whether all eigenvalues of the map's Jacobian lie within the unit circle.
  var convergesByIteration: Bool
  /// Whether all their real parts are below 1, so that da/dt = A(W a + u) − a returns to it.
  var isStable: Bool

  /// What Newton's method reaches from these starts, each point once.
  static func all(of map: ComponentMap, starts: [[Double]]) -> [RestPoint] {
    var found: [RestPoint] = []
    for start in starts {
      guard let place = newton(map, from: start) else { continue }
      let isKnown = found.contains { other in
        zip(other.place, place).allSatisfy { abs($0 - $1) < 1e-6 * max(1, abs($0)) }
      }
      if !isKnown, let point = RestPoint(place, of: map) { found.append(point) }
    }
    return found.sorted { $0.place.lexicographicallyPrecedes($1.place) }
  }

  private init?(_ place: [Double], of map: ComponentMap) {
    let j = Self.jacobian(map, at: place)
    guard j.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return nil }
    self.place = place
    if place.count == 1 {
      (convergesByIteration, isStable) = (abs(j[0][0]) < 1, j[0][0] < 1)
      return
    }
    let (trace, determinant) = (j[0][0] + j[1][1], j[0][0] * j[1][1] - j[0][1] * j[1][0])
    let discriminant = trace * trace / 4 - determinant
    if discriminant < 0 {
      (convergesByIteration, isStable) = (determinant < 1, trace / 2 < 1)
    } else {
      let (low, high) = (
        trace / 2 - discriminant.squareRoot(), trace / 2 + discriminant.squareRoot()
      )
      (convergesByIteration, isStable) = (max(-low, high) < 1, high < 1)
    }
  }

  /// By central differences: the map has one or two neurons, and its slopes are not at hand.
  private static func jacobian(_ map: ComponentMap, at a: [Double]) -> [[Double]] {
    let columns = a.indices.map { column in
      let step = 1e-6 * max(1, abs(a[column]))
      var (up, down) = (a, a)
      up[column] += step
      down[column] -= step
      return zip(map.evaluate(up), map.evaluate(down)).map { ($0 - $1) / (2 * step) }
    }
    return a.indices.map { row in columns.map { $0[row] } }
  }

  private static func newton(_ map: ComponentMap, from start: [Double]) -> [Double]? {
    var a = start
    for _ in 0..<30 {
      let rest = zip(map.evaluate(a), a).map { $0 - $1 }
      let size = a.map(abs).max() ?? 0
      guard rest.allSatisfy(\.isFinite), size < 1e6 else { return nil }
      if rest.allSatisfy({ abs($0) < 1e-10 * max(1, size) }) { return a }
      let j = jacobian(map, at: a)
      if a.count == 1 {
        a[0] += rest[0] / (1 - j[0][0])
      } else {
        let (p, q, r, s) = (1 - j[0][0], -j[0][1], -j[1][0], 1 - j[1][1])
        let determinant = p * s - q * r
        a[0] += (s * rest[0] - q * rest[1]) / determinant
        a[1] += (p * rest[1] - r * rest[0]) / determinant
      }
    }
    return nil
  }
}

extension [RestPoint] {
  /// Stable ones and the others, as points at places that `place` chooses.
  func series(_ place: ([Double]) -> (Double, Double)) -> [Figure.Series] {
    [(true, "stable equilibria"), (false, "unstable equilibria")].compactMap { isStable, name in
      let points = filter { $0.isStable == isStable }.map { place($0.place) }
      return points.isEmpty
        ? nil : Figure.Series(name, .scatter, x: points.map(\.0), y: points.map(\.1))
    }
  }

  /// More than these are no longer points, but a sample of a line.
  static let mostCounted = 20

  /// How many there are, where, and how each behaves, as a sentence.
  var words: String {
    guard !isEmpty else { return "none was found in sight." }
    guard count <= Self.mostCounted else { return "so many that there may be a line of them." }
    let each = prefix(9).map { point in
      let place = point.place.map { Markup.number($0) }.joined(separator: ", ")
      let behaviour =
        !point.isStable
        ? "unstable"
        : point.convergesByIteration ? "stable" : "stable for the flow, not for plain iteration"
      return count == 1 ? "one, at \(place) (\(behaviour))" : "(\(place)) \(behaviour)"
    }
    let prefix = count == 1 ? "" : "\(count) of them, "
    return prefix + each.joined(separator: "; ") + (count > 9 ? "; and others." : ".")
  }
}
