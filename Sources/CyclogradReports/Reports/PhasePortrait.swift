import Cyclograd
import Foundation

/// a ↦ A(W a + u) of one neuron against the diagonal, with the steps of plain iteration.
struct OneNeuron {
  let map: ComponentMap
  let isEquilibrium: Bool

  init(_ map: ComponentMap, isEquilibrium: Bool) {
    (self.map, self.isEquilibrium) = (map, isEquilibrium)
  }

  private static let steps = 40

  var portrait: (figure: Figure, restPoints: [RestPoint]) {
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
    let points = RestPoint.all(of: map, starts: x.map { [$0] } + (isEquilibrium ? [[found]] : []))
    series += points.series { ($0[0], $0[0]) }
    return (
      Figure(
        name: "phase-portrait", title: "The map of \(name)",
        summary:
          "The activation that \(name) gets from its own, a. Equilibria are where the curve meets the diagonal: "
          + points.words,
        x: .init("a"), y: .init("A(W a + u)"), series: series, isIsometric: true), points
    )
  }
}

/// Where da/dt = A(W a + u) − a points for two neurons.
struct TwoNeurons {
  let map: ComponentMap
  let isEquilibrium: Bool

  init(_ map: ComponentMap, isEquilibrium: Bool) {
    (self.map, self.isEquilibrium) = (map, isEquilibrium)
  }

  private static let arrows = 15
  private static let cells = 90

  var portrait: (figure: Figure, restPoints: [RestPoint]) {
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
    // Every equilibrium in sight lies near both curves, and Newton's method does the rest.
    let starts = zip(first.x, first.y).map { [$0, $1] } + (isEquilibrium ? [found] : [])
    let points = RestPoint.all(of: map, starts: starts)
    series += points.series { ($0[0], $0[1]) }
    return (
      Figure(
        name: "phase-portrait",
        title: "Phase portrait of \(map.neurons[0]) and \(map.neurons[1])",
        summary:
          "Where da/dt = A(W a + u) − a points, and where each neuron is at rest. Equilibria are where both are: "
          + points.words,
        x: .init(map.neurons[0]), y: .init(map.neurons[1]), series: series), points
    )
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
