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
/// An input x̂ is a part of z, which copies have to see, too. As a number of a sample enters one neuron only, a
/// *feeder* takes it, and hands it to the unit and its copies.
struct TangentBuilder {
  /// Where a unit's edges go.
  private struct Port {
    var group: String
    var unit: Int
  }

  /// What stands for a group in the tangent.
  private struct Image {
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
  private let value: (Int) -> Double
  private var graph: Graph
  private let rules: PrimalRules
  private var images: [Image?]
  /// For each group the one that takes its inputs, where that is another one.
  private var feeders: [String?]
  private var names: Set<String>
  private var defined: Set<String> = []
  private let isReached: [Bool]
  private let outputs: [Int]
  private let seeds: Set<Int>

  private static let one = 2
  private static let zero = 1
  private static let minusOne = 0

  init(
    _ network: Network, by seed: TangentSeed, of groups: [String]?,
    value: @escaping (Int) -> Double
  ) throws(CyclogradError) {
    self.network = network
    self.seed = seed
    self.value = value
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
    rules = PrimalRules(network, isReached: isReached)
    graph = Graph(name: "tangent of \(network.name)", seed: network.seed)
    images = Array(repeating: nil, count: layout.entries.count)
    feeders = Array(repeating: nil, count: layout.entries.count)
    names = Set(layout.entries.map(\.group.name))
    try checkDerivatives()
  }

