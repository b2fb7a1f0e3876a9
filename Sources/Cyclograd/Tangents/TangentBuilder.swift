/// Builds the graph of a tangent network.
///
/// A group's *row* is Σ W ȧ, with what a change of parameters or inputs adds; a *copy* of a unit has the same edges
/// and the same bias, so it sees the same z. By the chain rule
///
///     f                 ȧ = row · f′(copy)
///     product           ȧ = Σ_s row_s f_s′(copy_s) Π_{r≠s} f_r(copy_r)
///     maximum, select   ȧ = row_s f_s′(copy_s) of the unit s that counts
///     softmax           ȧₖ = aₖ (żₖ − Σ aⱼ żⱼ)
///
/// Where f′ is all that a term needs, a neuron of its own has it, which stands before the cycle and is evaluated once.
///
/// An input x̂ is a part of z, which copies have to see, too. As a number of a sample enters one neuron only, a
/// *feeder* takes it, and hands it to the unit and its copies.
struct TangentBuilder {
  /// Where a unit's edges go.
  struct Port {
    var group: String
    var unit: Int
  }

  /// What stands for a group in the tangent.
  struct Image {
    /// The group of ȧ.
    var activation: String
    /// Whose unit 0 takes the change of an input.
    var entry: String
    /// For each unit, the rows; none where it does not matter.
    var rows: [[Port]]
    /// For each unit, its copies.
    var copies: [[Port]]
  }

  private let network: Network
  private let seed: TangentSeed
  var graph: Graph
  var rules: SharedRules
  var images: [Image?]
  /// For each group the one that takes its inputs, where that is another one.
  private var feeders: [String?]
  var names: Set<String>
  private let isReached: [Bool]
  private let outputs: [Int]
  let seeds: Set<Int>

