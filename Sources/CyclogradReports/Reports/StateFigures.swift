import Cyclograd
import Foundation

/// Figures of an equilibrium.
enum StateFigures {
  /// The eigenvalues of D Wᵀ with the unit circle; `nil` where none were computed.
  static func eigenvalues(_ spectrum: Spectrum) -> Figure? {
    let values = spectrum.components.flatMap(\.values)
    let estimates = spectrum.components.flatMap(\.estimates)
    guard !values.isEmpty || !estimates.isEmpty else { return nil }
    let angles = (0...180).map { Double($0) * .pi / 90 }
    let isComplete = spectrum.components.allSatisfy(\.isComplete)
    let partial = spectrum.partial.count
    let extent =
      partial == 0
      ? "of the cyclic components; those of all else are 0"
      : "of the cyclic components, of \(partial == 1 ? "one" : String(partial)) of which only some with the "
        + "largest magnitudes are known"
    let known = values.map(\.magnitude).max() ?? 0
    let verdict =
      (spectrum.radius < 1
        ? "converges near the equilibrium" : "does not converge to the equilibrium")
      + (isComplete || known >= 1 ? "" : " as far as they tell")
    let isFlowKnown = partial == 0 || spectrum.abscissa >= 1
    let flow =
      (spectrum.abscissa < 1 ? "returns to the equilibrium" : "leaves the equilibrium")
      + (isFlowKnown ? "" : " as far as they tell")
    let heights = (values + estimates).map { abs($0.imaginary) } + [1]
    let height = heights.max() ?? 1
    return Figure(
      name: "eigenvalues", title: "Eigenvalues of D Wᵀ at the equilibrium",
      summary:
        "\(Quantity.count(values.count, "eigenvalue"))"
        + (estimates.isEmpty
          ? "" : " and \(Quantity.count(estimates.count, "estimate")) of further ones")
        + " \(extent). The largest magnitude is "
        + "\(String(shortest: spectrum.radius)): plain iteration \(verdict). The largest real part is "
        + "\(String(shortest: spectrum.abscissa)): the rate model dz/dt = −z + W f(z) + b + x̂ \(flow).",
      x: .init("real part"), y: .init("imaginary part"),
      series: [
        .init("unit circle", .guide, x: angles.map { cos($0) }, y: angles.map { sin($0) }),
        .init("real part 1", .guide, x: [1, 1], y: [-height, height]),
        .init("eigenvalues", .scatter, x: values.map(\.real), y: values.map(\.imaginary)),
        .init("estimates", .scatter, x: estimates.map(\.real), y: estimates.map(\.imaginary)),
      ].filter { !$0.x.isEmpty }, isIsometric: true)
  }

  /// The dynamics of a component of one or two neurons.
  static func phasePortrait(_ map: ComponentMap, isEquilibrium: Bool) -> Figure? {
    switch map.neurons.count {
    case 1: OneNeuron(map, isEquilibrium: isEquilibrium).figure
    case 2: TwoNeurons(map, isEquilibrium: isEquilibrium).figure
    default: nil
    }
  }

  /// An interval that holds what is finite and within reach, with room around it.
  fileprivate static func range(_ values: [Double], around centre: Double) -> ClosedRange<Double> {
    let reach = 10 * (1 + abs(centre))
    let near = values.filter { $0.isFinite && abs($0 - centre) <= reach } + [0, centre]
    let (low, high) = (near.min() ?? 0, near.max() ?? 0)
    let room = max(0.25 * (high - low), 0.5)
    return low - room...high + room
  }
}

/// a ↦ A(W a + u) of one neuron against the diagonal, with the steps of plain iteration.
private struct OneNeuron {
  let map: ComponentMap
  let isEquilibrium: Bool

  init(_ map: ComponentMap, isEquilibrium: Bool) {
    (self.map, self.isEquilibrium) = (map, isEquilibrium)
  }

  private static let steps = 40

  var figure: Figure {
    let name = map.neurons[0]
    var iterates = [0.0]
    while iterates.count <= Self.steps, let last = iterates.last, last.isFinite, abs(last) < 1e6 {
      iterates.append(map.evaluate([last])[0])
    }
    let found = isEquilibrium ? map.activations[0] : 0
    let range = StateFigures.range(iterates, around: found)
    let x = (0...400).map {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 400
    }
    let y = x.map { value in
      let result = map.evaluate([value])[0]
      return range.contains(result) ? result : .nan
    }
    // The steps of a cobweb: up to the curve, across to the diagonal.
    var (stepX, stepY) = ([Double](), [Double]())
    for (now, next) in zip(iterates, iterates.dropFirst())
    where range.contains(now) && range.contains(next) {
      stepX += [now, now, now, next]
      stepY += [now, next, next, next]
    }
    var series: [Figure.Series] = [
      .init("A(W a + u)", .line, x: x, y: y),
      .init(
        "a", .guide, x: [range.lowerBound, range.upperBound],
        y: [range.lowerBound, range.upperBound]),
      .init("plain iteration", .segments, x: stepX, y: stepY),
    ]
    if isEquilibrium { series.append(.init("equilibrium", .scatter, x: [found], y: [found])) }
    return Figure(
      name: "phase-portrait", title: "The map of \(name)",
      summary:
        "The activation that \(name) gets from its own, a. "
        + (isEquilibrium
          ? "The equilibrium is where the curve meets the diagonal, at \(Markup.number(found))."
          : "No equilibrium was found; it would be where the curve meets the diagonal."),
      x: .init("a"), y: .init("A(W a + u)"), series: series, isIsometric: true)
  }
}