  private func checkDerivatives() throws(CyclogradError) {
    for entry in network.layout.entries {
      for unit in entry.group.units
      where unit.activation != .softmax && unit.activation.derivative == nil {
        throw CyclogradError(
          .invalidOption,
          "derivatives of \(unit.activation.name) beyond the second are not known",
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
        let name = add(entry.group, "", [Group.Unit(bias: constant(Self.zero))])
        images[index] = Image(activation: name, entry: name, rows: [], copies: [])
      }
    }
    for (number, (block, edges)) in rules.blocks.enumerated() { connect(number, block, edges) }
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
      let name = add(group, "-in", [Group.Unit(bias: constant(Self.zero))])
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

  // MARK: Parameters

  /// A rule for the values at some places, shared by all that have this name.
  private mutating func rule(
    _ name: String, _ places: [Int], isTrainable: Bool, isSingle: Bool
  ) -> ParameterRule {
    let tying: ParameterRule.Tying = isSingle ? .single : .none
    guard defined.insert(name).inserted else {
      return ParameterRule(nil, tying: tying, share: name)
    }
    let initial: InitialValue =
      isSingle ? .constant(value(places[0])) : .list(places.map { value($0) })
    return ParameterRule(initial, tying: tying, isTrainable: isTrainable, share: name)
  }

  private mutating func constant(_ place: Int, isWeight: Bool = false) -> ParameterRule {
    let names = ["minus-one", "zero", "one"]
    return rule(
      names[place] + (isWeight ? "-weight" : "-bias"), [2 * network.parameterCount + place],
      isTrainable: false, isSingle: true)
  }

  private mutating func bias(_ group: Int, _ unit: Int, isDirection: Bool = false) -> ParameterRule
  {
    let parameters = rules.biases[group][unit]
    let first = Int(parameters[0])
    let isSingle = parameters.allSatisfy { Int($0) == first }
    // Lists that begin with the same parameter are the same, because rules are tied as wholes.
    let name = (isDirection ? "change-of-" : "") + (isSingle ? "bias-\(first)" : "biases-\(first)")
    let offset = isDirection ? network.parameterCount : 0
    return rule(
      name, parameters.map { Int($0) + offset },
      isTrainable: !isDirection && network.isTrainable(parameter: first), isSingle: isSingle)
  }

  /// The bias of a row.
  private mutating func rowBias(_ group: Int, _ unit: Int) -> ParameterRule {
    seed == .parameters ? bias(group, unit, isDirection: true) : constant(Self.zero)
  }

  // MARK: Groups

  private mutating func addPrimal(_ index: Int, _ group: Group) {
    var copy = group
    copy.role = []
    for unit in group.units.indices { copy.units[unit].bias = bias(index, unit) }
    graph.groups.append(copy)
  }

  /// Adds a group with a neuron for each of another.
  private mutating func add(_ group: Group, _ part: String, _ units: [Group.Unit]) -> String {
    addGroup(group.name, group.shape, part, .product, units)
  }

  private mutating func addGroup(
    _ primal: String, _ shape: [Int], _ part: String, _ combine: Group.Combination,
    _ units: [Group.Unit]
  ) -> String {
    var name = "d-\(primal)\(part)"
    while !names.insert(name).inserted { name += "-" }
    graph.groups.append(Group(name, shape: shape, combine: combine, units: units))
    return name
  }

  private mutating func sum(_ from: String, to group: String, unit: Int = 0, sign: Int = one) {
    graph.connections.append(
      Connection(from, to: group, unit: unit, .oneToOne, weight: constant(sign, isWeight: true)))
  }

  private mutating func addImage(_ index: Int, _ group: Group) {
    if seeds.contains(index) {
      let name = add(group, "", [Group.Unit(bias: constant(Self.zero))])
      images[index] = Image(activation: name, entry: name, rows: [], copies: [])
      return
    }
    switch (group.units.count, group.combine) {
    case (1, _) where group.units[0].activation == .softmax: images[index] = softmax(index, group)
    case (1, _):
      var image = Image(activation: "", entry: "", rows: [[]], copies: [[]])
      image.activation = term(index, group, 0, "", &image)
      image.entry = image.activation
      images[index] = image
    case (_, .product): images[index] = product(index, group)
    case (_, .max): images[index] = selection(index, group, firstValue: 0)
    case (let count, .select): images[index] = selection(index, group, firstValue: count / 2)
    }
  }

  /// row × f′(copy) of one unit, and, in products, × the other units.
  private mutating func term(
    _ index: Int, _ group: Group, _ unit: Int, _ part: String, _ image: inout Image,
    others: [Int] = [], from copies: [String]? = nil
  ) -> String {
    var units = [Group.Unit(bias: rowBias(index, unit))]
    var ports: [(unit: Int, at: Int)] = []
    func see(_ other: Int, _ function: Activation, _ bias: ParameterRule) {
      ports.append((other, units.count))
      units.append(Group.Unit(function, bias: bias))
    }
    switch group.units[unit].activation {
    case .identity: break
    case .complement: units.append(Group.Unit(bias: constant(Self.minusOne)))
    case let function:
      see(
        unit, function.derivative ?? function,
        copies == nil ? bias(index, unit) : constant(Self.zero))
    }
    for other in others {
      see(
        other, group.units[other].activation,
        copies == nil ? bias(index, other) : constant(Self.zero))
    }
    let name = add(group, part, units)
    image.rows[unit].append(Port(group: name, unit: 0))
    for port in ports {
      if let copies {
        sum(copies[port.unit], to: name, unit: port.at)
      } else {
        image.copies[port.unit].append(Port(group: name, unit: port.at))
      }
    }
    return name
  }

  private mutating func product(_ index: Int, _ group: Group) -> Image {
    let count = group.units.count
    var image = Image(
      activation: "", entry: "", rows: Array(repeating: [], count: count),
      copies: Array(repeating: [], count: count))
    var copies: [String]?
    if count > 2 {
      // Each z is needed several times, so a neuron holds it.
      copies = (0..<count).map { unit in
        let name = add(group, "-z\(unit)", [Group.Unit(bias: bias(index, unit))])
        image.copies[unit].append(Port(group: name, unit: 0))
        return name
      }
    }
    let terms = (0..<count).map { unit in
      term(
        index, group, unit, "-\(unit)", &image, others: (0..<count).filter { $0 != unit },
        from: copies)
    }
    image.entry = terms[0]
    image.activation = add(group, "", [Group.Unit(bias: constant(Self.zero))])
    for term in terms { sum(term, to: image.activation) }
    return image
  }

  /// The change of the unit that counts, for a maximum or a selection.
  private mutating func selection(_ index: Int, _ group: Group, firstValue: Int) -> Image {
    let count = group.units.count
    let keys = firstValue == 0 ? count : firstValue
    var image = Image(
      activation: "", entry: "", rows: Array(repeating: [], count: count),
      copies: Array(repeating: [], count: count))
    let terms = (0..<keys).map { key in
      term(index, group, firstValue + key, "-\(key)", &image)
    }
    var units = (0..<keys).map { key in
      Group.Unit(group.units[key].activation, bias: bias(index, key))
    }
    for _ in 0..<keys { units.append(Group.Unit(bias: constant(Self.zero))) }
    image.activation = addGroup(group.name, group.shape, "", .select, units)
    for key in 0..<keys {
      image.copies[key].append(Port(group: image.activation, unit: key))
      sum(terms[key], to: image.activation, unit: keys + key)
    }
    // What enters a key changes nothing.
    image.entry =
      firstValue == 0 ? terms[0] : add(group, "-x", [Group.Unit(bias: constant(Self.zero))])
    return image
  }

  private mutating func softmax(_ index: Int, _ group: Group) -> Image {
    let row = add(group, "-z", [Group.Unit(bias: rowBias(index, 0))])
    // The first rule of a name in the graph says the value, so it has to be made first, too.
    let zero = constant(Self.zero)
    let weighted = add(group, "-p", [Group.Unit(bias: zero), Group.Unit(bias: zero)])
    let mean = addGroup(group.name, [1], "-m", .product, [Group.Unit(bias: zero)])
    let change = add(group, "", [Group.Unit(bias: zero), Group.Unit(bias: zero)])
    for name in [weighted, change] {
      sum(group.name, to: name)
      sum(row, to: name, unit: 1)
    }
    graph.connections.append(
      Connection(weighted, to: mean, .all, weight: constant(Self.one, isWeight: true)))
    graph.connections.append(
      Connection(
        mean, to: change, unit: 1, .all, weight: constant(Self.minusOne, isWeight: true)))
    return Image(
      activation: change, entry: row, rows: [[Port(group: row, unit: 0)]], copies: [[]])
  }

  // MARK: Edges

  private mutating func connect(
    _ number: Int, _ block: PrimalRules.Block, _ edges: PrimalRules.Edges
  ) {
    let names = network.layout.entries.map(\.group.name)
    let pattern = Pattern.entries(SparseEntries(rows: edges.rows, columns: edges.columns))
    func add(_ from: String, _ port: Port, _ rule: ParameterRule) {
      graph.connections.append(
        Connection(from, to: port.group, unit: port.unit, pattern, weight: rule))
    }
    let name = block.tie.map { "weight-\($0)" } ?? "weights-\(number)"
    func weights(isDirection: Bool = false) -> ParameterRule {
      let offset = isDirection ? network.parameterCount : 0
      return rule(
        (isDirection ? "change-of-" : "") + name, edges.parameters.map { Int($0) + offset },
        isTrainable: !isDirection && block.isTrainable, isSingle: block.tie != nil)
    }
    add(names[block.from], Port(group: names[block.to], unit: block.unit), weights())
    guard block.isTargetReached, let image = images[block.to], !image.rows.isEmpty else { return }
    for port in image.copies[block.unit] { add(names[block.from], port, weights()) }
    for port in image.rows[block.unit] {
      if block.isSourceReached, let source = images[block.from] {
        add(source.activation, port, weights())
      }
      if seed == .parameters { add(names[block.from], port, weights(isDirection: true)) }
    }
  }
}
