/// Something that can be drawn, and that says the same in words and in numbers.
public protocol ReportFigure: Sendable {
  /// Names the figure in files and on the command line: lower-case words joined by hyphens.
  var name: String { get }
  /// The heading.
  var title: String { get }
  /// What the figure shows, in a sentence: the alternative text.
  var summary: String { get }
  /// All numbers, unthinned.
  var table: FigureTable { get }
  /// What the legend says; the n-th entry belongs to the parts of the drawing with `data-series="n"`. Empty where
  /// no legend is needed.
  var legend: [LegendEntry] { get }
  /// The picture without heading and legend.
  func drawing() -> Drawing
  /// What stands in a page: the picture, unless there is more to it.
  func pageMarkup() -> String
  /// A script that ``pageMarkup()`` needs; a page has it once.
  var pageScript: String? { get }
}

extension ReportFigure {
  /// The picture.
  public func pageMarkup() -> String { "<div class=\"picture\">\(embeddedSVG())</div>\n" }
  /// None.
  public var pageScript: String? { nil }
}

/// One series in a legend.
public struct LegendEntry: Sendable, Equatable {
  /// What a series looks like.
  public enum Sample: Sendable, Equatable { case line, mark, stroke, area, guide }

  /// The series.
  public var name: String
  /// What it looks like.
  public var sample: Sample

  /// An entry.
  public init(_ name: String, _ sample: Sample) { (self.name, self.sample) = (name, sample) }
}

/// The content of an SVG element.
public struct Drawing: Sendable {
  /// In units of which a line of text takes 16.
  var width: Double
  /// In the same units.
  var height: Double
  /// Markup.
  var body: String
  /// What the picture cannot show, as a sentence; empty if nothing.
  var note = ""
  /// Whether it may be drawn smaller on narrow screens, with larger letters; otherwise it is scrolled.
  var isScalable = true
}

extension ReportFigure {
  /// What the figure shows, and what it leaves out.
  func description(_ drawing: Drawing) -> String {
    drawing.note.isEmpty ? summary : "\(summary) \(drawing.note)"
  }

  /// The figure as an SVG document of its own, with heading and legend, and with title and description for
  /// screen readers.
  ///
  /// Colours are CSS custom properties, for light and dark; see ``FigureStyle``.
  public func svg() -> String {
    let drawing = drawing()
    let rows = legend.isEmpty ? 0 : max(legend.count, 1)
    let width = drawing.width + (rows > 0 ? 208 : 0)
    let height = 44 + max(drawing.height, Double(22 * rows))
    let id = Markup.escaped(name)
    var out = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Markup.place(width)) \
      \(Markup.place(height))" role="img" class="figure" aria-labelledby="\(id)-title \(id)-desc">
      <title id="\(id)-title">\(Markup.escaped(title))</title>
      <desc id="\(id)-desc">\(Markup.escaped(description(drawing)))</desc>
      <style>\(FigureStyle.css)</style>
      <rect class="ground" width="\(Markup.place(width))" height="\(Markup.place(height))"/>
      <text class="head" x="12" y="26">\(Markup.escaped(title))</text>
      <g transform="translate(0 40)">
      \(drawing.body)</g>

      """
    for (index, entry) in legend.enumerated() {
      let y = Double(56 + 22 * index)
      let key = FigureStyle.key(entry.sample, index, x: drawing.width + 6, y: y)
      out +=
        "\(key)<text x=\"\(Markup.place(drawing.width + FigureStyle.keyWidth + 12))\" y=\"\(Markup.place(y + 5))\">"
      out += "\(Markup.escaped(entry.name))</text>\n"
    }
    return out + "</svg>\n"
  }

  /// The picture alone, for a page that has heading, legend and styles of its own.
  func embeddedSVG() -> String {
    let drawing = drawing()
    let id = Markup.escaped(name)
    let size =
      drawing.isScalable
      ? "style=\"max-width:\(Markup.place(1.25 * drawing.width))px\""
      : "width=\"\(Markup.place(drawing.width))\" height=\"\(Markup.place(drawing.height))\""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Markup.place(drawing.width)) \
      \(Markup.place(drawing.height))" \(size) \
      role="img" class="figure \(drawing.isScalable ? "scalable" : "")" aria-labelledby="\(id)-title \(id)-desc">
      <title id="\(id)-title">\(Markup.escaped(title))</title>
      <desc id="\(id)-desc">\(Markup.escaped(description(drawing)))</desc>
      \(drawing.body)</svg>

      """
  }

  /// All numbers as comma-separated values (RFC 4180).
  public func csv() -> String { table.csv }
}
