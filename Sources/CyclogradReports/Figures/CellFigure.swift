import Foundation

/// Counts in a table of rows and columns, as shaded cells: the sparsity of a matrix, or a table of confusions.
public struct CellFigure: ReportFigure {
  /// A cell that is not empty.
  public struct Cell: Hashable, Sendable {
    /// From 0, at the top.
    public var row: Int
    /// From 0, on the left.
    public var column: Int
    /// Above 0.
    public var count: Int
  }

  /// A rectangle around cells.
  public struct Outline: Hashable, Sendable {
    /// In rows of the whole table.
    public var rows: Range<Int>
    /// In columns of the whole table.
    public var columns: Range<Int>

    /// A rectangle around these cells.
    public init(rows: Range<Int>, columns: Range<Int>) {
      (self.rows, self.columns) = (rows, columns)
    }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// What rows are.
  public var rowLabel: String
  /// What columns are.
  public var columnLabel: String
  /// How many rows the table has.
  public let rowCount: Int
  /// How many columns the table has.
  public let columnCount: Int
  /// Cells that are not empty, of a grid that may be coarser than the table.
  public let cells: [Cell]
  /// How many rows and columns of the table one cell stands for.
  public let cellSize: Int
  /// Rectangles to be outlined.
  public var outlines: [Outline]
  /// Whether the numbers are written into the cells.
  public var isNumbered: Bool
  /// What rows and columns are called, where not by their numbers.
  public var names: [String]

  /// Beyond this, several rows and columns share a cell.
  public static let mostCells = 96

  /// Counts entries given one by one; O(entries) time, at most `mostCells`² cells.
  ///
  /// - Parameter forEachEntry: calls its argument with the row and the column of every entry.
  public init(
    name: String, title: String, summary: String, rowLabel: String, columnLabel: String, rows: Int,
    columns: Int, outlines: [Outline] = [], isNumbered: Bool = false, names: [String] = [],
    forEachEntry: (_ add: (_ row: Int, _ column: Int) -> Void) -> Void
  ) {
    (self.name, self.title, self.summary) = (name, title, summary)
    (self.rowLabel, self.columnLabel) = (rowLabel, columnLabel)
    (rowCount, columnCount) = (rows, columns)
    self.outlines = outlines
    self.isNumbered = isNumbered
    self.names = names
    let size = max(1, (max(rows, columns) + Self.mostCells - 1) / Self.mostCells)
    cellSize = size
    let across = max(1, (columns + size - 1) / size)
    var counts = [Int](repeating: 0, count: across * max(1, (rows + size - 1) / size))
    forEachEntry { row, column in counts[row / size * across + column / size] += 1 }
    cells = counts.indices.compactMap { index in
      counts[index] == 0
        ? nil : Cell(row: index / across, column: index % across, count: counts[index])
    }
  }

  /// What the legend says.
  public var legend: [LegendEntry] { [] }

  /// One row for each cell that is not empty.
  public var table: FigureTable {
    FigureTable(
      columns: [rowLabel, columnLabel, "count"],
      rows: cells.map {
        [places($0.row, of: rowCount), places($0.column, of: columnCount), "\($0.count)"]
      })
  }

  private func places(_ cell: Int, of count: Int) -> String {
    let first = cell * cellSize
    let last = min(first + cellSize, count) - 1
    return last > first ? "\(first)–\(last)" : label(first)
  }

  private func label(_ index: Int) -> String {
    names.indices.contains(index) ? names[index] : "\(index)"
  }

