import Foundation

/// Numbers with signs in rows and columns, as shaded cells: W, a Jacobian, or answers over a grid of inputs.
///
/// Where several rows or columns share a cell, it shows the number of the largest magnitude among them.
public struct MatrixFigure: ReportFigure {
  /// Neighbouring rows or columns with a name in common, which stands at the axis.
  public struct Band: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The rows or columns.
    public var range: Range<Int>

    /// Rows or columns with a name.
    public init(_ name: String, _ range: Range<Int>) { (self.name, self.range) = (name, range) }
  }

  /// One of the two axes.
  public struct Axis: Sendable {
    /// What a row or column is.
    public var label: String
    /// How many there are.
    public var count: Int
    /// Their bands, in order.
    public var bands: [Band]
    /// What a single one is called.
    public var name: @Sendable (Int) -> String

    /// An axis of rows or columns.
    public init(
      _ label: String, count: Int, bands: [Band], name: @escaping @Sendable (Int) -> String
    ) {
      (self.label, self.count, self.bands, self.name) = (label, count, bands, name)
    }
  }

  /// A number that is drawn.
  struct Cell: Sendable {
    /// From 0, of the grid of cells.
    var row: Int
    var column: Int
    /// Where in the cell the number stands.
    var place: (row: Int, column: Int)
    var value: Double
    /// How many numbers share the cell.
    var count: Int
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// From the top to the bottom.
  public var rows: Axis
  /// From the left to the right.
  public var columns: Axis
  /// What the numbers are.
  public var valueLabel: String
  let cells: [Cell]
  private let cellSize: Int

  /// Beyond this, several rows or columns share a cell.
  public static let mostCells = 80

  /// Takes numbers one by one; O(numbers) time, at most `mostCells`² cells.
  ///
  /// - Parameter forEachValue: calls its argument with row, column and number of each; numbers that are not finite are
  ///   left out.
  public init(
    name: String, title: String, summary: String, rows: Axis, columns: Axis, valueLabel: String,
    forEachValue: (_ add: (_ row: Int, _ column: Int, _ value: Double) -> Void) -> Void
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.rows, self.columns, self.valueLabel) = (rows, columns, valueLabel)
    let size = max(1, (max(rows.count, columns.count) + Self.mostCells - 1) / Self.mostCells)
    cellSize = size
    let across = max(1, (columns.count + size - 1) / size)
    var found = [Cell?](repeating: nil, count: across * max(1, (rows.count + size - 1) / size))
    forEachValue { row, column, value in
      guard value.isFinite else { return }
      let place = row / size * across + column / size
      var cell =
        found[place]
        ?? Cell(
          row: row / size, column: column / size, place: (row, column), value: value, count: 0)
      cell.count += 1
      if abs(value) > abs(cell.value) { (cell.value, cell.place) = (value, (row, column)) }
      found[place] = cell
    }
    cells = found.compactMap { $0 }
  }

  /// Whether numbers of both signs are there.
  private var hasSigns: Bool { cells.contains { $0.value < 0 } }

  /// What the legend says.
  public var legend: [LegendEntry] {
    hasSigns ? [LegendEntry("positive", .area), LegendEntry("negative", .area)] : []
  }

  /// One row for each cell.
  public var table: FigureTable {
    let (rows, columns, cells) = (rows, columns, cells)
    return FigureTable(
      columns: [rows.label, columns.label, valueLabel, "numbers in the cell"],
      rowCount: cells.count
    ) { index in
      let cell = cells[index]
      return [
        rows.name(cell.place.row), columns.name(cell.place.column), "\(cell.value)",
        "\(cell.count)",
      ]
    }
  }

  /// The picture.
  public func drawing() -> Drawing {
    let (left, top) = (118.0, 96.0)
    let side = min(
      506 / Double(max(columns.count, 1)), 506 / Double(max(rows.count, 1)), 32)
    let (width, height) = (side * Double(columns.count), side * Double(rows.count))
    let most = cells.map { abs($0.value) }.max() ?? 1
    var out =
      "<text class=\"faint\" x=\"\(Markup.place(left))\" y=\"14\">\(Markup.escaped(columns.label)) →</text>\n"
    out += "<text class=\"faint\" x=\"6\" y=\"\(Markup.place(top - 8))\">"
    out += "\(Markup.escaped(rows.label)) ↓</text>\n"
    let step = side * Double(cellSize)
    for isNegative in [false, true] {
      out += "<g class=\"s\(isNegative ? 1 : 0)\" data-series=\"\(isNegative ? 1 : 0)\">\n"
      for cell in cells where (cell.value < 0) == isNegative && cell.value != 0 {
        // Sizes lie far apart, and the smallest must be seen; the root brings them nearer to each other.
        let shade = 0.12 + 0.88 * (abs(cell.value) / most).squareRoot()
        let (x, y) = (left + Double(cell.column) * step, top + Double(cell.row) * step)
        let more = cell.count > 1 ? ", the largest of \(cell.count)" : ""
        let text =
          "\(rows.name(cell.place.row)), \(columns.name(cell.place.column)): "
          + "\(Markup.short(cell.value, digits: 4))\(more)"
        out += "<rect class=\"m cell\" style=\"opacity:\(Markup.place(shade))\" "
        out += "x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" "
        out += "width=\"\(Markup.place(min(step, left + width - x)))\" "
        out += "height=\"\(Markup.place(min(step, top + height - y)))\">"
        out += "<title>\(Markup.escaped(text))</title></rect>\n"
      }
      out += "</g>\n"
    }
    out += bands(rows, isRow: true, left, top, side, across: width)
    out += bands(columns, isRow: false, left, top, side, across: height)
    out += "<rect class=\"frame\" x=\"\(Markup.place(left))\" y=\"\(Markup.place(top))\" "
    out += "width=\"\(Markup.place(width))\" height=\"\(Markup.place(height))\"/>\n"
    return Drawing(width: 640, height: top + height + 12, body: out)
  }

  /// Lines between bands, and their names as far as there is room.
  private func bands(
    _ axis: Axis, isRow: Bool, _ left: Double, _ top: Double, _ side: Double, across: Double
  ) -> String {
    var out = ""
    var end = -1e9
    for band in axis.bands {
      let origin = isRow ? top : left
      let first = origin + side * Double(band.range.lowerBound)
      if band.range.lowerBound > 0 {
        out +=
          isRow
          ? "<path class=\"grid\" d=\"M\(Markup.place(left)) \(Markup.place(first))h\(Markup.place(across))\"/>"
          : "<path class=\"grid\" d=\"M\(Markup.place(first)) \(Markup.place(top))v\(Markup.place(across))\"/>"
      }
      let middle = first + side * Double(band.range.count) / 2
      guard middle - end >= 15 else { continue }
      end = middle
      let short = band.name.count > 14 ? band.name.prefix(13) + "…" : band.name[...]
      let text = Markup.escaped(String(short))
      out +=
        isRow
        ? "<text class=\"tick\" x=\"\(Markup.place(left - 8))\" y=\"\(Markup.place(middle + 5))\" text-anchor=\"end\">\(text)</text>\n"
        : "<text class=\"tick\" transform=\"translate(\(Markup.place(middle + 3)) \(Markup.place(top - 6))) rotate(-40)\">\(text)</text>\n"
    }
    return out
  }
}
