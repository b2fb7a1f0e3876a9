import Foundation

/// Nodes and arrows at places of their own.
public struct GraphFigure: ReportFigure {
  /// What a node is, which its shape and its outline show.
  public enum Kind: String, Sendable, CaseIterable {
    /// Takes a sample's numbers.
    case input
    /// Gives the answer.
    case output
    /// Lies on a cycle.
    case cyclic
    /// None of these.
    case plain
  }

  /// A node, around its centre.
  public struct Node: Sendable {
    /// What stands in it, a line each.
    public var lines: [String]
    /// What is said of it where the pointer rests.
    public var text: String
    /// What it is; the most telling one.
    public var kind: Kind
    /// The centre, from the left.
    public var x = 0.0
    /// The centre, from the top.
    public var y = 0.0
    /// The width.
    public var width: Double
    /// The height.
    public var height: Double

    /// A node that has no place yet, as wide as its lines.
    public init(_ lines: [String], text: String, kind: Kind) {
      (self.lines, self.text, self.kind) = (lines, text, kind)
      width = 20 + 7.4 * Double(lines.map(\.count).max() ?? 0)
      height = 12 + 16 * Double(lines.count)
    }
  }

  /// An arrow.
  public struct Edge: Sendable {
    /// The index of the node that it leaves.
    public var from: Int
    /// The index of the node that it enters.
    public var to: Int
    /// How many edges of the network it stands for.
    public var count: Int
    /// A Bézier curve: a point, and three more for each piece. Empty until it has a place.
    public var path: [(x: Double, y: Double)] = []

    /// An arrow without a place.
    public init(from: Int, to: Int, count: Int = 1) {
      (self.from, self.to, self.count) = (from, to, count)
    }
  }

  /// Names the figure; see ``ReportFigure/name``.
  public var name: String
  /// The heading.
  public var title: String
  /// What the figure shows, in a sentence.
  public var summary: String
  /// The nodes.
  public var nodes: [Node]
  /// The arrows.
  public var edges: [Edge]
  var width: Double
  var height: Double

  /// What the legend says.
  public var legend: [LegendEntry] { [] }

  /// One row for each arrow.
  public var table: FigureTable {
    FigureTable(
      columns: ["from", "to", "edges"],
      rows: edges.map {
        [
          nodes[$0.from].lines.joined(separator: " "), nodes[$0.to].lines.joined(separator: " "),
          "\($0.count)",
        ]
      })
  }

  /// The picture.
  public func drawing() -> Drawing {
    var out = ""
    for edge in edges {
      guard let first = edge.path.first, edge.path.count >= 4 else { continue }
      let rest = edge.path.dropFirst().map { "\(Markup.place($0.x)) \(Markup.place($0.y))" }
      let thickness = Markup.place(min(3.5, 1 + 0.6 * log10(Double(edge.count))))
      out += "<path class=\"edge\" style=\"stroke-width:\(thickness)\" "
      out +=
        "d=\"M\(Markup.place(first.x)) \(Markup.place(first.y))C\(rest.joined(separator: " "))\"/>"
      out += tip(edge.path[edge.path.count - 2], edge.path[edge.path.count - 1]) + "\n"
    }
    for node in nodes {
      let (x, y) = (node.x - node.width / 2, node.y - node.height / 2)
      let round = node.kind == .input || node.kind == .output ? 0 : node.height / 2
      let shape =
        "x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\" width=\"\(Markup.place(node.width))\" "
        + "height=\"\(Markup.place(node.height))\" rx=\"\(Markup.place(round))\""
      let outline = [Kind.input: 2, .output: 1, .cyclic: 0][node.kind]
      out += "<g class=\"h \(outline.map(FigureStyle.className) ?? "")\">"
      out += "<rect class=\"node\" \(shape)/>"
      if outline != nil { out += "<rect class=\"o\" \(shape)/>" }
      for (index, line) in node.lines.enumerated() {
        let at = node.y + 5 + 16 * (Double(index) - Double(node.lines.count - 1) / 2)
        out += "<text x=\"\(Markup.place(node.x))\" y=\"\(Markup.place(at))\" "
        out += "text-anchor=\"middle\">\(Markup.escaped(line))</text>"
      }
      out += "<title>\(Markup.escaped(node.text))</title></g>\n"
    }
    return Drawing(width: width, height: height, body: out, isScalable: false)
  }

  /// An arrowhead at the end of a curve.
  private func tip(_ before: (x: Double, y: Double), _ end: (x: Double, y: Double)) -> String {
    let (dx, dy) = (end.x - before.x, end.y - before.y)
    let length = max(1e-9, (dx * dx + dy * dy).squareRoot())
    let (ux, uy) = (7 * dx / length, 7 * dy / length)
    func p(_ x: Double, _ y: Double) -> String { "\(Markup.place(x)) \(Markup.place(y))" }
    return
      "<path class=\"tip\" d=\"M\(p(end.x, end.y))L\(p(end.x - ux + uy / 2, end.y - uy - ux / 2))"
      + "L\(p(end.x - ux - uy / 2, end.y - uy + ux / 2))Z\"/>"
  }
}
