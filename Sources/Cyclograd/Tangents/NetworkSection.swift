/// The part of a network that leads from a group to another, cut open: the function F of a residual block, for example.
///
/// Its inputs are activations of the first group, whatever feeds that one, then those of all other neurons outside that feed
/// the part. Its outputs are the activations of the last group. Two parts that differ by their names only, with the same
/// parameters, have equal graphs.
struct NetworkSection: Sendable {
  /// The part as a network.
  let network: Network
  /// What it was compiled from; initial values are places (see `places`).
  let graph: Graph
  /// For each of its parameters which number it is: a parameter of the whole network, or one of its constants.
  let places: [Int]
  /// The neurons of the whole network, in file order, that feed the part besides the first group, in the order of inputs.
  let feeders: [Int]
  private let constants: Int

  /// The group that takes the place of the first one.
  static let entrance = "from"
  /// The group that takes the place of the last one.
  static let exit = "to"

  /// Cuts a part out.
  ///
  /// - Parameters:
  ///   - whole: the network.
  ///   - from: the first group.
  ///   - to: the last group.
  ///   - subject: who asks, for messages.
  /// - Throws: ``CyclogradError`` `invalid-option` for groups that the network does not have or between which nothing leads,
  ///   and for a part with inputs of samples.
  /// - Complexity: O(edges).
  init(
    of whole: Network, from: String, to: String, for subject: String
  ) throws(CyclogradError) {
    func refuse(_ what: String, _ advice: String) -> CyclogradError {
      CyclogradError(.invalidOption, what, at: .init(subject: subject), advice: advice)
    }
    let layout = whole.layout
    var ends: [Int] = []
    for name in [from, to] {
      guard let index = layout.indexOfGroup[name] else {
        throw refuse(
          "there is no group '\(name)'",
          Suggestion.advice(
            name, among: layout.entries.map(\.group.name), listing: "the groups are"))
      }
      ends.append(index)
    }
    let (first, last) = (ends[0], ends[1])
    let primal = PrimalRules(
      whole, isReached: [Bool](repeating: true, count: whole.neuronCount))
    let inside = Self.groups(primal, from: first, to: last, count: layout.entries.count)
    guard first != last, inside.contains(last) else {
      throw refuse(
        "nothing leads from '\(from)' to '\(to)'",
        "name the group that a block begins with, then the one that it ends with")
    }
    let inputs = Set(
      whole.inputUnits.map {
        layout.locate(neuron: Int(whole.fileNeuron[Int(whole.neuronOfUnit[Int($0)])])).group
      })
    if let input = inside.first(where: { inputs.contains($0) }) {
      throw refuse(
        "numbers of samples enter '\(layout.entries[input].group.name)', which stands between '\(from)' and '\(to)'",
        "let them enter a group of their own that feeds it")
    }
    self.constants = 2 * whole.parameterCount
    var builder = Builder(whole, primal, first: first, last: last, inside: inside)
    graph = builder.build()
    feeders = builder.feeders
    let (network, labels) = try graph.compile()
    self.network = network
    places = labels.values.map { Int($0) }
  }

  /// The parameters for those of the whole network.
  func parameters(_ whole: [Double]) -> Parameters {
    Parameters(places.map { $0 < constants ? whole[$0] : Double($0 - constants - 1) })
  }

  /// The groups on the ways from one to another that come by neither of them, and the last one; ascending.
  private static func groups(
    _ primal: PrimalRules, from first: Int, to last: Int, count: Int
  ) -> [Int] {
    func reach(_ start: Int, stop: Int, _ step: (PrimalRules.Block) -> (Int, Int)) -> [Bool] {
      var next: [Int: Set<Int>] = [:]
      for (block, _) in primal.blocks {
        let (a, b) = step(block)
        next[a, default: []].insert(b)
      }
      var result = [Bool](repeating: false, count: count)
      var open = [start]
      while let group = open.popLast() {
        for other in next[group] ?? [] where !result[other] {
          result[other] = true
          if other != stop, other != start { open.append(other) }
        }
      }
      return result
    }
    let forward = reach(first, stop: last) { ($0.from, $0.to) }
    let backward = reach(last, stop: first) { ($0.to, $0.from) }
    return (0..<count).filter {
      $0 != first && forward[$0] && ($0 == last || backward[$0])
    }
  }
}

extension NetworkSection {
  /// Writes the part as a graph.
  private struct Builder {
    private let whole: Network
    private let first: Int
    private let last: Int
    private let inside: [Int]
    private var rules: SharedRules
    private(set) var feeders: [Int] = []

    init(_ whole: Network, _ primal: PrimalRules, first: Int, last: Int, inside: [Int]) {
      (self.whole, self.first, self.last, self.inside) = (whole, first, last, inside)
      rules = SharedRules(whole, primal) { Double($0) }
    }

    mutating func build() -> Graph {
      let entries = whole.layout.entries
      var graph = Graph(name: "section", seed: 0)
      var names: [Int: String] = [first: NetworkSection.entrance]
      let zero = rules.constant(.zero)
      func add(_ group: Int, _ name: String) {
        graph.groups.append(
          Group(
            name, shape: entries[group].group.shape, role: .input, units: [Group.Unit(bias: zero)]))
      }
      add(first, NetworkSection.entrance)
      for (number, index) in inside.enumerated() {
        var group = entries[index].group
        group.name = index == last ? NetworkSection.exit : "g\(number)"
        group.role = index == last ? .output : []
        group.neuronNames = nil
        for unit in group.units.indices { group.units[unit].bias = rules.bias(index, unit) }
        names[index] = group.name
        graph.groups.append(group)
      }
      let isInside = Set(inside)
      for (block, edges) in rules.primal.blocks where isInside.contains(block.to) {
        if names[block.from] == nil {
          let name = "x\(names.count)"
          names[block.from] = name
          add(block.from, name)
          let neurons = entries[block.from]
          feeders += neurons.firstNeuron..<neurons.firstNeuron + neurons.size
        }
        graph.connections.append(
          Connection(
            names[block.from] ?? "", to: names[block.to] ?? "", unit: block.unit,
            .entries(SparseEntries(rows: edges.rows, columns: edges.columns)),
            weight: rules.weights(block, edges)))
      }
      return graph
    }
  }
}
