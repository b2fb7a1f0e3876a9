import Foundation

extension Figure {
  /// The plot with its axes, 640 wide.
  ///
  /// Points without a place on the axes (not finite; not positive on a logarithmic axis) are left out, and the
  /// note says how many.
  public func drawing() -> Drawing { PlotDrawing(self).drawing }
}

/// Draws one plot.
private struct PlotDrawing {
  private let figure: Figure
  private let left: Double
  private let top = 34.0
  private let width: Double
  private let height: Double
  private let x: AxisScale
  private let y: AxisScale
  private let yTicks: [(value: Double, label: String)]

  /// Where the frame begins, unless labels need more room, and where it ends.
  private static let sides = (left: 74.0, right: 620.0)

  /// More points of a line than this are not marked one by one.
  private static let mostMarks = 60

  init(_ figure: Figure) {
    self.figure = figure
    let points = figure.series.map { Array(zip($0.x, $0.y)) }
    let hasBars = figure.series.contains { $0.mark == .bar }
    let base = hasBars && figure.y.kind == .linear ? [0.0] : []
    var x = AxisScale(
      figure.x.kind, holding: points.joined().map(\.0).filter { $0 <= figure.x.limit })
    var y = AxisScale(
      figure.y.kind, holding: points.joined().map(\.1).filter { $0 <= figure.y.limit } + base)
    height = figure.isIsometric ? 420 : 300
    if figure.isIsometric {
      let width = Self.sides.right - Self.sides.left
      (x, y) = Self.isometric(x, y, ratio: (0.94 * width) / (0.94 * height))
    }
    (self.x, self.y) = (x, y)
    yTicks = Self.labelled(y.ticks(isWhole: figure.y.isCount))
    let longest = figure.isIsometric ? 0 : yTicks.map(\.label.count).max() ?? 0
    left = max(Self.sides.left, 7.5 * Double(longest) + 6)
    width = Self.sides.right - left
  }

  /// Widens one of the axes until both have the same unit.
  private static func isometric(
    _ x: AxisScale, _ y: AxisScale, ratio: Double
  ) -> (AxisScale, AxisScale) {
    func widened(_ scale: AxisScale, _ length: Double) -> AxisScale {
      let middle = scale.low / 2 + scale.high / 2
      return AxisScale(.linear, holding: [middle - length / 2, middle + length / 2])
    }
    let (across, up) = (x.high - x.low, y.high - y.low)
    return across > up * ratio ? (x, widened(y, across / ratio)) : (widened(x, up * ratio), y)
  }

  private func px(_ value: Double) -> Double { left + width * (0.03 + 0.94 * x.share(of: value)) }
  private func py(_ value: Double) -> Double {
    top + height * (0.97 - 0.94 * y.share(of: value))
  }
  /// Where bars begin.
  private var bottom: Double {
    figure.y.kind == .linear ? py(min(max(0, y.low), y.high)) : top + height
  }

  var drawing: Drawing {
    let missing = figure.series.reduce(0) { sum, one in
      sum + zip(one.x, one.y).count { !x.shows($0) || !y.shows($1) }
    }
    var body = axes
    for (index, one) in figure.series.enumerated() { body += drawn(one, index) }
    let points = missing == 1 ? "1 point has" : "\(missing) points have"
    return Drawing(
      width: 640, height: top + height + 52, body: body,
      note: missing == 0
        ? "" : "\(points) no place on the axes and \(missing == 1 ? "is" : "are") left out.")
  }

  private var axes: String {
    var out = ""
    for (tick, label) in Self.labelled(x.ticks(isWhole: figure.x.isCount)) {
      let at = Markup.place(px(tick))
      out += "<path class=\"grid\" d=\"M\(at) \(top)V\(top + height)\"/>"
      out +=
        "<text class=\"tick\" x=\"\(at)\" y=\"\(top + height + 20)\" text-anchor=\"middle\">\(label)</text>\n"
    }
    for (tick, label) in yTicks {
      let at = py(tick)
      out += "<path class=\"grid\" d=\"M\(left) \(Markup.place(at))H\(left + width)\"/>"
      out +=
        "<text class=\"tick\" x=\"\(left - 8)\" y=\"\(Markup.place(at + 5))\" text-anchor=\"end\">\(label)</text>\n"
    }
    out +=
      "<rect class=\"frame\" x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" height=\"\(height)\"/>\n"
    out +=
      "<text class=\"faint\" x=\"\(left + width)\" y=\"\(top + height + 44)\" text-anchor=\"end\">"
      + "\(Markup.escaped(figure.x.label))</text>\n"
    return out + "<text class=\"faint\" x=\"6\" y=\"20\">\(Markup.escaped(figure.y.label))</text>\n"
  }

