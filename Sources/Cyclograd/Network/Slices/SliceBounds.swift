/// How the neurons of a graph are divided among processes: neighbours in the file's order stay together, and each
/// process gets about as many edges, neurons counting as some.
///
/// - Complexity: linear in the single edges and the entries of matrices, not in the edges of other patterns.
struct SliceBounds {
  /// Where each process's neurons begin, and where the last one's end.
  let starts: [Int]

  /// What a neuron and its units cost in a sweep, counted in edges.
  private static let edgesPerUnit = 4.0

  init(
    _ graph: Graph, _ layout: GraphLayout, parts: Int, rowSources: [Int: any RowSource] = [:]
  ) throws(GraphPartError) {
    let load = try Load(graph, layout, rowSources)
    var starts = [0]
    for part in 1..<max(1, parts) {
      let share = load.all * Double(part) / Double(parts)
      let neuron = (0..<layout.neuronCount).partitioningIndex { load.before($0) >= share }
      starts.append(max(starts[part - 1], Self.snapped(neuron, layout)))
    }
    self.starts = starts + [layout.neuronCount]
  }

  /// The nearest place where no group is cut whose neurons act on each other other than by edges.
  private static func snapped(_ neuron: Int, _ layout: GraphLayout) -> Int {
    guard neuron > 0, neuron < layout.neuronCount else { return neuron }
    let (group, index) = layout.locate(neuron: neuron)
    let entry = layout.entries[group]
    guard UnitEvaluation(entry.group).isSoftmax, index > 0 else { return neuron }
    return index * 2 < entry.size ? entry.firstNeuron : entry.firstNeuron + entry.size
  }

  /// What the neurons before a given one cost.
  private struct Load {
    private let layout: GraphLayout
    /// The connections into each group, and its single edges, before each neuron where there are some.
    private var counts: [[EdgeCounts]]
    private var single: [[Int32]]
    /// The cost of the groups before each.
    private var groupStart: [Double] = [0]

    var all: Double { groupStart.last ?? 0 }

    init(
      _ graph: Graph, _ layout: GraphLayout, _ rowSources: [Int: any RowSource]
    ) throws(GraphPartError) {
      self.layout = layout
      counts = layout.entries.map { _ in [] }
      single = layout.entries.map { _ in [] }
      for (index, connection) in graph.connections.enumerated() {
        let part = GraphPart.connection(index)
        let subject = EdgeExpansion.subject(connection, index)
        let from = try layout.entry(named: connection.from, of: part, subject)
        let to = try layout.entry(named: connection.to, of: part, subject)
        let expander = PatternExpander(
          pattern: connection.pattern, from: from.group, to: to.group,
          excludesSelf: !connection.allowsSelf,
          stream: CounterRandom(seed: 0, purpose: .pattern, index: 0))
        guard let group = layout.indexOfGroup[connection.to] else { continue }
        if let source = rowSources[index] {
          counts[group].append(EdgeCounts(source))
          continue
        }
        do throws(PatternProblem) {
          counts[group].append(try EdgeCounts(expander))
        } catch {
          throw GraphPartError(
            part: part, subject: subject, message: error.message, advice: error.advice)
        }
      }
      for edge in graph.edges {
        guard let group = layout.indexOfGroup[edge.target.group],
          (0..<layout.entries[group].size).contains(edge.target.index)
        else { continue }
        if single[group].isEmpty {
          single[group] = [Int32](repeating: 0, count: layout.entries[group].size + 1)
        }
        single[group][edge.target.index + 1] += 1
      }
      for group in single.indices where !single[group].isEmpty {
        for index in 1..<single[group].count { single[group][index] += single[group][index - 1] }
      }
      for (group, entry) in layout.entries.enumerated() {
        groupStart.append(groupStart[group] + within(group, entry.size))
      }
    }

    func before(_ neuron: Int) -> Double {
      let (group, index) = layout.locate(neuron: neuron)
      return groupStart[group] + within(group, index)
    }

    private func within(_ group: Int, _ index: Int) -> Double {
      let units = index * layout.entries[group].unitsPerNeuron
      let rules = counts[group].reduce(0.0) { $0 + $1.expected(before: index) }
      return rules + (single[group].isEmpty ? 0 : Double(single[group][index]))
        + SliceBounds.edgesPerUnit * Double(units)
    }
  }
}
