/// Places nodes in columns, one for each layer, and draws arrows between them.
enum LayeredLayout {
  private static let gap = 40.0
  private static let space = 64.0

  /// Gives nodes and arrows their places.
  ///
  /// Arrows to the next column run straight, longer ones and those that lead back in an arc above the columns,
  /// those within a column beside it, and those of a node to itself in a loop on top of it.
  ///
  /// - Parameter layers: for each node its column, from 0.
  static func place(_ figure: inout GraphFigure, layers: [Int]) {
    let columns = Dictionary(grouping: figure.nodes.indices) { layers[$0] }
    let tallest =
      columns.values.map { nodes in
        nodes.reduce(-gap) { $0 + figure.nodes[$1].height + gap }
      }.max() ?? 0
    let longest = figure.edges.map { abs(layers[$0.to] - layers[$0.from]) }.max() ?? 0
    // Room for loops and arcs.
    let top = 44 + (longest > 1 ? 18 * Double(min(longest, 8)) : 0)
    var left = 16.0
    for layer in columns.keys.sorted() {
      let nodes = columns[layer] ?? []
      let width = nodes.map { figure.nodes[$0].width }.max() ?? 0
      let height = nodes.reduce(-gap) { $0 + figure.nodes[$1].height + gap }
      var y = top + (tallest - height) / 2
      for index in nodes {
        figure.nodes[index].x = left + width / 2
        figure.nodes[index].y = y + figure.nodes[index].height / 2
        y += figure.nodes[index].height + gap
      }
      left += width + space
    }
    figure.width = max(320, left - space + 16)
    figure.height = top + tallest + 24
    for index in figure.edges.indices {
      figure.edges[index].path = path(figure, figure.edges[index], layers)
    }
    // A box is drawn only where the columns keep others out of it.
    let placed = figure
    figure.boxes.removeAll { box in
      guard let frame = placed.frame(of: box) else { return true }
      return placed.nodes.indices.contains { index in
        let node = placed.nodes[index]
        return !box.nodes.contains(index) && node.x + node.width / 2 > frame.left
          && node.x - node.width / 2 < frame.right && node.y + node.height / 2 > frame.top
          && node.y - node.height / 2 < frame.bottom
      }
    }
    if !figure.boxes.isEmpty { figure = figure.fitted(margin: 16) }
  }

  private static func path(
    _ figure: GraphFigure, _ edge: GraphFigure.Edge, _ layers: [Int]
  ) -> [(x: Double, y: Double)] {
    let (from, to) = (figure.nodes[edge.from], figure.nodes[edge.to])
    if edge.from == edge.to { return figure.loop(of: edge.from) }
    let span = layers[edge.to] - layers[edge.from]
    if span == 0 {
      // Beside the column, the farther the longer.
      let side = 20 + min(44, abs(to.y - from.y) / 3)
      let x = max(from.x + from.width / 2, to.x + to.width / 2) + side
      return [
        (from.x + from.width / 2, from.y), (x, from.y), (x, to.y), (to.x + to.width / 2, to.y),
      ]
    }
    if abs(span) > 1 || span < 0 {
      let peak =
        min(from.y - from.height / 2, to.y - to.height / 2) - 24 * Double(min(abs(span), 8))
      return [
        (from.x, from.y - from.height / 2), (from.x, peak), (to.x, peak),
        (to.x, to.y - to.height / 2),
      ]
    }
    let start = (x: from.x + from.width / 2, y: from.y)
    let end = (x: to.x - to.width / 2, y: to.y)
    let middle = (start.x + end.x) / 2
    return [start, (middle, start.y), (middle, end.y), end]
  }
}
