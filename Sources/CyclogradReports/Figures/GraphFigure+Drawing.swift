import Foundation

extension GraphFigure {
  /// Room between a box and what is in it.
  static let boxMargin = 14.0
  /// Room for a box's label.
  static let boxLabel = 20.0
  /// How far the loop of a node to itself reaches above it.
  static let loopHeight = 26.0

  /// The picture.
  public func drawing() -> Drawing {
    var out = ""
    for box in boxes { out += drawn(box) }
    for edge in edges { out += drawn(edge) }
    for node in nodes { out += drawn(node) }
    return Drawing(width: width, height: height, body: out, isScalable: false)
  }

  /// The nodes that have a loop.
  var looped: Set<Int> { Set(edges.filter { $0.from == $0.to }.map(\.from)) }

  /// The loop of a node to itself, on top of it.
  func loop(of node: Int) -> [(x: Double, y: Double)] {
    let one = nodes[node]
    let top = one.y - one.height / 2
    let peak = top - Self.loopHeight * 4 / 3
    return [(one.x + 14, top), (one.x + 24, peak), (one.x - 24, peak), (one.x - 14, top)]
  }

  /// Where a box lies; `nil` where it has no nodes.
  func frame(of box: Box) -> (left: Double, top: Double, right: Double, bottom: Double)? {
    guard !box.nodes.isEmpty else { return nil }
    let looped = looped
    // A box around others has room for theirs.
    let members = Set(box.nodes)
    let inner = boxes.filter { $0.nodes.count < members.count && members.isSuperset(of: $0.nodes) }
    let frames = inner.compactMap(frame)
    let parts = box.nodes.map { nodes[$0] }
    let tops = zip(box.nodes, parts).map { index, node in
      node.y - node.height / 2 - (looped.contains(index) ? Self.loopHeight : 0)
    }
    let label = box.label.isEmpty ? 0 : Self.boxLabel
    return (
      (parts.map { $0.x - $0.width / 2 } + frames.map(\.left)).reduce(.infinity, min)
        - Self.boxMargin,
      (tops + frames.map(\.top)).reduce(.infinity, min) - Self.boxMargin - label,
      (parts.map { $0.x + $0.width / 2 } + frames.map(\.right)).reduce(-.infinity, max)
        + Self.boxMargin,
      (parts.map { $0.y + $0.height / 2 } + frames.map(\.bottom)).reduce(-.infinity, max)
        + Self.boxMargin
    )
  }

  private func drawn(_ box: Box) -> String {
    guard let frame = frame(of: box) else { return "" }
    return "<g class=\"\(box.isCyclic ? "s0" : "s5")\"><rect class=\"box o\" "
      + "x=\"\(Markup.place(frame.left))\" y=\"\(Markup.place(frame.top))\" "
      + "width=\"\(Markup.place(frame.right - frame.left))\" "
      + "height=\"\(Markup.place(frame.bottom - frame.top))\" rx=\"8\"/>"
      + "<text class=\"faint\" x=\"\(Markup.place(frame.left + 10))\" "
      + "y=\"\(Markup.place(frame.top + 18))\">\(Markup.escaped(box.label))</text></g>\n"
  }

  private func drawn(_ edge: Edge) -> String {
    guard let first = edge.path.first, edge.path.count >= 4 else { return "" }
    let rest = edge.path.dropFirst().map { "\(Markup.place($0.x)) \(Markup.place($0.y))" }
    let thickness = Markup.place(min(3.5, 1.2 + 0.6 * log10(Double(max(edge.count, 1)))))
    let kind = edge.isCyclic ? "o" : "edge"
    let (start, end) = (nodes[edge.from].lines.first ?? "", nodes[edge.to].lines.first ?? "")
    let text = "\(start) → \(end): \(Quantity.count(edge.count, "edge"))"
    return "<g class=\"\(edge.isCyclic ? "s0 " : "")arrow\">"
      + "<path class=\"\(kind)\" style=\"stroke-width:\(thickness)\" "
      + "d=\"M\(Markup.place(first.x)) \(Markup.place(first.y))C\(rest.joined(separator: " "))\"/>"
      + tip(edge) + "<title>\(Markup.escaped(text))</title></g>\n"
  }

  /// An arrowhead at the end of a curve.
  private func tip(_ edge: Edge) -> String {
    let (before, end) = (edge.path[edge.path.count - 2], edge.path[edge.path.count - 1])
    let (dx, dy) = (end.x - before.x, end.y - before.y)
    let length = max(1e-9, (dx * dx + dy * dy).squareRoot())
    let (ux, uy) = (8 * dx / length, 8 * dy / length)
    func p(_ x: Double, _ y: Double) -> String { "\(Markup.place(x)) \(Markup.place(y))" }
    return "<path class=\"\(edge.isCyclic ? "m" : "tip")\" d=\"M\(p(end.x, end.y))"
      + "L\(p(end.x - ux + uy / 2, end.y - uy - ux / 2))"
      + "L\(p(end.x - ux - uy / 2, end.y - uy + ux / 2))Z\"/>"
  }

  private func drawn(_ node: Node) -> String {
    let (x, y) = (node.x - node.width / 2, node.y - node.height / 2)
    let place = "x=\"\(Markup.place(x))\" y=\"\(Markup.place(y))\""
    let shape =
      "\(place) width=\"\(Markup.place(node.width))\" height=\"\(Markup.place(node.height))\" "
      + "rx=\"\(node.isCyclic ? 12 : 0)\""
    var out = "<g class=\"h \(node.isCyclic ? "s0" : "")\"><rect class=\"node\" \(shape)/>"
    if node.isCyclic { out += "<rect class=\"o\" \(shape)/>" }
    // Bars stand outside of round corners, where they are seen in full.
    for (role, colour, left) in [
      (Role.input, 2, x - 7), (Role.output, 1, x + node.width + 2),
    ] where node.role.contains(role) {
      out += "<g class=\"s\(colour)\"><rect class=\"m\" x=\"\(Markup.place(left))\" "
      out += "y=\"\(Markup.place(y))\" width=\"5\" height=\"\(Markup.place(node.height))\"/></g>"
    }
    for (index, line) in node.lines.enumerated() {
      let at = node.y + 5 + 16 * (Double(index) - Double(node.lines.count - 1) / 2)
      out += "<text x=\"\(Markup.place(node.x))\" y=\"\(Markup.place(at))\" "
      out += "class=\"\(index == 0 ? "strong" : "")\" "
      out += "text-anchor=\"middle\">\(Markup.escaped(line))</text>"
    }
    return out + "<title>\(Markup.escaped(node.text))</title></g>\n"
  }
}