  init(
    _ network: Network, by seed: TangentSeed, of groups: [String]?,
    value: @escaping (Int) -> Double
  ) throws(CyclogradError) {
    self.network = network
    self.seed = seed
    let layout = network.layout
    func neurons(_ name: String) throws(CyclogradError) -> Range<Int> {
      guard let index = layout.indexOfGroup[name] else {
        throw CyclogradError(
          .invalidOption, "there is no group '\(name)' to differentiate",
          advice: Suggestion.advice(
            name, among: layout.entries.map(\.group.name), listing: "the groups are"))
      }
      let entry = layout.entries[index]
      return entry.firstNeuron..<entry.firstNeuron + entry.size
    }
    let starts: [Int]
    var open: Set<Int> = []
    switch seed {
    case .inputs:
      starts = network.inputUnits.map {
        Int(network.fileNeuron[Int(network.neuronOfUnit[Int($0)])])
      }
      guard !starts.isEmpty else {
        throw CyclogradError(
          .invalidOption, "the network has no inputs to differentiate by",
          advice: "differentiate by parameters, or by groups")
      }
    case .parameters: starts = Array(0..<network.neuronCount)
    case .groups(let names):
      var all: [Int] = []
      for name in names {
        all += try neurons(name)
        open.insert(layout.indexOfGroup[name] ?? 0)
      }
      guard Set(all).count == all.count, !all.isEmpty else {
        throw CyclogradError(
          .invalidOption, "the groups to differentiate by are not all different, or there are none",
          advice: "name each once")
      }
      starts = all
    }
    seeds = open
    isReached = network.reached(from: starts)
    if let groups {
      var all: [Int] = []
      for name in groups { all += try neurons(name) }
      guard Set(all).count == all.count, !all.isEmpty else {
        throw CyclogradError(
          .invalidOption, "the groups to differentiate are not all different, or there are none",
          advice: "name each once")
      }
      outputs = all
    } else {
      outputs = network.outputNeurons.map { Int(network.fileNeuron[Int($0)]) }
    }
    rules = SharedRules(network, PrimalRules(network, isReached: isReached), value: value)
    graph = Graph(name: "tangent of \(network.name)", seed: network.seed)
    images = Array(repeating: nil, count: layout.entries.count)
    feeders = Array(repeating: nil, count: layout.entries.count)
    names = Set(layout.entries.map(\.group.name))
    // A group g has the neurons g.0, g.1 and so on, which may be somebody's own names already.
    for case .list(let own)? in layout.entries.map(\.group.neuronNames) {
      for name in own where name.contains(".") {
        names.insert(String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)))
      }
    }
    try checkDerivatives()
  }

  private func checkDerivatives() throws(CyclogradError) {
    for entry in network.layout.entries {
      for unit in entry.group.units
      where unit.activation != .softmax && unit.activation.derivative == nil {
        var function = unit.activation
        if case .derivative(let inner, _) = function { function = inner }
        throw CyclogradError(
          .invalidOption, "derivatives of \(function.name) beyond the second are not known",
          at: .init(subject: "group \(entry.group.name)"),
          advice: "tangents of tangents are as far as it goes")
      }
    }
  }

  mutating func build() -> Graph {
    for (index, entry) in network.layout.entries.enumerated() { addPrimal(index, entry.group) }
    let wanted = Set(outputs.map { network.layout.locate(neuron: $0).group })
    for (index, entry) in network.layout.entries.enumerated() {
      let neurons = entry.firstNeuron..<entry.firstNeuron + entry.size
      if neurons.contains(where: { isReached[$0] }) {
        addImage(index, entry.group)
      } else if wanted.contains(index) {
        let name = add(entry.group, "", [Group.Unit(bias: rules.constant(.zero))])
        images[index] = Image(activation: name, entry: name, rows: [], copies: [])
      }
    }
    for (block, edges) in rules.primal.blocks { connect(block, edges) }
    addFeeders()
    setEnds()
    return graph
  }

  // MARK: Ends

  /// In file order.
  private var inputNeurons: [Int] {
    network.inputUnits.map { Int(network.fileNeuron[Int(network.neuronOfUnit[Int($0)])]) }
  }

  private mutating func addFeeders() {
    for index in Set(inputNeurons.map { network.layout.locate(neuron: $0).group }).sorted() {
      guard let copies = images[index]?.copies.first, !copies.isEmpty else { continue }
      let group = network.layout.entries[index].group
      let name = add(group, "-in", [Group.Unit(bias: rules.constant(.zero))])
      feeders[index] = name
      sum(name, to: group.name)
      for port in copies { sum(name, to: port.group, unit: port.unit) }
    }
  }

  private mutating func setEnds() {
    let layout = network.layout
    func range(_ neuron: Int, _ name: (Int) -> String) -> NeuronRange {
      let place = layout.locate(neuron: neuron)
      return NeuronRange(name(place.group), place.index...place.index)
    }
    let inputs = inputNeurons
    func primal(_ group: Int) -> String { layout.entries[group].group.name }
    var ends = inputs.map { range($0) { feeders[$0] ?? primal($0) } }
    switch seed {
    case .inputs: ends += inputs.map { range($0) { images[$0]?.entry ?? "" } }
    case .groups(let names):
      ends += names.map { NeuronRange(images[layout.indexOfGroup[$0] ?? 0]?.activation ?? "") }
    case .parameters: break
    }
    graph.inputs = Self.joined(ends)
    graph.outputs = Self.joined(
      outputs.map { range($0, primal) }
        + outputs.map { range($0) { images[$0]?.activation ?? "" } })
  }

  /// Neighbours in one range.
  private static func joined(_ ranges: [NeuronRange]) -> [NeuronRange] {
    var result: [NeuronRange] = []
    for range in ranges {
      if let last = result.last, last.group == range.group, let a = last.indices,
        let b = range.indices, a.upperBound + 1 == b.lowerBound
      {
        result[result.count - 1].indices = a.lowerBound...b.upperBound
      } else {
        result.append(range)
      }
    }
    return result
  }

  /// The bias of a row.
  mutating func rowBias(_ group: Int, _ unit: Int) -> ParameterRule {
    seed == .parameters
      ? rules.bias(group, unit, isDirection: true) : rules.constant(.zero)
  }

  // MARK: Edges

  private mutating func connect(_ block: PrimalRules.Block, _ edges: PrimalRules.Edges) {
    let names = network.layout.entries.map(\.group.name)
    let pattern = Pattern.entries(SparseEntries(rows: edges.rows, columns: edges.columns))
    func add(_ from: String, _ port: Port, isDirection: Bool = false) {
      graph.connections.append(
        Connection(
          from, to: port.group, unit: port.unit, pattern,
          weight: rules.weights(block, edges, isDirection: isDirection)))
    }
    add(names[block.from], Port(group: names[block.to], unit: block.unit))
    guard let image = images[block.to], !image.rows.isEmpty else { return }
    // Slopes are those of the states also where nothing is multiplied by them: at others they may be infinite.
    for port in image.copies[block.unit] { add(names[block.from], port) }
    guard block.isTargetReached else { return }
    for port in image.rows[block.unit] {
      if block.isSourceReached, let source = images[block.from] {
        add(source.activation, port)
      }
      if seed == .parameters { add(names[block.from], port, isDirection: true) }
    }
  }
}
