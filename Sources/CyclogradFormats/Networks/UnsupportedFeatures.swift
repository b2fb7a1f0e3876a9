import Cyclograd

/// What a network has that a format may not be able to hold, as remarks.
struct UnsupportedFeatures {
  private let graph: Graph
  private let network: ExpandedNetwork

  init(_ imported: ImportedNetwork, _ network: ExpandedNetwork) {
    graph = imported.graph
    self.network = network
  }

  /// All that a matrix of weights leaves out.
  var all: [String] {
    [rules, groups, names, activations, times, biases, ends, training, ties].compactMap { $0 }
  }

  /// The same where names are held, in the order in which edges mention them.
  var allWithNames: [String] {
    let order = network.names.map { _ in "the order of neurons becomes that of their first edges" }
    return [rules, groups, order, activations, times, biases, ends, training, ties].compactMap {
      $0
    }
  }

  /// Rules that became single edges and numbers.
  var rules: String? {
    let patterns = graph.connections.count { connection in
      if case .entries = connection.pattern { false } else { true }
    }
    let parts = [
      patterns > 0 ? "\(patterns) rules became single edges" : nil,
      draws.map { "initial values were drawn from \($0)" },
    ].compactMap { $0 }
    return parts.isEmpty ? nil : "rules: " + parts.joined(separator: ", ")
  }

  /// The seeds that initial values were drawn from, if any were. Those that share another rule's values draw none.
  private var draws: String? {
    var shares: Set<String> = []
    func draws(_ rule: ParameterRule, default isLaw: Bool) -> Bool {
      if let share = rule.share, !shares.insert(share).inserted { return false }
      return Self.isLaw(rule.initial, default: isLaw)
    }
    var seeds: Set<UInt64> = []
    for connection in graph.connections
    where draws(connection.weight, default: Self.hasNoValues(connection)) {
      seeds.insert(connection.draws?.seed ?? graph.seed)
    }
    for edge in graph.edges where draws(edge.weight, default: true) {
      seeds.insert(edge.draws?.seed ?? graph.seed)
    }
    for group in graph.groups {
      for unit in group.units where draws(unit.bias, default: false) {
        seeds.insert(group.draws?.seed ?? graph.seed)
      }
    }
    guard !seeds.isEmpty else { return nil }
    return (seeds.count == 1 ? "seed " : "the seeds ")
      + seeds.sorted().map(String.init).joined(separator: ", ")
  }

  var groups: String? {
    graph.groups.count > 1
      ? "groups dropped: \(Self.list(graph.groups.map(\.name)))"
      : shapes ?? (graph.groups.first?.name != "n" ? "the group's name dropped" : nil)
  }

  var shapes: String? {
    let shaped = graph.groups.filter { $0.shape.count > 1 }
    return shaped.isEmpty ? nil : "shapes dropped: \(Self.list(shaped.map(\.name)))"
  }

  var names: String? {
    network.names == nil ? nil : "node names dropped; their order is kept"
  }

  var activations: String? {
    let known = network.blocks.filter { !$0.isActivationUnknown }
    let names = Set(known.flatMap(\.activations).map(\.name)).sorted()
    return known.isEmpty ? nil : "activations dropped: \(Self.list(names))"
  }

  var times: String? {
    let groups = graph.groups.filter { $0.timeConstant != 1 }
    return groups.isEmpty ? nil : "time constants dropped: \(Self.list(groups.map(\.name)))"
  }

  var biases: String? {
    let count = network.biases.count { $0 != 0 }
    return count == 0 ? nil : "\(count) biases dropped"
  }

  var ends: String? {
    let counts = [(network.inputs, "inputs"), (network.outputs, "outputs")]
      .compactMap { list, name in list.flatMap { $0.isEmpty ? nil : "\($0.count) \(name)" } }
    return counts.isEmpty
      ? nil : "dropped which neurons are the \(counts.joined(separator: " and "))"
  }

  var training: String? {
    network.frozenBiases.contains(true) || network.frozenWeights.contains(true)
      ? "dropped which parameters are not trained" : nil
  }

  var ties: String? {
    let tied = network.weightTies.count { $0 >= 0 } + network.biasTies.count { $0 >= 0 }
    return tied == 0
      ? nil : "ties of \(tied) parameters dropped; they are equal numbers now"
  }

  private static func isLaw(_ value: InitialValue?, default isDrawn: Bool) -> Bool {
    switch value {
    case .uniform, .normal: true
    case nil: isDrawn
    default: false
    }
  }

  private static func hasNoValues(_ connection: Connection) -> Bool {
    if case .entries(let entries) = connection.pattern { entries.values == nil } else { true }
  }

  private static func list(_ words: [String]) -> String {
    words.prefix(8).joined(separator: ", ")
      + (words.count > 8 ? " and \(words.count - 8) more" : "")
  }
}
