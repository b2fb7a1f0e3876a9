import Cyclograd

/// Turns a graph into what a graph file says about it; defaults are left unsaid.
enum GraphTree {
  static func tree(of graph: Graph) throws -> [(String, FlowValue)] {
    var entries: [(String, FlowValue)] = [("format", .text(Keywords.format))]
    if !graph.name.isEmpty {
      entries.append(("name", try GraphFileEncoder(subject: "the graph").text(graph.name)))
    }
    if graph.seed != 0 { entries.append(("seed", .integer(graph.seed))) }
    if !graph.groups.isEmpty {
      entries.append(("groups", .list(try graph.groups.map(group))))
    }
    if !graph.connections.isEmpty {
      entries.append(("connections", .list(try graph.connections.enumerated().map(connection))))
    }
    if !graph.edges.isEmpty {
      entries.append(("edges", .list(try graph.edges.map(edge))))
    }
    if let inputs = graph.inputs {
      entries.append(("inputs", .list(try inputs.map { try neurons($0, "inputs") })))
    }
    if let outputs = graph.outputs {
      entries.append(("outputs", .list(try outputs.map { try neurons($0, "outputs") })))
    }
    return entries
  }

  private static func group(_ group: Group) throws -> FlowValue {
    let encoder = GraphFileEncoder(subject: "group \(group.name)")
    var entries = [("name", try encoder.groupName(group.name))]
    try encoder.require(
      1...3 ~= group.shape.count && group.shape.allSatisfy { 1...Keywords.largestSize ~= $0 }
        && group.size <= Keywords.largestSize, "the shape \(group.shape)")
    if group.shape.count == 1 {
      entries.append(("size", .integer(group.shape[0])))
    } else {
      entries.append(("shape", .list(group.shape.map { .integer($0) })))
    }
    switch group.neuronNames {
    case .list(let names)?:
      entries.append(("names", .list(try names.map { try encoder.text($0) })))
    case .file(let path)?:
      entries.append(("names", .mapping([("file", try encoder.fileName(path))])))
    case nil: break
    }
    let roles = Keywords.roles.filter { group.role.contains($0.value) }
    try encoder.require(
      group.role == roles.reduce(into: []) { $0.formUnion($1.value) }, "the role \(group.role)")
    if roles.count == 1 { entries.append(("role", .text(roles[0].key))) }
    if roles.count > 1 { entries.append(("role", .list(roles.map { .text($0.key) }))) }
    try encoder.require(!group.units.isEmpty, "a group without units")
    if group.units.count == 1, group.combine == .product {
      entries += try unit(group.units[0], encoder)
    } else {
      entries.append(("combine", .text(group.combine.rawValue)))
      entries.append(("units", .list(try group.units.map { .mapping(try unit($0, encoder)) })))
    }
    if group.timeConstant != 1 {
      try encoder.require(group.timeConstant > 0, "the time constant \(group.timeConstant)")
      entries.append(("time-constant", try encoder.number(group.timeConstant)))
    }
    entries += try encoder.draws(group.draws)
    return .mapping(entries)
  }

  private static func unit(_ unit: Group.Unit, _ encoder: GraphFileEncoder) throws -> [(
    String, FlowValue
  )] {
    var entries: [(String, FlowValue)] = []
    if unit.activation != .identity {
      entries.append(("activation", try encoder.activation(unit.activation)))
    }
    if unit.bias != .default { entries.append(("bias", try encoder.rule(unit.bias, isBias: true))) }
    return entries
  }

  private static func connection(_ index: Int, _ connection: Connection) throws -> FlowValue {
    let encoder = GraphFileEncoder(
      subject: "connection \(index) (\(connection.from) to \(connection.to))")
    var entries = [
      ("from", try encoder.groupName(connection.from)),
      ("to", try encoder.groupName(connection.to)),
    ]
    if connection.unit != 0 { entries.append(("unit", try encoder.unit(connection.unit))) }
    if connection.pattern != .all {
      entries.append(("pattern", try encoder.pattern(connection.pattern)))
    }
    if !connection.allowsSelf {
      try encoder.require(
        connection.from == connection.to, "'self: false' between two different groups")
      entries.append(("self", .boolean(false)))
    }
    entries += try encoder.weight(connection.weight)
    entries += try encoder.draws(connection.draws)
    return .mapping(entries)
  }

  private static func edge(_ edge: Edge) throws -> FlowValue {
    let encoder = GraphFileEncoder(subject: "edge \(edge.source) to \(edge.target)")
    var parts = [try neuron(edge.source, encoder), try neuron(edge.target, encoder)]
    var options: [(String, FlowValue)] = []
    if edge.unit != 0 { options.append(("unit", try encoder.unit(edge.unit))) }
    if case .file = edge.weight.initial {
      throw encoder.unrepresentable("the weight of a single edge from a file")
    }
    var weight = try encoder.weight(edge.weight)
    if case .constant(let value) = edge.weight.initial, edge.weight.tying == .none {
      parts.append(try encoder.number(value))
      weight.removeFirst()
    }
    options += weight
    options += try encoder.draws(edge.draws)
    if !options.isEmpty { parts.append(.mapping(options)) }
    return .list(parts)
  }

  private static func neuron(_ neuron: NeuronReference, _ encoder: GraphFileEncoder) throws
    -> FlowValue
  {
    _ = try encoder.groupName(neuron.group)
    try encoder.require(0..<Keywords.largestSize ~= neuron.index, "the index \(neuron.index)")
    return .text(neuron.description)
  }

  private static func neurons(_ range: NeuronRange, _ list: String) throws -> FlowValue {
    let encoder = GraphFileEncoder(subject: list)
    _ = try encoder.groupName(range.group)
    if let indices = range.indices {
      try encoder.require(
        indices.lowerBound >= 0 && indices.upperBound < Keywords.largestSize, "\(range)")
    }
    return .text(range.description)
  }
}
