/// Numbers on grids, as shaded squares side by side: inputs that are pictures, or what is known of each of them.
public struct ImageFigure: ReportFigure {
  /// One grid.
  public struct Panel: Sendable {
    /// What stands above it.
    public var title: String
    /// Row by row; NaN is left blank.
    public var values: [Double]

    /// A grid of these numbers.
    public init(_ title: String, _ values: [Double]) { (self.title, self.values) = (title, values) }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// The columns of each grid.
  public var columns: Int
  /// The grids.
  public var panels: [Panel]
  /// How many grids stand side by side.
  public var across: Int

  /// The most grids that are drawn; the table has all of them.
  public static let mostPanels = 24
  /// The most squares that are drawn of one grid.
  public static let mostSquares = 4096

  /// How wide a letter of a title is, about.
  private static let letter = 7.5

  /// A figure of these parts.
  public init(
    name: String, title: String, summary: String, columns: Int, panels: [Panel], across: Int = 5
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.columns, self.panels, self.across) = (max(1, columns), panels, max(1, across))
  }

  /// What the legend says: nothing.
  public var legend: [LegendEntry] { [] }

  /// One row for each number.
  public var table: FigureTable {
    let size = panels.first?.values.count ?? 0
    return FigureTable(
      columns: ["picture", "row", "column", "value"], rowCount: size * panels.count
    ) { [panels, columns] index in
      let (panel, place) = (panels[index / size], index % size)
      return [
        panel.title, "\(place / columns)", "\(place % columns)", "\(panel.values[place])",
      ]
    }
  }

  /// As much of a title as has room; the whole shows when it is pointed at.
  private static func heading(_ title: String, width: Double) -> String {
    let most = max(2, Int(width / Self.letter))
    guard title.count > most else { return Markup.escaped(title) }
    let short = String(title.prefix(most - 1)) + "…"
    return "\(Markup.escaped(short))<title>\(Markup.escaped(title))</title>"
  }

  /// The picture.
  public func drawing() -> Drawing {
    let shown = panels.prefix(Self.mostPanels)
    let (gap, width) = (12.0, 640.0)
    let side = (width - gap) / Double(across) - gap
    let step = side / Double(columns)
    let rows = shown.map { ($0.values.count + columns - 1) / columns }.max() ?? 0
    let height = Double(rows) * step + 34
    let finite = shown.flatMap(\.values).filter(\.isFinite)
    let (least, most) = (finite.min() ?? 0, finite.max() ?? 1)
    var out = "<g class=\"s0\">\n"
    for (index, panel) in shown.enumerated() {
      let x = gap + Double(index % across) * (side + gap)
      let y = Double(index / across) * height + 24
      out += "<text class=\"tick\" x=\"\(Markup.place(x))\" y=\"\(Markup.place(y - 6))\">"
      out += "\(Self.heading(panel.title, width: side))</text>\n"
      for (place, value) in panel.values.prefix(Self.mostSquares).enumerated()
      where value.isFinite {
        let shade = most > least ? (value - least) / (most - least) : 0.5
        guard shade > 0.01 else { continue }
        out += "<rect class=\"m cell\" style=\"opacity:\(Markup.place(shade))\" "
        out += "x=\"\(Markup.place(x + Double(place % columns) * step))\" "
        out += "y=\"\(Markup.place(y + Double(place / columns) * step))\" "
        out += "width=\"\(Markup.place(step))\" height=\"\(Markup.place(step))\"/>\n"
      }
      out +=
        "<rect class=\"frame\" x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" width=\"\(Markup.place(side))\" "
      out += "height=\"\(Markup.place(Double(rows) * step))\"/>\n"
    }
    out += "</g>\n"
    let lines = (shown.count + across - 1) / across
    var notes: [String] = []
    if panels.count > shown.count {
      notes.append("\(panels.count - shown.count) more pictures are in the table.")
    }
    if (panels.first?.values.count ?? 0) > Self.mostSquares {
      notes.append("Only the first \(Self.mostSquares) numbers of each are drawn.")
    }
    return Drawing(
      width: width, height: Double(lines) * height + 12, body: out,
      note: notes.joined(separator: " "))
  }
}
