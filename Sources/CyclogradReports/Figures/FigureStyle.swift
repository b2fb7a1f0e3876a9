/// Colours, dashes and marks of figures.
///
/// The colours follow Okabe & Ito, changed where they would not contrast with the ground at 3 : 1 or more (WCAG
/// 2.2, success criterion 1.4.11; text has 4.5 : 1 or more) or look alike to colour-blind people: under simulated
/// protanopia, deuteranopia and tritanopia any two differ by 10 or more in CIE L*a*b*. Series differ in dashes and
/// marks too. The tests measure it.
public enum FigureStyle {
  /// The colours of one appearance, as `#rrggbb`.
  public struct Palette: Sendable {
    /// Behind everything.
    public let ground: String
    /// Text.
    public let ink: String
    /// Text of less weight.
    public let faint: String
    /// Lines that guide the eye alone.
    public let grid: String
    /// One for each series; where they repeat, dashes and marks differ.
    public let series: [String]

    var variables: String {
      "--ground:\(ground);--ink:\(ink);--faint:\(faint);--grid:\(grid);"
        + series.enumerated().map { "--c\($0.offset):\($0.element);" }.joined()
    }
  }

  /// For light grounds and for paper.
  public static let light = Palette(
    ground: "#ffffff", ink: "#1a1a1a", faint: "#595959", grid: "#dddddd",
    series: ["#0072b2", "#d55e00", "#009e73", "#a8407f", "#6b4f00", "#222222"])
  /// For dark grounds.
  public static let dark = Palette(
    ground: "#161616", ink: "#eeeeee", faint: "#b0b0b0", grid: "#444444",
    series: ["#56b4e9", "#f08a3c", "#2fc79a", "#e29ac4", "#f0e442", "#d0d0d0"])

  static let seriesCount = 6
  private static let dashes = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"]

  /// Each property is given twice, because renderers without custom properties (librsvg) take the plain value.
  static let css: String = {
    func paint(_ property: String, _ plain: String, _ variable: String) -> String {
      "\(property):\(plain);\(property):var(--\(variable));"
    }
    var css = ".figure{\(light.variables)font:13px system-ui,sans-serif}"
    css +=
      "@media screen and (prefers-color-scheme:dark){.figure{\(dark.variables)}}"
    css += ".ground{\(paint("fill", light.ground, "ground"))}"
    css += ".figure text{\(paint("fill", light.ink, "ink"))}"
    css += ".figure .head{font-size:16px;font-weight:bold}"
    css += ".figure .faint{\(paint("fill", light.faint, "faint"))}"
    css += ".grid{\(paint("stroke", light.grid, "grid"))fill:none}"
    css += ".frame{\(paint("stroke", light.faint, "faint"))fill:none}"
    css += ".edge{\(paint("stroke", light.faint, "faint"))fill:none}"
    css += ".tip{\(paint("fill", light.faint, "faint"))stroke:none}"
    css += ".node{\(paint("fill", light.ground, "ground"))\(paint("stroke", light.ink, "ink"))}"
    css += ".strong{font-weight:600}.box{fill-opacity:.06;stroke-dasharray:6 4;stroke-width:1}"
    css += ".quiet{opacity:0}.area{opacity:.75}.cell{shape-rendering:crispEdges}"
    for (index, colour) in light.series.enumerated() {
      css += ".s\(index) .m{\(paint("fill", colour, "c\(index)"))}"
      css +=
        ".s\(index) .l{fill:none;stroke-width:2;\(paint("stroke", colour, "c\(index)"))}"
      css += ".s\(index) .o{fill:none;stroke-width:2;\(paint("stroke", colour, "c\(index)"))}"
    }
    css += ".s0 .box{\(paint("fill", light.series[0], "c0"))stroke-width:1}"
    css += ".s5 .box{\(paint("fill", light.series[5], "c5"))stroke-width:1}"
    for (index, dash) in dashes.enumerated() where !dash.isEmpty {
      css += ".d\(index) .l{stroke-dasharray:\(dash)}"
    }
    css += ".guide .l{fill:none;stroke-width:1.5;stroke-dasharray:1 4;stroke-linecap:round;"
    css += "\(paint("stroke", light.ink, "ink"))}"
    return css
  }()

  /// The classes of a series: its colour, and its dashes, which change where the colours repeat.
  static func className(_ index: Int) -> String {
    "s\(index % seriesCount) d\((index + index / seriesCount) % dashes.count)"
  }

  /// The outline of the mark of a series around a place: circle, square, triangle, diamond.
  static func mark(_ index: Int, x: Double, y: Double, radius r: Double) -> String {
    func p(_ dx: Double, _ dy: Double) -> String {
      "\(Markup.place(x + dx)) \(Markup.place(y + dy))"
    }
    switch index % 4 {
    case 0:
      return "M\(p(-r, 0))a\(r) \(r) 0 1 0 \(2 * r) 0a\(r) \(r) 0 1 0 \(-2 * r) 0Z"
    case 1: return "M\(p(-r, -r))h\(2 * r)v\(2 * r)h\(-2 * r)Z"
    case 2: return "M\(p(0, -1.3 * r))L\(p(1.2 * r, r))L\(p(-1.2 * r, r))Z"
    default: return "M\(p(0, -1.3 * r))L\(p(1.3 * r, 0))L\(p(0, 1.3 * r))L\(p(-1.3 * r, 0))Z"
    }
  }

  /// How wide a key is: enough for the longest dashes on both sides of the mark.
  static let keyWidth = 40.0

  /// A sample of a series' line and mark, for legends; ``keyWidth`` wide and 12 high, `y` in its middle.
  static func key(
    _ sample: LegendEntry.Sample, _ index: Int, x: Double, y: Double
  ) -> String {
    let line = "d=\"M\(Markup.place(x)) \(Markup.place(y))H\(Markup.place(x + keyWidth))\"/>"
    let mark = "<path class=\"m\" d=\"\(mark(index, x: x + keyWidth / 2, y: y, radius: 4))\"/>"
    let shape =
      switch sample {
      case .line: "<path class=\"l\" \(line)\(mark)"
      case .guide: "<path class=\"l\" \(line)"
      case .mark: mark
      case .stroke: "<path class=\"o\" \(line)"
      case .area:
        "<rect class=\"m\" x=\"\(Markup.place(x + keyWidth / 2 - 7))\" y=\"\(Markup.place(y - 6))\" width=\"14\" height=\"12\"/>"
      }
    return "<g class=\"\(sample == .guide ? "guide" : className(index))\">\(shape)</g>"
  }
}
