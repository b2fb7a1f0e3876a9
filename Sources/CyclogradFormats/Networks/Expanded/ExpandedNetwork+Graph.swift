import Cyclograd

extension ExpandedNetwork {
  /// The graph with these neurons and edges: a connection for each pair of groups and kind of edge.
  func graph() -> Graph {
    var graph = Graph(name: name, seed: seed)
    graph.groups = named(splitBlocks())
    graph.connections = connections(GroupFinder(graph.groups), graph.groups)
    assign(inputs, .input, to: &graph, list: \.inputs)
    assign(outputs, .output, to: &graph, list: \.outputs)
    for index in graph.groups.indices where graph.groups[index].role == .input {
      // Nothing said means "not trained" for such a group.
      for unit in graph.groups[index].units.indices
      where graph.groups[index].units[unit].bias == .default && !biases.isEmpty {
        graph.groups[index].units[unit].bias = ParameterRule(.constant(0), isTrainable: true)
      }
    }
    return graph
  }

  /// Groups with the names of their neurons, where the file has any.
  private func named(_ groups: [Group]) -> [Group] {
    guard let names else { return groups }
    var groups = groups
    var next = 0
    for index in groups.indices {
      let own = Array(names[next..<next + groups[index].size])
      next += own.count
      let isPlain = own.enumerated().allSatisfy { $1 == "\(groups[index].name).\($0)" }
      if !isPlain { groups[index].neuronNames = .list(own) }
    }
    return groups
  }

  /// Blocks, divided where biases are tied or frozen differently.
  private func splitBlocks() -> [Group] {
    var result: [Group] = []
    var names = Set(blocks.map(\.name))
    var unit = 0
    for block in blocks {
      let width = block.activations.count
      guard hasMarks else {
        let places = biases.isEmpty ? [] : Array(unit..<unit + block.size * width)
        result.append(
          block.group(
            block.name, shape: block.shape,
            units: (0..<width).map { offset in
              let own = stride(from: offset, to: places.count, by: width).map { places[$0] }
              return .init(block.activations[offset], bias: biasRule(own))
            }))
        unit += block.size * width
        continue
      }
      var start = 0
      var part = 0
      for index in 1...block.size {
        let isSame =
          index < block.size
          && (0..<width).allSatisfy {
            marks(unit + start * width + $0) == marks(unit + index * width + $0)
          }
        guard !isSame else { continue }
        let isWhole = start == 0 && index == block.size
        let name = isWhole ? block.name : Self.unused("\(block.name)-\(part)", &names)
        part += 1
        result.append(
          block.group(
            name, shape: isWhole ? block.shape : [index - start],
            units: (0..<width).map { offset in
              let places = (start..<index).map { unit + $0 * width + offset }
              return .init(block.activations[offset], bias: biasRule(places))
            }))
        start = index
      }
      unit += block.size * width
    }
    return result
  }

  /// Whether biases may differ in more than their values.
  private var hasMarks: Bool {
    !frozenBiases.isEmpty || !biasTies.isEmpty || biases.contains { $0.isNaN }
  }

  private static func unused(_ name: String, _ names: inout Set<String>) -> String {
    var candidate = name
    while !names.insert(candidate).inserted { candidate += "-" }
    return candidate
  }

  private struct Marks: Hashable {
    var tie: Int32
    var factor: Double
    var isFrozen: Bool
    var isDrawn: Bool
  }

  private func marks(_ unit: Int) -> Marks {
    Marks(
      tie: biasTies.isEmpty ? -1 : biasTies[unit],
      factor: biasFactors.isEmpty ? 1 : biasFactors[unit],
      isFrozen: frozenBiases.isEmpty ? false : frozenBiases[unit],
      isDrawn: biases.isEmpty ? false : biases[unit].isNaN)
  }

  private func biasRule(_ places: [Int]) -> ParameterRule {
    guard !biases.isEmpty, let first = places.first else { return .default }
    let marks = marks(first)
    let values = places.map { biases[$0] }
    var rule: ParameterRule
    if marks.isDrawn {
      rule = ParameterRule(.uniform(lower: -1, upper: 1, scaled: .fanIn))
    } else if values.allSatisfy({ $0.bitPattern == values[0].bitPattern }) {
      rule = values[0] == 0 && !marks.isFrozen ? .default : ParameterRule(.constant(values[0]))
    } else {
      rule = ParameterRule(.list(values))
    }
    if marks.isFrozen { rule.isTrainable = false }
    if marks.tie >= 0 {
      rule.initial =
        tieValues.isEmpty
        ? rule.initial ?? .constant(0) : .constant(tieValues[Int(marks.tie)])
      rule.factor = marks.factor
      rule.tying = .single
      rule.share = "bias-\(marks.tie)"
    }
    return rule
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