  /// The picture.
  public func drawing() -> Drawing {
    let (left, top) = (74.0, 52.0)
    let side = min(
      540 / Double(max(columnCount, 1)), 480 / Double(max(rowCount, 1)),
      isNumbered ? 90 : 28)
    let (width, height) = (side * Double(columnCount), side * Double(rowCount))
    let most = Double(cells.map(\.count).max() ?? 1)
    var out =
      "<text class=\"faint\" x=\"\(left)\" y=\"20\">\(Markup.escaped(columnLabel)) →</text>\n"
    out += "<text class=\"faint\" x=\"6\" y=\"40\">\(Markup.escaped(rowLabel)) ↓</text>\n"
    out += "<g class=\"s0\">\n"
    let step = side * Double(cellSize)
    for cell in cells {
      let (x, y) = (left + Double(cell.column) * step, top + Double(cell.row) * step)
      // Counts are told apart by shade. Where they are not written, the faintest must still be seen; where they
      // are, the number must stand out.
      let shade =
        isNumbered
        ? 0.05 + 0.45 * Double(cell.count) / most
        : 0.45 + 0.55 * log(1 + Double(cell.count)) / log(1 + most)
      let entries =
        "\(cell.count) \(isNumbered ? "samples" : cell.count == 1 ? "entry" : "entries")"
      let text =
        "\(rowLabel) \(places(cell.row, of: rowCount)), \(columnLabel) "
        + "\(places(cell.column, of: columnCount)): \(entries)"
      out +=
        "<rect class=\"m cell\" style=\"opacity:\(Markup.place(shade))\" "
      out += "x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" "
      out += "width=\"\(Markup.place(min(step, left + width - x)))\" "
      out += "height=\"\(Markup.place(min(step, top + height - y)))\">"
      out += "<title>\(Markup.escaped(text))</title></rect>\n"
    }
    if isNumbered {
      let counts = Dictionary(cells.map { ([$0.row, $0.column], $0.count) }) { $0 + $1 }
      for row in 0..<rowCount {
        for column in 0..<columnCount {
          let (x, y) = (left + (Double(column) + 0.5) * side, top + (Double(row) + 0.5) * side)
          out += "<text x=\"\(Markup.place(x))\" y=\"\(Markup.place(y + 5))\" "
          out += "text-anchor=\"middle\">\(counts[[row, column]] ?? 0)</text>\n"
        }
      }
    }
    out += "</g>\n<g class=\"s1\">"
    for outline in outlines {
      out +=
        "<rect class=\"o\" x=\"\(Markup.place(left + side * Double(outline.columns.lowerBound)))\" "
      out += "y=\"\(Markup.place(top + side * Double(outline.rows.lowerBound)))\" "
      out += "width=\"\(Markup.place(side * Double(outline.columns.count)))\" "
      out += "height=\"\(Markup.place(side * Double(outline.rows.count)))\"/>"
    }
    out += "</g>\n<rect class=\"frame\" x=\"\(left)\" y=\"\(top)\" "
    out += "width=\"\(Markup.place(width))\" height=\"\(Markup.place(height))\"/>\n"
    out += ticks(left: left, top: top, side: side)
    return Drawing(width: 640, height: top + height + 16, body: out)
  }

  private func ticks(left: Double, top: Double, side: Double) -> String {
    var out = ""
    func steps(_ count: Int) -> [Int] {
      // Wide enough for the longest number, also where letters are larger.
      let room = 20 + 13 * Double("\(max(count - 1, 0))".count)
      var step = 1
      while Double(step) * side < room {
        let first = "\(step)".first
        step = first == "2" ? step / 2 * 5 : step * 2
      }
      return Array(stride(from: 0, to: count, by: step))
    }
    for column in steps(columnCount) {
      let x = Markup.place(left + side * (Double(column) + 0.5))
      out +=
        "<text class=\"tick\" x=\"\(x)\" y=\"\(top - 6)\" text-anchor=\"middle\">\(Markup.escaped(label(column)))</text>"
    }
    for row in steps(rowCount) {
      let y = Markup.place(top + side * (Double(row) + 0.5) + 5)
      out +=
        "<text class=\"tick\" x=\"\(left - 8)\" y=\"\(y)\" text-anchor=\"end\">\(Markup.escaped(label(row)))</text>\n"
    }
    return out
  }
}
