/// One plot as data: what is drawn, and the words that say the same to those who do not see it.
public struct Figure: Sendable, Equatable {
  /// How a series is drawn.
  public enum Mark: Sendable, Equatable { case line, scatter, bar }

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

    /// An axis, linear unless said otherwise.
    public init(_ label: String, _ kind: AxisScale.Kind = .linear) {
      (self.label, self.kind) = (label, kind)
    }
  }

  /// Names the figure in files and on the command line: lower-case words joined by hyphens.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence: the alternative text.
  public var summary: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// What is drawn, in this order; colours repeat after six.
  public var series: [Series]

  /// A figure of these parts.
  public init(
    name: String, title: String, summary: String, x: Axis, y: Axis, series: [Series]
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.x, self.y, self.series) = (x, y, series)
  }

  /// All points, unthinned, as comma-separated values (RFC 4180) with the columns series, x and y.
  public func csv() -> String {
    func quoted(_ text: String) -> String {
      let special = text.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
      return special
        ? "\""
          + text.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\"" : text
    }
    var lines = ["series,\(quoted(x.label)),\(quoted(y.label))"]
    for one in series {
      for (x, y) in zip(one.x, one.y) { lines.append("\(quoted(one.name)),\(x),\(y)") }
    }
    return lines.joined(separator: "\r\n") + "\r\n"
  }
}
