import Cyclograd
import CyclogradReports

/// Small pictures of a network for those who inspect it at a terminal.
struct InspectionSketch {
  let network: Network
  let parameters: Parameters
  let summary: NetworkSummary

  /// How far the pictures begin from the left, as the text above them.
  private static let margin = 20
  private static let widest = 40

  /// A bar of components, and lines of how weights and degrees are spread, none wider than the terminal.
  func text(columns: Int) -> String {
    let width = max(8, min(Self.widest, columns - Self.margin - 24))
    let rows = [components(width), weights(width)].compactMap { $0 } + degrees(width)
    return "\n"
      + rows.map { name, picture, words in
        let title = name + String(repeating: " ", count: max(1, Self.margin - name.count))
        return TerminalGraphics.line([title + picture + "  " + words], columns: columns) + "\n"
      }.joined()
  }

  private typealias Row = (name: String, picture: String, words: String)

  private func components(_ width: Int) -> Row? {
    let sizes = summary.cyclicComponentSizes
    let cyclic = sizes.reduce(0) { $0 + $1.size * $1.count }
    let largest = sizes.map(\.size).max() ?? 0
    let parts = [largest, cyclic - largest, network.neuronCount - cyclic]
    guard network.neuronCount > 0 else { return nil }
    let words =
      largest == 0
      ? "no cycle"
      : cyclic == largest
        ? "\(Quantity.count(largest)) on cycles, \(Quantity.count(parts[2])) not"
        : "\(Quantity.count(largest)) and \(Quantity.count(parts[1])) on cycles, \(Quantity.count(parts[2])) not"
    return ("neurons", TerminalGraphics.bar(parts, width: width), words)
  }

  private func weights(_ width: Int) -> Row? {
    var weights: [Double] = []
    NetworkTopology(network).forEachWeight(parameters) { _, _, weight in
      if weight.isFinite { weights.append(weight) }
    }
    guard let low = weights.min(), let high = weights.max() else { return nil }
    return (
      "weights of edges", Self.histogram(weights, low, high, width),
      "\(String(shortest: low)) to \(String(shortest: high))"
    )
  }

  private func degrees(_ width: Int) -> [Row] {
    var (inward, outward) = (
      [Double](repeating: 0, count: network.neuronCount),
      [Double](repeating: 0, count: network.neuronCount)
    )
    NetworkTopology(network).forEachConnection { source, target in
      outward[source] += 1
      inward[target] += 1
    }
    return [("edges in", inward), ("edges out", outward)].compactMap { name, degrees in
      guard let low = degrees.min(), let high = degrees.max() else { return nil }
      return (
        name, Self.histogram(degrees, low, high, min(width, Int(high - low) + 1)),
        "\(Quantity.count(Int(low))) to \(Quantity.count(Int(high))) of a neuron"
      )
    }
  }

  /// How many values there are of each size; logarithms, so that few are seen beside many.
  private static func histogram(
    _ values: [Double], _ low: Double, _ high: Double, _ width: Int
  ) -> String {
    var counts = [Double](repeating: 0, count: max(1, width))
    for value in values {
      let share = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0
      counts[min(counts.count - 1, Int(share * Double(counts.count)))] += 1
    }
    return TerminalGraphics.sparkline(
      counts.map { $0 == 0 ? .nan : 1 + $0.logarithm }, width: width, from: 0)
  }
}

extension Double {
  /// log₂, to the accuracy of a picture.
  fileprivate var logarithm: Double { Double(exponent) + significand - 1 }
}
