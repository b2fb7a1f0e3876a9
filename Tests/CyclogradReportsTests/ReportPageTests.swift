import Cyclograd
import Foundation
import Testing

@testable import CyclogradReports

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Counts elements, and gathers what a page would load and which names it gives.
final class PageContent: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  private(set) var identifiers: [String] = []
  private(set) var links: [String] = []
  private(set) var references: [String] = []
  private(set) var isWellFormed = false

  init(_ html: String) {
    super.init()
    let parser = XMLParser(data: Data(html.utf8))
    parser.delegate = self
    isWellFormed = parser.parse()
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    counts[name, default: 0] += 1
    if let id = attributes["id"] { identifiers.append(id) }
    for key in ["src", "href", "xlink:href", "action", "data", "poster"] {
      if let value = attributes[key] { links.append(value) }
    }
    for key in ["aria-labelledby", "aria-describedby"] {
      references += attributes[key]?.split(separator: " ").map(String.init) ?? []
    }
  }
}

/// What every page must be: well-formed, sufficient by itself, with a table behind each figure.
func expectSoundPage(_ html: String, figures: Int, _ comment: Comment) {
  let content = PageContent(html)
  #expect(content.isWellFormed, comment)
  #expect(content.counts["figure"] ?? 0 == figures, comment)
  #expect(content.counts["details"] ?? 0 == figures, comment)
  #expect(content.counts["table"] ?? 0 >= figures, comment)
  #expect(content.counts["desc"] ?? 0 == figures, comment)
  #expect(Set(content.identifiers).count == content.identifiers.count, comment)
  #expect(content.links.allSatisfy { $0.hasPrefix("#") }, comment)
  #expect(
    (content.references + content.links.map { String($0.dropFirst()) })
      .allSatisfy(content.identifiers.contains), comment)
  // The only addresses are the names of XML's namespaces.
  let addresses = html.matches(of: /[a-z]+:\/\/[^"' <]*/).map { String($0.0) }
  #expect(
    Set(addresses).isSubset(of: ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml"]),
    comment)
  for element in ["img", "link", "iframe", "object", "embed", "image", "use"] {
    #expect(content.counts[element] == nil, comment)
  }
  #expect(!html.contains("@import") && !html.contains("url("), comment)
}

@Suite("Report pages")
struct ReportPageTests {
  private static let hostile = "</script><img src=\"http://x\"/>&\u{0}\u{1}\u{202E}]]>'\" ö 漢"

  private func page() -> ReportPage {
    let text = Self.hostile
    var cells = CellFigure(
      name: "cells", title: text, summary: text, rowLabel: text, columnLabel: text, rows: 3,
      columns: 2, outlines: [.init(rows: 0..<2, columns: 0..<1)], isNumbered: true
    ) { add in add(2, 1) }
    cells.summary += "."
    var graph = GraphFigure(
      name: "graph", title: text, summary: text,
      nodes: [
        .init([text], text: text, role: .input), .init(["b", text], text: text, isCyclic: true),
        .init(["c"], text: "c", role: .output),
      ],
      edges: [.init(from: 0, to: 1), .init(from: 1, to: 1, count: 9), .init(from: 2, to: 0)],
      width: 0, height: 0)
    LayeredLayout.place(&graph, layers: [0, 1, 3])
    let plot = Figure(
      name: "plot", title: text, summary: text, x: .init(text), y: .init(text, .logarithmic),
      series: [.line, .scatter, .bar, .segments, .arrows].map {
        .init(text, $0, x: [0, 1, .nan, 3, 4, 5], y: [1, 0, 2, .infinity, 5, 7])
      })
    let bars = BarFigure(
      name: "bars", title: text, summary: text, label: text, kind: .logarithmic,
      categories: [text, "b"], series: [.init(text, [1, nil]), .init("d", [0, .nan])])
    return ReportPage(
      title: text, summary: text, facts: [(text, text)],
      tables: [(text, FigureTable(columns: [text], rows: [[text]]))],
      figures: [cells, graph, plot, bars], remarks: [text])
  }

  @Test("Whatever names say, a page is well-formed and loads nothing")
  func hostile() {
    let html = page().html()
    // What the names hold is text, not an address.
    expectSoundPage(
      html.replacing("http://x", with: ""), figures: 4, "hostile names")
    #expect(html.matches(of: /<script/).count == 1)
    #expect(!html.contains("<img"))
    // What turns the direction of text would show other numbers than there are.
    #expect(!html.unicodeScalars.contains("\u{202E}") && html.contains(#"\u{202E}"#))
    for figure in page().figures {
      let svg = figure.svg()
      #expect(PageContent(svg).isWellFormed, "\(figure.name)")
      #expect(svg.contains("<title id=") && svg.contains("<desc id="))
      #expect(!svg.contains("nan") || svg.contains(": nan"), "\(figure.name)")
    }
  }

  @Test("An empty page and a page of one figure have no contents")
  func contents() {
    #expect(!ReportPage(title: "a", summary: "b").html().contains("<nav"))
    expectSoundPage(ReportPage(title: "a", summary: "b").html(), figures: 0, "empty")
    var one = page()
    one.figures.removeLast(3)
    #expect(!one.html().contains("<nav"))
    #expect(page().html().contains("<nav"))
  }

  @Test("Long tables are cut, and say so")
  func longTable() {
    func html(_ count: Int) -> String {
      let numbers = (0..<count).map(Double.init)
      let figure = Figure(
        name: "long", title: "t", summary: "s", x: .init("x"), y: .init("y"),
        series: [.init("one", .line, x: numbers, y: numbers)])
      return ReportPage(title: "a", summary: "b", figures: [figure]).html()
    }
    let limit = ReportPage.tableLimit
    #expect(html(limit).matches(of: /<tr>/).count == limit + 1)
    #expect(html(limit + 1).matches(of: /<tr>/).count == limit + 1)
    #expect(html(limit + 1).contains("The first \(limit) of \(limit + 1) rows"))
    #expect(!html(limit).contains("The first"))
  }

  @Test("A line is interrupted where a point has no place")
  func gaps() {
    let figure = Figure(
      name: "gap", title: "t", summary: "s", x: .init("x"), y: .init("y"),
      series: [.init("one", .line, x: [0, 1, 2, 3, 4], y: [0, 1, .nan, 1, 0])])
    let path = figure.svg().firstMatch(of: /class="l" d="([^"]+)"\/>\n/)?.1 ?? ""
    #expect(path.count { $0 == "M" } == 2 && path.count { $0 == "L" } == 2)
  }

  @Test("What is beyond an axis's limit is left out of the picture, not of the numbers")
  func limit() {
    let figure = Figure(
      name: "limit", title: "t", summary: "s", x: .init("x"),
      y: .init("y", .logarithmic, limit: 1e12),
      series: [.init("one", .line, x: [0, 1, 2, 3], y: [1, 1e40, 1e13, 1e12])])
    #expect(figure.svg().contains("2 points have no place"))
    #expect(figure.csv().contains("1e+40"))
  }

  @Test("An isometric plot has the same unit on both axes", arguments: [0.01, 1, 50])
  func isometric(height: Double) {
    let figure = Figure(
      name: "square", title: "t", summary: "s", x: .init("x"), y: .init("y"),
      series: [.init("one", .scatter, x: [0, 1, 0], y: [0, 0, height])], isIsometric: true)
    let places = figure.svg().matches(of: /class="m" d="M([0-9.]+) ([0-9.]+)a/).map {
      (Double($0.1)!, Double($0.2)!)
    }
    // The last match is the legend's.
    let across = places[1].0 - places[0].0
    let up = places[0].1 - places[2].1
    #expect(abs(up - height * across) < 0.02 * max(1, height))
  }

  @Test("Cells count entries, also where several rows and columns share one")
  func cells() {
    for size in [1, 7, 96, 97, 500] {
      let figure = CellFigure(
        name: "cells", title: "t", summary: "s", rowLabel: "r", columnLabel: "c", rows: size,
        columns: 2 * size
      ) { add in
        for row in 0..<size {
          for column in stride(from: 0, to: 2 * size, by: 3) { add(row, column) }
        }
      }
      #expect(figure.cells.reduce(0) { $0 + $1.count } == size * ((2 * size + 2) / 3))
      #expect(figure.cells.allSatisfy { $0.row < 96 && $0.column < 96 })
      #expect(figure.table.rowCount == figure.cells.count)
    }
  }

  @Test("Long names wrap in links, headings of tables and legends")
  func wrapping() throws {
    for rule in ["nav a{", "summary{", ".legend button{"] {
      let start = try #require(PageStyle.css.firstRange(of: rule)).upperBound
      let body = PageStyle.css[start...].prefix { $0 != "}" }
      #expect(body.contains("overflow-wrap:anywhere"), "\(rule)")
    }
  }
}

