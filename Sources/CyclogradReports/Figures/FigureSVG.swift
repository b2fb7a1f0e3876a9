import Foundation

extension Figure {
  /// The figure as an SVG document of its own, 720 × 420, with title and description for screen readers.
  ///
  /// Colours are CSS custom properties, set for light and dark; they are those of Okabe & Ito, which colour-blind
  /// people can tell apart, darkened or lightened until they contrast with the ground at 3 : 1 or more.
  /// Points without a place on the axes (not finite; not positive on a logarithmic axis) are left out, and the
  /// description says how many.
  public func svg() -> String {
    let area = (left: 80.0, top: 50.0, width: 460.0, height: 300.0)
    let points = series.map { Array(zip($0.x, $0.y)) }
    let hasBars = series.contains { $0.mark == .bar }
    let xScale = AxisScale(x.kind, holding: points.joined().map(\.0))
    let base = hasBars && y.kind == .linear ? [0.0] : []
    let yScale = AxisScale(y.kind, holding: points.joined().map(\.1) + base)
    func px(_ value: Double) -> Double {
      area.left + area.width * (0.03 + 0.94 * xScale.share(of: value))
    }
    func py(_ value: Double) -> Double { area.top + area.height * (1 - yScale.share(of: value)) }

    let left = points.joined().count { !xScale.shows($0.0) || !yScale.shows($0.1) }
    let note = left == 0 ? "" : " \(left) points have no place on the axes and are left out."
    var out = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 420" role="img" class="figure" \
      aria-labelledby="\(escaped(name))-title \(escaped(name))-desc">
      <title id="\(escaped(name))-title">\(escaped(title))</title>
      <desc id="\(escaped(name))-desc">\(escaped(summary + note))</desc>
      <style>\(Self.style)</style>
      <rect class="ground" width="720" height="420"/>
      <text class="head" x="\(number(area.left))" y="28">\(escaped(title))</text>

      """
    for (tick, label) in labelled(xScale.ticks()) {
      let at = number(px(tick))
      out += "<line class=\"grid\" x1=\"\(at)\" y1=\"50\" x2=\"\(at)\" y2=\"350\"/>"
      out +=
        "<text class=\"tick\" x=\"\(at)\" y=\"368\" text-anchor=\"middle\">\(label)</text>\n"
    }
    for (tick, label) in labelled(yScale.ticks()) {
      let at = py(tick)
      out += "<line class=\"grid\" x1=\"80\" y1=\"\(number(at))\" x2=\"540\" y2=\"\(number(at))\"/>"
      out +=
        "<text class=\"tick\" x=\"74\" y=\"\(number(at + 4))\" text-anchor=\"end\">\(label)</text>\n"
    }
    out += "<text x=\"310\" y=\"396\" text-anchor=\"middle\">\(escaped(x.label))</text>\n"
    out +=
      "<text transform=\"translate(18 200) rotate(-90)\" text-anchor=\"middle\">\(escaped(y.label))</text>\n"

    for (index, one) in series.enumerated() {
      let shown = points[index].filter { xScale.shows($0.0) && yScale.shows($0.1) }
      // Places on the page, so that columns are pixels on a logarithmic axis too.
      let places = (x: shown.map { px($0.0) }, y: shown.map { py($0.1) })
      let kept = Thinning.indices(x: places.x, y: places.y, columns: Int(area.width))
      let colour = "s\(index % 6)"
      out += "<g class=\"series \(colour)\" data-series=\"\(index)\">\n"
      if one.mark == .line {
        let path = kept.map { "\(number(places.x[$0])),\(number(places.y[$0]))" }.joined(
          separator: " ")
        out += "<polyline points=\"\(path)\"/>\n"
      }
      let bottom =
        y.kind == .linear ? py(min(max(0, yScale.low), yScale.high)) : area.top + area.height
      for place in kept {
        let (px, py) = (places.x[place], places.y[place])
        let value = "\(one.name): \(shown[place].0), \(shown[place].1)"
        let shape =
          one.mark == .bar
          ? "rect x=\"\(number(px - 4))\" y=\"\(number(min(py, bottom)))\" width=\"8\" "
            + "height=\"\(number(abs(bottom - py)))\""
          : "circle cx=\"\(number(px))\" cy=\"\(number(py))\" r=\"\(one.mark == .line ? 2 : 3)\""
        let tag = one.mark == .bar ? "rect" : "circle"
        out += "<\(shape)><title>\(escaped(value))</title></\(tag)>\n"
      }
      out += "</g>\n"
      let row = 60 + 22 * index
      out += "<rect class=\"key \(colour)\" x=\"556\" y=\"\(row)\" width=\"12\" height=\"12\"/>"
      out += "<text x=\"574\" y=\"\(row + 11)\">\(escaped(one.name))</text>\n"
    }
    return out + "</svg>\n"
  }

  private static let light = ["#0072b2", "#c04e00", "#007a5a", "#a8507f", "#8a6a00", "#2b7fab"]
  private static let dark = ["#56b4e9", "#f08a3c", "#2fc79a", "#e29ac4", "#f0e442", "#a0c4ff"]

  /// Each property is given twice, because renderers without custom properties (librsvg) take the plain value.
  static let style: String = {
    func variables(_ colours: [String]) -> String {
      colours.enumerated().map { "--c\($0.offset):\($0.element);" }.joined()
    }
    var css =
      ".figure{--ground:#fff;--ink:#1a1a1a;--grid:#ddd;\(variables(light))font:13px sans-serif}"
    css += "@media (prefers-color-scheme:dark){.figure{--ground:#161616;--ink:#eee;--grid:#444;"
    css += "\(variables(dark))}}"
    css += ".ground{fill:#fff;fill:var(--ground)}.figure text{fill:#1a1a1a;fill:var(--ink)}"
    css += ".figure .head{font-size:16px;font-weight:bold}.grid{stroke:#ddd;stroke:var(--grid)}"
    for (index, colour) in light.enumerated() {
      css +=
        ".s\(index) circle,.s\(index) rect,.key.s\(index){fill:\(colour);fill:var(--c\(index))}"
      css +=
        ".s\(index) polyline{fill:none;stroke-width:2;stroke:\(colour);stroke:var(--c\(index))}"
    }
    return css
  }()

  private func number(_ value: Double) -> String { String(format: "%.2f", value) }

  /// Ticks with their labels: four digits, or as many as tell neighbours apart.
  private func labelled(_ ticks: [Double]) -> [(Double, String)] {
    for digits in 4..<16 {
      let labels = ticks.map { String(format: "%.\(digits)g", $0) }
      if Set(labels).count == labels.count { return Array(zip(ticks, labels)) }
    }
    return ticks.map { ($0, "\($0)") }
  }

  /// XML text: markup escaped, characters that XML 1.0 forbids replaced.
  private func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\t", "\n", "\r": out.unicodeScalars.append(scalar)
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
        out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
