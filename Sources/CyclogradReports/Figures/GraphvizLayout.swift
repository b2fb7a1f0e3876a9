import Foundation

/// Places nodes and arrows by graphviz's `dot`.
enum GraphvizLayout {
  /// Units of a drawing to an inch of dot's.
  private static let scale = 72.0

  /// Gives nodes and arrows their places.
  ///
  /// - Returns: false if `dot` is not there or does not answer; then nothing has changed.
  static func place(_ figure: inout GraphFigure) -> Bool {
    guard let dot = ExternalProgram.find("dot"),
      let answer = try? dot.run(["-Tplain"], input: Data(source(figure).utf8)),
      let text = String(data: answer, encoding: .utf8)
    else { return false }
    return read(text, into: &figure)
  }

  /// Nodes are called by their numbers, so that no name needs to be quoted.
  ///
  /// Loops are not dot's: it draws them across the node's text. A node that has one is given room for it.
  static func source(_ figure: GraphFigure) -> String {
    var text = "digraph {\n  rankdir=LR; newrank=true; nodesep=0.3; ranksep=0.6;\n"
    text += "  node [shape=box, fixedsize=true]; edge [arrowhead=none];\n"
    let looped = figure.looped
    for (index, node) in figure.nodes.enumerated() {
      // On both sides, because dot knows a node by its centre.
      let height = node.height + (looped.contains(index) ? 2 * GraphFigure.loopHeight : 0)
      text +=
        "  \(index) [width=\((node.width + (node.role.isEmpty ? 2 : 14)) / scale), height=\(height / scale)];\n"
    }
    text += clusters(figure.boxes)
    for (role, rank) in [(GraphFigure.Role.input, "min"), (.output, "max")] {
      let nodes = figure.nodes.indices.filter { figure.nodes[$0].role == role }
      let names = nodes.map { " \($0);" }.joined()
      if !nodes.isEmpty, nodes.count < figure.nodes.count {
        text += "  { rank=\(rank);\(names) }\n"
      }
    }
    for edge in figure.edges where edge.from != edge.to {
      text += "  \(edge.from) -> \(edge.to);\n"
    }
    return text + "}\n"
  }

  /// Boxes within each other, so that dot keeps other nodes out of them.
  private static func clusters(_ boxes: [GraphFigure.Box]) -> String {
    let sorted = boxes.indices.sorted { boxes[$0].nodes.count > boxes[$1].nodes.count }
    func written(_ index: Int, _ rest: [Int]) -> String {
      let members = Set(boxes[index].nodes)
      let inner = rest.filter { members.isSuperset(of: boxes[$0].nodes) }
      var text = "  subgraph cluster_\(index) { margin=\(Int(GraphFigure.boxMargin) + 8);"
      text += boxes[index].nodes.map { " \($0);" }.joined() + "\n"
      return text + outermost(inner).joined() + "  }\n"
    }
    func outermost(_ indices: [Int]) -> [String] {
      var (left, out) = (indices, [String]())
      while let first = left.first {
        left.removeFirst()
        let members = Set(boxes[first].nodes)
        out.append(written(first, left))
        left.removeAll { members.isSuperset(of: boxes[$0].nodes) }
      }
      return out
    }
    return outermost(sorted).joined()
  }

