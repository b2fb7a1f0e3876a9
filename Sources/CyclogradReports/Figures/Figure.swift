/// One plot as data: what is drawn over two axes, and the words that say the same to those who do not see it.
public struct Figure: ReportFigure, Equatable {
  /// How a series is drawn.
  public enum Mark: Sendable, Equatable {
    /// A line through the points in order; it is interrupted where a point has no place.
    case line
    /// A line to compare others with, such as a bound: without a colour or marks of its own.
    case guide
    /// Points.
    case scatter
    /// Bars from zero, or from the lower end of a logarithmic axis.
    case bar
    /// A line from each point with an even index to the next.
    case segments
    /// An arrow from each point with an even index to the next.
    case arrows
  }

  /// Points (x[i], y[i]); both arrays have the same length, or the longer one's rest is not drawn.
  public struct Series: Sendable, Equatable {
    /// What the legend says.
    public var name: String
    /// How the points are drawn.
    public var mark: Mark
    /// Abscissas, in the unit that the axis names.
    public var x: [Double]
    /// Ordinates, in the unit that the axis names.
    public var y: [Double]

    /// A series of points (x[i], y[i]).
    public init(_ name: String, _ mark: Mark, x: [Double], y: [Double]) {
      (self.name, self.mark, self.x, self.y) = (name, mark, x, y)
    }
  }

  /// What an axis says, and how it is divided.
  public struct Axis: Sendable, Equatable {
    /// The quantity, with its unit.
    public var label: String
    /// Linear or logarithmic.
    public var kind: AxisScale.Kind
    /// What is larger has no place on the axis.
    public var limit: Double
    /// Whether it counts things, so that only whole numbers are ticks.
    public var isCount: Bool

    /// An axis, linear unless said otherwise.
    public init(
      _ label: String, _ kind: AxisScale.Kind = .linear, limit: Double = .infinity,
      isCount: Bool = false
    ) {
      (self.label, self.kind, self.limit, self.isCount) = (label, kind, limit, isCount)
    }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, in this order; colours repeat after six, with other dashes and marks.
  public var series: [Series]
  /// Whether a step on both axes is as long on the page.
  public var isIsometric: Bool

  /// A figure of these parts.
  public init(
    name: String, title: String, summary: String, x: Axis, y: Axis, series: [Series],
    isIsometric: Bool = false
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.x, self.y, self.series) = (x, y, series)
    self.isIsometric = isIsometric
  }

  /// What the legend says.
  public var legend: [LegendEntry] {
    series.map { one in
      switch one.mark {
      case .line: LegendEntry(one.name, .line)
      case .guide: LegendEntry(one.name, .guide)
      case .scatter: LegendEntry(one.name, .mark)
      case .bar: LegendEntry(one.name, .area)
      case .segments, .arrows: LegendEntry(one.name, .stroke)
      }
    }
  }

  /// Every point, with the columns series, x and y.
  public var table: FigureTable {
    let series = series
    var ends: [Int] = []
    for one in series { ends.append((ends.last ?? 0) + min(one.x.count, one.y.count)) }
    return FigureTable(
      columns: ["series", x.label, y.label], rowCount: ends.last ?? 0
    ) { [ends] row in
      let index = ends.firstIndex { row < $0 } ?? 0
      let place = row - (index > 0 ? ends[index - 1] : 0)
      return [series[index].name, "\(series[index].x[place])", "\(series[index].y[place])"]
    }
  }
}