/// Where da/dt = A(W a + u) − a points for two neurons.
private struct TwoNeurons {
  let map: ComponentMap
  let isEquilibrium: Bool

  init(_ map: ComponentMap, isEquilibrium: Bool) {
    (self.map, self.isEquilibrium) = (map, isEquilibrium)
  }

  private static let arrows = 15
  private static let cells = 90

  var figure: Figure {
    let found = isEquilibrium ? map.activations : [0, 0]
    let path = flow()
    var iterates = [[0.0, 0.0]]
    while iterates.count <= 30, let last = iterates.last, last.allSatisfy({ abs($0) < 1e6 }) {
      iterates.append(map.evaluate(last))
    }
    let ranges = (0..<2).map { axis in
      StateFigures.range((path + iterates).map { $0[axis] }, around: found[axis])
    }
    let field = field(ranges)
    let first = nullcline(0, ranges)
    let second = nullcline(1, ranges)
    func within(_ points: [[Double]], _ axis: Int) -> [Double] {
      points.map { ranges[0].contains($0[0]) && ranges[1].contains($0[1]) ? $0[axis] : .nan }
    }
    var series: [Figure.Series] = [
      .init("\(map.neurons[0]) at rest", .segments, x: first.x, y: first.y),
      .init("\(map.neurons[1]) at rest", .segments, x: second.x, y: second.y),
      .init("flow from 0", .line, x: within(path, 0), y: within(path, 1)),
      .init("plain iteration", .line, x: within(iterates, 0), y: within(iterates, 1)),
      .init("direction", .arrows, x: field.x, y: field.y),
    ]
    if isEquilibrium { series.append(.init("equilibrium", .scatter, x: [found[0]], y: [found[1]])) }
    return Figure(
      name: "phase-portrait",
      title: "Phase portrait of \(map.neurons[0]) and \(map.neurons[1])",
      summary:
        "Where da/dt = A(W a + u) − a points, and where each neuron is at rest. "
        + (isEquilibrium
          ? "The equilibrium is where both are, at \(Markup.number(found[0])) and \(Markup.number(found[1]))."
          : "No equilibrium was found; it would be where both are."),
      x: .init(map.neurons[0]), y: .init(map.neurons[1]), series: series)
  }

  private func velocity(_ a: [Double]) -> [Double] {
    zip(map.evaluate(a), a).map { $0 - $1 }
  }

  /// The flow from a = 0 by Heun's method.
  private func flow() -> [[Double]] {
    let h = 0.05
    var path = [[0.0, 0.0]]
    for _ in 0..<600 {
      guard let a = path.last, a.allSatisfy({ $0.isFinite && abs($0) < 1e6 }) else { break }
      let v = velocity(a)
      let w = velocity([a[0] + h * v[0], a[1] + h * v[1]])
      path.append([a[0] + h / 2 * (v[0] + w[0]), a[1] + h / 2 * (v[1] + w[1])])
    }
    return path
  }

  private func point(
    _ ranges: [ClosedRange<Double>], _ i: Int, _ j: Int, of count: Int
  ) -> [Double] {
    zip(ranges, [i, j]).map {
      $0.lowerBound + ($0.upperBound - $0.lowerBound) * Double($1) / Double(count)
    }
  }

  /// Arrows of one length on a grid.
  private func field(_ ranges: [ClosedRange<Double>]) -> (x: [Double], y: [Double]) {
    var (x, y) = ([Double](), [Double]())
    let lengths = ranges.map { ($0.upperBound - $0.lowerBound) / Double(Self.arrows) * 0.6 }
    for i in 1..<Self.arrows {
      for j in 1..<Self.arrows {
        let a = point(ranges, i, j, of: Self.arrows)
        let v = velocity(a)
        // In units of the axes, so that arrows are as long in all directions.
        let (dx, dy) = (v[0] / lengths[0], v[1] / lengths[1])
        let length = (dx * dx + dy * dy).squareRoot()
        guard length.isFinite, length > 1e-9 else { continue }
        x += [a[0], a[0] + dx / length * lengths[0]]
        y += [a[1], a[1] + dy / length * lengths[1]]
      }
    }
    return (x, y)
  }

  /// Where a neuron's velocity is zero, as segments through the cells of a grid (marching squares).
  private func nullcline(
    _ neuron: Int, _ ranges: [ClosedRange<Double>]
  ) -> (x: [Double], y: [Double]) {
    let n = Self.cells
    let points = (0...n).map { i in (0...n).map { j in point(ranges, i, j, of: n) } }
    let values = points.map { $0.map { velocity($0)[neuron] } }
    var (x, y) = ([Double](), [Double]())
    for i in 0..<n {
      for j in 0..<n {
        let corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        var crossings: [[Double]] = []
        for (index, one) in corners.enumerated() {
          let other = corners[(index + 1) % 4]
          let (f, g) = (values[one.0][one.1], values[other.0][other.1])
          guard f.isFinite, g.isFinite, (f < 0) != (g < 0) else { continue }
          let share = f / (f - g)
          let (p, q) = (points[one.0][one.1], points[other.0][other.1])
          crossings.append([p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])])
        }
        guard crossings.count == 2 else { continue }
        x += [crossings[0][0], crossings[1][0]]
        y += [crossings[0][1], crossings[1][1]]
      }
    }
    return (x, y)
  }
}
