/// Small pictures made of characters, for terminals.
public enum TerminalGraphics {
  private static let blocks = Array("▁▂▃▄▅▆▇█")
  private static let shades = Array("█▓▒░")

  /// A line of blocks, the lowest for the least number and the highest for the largest: `▇▄▂▁`.
  ///
  /// Where there are more numbers than columns, a block stands for the mean of neighbours. What is not finite is left
  /// blank.
  ///
  /// - Parameters:
  ///   - width: the most columns.
  ///   - low: what the lowest block stands for, if not the least number.
  public static func sparkline(_ values: [Double], width: Int, from low: Double? = nil) -> String {
    let count = min(values.count, max(0, width))
    guard count > 0 else { return "" }
    let means = (0..<count).map { column -> Double in
      let part = values[column * values.count / count..<(column + 1) * values.count / count]
        .filter(\.isFinite)
      // Divided first, so that no sum overflows.
      return part.isEmpty ? .nan : part.reduce(0) { $0 + $1 / Double(part.count) }
    }
    let finite = means.filter(\.isFinite)
    let least = low ?? finite.min() ?? 0
    let most = finite.max() ?? 0
    return String(
      means.map { mean -> Character in
        guard mean.isFinite else { return " " }
        let share = most > least ? (mean / 2 - least / 2) / (most / 2 - least / 2) : 0
        return blocks[min(7, max(0, Int(share * 8)))]
      })
  }

  /// A bar that is divided in proportion to up to four numbers, each of them in another shade and none that is not 0
  /// unseen.
  public static func bar(_ parts: [Int], width: Int) -> String {
    let parts = parts.prefix(shades.count).map { max(0, $0) }
    let total = parts.reduce(0, +)
    guard total > 0, width > 0 else { return "" }
    var lengths = parts.map {
      $0 == 0 ? 0 : max(1, Int(Double($0) / Double(total) * Double(width)))
    }
    // What rounding leaves over, or takes too much, is the largest part's.
    let largest = parts.indices.max { parts[$0] < parts[$1] } ?? 0
    lengths[largest] = max(1, lengths[largest] + width - lengths.reduce(0, +))
    return zip(shades, lengths).map { String(repeating: $0, count: $1) }.joined()
  }

  /// As many of the parts as fit, the first ones first, with commas between them; if not even the first fits, its
  /// beginning.
  public static func line(_ parts: [String], columns: Int) -> String {
    var line = ""
    for part in parts where !part.isEmpty {
      let longer = line.isEmpty ? part : line + ", " + part
      guard longer.count <= columns else { continue }
      line = longer
    }
    return line.isEmpty ? shortened(parts.first { !$0.isEmpty } ?? "", columns) : line
  }

  /// The beginning of a text that does not fit.
  static func shortened(_ text: String, _ columns: Int) -> String {
    text.count <= columns ? text : columns < 1 ? "" : text.prefix(columns - 1) + "…"
  }
}
