extension NetworkParts {
  /// How many copies are compiled: the first three, from which all others follow, one more, and the last.
  static let compiledCopies = 5

  /// Compiles a graph with copies of a part: a few of them, of which the others are views.
  ///
  /// In time and memory it is linear in the neurons of all copies and the edges of a few. `nil` where copies have
  /// nothing in common, or where something is wrong with the graph, which the ordinary way then says by the graph's own
  /// numbers.
  init?(_ graph: Graph, rolling copies: RepeatedCopies) throws(GraphPartError) {
    guard copies.count > Self.compiledCopies else { return nil }
    let layout = try GraphLayout(graph.groups)
    let inputs = try layout.neurons(graph.inputs, role: .input, of: .inputs, "inputs")
    let outputs = try layout.neurons(graph.outputs, role: .output, of: .outputs, "outputs")
    let short = ShortenedGraph(graph, copies)
    guard let assembly = try? NetworkAssembly(short.graph, ranks: short.ranks),
      let unrolling = CopyUnrolling(NetworkParts(assembly), short, copies)
    else { return nil }
    self = unrolling.parts(
      layout, components: assembly.condensation.componentsOfRank[CopyUnrolling.original + 1])
    inputUnits = inputs.map { unitStarts[Int(position[Int($0)])] }
    outputNeurons = outputs.map { position[Int($0)] }
  }
}

/// A graph with a few of its copies; rules and groups draw what they draw in the whole graph.
struct ShortenedGraph {
  private(set) var graph: Graph
  /// The whole graph's number of each group.
  private(set) var wholeGroup: [Int] = []
  private(set) var ranks: [Int32] = []

  init(_ whole: Graph, _ copies: RepeatedCopies) {
    graph = Graph(name: whole.name, seed: whole.seed)
    let last = NetworkParts.compiledCopies - 1
    let wholeRanks = copies.ranks
    var copyOfGroup: [String: Int] = [:]
    var names: Set<String> = []
    var firstUnit = 0
    for (number, group) in whole.groups.enumerated() {
      var rank = wholeRanks[number]
      var copy: Int?
      if let place = copies.place(ofGroup: number) {
        copy = place.copy
        copyOfGroup[group.name] = place.copy
        if place.copy == copies.count - 1 {
          copy = last
        } else if place.copy >= last {
          copy = nil
        }
        rank = Int32((copy ?? 0) + 1)
      } else if rank > 0 {
        rank = Int32(last + 2)
      }
      defer { firstUnit += group.units.count }
      if copies.place(ofGroup: number) != nil, copy == nil { continue }
      var group = group
      group.draws = group.draws ?? DrawOrigin(seed: whole.seed, position: firstUnit)
      graph.groups.append(group)
      names.insert(group.name)
      wholeGroup.append(number)
      ranks.append(rank)
    }
    // What leads from the last copy but one to the last leads there from the last of the others.
    let number = Dictionary(
      whole.groups.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    func source(_ name: String, to target: String) -> String {
      guard copyOfGroup[target] == copies.count - 1, copyOfGroup[name] == copies.count - 2,
        let group = number[name]
      else { return name }
      return whole.groups[group - (copies.count - 1 - last) * copies.period].name
    }
    for (index, connection) in whole.connections.enumerated() where names.contains(connection.to) {
      var connection = connection
      connection.from = source(connection.from, to: connection.to)
      guard names.contains(connection.from) else { continue }
      connection.draws = connection.draws ?? DrawOrigin(seed: whole.seed, position: index)
      graph.connections.append(connection)
    }
    for (index, edge) in whole.edges.enumerated() where names.contains(edge.target.group) {
      var edge = edge
      edge.source.group = source(edge.source.group, to: edge.target.group)
      guard names.contains(edge.source.group) else { continue }
      edge.draws = edge.draws ?? DrawOrigin(seed: whole.seed, position: index)
      graph.edges.append(edge)
    }
  }
}