  /// Reads dot's plain format: lengths in inches, y upwards.
  static func read(_ text: String, into figure: inout GraphFigure) -> Bool {
    var result = figure
    var left = Dictionary(
      grouping: result.edges.indices, by: { [result.edges[$0].from, result.edges[$0].to] })
    var placed = 0
    let margin = 16.0
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      func number(_ index: Int) -> Double? {
        guard words.indices.contains(index), let value = Double(words[index]), value.isFinite else {
          return nil
        }
        return value * scale
      }
      switch words.first {
      case "graph":
        guard let width = number(2), let height = number(3) else { return false }
        (result.width, result.height) = (max(320, width + 2 * margin), height + 2 * margin)
      case "node":
        guard words.count > 5, let index = Int(words[1]), result.nodes.indices.contains(index),
          let x = number(2), let y = number(3)
        else { return false }
        result.nodes[index].x = x + margin
        result.nodes[index].y = result.height - margin - y
        placed += 1
      case "edge":
        guard words.count > 3, let from = Int(words[1]), let to = Int(words[2]),
          let count = Int(words[3]), count >= 4, count % 3 == 1, words.count >= 4 + 2 * count,
          let index = left[[from, to]]?.popLast()
        else { return false }
        for place in 0..<count {
          guard let x = number(4 + 2 * place), let y = number(5 + 2 * place) else { return false }
          result.edges[index].path.append((x + margin, result.height - margin - y))
        }
      default: break
      }
    }
    guard placed == result.nodes.count else { return false }
    for index in result.edges.indices {
      let edge = result.edges[index]
      guard edge.from != edge.to else {
        result.edges[index].path = result.loop(of: edge.from)
        continue
      }
      guard edge.path.count >= 4 else { continue }
      result.edges[index].path = reaching(
        Array(reaching(edge.path, result.nodes[edge.to]).reversed()), result.nodes[edge.from]
      ).reversed()
    }
    figure = result.fitted(margin: margin)
    return true
  }

  /// A curve that ends at a node: dot ended it where the node's room begins.
  private static func reaching(
    _ path: [(x: Double, y: Double)], _ node: GraphFigure.Node
  ) -> [(x: Double, y: Double)] {
    guard let end = path.last else { return path }
    let (dx, dy) = (end.x - node.x, end.y - node.y)
    // Bars of inputs and outputs stand beside the node.
    let hasBar = node.role.contains(dx < 0 ? .input : .output)
    let half = (node.width / 2 + (hasBar ? 8 : 1), node.height / 2 + 1)
    guard max(abs(dx) - half.0, abs(dy) - half.1) > 0.5 else { return path }
    // The nearest place on the node, but for its corners.
    func within(_ value: Double, _ limit: Double) -> Double { min(max(value, -limit), limit) }
    let isBeside = abs(dx) - half.0 > abs(dy) - half.1
    let target =
      isBeside
      ? (x: node.x + within(dx, half.0), y: node.y + within(dy, max(0, half.1 - 10)))
      : (x: node.x + within(dx, max(0, node.width / 2 - 12)), y: node.y + within(dy, half.1))
    let third = ((target.x - end.x) / 3, (target.y - end.y) / 3)
    return path + [
      (end.x + third.0, end.y + third.1), (end.x + 2 * third.0, end.y + 2 * third.1), target,
    ]
  }
}

extension GraphFigure {
  /// Moved and enlarged so that boxes and loops lie within the picture.
  func fitted(margin: Double) -> GraphFigure {
    var result = self
    let frames = boxes.compactMap(frame)
    let points = edges.flatMap(\.path)
    let left = (frames.map(\.left) + nodes.map { $0.x - $0.width / 2 } + points.map(\.x)).min() ?? 0
    let top = (frames.map(\.top) + nodes.map { $0.y - $0.height / 2 } + points.map(\.y)).min() ?? 0
    let right =
      (frames.map(\.right) + nodes.map { $0.x + $0.width / 2 } + points.map(\.x)).max() ?? 0
    let bottom =
      (frames.map(\.bottom) + nodes.map { $0.y + $0.height / 2 } + points.map(\.y)).max() ?? 0
    let (dx, dy) = (margin - left, margin - top)
    for index in result.nodes.indices {
      result.nodes[index].x += dx
      result.nodes[index].y += dy
    }
    for index in result.edges.indices {
      result.edges[index].path = result.edges[index].path.map { ($0.x + dx, $0.y + dy) }
    }
    (result.width, result.height) = (
      max(320, right - left + 2 * margin), bottom - top + 2 * margin
    )
    return result
  }
}
