/// One HTML file that holds figures, with nothing loaded from elsewhere.
///
/// It is well-formed as XML too. Without its script everything is there but hovering, walking through points by
/// keys, and legends that hide series.
public struct ReportPage: Sendable {
  /// The heading and the window's title.
  public var title: String
  /// A paragraph before the figures.
  public var summary: String
  /// What is known besides: names and values.
  public var facts: [(name: String, value: String)]
  /// Tables before the figures, with their headings.
  public var tables: [(title: String, table: FigureTable)]
  /// The figures, in order; their names differ, because they become anchors.
  public var figures: [any ReportFigure]
  /// What is not shown, and why, a sentence each.
  public var remarks: [String]
  /// Pages of the same server that belong to it.
  public var links: [(name: String, address: String)] = []
  /// Whether it comes from a server, which it asks again and again for what is new. Only then may it load anything,
  /// from that server alone.
  public var isLive = false

  /// The most rows of a figure's table.
  public static let tableLimit = 500

  /// A page of these parts.
  public init(
    title: String, summary: String, facts: [(name: String, value: String)] = [],
    tables: [(title: String, table: FigureTable)] = [], figures: [any ReportFigure] = [],
    remarks: [String] = []
  ) {
    (self.title, self.summary, self.facts) = (title, summary, facts)
    (self.tables, self.figures, self.remarks) = (tables, figures, remarks)
  }

  /// The page. Behind each figure stands a table of its numbers, the first ``tableLimit`` of them; if there are
  /// more, the table says so.
  public func html() -> String {
    let title = Markup.escaped(title)
    var out = """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml"><head><meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
      style-src 'unsafe-inline'; script-src 'unsafe-inline'\(isLive ? "; connect-src 'self'" : "")"/>
      <title>\(title)</title><style>\(FigureStyle.css)\(PageStyle.css)\(figures.contains { $0.pageScript != nil } ? MapStyle.css : "")</style></head>
      <body>\(isLive ? LiveScript.status : "")<main><header><h1>\(title)</h1><p>\(Markup.escaped(summary))</p>

      """
    if !facts.isEmpty {
      out += "<dl>"
      for fact in facts {
        // What is too long for a column gets a row.
        out += fact.value.count > 20 ? "<div class=\"wide\">" : "<div>"
        out +=
          "<dt>\(Markup.escaped(fact.name))</dt><dd>\(Markup.escaped(fact.value))</dd></div>\n"
      }
      out += "</dl>"
    }
    out += "</header>\n" + linkList + contents
    for (title, table) in tables {
      out += "<section><h2>\(Markup.escaped(title))</h2>"
      out += Self.html(table, label: title) + "</section>\n"
    }
    for figure in figures { out += Self.html(figure) }
    if !remarks.isEmpty {
      out += "<section><h2>Not shown</h2><ul>"
      for remark in remarks { out += "<li>\(Markup.escaped(remark))</li>" }
      out += "</ul></section>\n"
    }
    var scripts = (isLive ? [LiveScript.before] : []) + [PageScript.text]
    for script in figures.compactMap(\.pageScript) where !scripts.contains(script) {
      scripts.append(script)
    }
    if isLive { scripts.append(LiveScript.text) }
    // A script within CDATA after comment marks is the same in HTML and in XML.
    return out + "</main><script>//<![CDATA[\n\(scripts.joined())//]]></script></body></html>\n"
  }

  private var linkList: String {
    guard !links.isEmpty else { return "" }
    let items = links.map {
      "<li><a href=\"\(Markup.escaped($0.address))\">\(Markup.escaped($0.name))</a></li>"
    }
    return "<nav aria-label=\"Pages\"><ul>\(items.joined())</ul></nav>\n"
  }

  private var contents: String {
    guard figures.count > 1 else { return "" }
    let links = figures.map {
      "<li><a href=\"#\(Markup.escaped($0.name))\">\(Markup.escaped($0.title))</a></li>"
    }
    return "<nav aria-label=\"Figures\"><ul>\(links.joined())</ul></nav>\n"
  }

  private static func html(_ figure: any ReportFigure) -> String {
    let (name, title) = (Markup.escaped(figure.name), Markup.escaped(figure.title))
    var out = "<figure id=\"\(name)\"><h2>\(title)</h2>\n"
    // What brings a script shows all that it has.
    let words = figure.pageScript == nil ? figure.description(figure.drawing()) : figure.summary
    out += "<figcaption>\(Markup.escaped(words))</figcaption>\n"
    if !figure.legend.isEmpty {
      out += "<div class=\"legend\" role=\"group\" aria-label=\"Series of \(title)\">"
      for (index, entry) in figure.legend.enumerated() {
        // Keys without a line need no room for one.
        let isLine = [.line, .guide, .stroke].contains(entry.sample)
        let width = Int(isLine ? FigureStyle.keyWidth + 2 : 16)
        let key = FigureStyle.key(
          entry.sample, index, x: isLine ? 1 : 8 - FigureStyle.keyWidth / 2, y: 8)
        out += "<button type=\"button\" aria-pressed=\"true\" data-series=\"\(index)\">"
        out += "<svg class=\"figure\" width=\"\(width)\" height=\"16\" viewBox=\"0 0 \(width) 16\" "
        out += "aria-hidden=\"true\">\(key)</svg>\(Markup.escaped(entry.name))</button>"
      }
      out += "</div>\n"
    }
    out += figure.pageMarkup()
    out += "<p class=\"readout\" role=\"status\"></p>\n"
    out += "<details><summary>\(title) as a table</summary>"
    return out + html(figure.table, label: figure.title) + "</details></figure>\n"
  }

  private static func html(_ table: FigureTable, label: String) -> String {
    let isLimited = table.rowCount > tableLimit
    var out = "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
    out += "aria-label=\"\(Markup.escaped(label)) as a table\"><table>"
    if isLimited {
      out += "<caption>The first \(tableLimit) of \(table.rowCount) rows; "
      out += "--format csv writes all of them.</caption>"
    }
    out += "<thead><tr>"
    let rows = (0..<min(table.rowCount, tableLimit)).map(table.row)
    // Numbers end at the right, so that digits stand below digits; words begin at the left.
    let classes = table.columns.indices.map { column in
      if rows.contains(where: { isNumber($0[column]) }) { return "" }
      // What is longer than any name is a sentence, which may take several lines.
      return rows.contains { $0[column].count > 30 } ? " class=\"word long\"" : " class=\"word\""
    }
    for (column, kind) in zip(table.columns, classes) {
      out += "<th scope=\"col\"\(kind)>\(Markup.escaped(column))</th>"
    }
    out += "</tr></thead><tbody>\n"
    for row in rows {
      out += "<tr>"
      for (index, cell) in row.enumerated() {
        let text = Markup.escaped(cell)
        out +=
          index == 0
          ? "<th scope=\"row\"\(classes[index])>\(text)</th>"
          : "<td\(classes[index])>\(text)</td>"
      }
      out += "</tr>\n"
    }
    return out + "</tbody></table></div>"
  }

  /// Whether a cell begins like a number, which a unit may follow.
  private static func isNumber(_ cell: String) -> Bool {
    let digits = cell.drop { $0 == "-" }
    return digits.first?.isASCII == true && digits.first?.isNumber == true
      || ["nan", "inf"].contains(String(digits))
  }
}