  private func drawn(_ one: Figure.Series, _ index: Int) -> String {
    let points = Array(zip(one.x, one.y))
    // Places on the page, so that columns are pixels on a logarithmic axis too.
    let shown = points.map { x.shows($0.0) && y.shows($0.1) }
    let places = points.indices.map { i in
      shown[i] ? (px(points[i].0), py(points[i].1)) : (.nan, .nan)
    }
    let style = one.mark == .guide ? "guide" : FigureStyle.className(index)
    var out = "<g class=\"series \(style)\" data-series=\"\(index)\">\n"
    switch one.mark {
    case .segments, .arrows:
      out += pairs(places, isArrow: one.mark == .arrows)
    case .guide: out += line(Array(places.indices), places, shown)
    case .line, .scatter, .bar:
      let kept = Thinning.indices(
        x: places.map(\.0), y: places.map(\.1), columns: Int(width))
      if one.mark == .line { out += line(kept, places, shown) }
      let isQuiet = one.mark == .line && kept.count > Self.mostMarks
      let barWidth = one.mark == .bar ? widthOfBars(kept.map { places[$0].0 }) : 0
      for i in kept {
        let value =
          "\(one.name): \(Markup.number(points[i].0)), \(Markup.number(points[i].1))"
        let shape =
          one.mark == .bar
          ? bar(places[i], barWidth, isEmpty: points[i].1 == 0)
          : "<path class=\"m\(isQuiet ? " quiet" : "")\" d=\""
            + FigureStyle.mark(
              index, x: places[i].0, y: places[i].1,
              radius: one.mark == .line || kept.count > 200 ? 2.5 : 4)
            + "\">"
        out += "\(shape)<title>\(Markup.escaped(value))</title>"
        out += one.mark == .bar ? "</rect>\n" : "</path>\n"
      }
    }
    return out + "</g>\n"
  }

  private func line(_ kept: [Int], _ places: [(Double, Double)], _ shown: [Bool]) -> String {
    var path = ""
    var last: Int?
    for i in kept {
      let continues = last.map { shown[$0...i].allSatisfy { $0 } } ?? false
      path += "\(continues ? "L" : "M")\(Markup.place(places[i].0)) \(Markup.place(places[i].1))"
      last = i
    }
    return path.isEmpty ? "" : "<path class=\"l\" d=\"\(path)\"/>\n"
  }

  private func pairs(_ places: [(Double, Double)], isArrow: Bool) -> String {
    var path = ""
    for i in stride(from: 0, to: places.count - 1, by: 2) {
      let (from, to) = (places[i], places[i + 1])
      guard from.0.isFinite, from.1.isFinite, to.0.isFinite, to.1.isFinite else { continue }
      path += "M\(Markup.place(from.0)) \(Markup.place(from.1))"
      path += "L\(Markup.place(to.0)) \(Markup.place(to.1))"
      guard isArrow else { continue }
      let (dx, dy) = ((to.0 - from.0) * 0.3, (to.1 - from.1) * 0.3)
      for side in [-0.6, 0.6] {
        path += "M\(Markup.place(to.0)) \(Markup.place(to.1))"
        path += "L\(Markup.place(to.0 - dx + side * dy)) \(Markup.place(to.1 - dy - side * dx))"
      }
    }
    // Dashes would break up what is short already.
    return path.isEmpty
      ? "" : "<path class=\"o\"\(isArrow ? " style=\"stroke-width:1\"" : "") d=\"\(path)\"/>\n"
  }

  /// What is not zero is seen.
  private func bar(_ place: (Double, Double), _ width: Double, isEmpty: Bool) -> String {
    "<rect class=\"m area\" x=\"\(Markup.place(place.0 - width / 2))\" "
      + "y=\"\(Markup.place(min(place.1, bottom)))\" width=\"\(Markup.place(width))\" "
      + "height=\"\(Markup.place(isEmpty ? 0 : max(1, abs(bottom - place.1))))\">"
  }

  /// Nearly as wide as the places lie apart, within reason.
  private func widthOfBars(_ places: [Double]) -> Double {
    let sorted = places.sorted()
    let gap = zip(sorted, sorted.dropFirst()).map { $1 - $0 }.filter { $0 > 0.01 }.min() ?? 40
    return min(40, max(2, 0.9 * gap))
  }

  /// Ticks with their labels: four digits, or as many as tell neighbours apart.
  private static func labelled(_ ticks: [Double]) -> [(value: Double, label: String)] {
    for digits in 4..<16 {
      let labels = ticks.map { Markup.short($0, digits: digits) }
      if Set(labels).count == labels.count { return zip(ticks, labels).map { ($0, $1) } }
    }
    return ticks.map { ($0, "\($0)") }
  }
}
