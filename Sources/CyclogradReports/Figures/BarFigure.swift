import Foundation

/// Numbers of things that have names, as horizontal bars with the numbers beside them.
public struct BarFigure: ReportFigure {
  /// One number for each category; `nil` where there is none.
  public struct Series: Sendable {
    /// What the legend says.
    public var name: String
    /// One for each category.
    public var values: [Double?]

    /// A series of numbers, one for each category.
    public init(_ name: String, _ values: [Double?]) { (self.name, self.values) = (name, values) }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// What the numbers are, with the unit.
  public var label: String
  /// How lengths follow from numbers.
  public var kind: AxisScale.Kind
  /// The categories' names.
  public var categories: [String]
  /// What is drawn for each category.
  public var series: [Series]

  /// A figure of these parts.
  public init(
    name: String, title: String, summary: String, label: String, kind: AxisScale.Kind = .linear,
    categories: [String], series: [Series]
  ) {
    (self.name, self.title, self.summary, self.label) = (name, title, summary, label)
    (self.kind, self.categories, self.series) = (kind, categories, series)
  }

  /// What the legend says.
  public var legend: [LegendEntry] {
    series.count > 1 ? series.map { LegendEntry($0.name, .area) } : []
  }

  /// All numbers.
  public var table: FigureTable {
    FigureTable(
      columns: ["", "series", label],
      rows: categories.indices.flatMap { row in
        series.map { one in
          [categories[row], one.name, one.values[row].map { "\($0)" } ?? ""]
        }
      })
  }

  /// The picture.
  public func drawing() -> Drawing {
    let barHeight = 16.0
    let rowHeight = 30 + (barHeight + 4) * Double(max(1, series.count))
    let values = series.flatMap(\.values).compactMap { $0 }
    let scale = AxisScale(kind, holding: values + (kind == .linear ? [0] : []))
    let longest = 470.0
    var out = "<text class=\"faint\" x=\"6\" y=\"20\">\(Markup.escaped(label))</text>\n"
    for (row, category) in categories.enumerated() {
      let y = 34 + Double(row) * rowHeight
      out += "<text x=\"6\" y=\"\(Markup.place(y + 16))\">\(Markup.escaped(category))</text>\n"
      for (index, one) in series.enumerated() {
        let top = y + 24 + Double(index) * (barHeight + 4)
        let value = one.values[row]
        // On a logarithmic scale the smallest is seen too; on a linear one bars begin at 0, wherever that is.
        let share = value.map { scale.shows($0) ? max(0, scale.share(of: $0)) : 0 } ?? 0
        let zero = kind == .linear ? scale.share(of: 0) : 0
        let begin = 6 + longest * min(zero, share)
        let length =
          kind == .linear ? longest * abs(share - zero) : longest * (0.05 + 0.95 * share)
        let shown = value.map { scale.shows($0) } ?? false
        let text =
          value.map { $0.isFinite ? Markup.short($0, digits: 3) : Markup.number($0) } ?? "–"
        out += "<g class=\"series \(FigureStyle.className(index))\" data-series=\"\(index)\">"
        out += "<rect class=\"m\" x=\"\(Markup.place(begin))\" y=\"\(Markup.place(top))\" "
        out += "width=\"\(Markup.place(shown ? max(length, 1) : 0))\" height=\"\(barHeight)\">"
        out += "<title>\(Markup.escaped("\(category), \(one.name): \(text)"))</title></rect>"
        let end = Markup.place((shown ? begin + length : 6) + 8)
        out += "<text x=\"\(end)\" y=\"\(Markup.place(top + 13))\">\(text)</text></g>\n"
      }
    }
    return Drawing(
      width: 640, height: 40 + Double(categories.count) * rowHeight, body: out)
  }
}