@Suite("Layouts of graphs")
struct LayoutTests {
  private func chain(_ count: Int) -> GraphFigure {
    GraphFigure(
      name: "g", title: "t", summary: "s",
      nodes: (0..<count).map { .init(["node \($0)"], text: "n") },
      edges: (0..<count).flatMap { from in
        (0..<count).map { GraphFigure.Edge(from: from, to: $0) }
      }, width: 0, height: 0)
  }

  private func expectApart(_ figure: GraphFigure) {
    for i in figure.nodes.indices {
      let a = figure.nodes[i]
      #expect(a.x - a.width / 2 >= 0 && a.x + a.width / 2 <= figure.width)
      #expect(a.y - a.height / 2 >= 0 && a.y + a.height / 2 <= figure.height)
      for j in 0..<i {
        let b = figure.nodes[j]
        #expect(
          abs(a.x - b.x) >= (a.width + b.width) / 2 - 0.5
            || abs(a.y - b.y) >= (a.height + b.height) / 2 - 0.5)
      }
    }
    #expect(figure.edges.allSatisfy { $0.path.count >= 4 && $0.path.count % 3 == 1 })
    for path in figure.edges.map(\.path) {
      for piece in stride(from: 0, to: path.count - 3, by: 3) {
        for step in 0...20 {
          let t = Double(step) / 20
          let shares = [
            (1 - t) * (1 - t) * (1 - t), 3 * t * (1 - t) * (1 - t), 3 * t * t * (1 - t), t * t * t,
          ]
          let x = (0..<4).reduce(0.0) { $0 + shares[$1] * path[piece + $1].x }
          let y = (0..<4).reduce(0.0) { $0 + shares[$1] * path[piece + $1].y }
          #expect(x >= 0 && x <= figure.width && y >= 0 && y <= figure.height)
        }
      }
    }
  }

  @Test("Columns keep nodes apart and arrows within the picture")
  func layered() {
    var figure = chain(9)
    LayeredLayout.place(&figure, layers: [0, 0, 0, 1, 2, 2, 5, 5, 11])
    expectApart(figure)
  }

  @Test(
    "Graphviz's answer is understood",
    .enabled(if: ExternalProgram.find("dot") != nil, "graphviz is not installed"))
  func graphviz() {
    var figure = chain(6)
    #expect(GraphvizLayout.place(&figure))
    expectApart(figure)
  }

  @Test(
    "Inputs stand left, outputs right, two directions are two arrows, boxes keep others out",
    .enabled(if: ExternalProgram.find("dot") != nil, "graphviz is not installed"))
  func groups() throws {
    var figure = GraphFigure(
      name: "g", title: "t", summary: "s",
      nodes: [
        .init(["y", "2"], text: "y", role: .output),
        .init(["a.p", "2"], text: "a", isCyclic: true),
        .init(["a.q.r", "2"], text: "b", isCyclic: true),
        .init(["x", "2"], text: "x", role: .input),
        .init(["a.q.s", "2"], text: "c"),
      ],
      edges: [
        .init(from: 3, to: 1), .init(from: 1, to: 2), .init(from: 2, to: 1), .init(from: 1, to: 1),
        .init(from: 2, to: 2), .init(from: 2, to: 4), .init(from: 4, to: 0), .init(from: 3, to: 0),
      ],
      boxes: [.init("a", nodes: [1, 2, 4]), .init("a.q", nodes: [2, 4])], width: 0, height: 0)
    #expect(GraphvizLayout.place(&figure))
    expectApart(figure)
    let x = figure.nodes.map(\.x)
    #expect(x[3] == x.min() && x[0] == x.max())
    let (there, back) = (figure.edges[1].path, figure.edges[2].path)
    #expect(zip(there, back.reversed()).contains { abs($0.y - $1.y) > 4 })
    let frames = try figure.boxes.map { try #require(figure.frame(of: $0)) }
    #expect(frames[0].left < frames[1].left && frames[0].top < frames[1].top)
    #expect(frames[0].right > frames[1].right && frames[0].bottom > frames[1].bottom)
    for (box, frame) in zip(figure.boxes, frames) {
      for (index, node) in figure.nodes.enumerated() {
        let isApart =
          node.x + node.width / 2 < frame.left || node.x - node.width / 2 > frame.right
          || node.y + node.height / 2 < frame.top || node.y - node.height / 2 > frame.bottom
        #expect(isApart != box.nodes.contains(index))
      }
      #expect(frame.left >= 0 && frame.top >= 0)
    }
    // A loop lies above its own node and crosses no other.
    for edge in figure.edges where edge.from == edge.to {
      let node = figure.nodes[edge.from]
      #expect(edge.path.allSatisfy { $0.y <= node.y - node.height / 2 })
    }
  }

  @Test("An answer that makes no sense changes nothing")
  func nonsense() {
    let good = "graph 1 2 1\nnode 0 1 0.5 1 0.3 x solid box black lightgrey\n"
    for text in [
      "", "nonsense", "graph 1 nan inf\n", "graph 1 2\nnode 7 1 1\n",
      good + "edge 0 0 4 1 1 1 1\n", good + "edge 0 0 99999999999999999999 1\n",
      good + "edge 0 1 4 0 0 0 0 0 0 0 0\n", good + "edge 0 0 -4 1 1\n",
    ] {
      var figure = chain(1)
      #expect(!GraphvizLayout.read(text, into: &figure), "\(text)")
      #expect(figure.width == 0 && figure.edges[0].path.isEmpty)
    }
    var figure = chain(1)
    #expect(
      GraphvizLayout.read(
        good + "edge 0 0 4 0 0 .5 .5 1 1 .5 .5 solid black\nstop\n", into: &figure))
    #expect(figure.nodes[0].x == 16 + figure.nodes[0].width / 2)
    #expect(figure.edges[0].path.count == 4)
  }
}

@Suite("Tables and facts of pages")
struct PageTableTests {
  @Test("Numbers end at the right, words begin at the left, and what is long has room")
  func alignment() {
    let table = FigureTable(
      columns: ["backend", "residual", "difference", "gradient", "detail"],
      rows: [
        ["direct", "-1.2e-9", "reference", "–", String(repeating: "long ", count: 9)],
        ["klu", "nan", "1.0 µs", "–", ""],
      ])
    let html = ReportPage(
      title: "a", summary: "b",
      facts: [("short", "3"), ("long", String(repeating: "x", count: 30))],
      tables: [("T", table)]
    ).html()
    for part in [
      "<th scope=\"row\" class=\"word\">direct</th>", "<td>-1.2e-9</td>", "<td>reference</td>",
      "<td class=\"word\">–</td>", "<td class=\"word long\">long ", "<div><dt>short</dt>",
      "<div class=\"wide\"><dt>long</dt>",
    ] { #expect(html.contains(part), "\(part)") }
  }
}
