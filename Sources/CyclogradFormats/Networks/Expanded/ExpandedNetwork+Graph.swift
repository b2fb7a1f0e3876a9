import Cyclograd

extension ExpandedNetwork {
  /// The graph with these neurons and edges: a connection for each pair of groups and kind of edge.
  func graph() -> Graph {
    var graph = Graph(name: name, seed: seed)
    graph.groups = named(groups())
    graph.connections = connections(GroupFinder(graph.groups), graph.groups)
    assign(inputs, .input, to: &graph, list: \.inputs)
    assign(outputs, .output, to: &graph, list: \.outputs)
    for index in graph.groups.indices where graph.groups[index].role == .input {
      // Nothing said means "not trained" for such a group.
      for unit in graph.groups[index].units.indices
      where graph.groups[index].units[unit].bias.isTrainable == nil && !biases.isEmpty {
        var rule = graph.groups[index].units[unit].bias
        if rule == .default { rule.initial = .constant(0) }
        rule.isTrainable = true
        graph.groups[index].units[unit].bias = rule
      }
    }
    return graph
  }
}

extension ExpandedNetwork {
  /// What the edges of one connection have in common.
  private struct Kind: Hashable {
    var from: Int
    var to: Int
    var unit: Int32
    var isFrozen: Bool
    var isDrawn: Bool
    var tie: Int32
    var factor: Double
  }

  private func connections(_ finder: GroupFinder, _ groups: [Group]) -> [Connection] {
    if let whole = wholeMatrix(groups) { return [whole] }
    var order: [Kind] = []
    var edges: [[Int]] = []
    var known: [Kind: Int] = [:]
    for edge in targets.indices {
      let kind = Kind(
        from: finder.group(of: Int(sources[edge])), to: finder.group(of: Int(targets[edge])),
        unit: units.isEmpty ? 0 : units[edge],
        isFrozen: frozenWeights.isEmpty ? false : frozenWeights[edge],
        isDrawn: weights[edge].isNaN, tie: weightTies.isEmpty ? -1 : weightTies[edge],
        factor: weightFactors.isEmpty ? 1 : weightFactors[edge])
      if let index = known[kind] {
        edges[index].append(edge)
      } else {
        known[kind] = order.count
        order.append(kind)
        edges.append([edge])
      }
    }
    let connectionsOfTie = Dictionary(grouping: order.filter { $0.tie >= 0 }, by: \.tie)
    var defined: Set<Int32> = []
    return zip(order, edges).map { kind, edges in
      let first = (Int32(finder.start(kind.from)), Int32(finder.start(kind.to)))
      var entries = SparseEntries(
        rows: edges.map { targets[$0] - first.1 }, columns: edges.map { sources[$0] - first.0 })
      var rule = ParameterRule.default
      if kind.tie >= 0 {
        rule.tying = .single
        if connectionsOfTie[kind.tie]?.count ?? 0 > 1 || kind.factor != 1 {
          rule.share = "weight-\(kind.tie)"
          rule.factor = kind.factor
        }
        if defined.insert(kind.tie).inserted {
          rule.initial =
            kind.isDrawn
            ? drawnInitial
            : .constant(tieValues.isEmpty ? weights[edges[0]] : tieValues[Int(kind.tie)])
          if kind.isFrozen { rule.isTrainable = false }
        }
      } else {
        if kind.isDrawn {
          rule.initial = drawnInitial
        } else {
          entries.values = edges.map { weights[$0] }
        }
        if kind.isFrozen { rule.isTrainable = false }
      }
      return Connection(
        groups[kind.from].name, to: groups[kind.to].name, unit: Int(kind.unit), .entries(entries),
        weight: rule)
    }
  }

  /// The law of drawn weights, where it is not what a graph draws from anyway.
  private var drawnInitial: InitialValue? { drawing == .defaultWeight ? nil : drawing }

  /// The edges of a plain matrix, without looking at each.
  private func wholeMatrix(_ groups: [Group]) -> Connection? {
    guard groups.count == 1, units.isEmpty, frozenWeights.isEmpty, weightTies.isEmpty,
      !targets.isEmpty
    else { return nil }
    let drawn = weights.count { $0.isNaN }
    guard drawn == 0 || drawn == weights.count else { return nil }
    let entries = SparseEntries(
      rows: targets, columns: sources, values: drawn == 0 ? weights : nil)
    return Connection(
      groups[0].name, to: groups[0].name, .entries(entries),
      weight: ParameterRule(drawn == 0 ? nil : drawnInitial))
  }

  /// A role where the neurons are whole groups in their order, a list otherwise.
  private func assign(
    _ neurons: [Int32]?, _ role: Group.Role, to graph: inout Graph,
    list: WritableKeyPath<Graph, [NeuronRange]?>
  ) {
    guard let neurons, !neurons.isEmpty else { return }
    let ranges = NeuronRange.ranges(of: neurons, in: graph.groups)
    let wholes = ranges.compactMap { range in
      range.indices == nil ? graph.groups.firstIndex { $0.name == range.group } : nil
    }
    if wholes.count == ranges.count, wholes == Set(wholes).sorted() {
      for group in wholes { graph.groups[group].role.insert(role) }
    } else {
      graph[keyPath: list] = ranges
    }
  }
}

extension NeuronRange {
  /// Neurons by number as runs within their groups; a whole group without indices.
  static func ranges(of neurons: [Int32], in groups: [Group]) -> [NeuronRange] {
    let finder = GroupFinder(groups)
    var ranges: [NeuronRange] = []
    var next = 0
    while next < neurons.count {
      let group = finder.group(of: Int(neurons[next]))
      let first = Int(neurons[next]) - finder.start(group)
      var count = 1
      while next + count < neurons.count, neurons[next + count] == neurons[next] + Int32(count),
        first + count < groups[group].size
      { count += 1 }
      let isWhole = first == 0 && count == groups[group].size
      ranges.append(NeuronRange(groups[group].name, isWhole ? nil : first...first + count - 1))
      next += count
    }
    return ranges
  }
}

/// Finds the group of a neuron by its number.
struct GroupFinder {
  private let starts: [Int]

  init(_ groups: [Group]) {
    var starts: [Int] = []
    var next = 0
    for group in groups {
      starts.append(next)
      next += group.size
    }
    self.starts = starts
  }

  func start(_ group: Int) -> Int { starts[group] }

  func group(of neuron: Int) -> Int {
    var low = 0
    var high = starts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if starts[middle] <= neuron { low = middle } else { high = middle }
    }
    return low
  }
}
