/// How numbers are spread in several groups: least and largest, quartiles and median, side by side.
public struct RangeFigure: ReportFigure {
  /// Five numbers that stand for many.
  public struct Summary: Hashable, Sendable {
    /// How many there are.
    public var count: Int
    /// The least, the lower quartile, the median, the upper quartile and the largest.
    public var quantiles: [Double]

    /// Sums up numbers; those that are not finite are left out. `nil` where none is left.
    public init?(_ values: [Double]) {
      let sorted = values.filter(\.isFinite).sorted()
      guard !sorted.isEmpty else { return nil }
      count = sorted.count
      quantiles = [0, 0.25, 0.5, 0.75, 1].map { share in
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let rest = place - Double(low)
        return rest == 0
          ? sorted[low] : sorted[low] * (1 - rest) + sorted[low + 1] * rest
      }
    }
  }

  /// One spread for each group; `nil` where there is none.
  public struct Series: Sendable {
    /// What the legend says.
    public var name: String
    /// One for each group.
    public var summaries: [Summary?]

    /// A series of spreads, one for each group.
    public init(_ name: String, _ summaries: [Summary?]) {
      (self.name, self.summaries) = (name, summaries)
    }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// What the numbers are, with the unit.
  public var label: String
  /// The groups' names.
  public var categories: [String]
  /// What is drawn for each group.
  public var series: [Series]

  /// A figure of these parts.
  public init(
    name: String, title: String, summary: String, label: String, categories: [String],
    series: [Series]
  ) {
    (self.name, self.title, self.summary, self.label) = (name, title, summary, label)
    (self.categories, self.series) = (categories, series)
  }

  /// What the legend says.
  public var legend: [LegendEntry] {
    series.count > 1 ? series.map { LegendEntry($0.name, .area) } : []
  }

  /// All numbers.
  public var table: FigureTable {
    FigureTable(
      columns: [
        "group", "series", "count", "least", "lower quartile", "median", "upper quartile",
        "largest",
      ],
      rows: categories.indices.flatMap { row in
        series.compactMap { one in
          one.summaries[row].map {
            [categories[row], one.name, "\($0.count)"] + $0.quantiles.map { "\($0)" }
          }
        }
      })
  }

  /// The picture.
  public func drawing() -> Drawing {
    let (left, width, bar) = (150.0, 470.0, 14.0)
    let rowHeight = 10 + (bar + 4) * Double(max(1, series.count))
    let scale = AxisScale(
      .linear, holding: series.flatMap(\.summaries).compactMap { $0 }.flatMap(\.quantiles))
    func x(_ value: Double) -> Double { left + width * (0.02 + 0.96 * scale.share(of: value)) }
    let height = rowHeight * Double(categories.count)
    let top = 30.0
    var out = "<text class=\"faint\" x=\"6\" y=\"20\">\(Markup.escaped(label))</text>\n"
    for tick in scale.ticks() {
      let at = Markup.place(x(tick))
      out += "<path class=\"grid\" d=\"M\(at) \(top)v\(Markup.place(height))\"/>"
      out += "<text class=\"tick\" x=\"\(at)\" y=\"\(Markup.place(top + height + 18))\" "
      out += "text-anchor=\"middle\">\(Markup.short(tick, digits: 4))</text>\n"
    }
    for (row, category) in categories.enumerated() {
      let y = top + Double(row) * rowHeight + 6
      let short = category.count > 18 ? category.prefix(17) + "…" : category[...]
      out += "<text x=\"\(left - 10)\" y=\"\(Markup.place(y + 12))\" text-anchor=\"end\">"
      out += "\(Markup.escaped(String(short)))</text>\n"
      for (index, one) in series.enumerated() {
        guard let summary = one.summaries[row] else { continue }
        let q = summary.quantiles
        let middle = y + (bar + 4) * Double(index) + bar / 2
        let words = zip(["least", "lower quartile", "median", "upper quartile", "largest"], q)
          .map { "\($0) \(Markup.number($1))" }.joined(separator: ", ")
        out += "<g class=\"series \(FigureStyle.className(index))\" data-series=\"\(index)\">"
        out += "<path class=\"o\" style=\"stroke-width:1.5\" "
        out += "d=\"M\(Markup.place(x(q[0]))) \(Markup.place(middle))H\(Markup.place(x(q[4])))\"/>"
        out += "<rect class=\"m area\" x=\"\(Markup.place(x(q[1])))\" "
        out += "y=\"\(Markup.place(middle - bar / 2))\" "
        out += "width=\"\(Markup.place(max(2, x(q[3]) - x(q[1]))))\" height=\"\(bar)\">"
        out += "<title>\(Markup.escaped("\(category), \(one.name): \(words)"))</title></rect>"
        out += "<path class=\"frame\" style=\"stroke-width:2\" "
        out += "d=\"M\(Markup.place(x(q[2]))) \(Markup.place(middle - bar / 2))v\(bar)\"/></g>\n"
      }
    }
    return Drawing(width: 640, height: top + height + 28, body: out)
  }
}
