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
  static func source(_ figure: GraphFigure) -> String {
    var text =
      "digraph {\n  rankdir=LR; nodesep=0.15; ranksep=0.6; node [shape=box, fixedsize=true]; edge [arrowhead=none];\n"
    for (index, node) in figure.nodes.enumerated() {
      text += "  \(index) [width=\(node.width / scale), height=\(node.height / scale)];\n"
    }
    for edge in figure.edges { text += "  \(edge.from) -> \(edge.to);\n" }
    return text + "}\n"
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
    figure = result
    return true
  }
}
