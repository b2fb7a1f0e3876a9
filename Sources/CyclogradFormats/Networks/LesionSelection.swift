public import Cyclograd

/// Cuts as an option names them: neurons by name, `all-of:GROUP`, or `edges:FILE`.
public enum LesionSelection {
  /// The cuts of a network, each to be applied by itself.
  ///
  /// - Parameters:
  ///   - text: neurons as other options name them, each of which has all its out-edges cut; `all-of:GROUP` for each
  ///     neuron of a group; `edges:FILE` for each edge of an edge list, whose weights, if it has any, do not matter.
  ///   - imported: the network as it was read.
  ///   - network: the same, compiled.
  ///   - options: how the network was read; an edge list of cuts counts neurons as it does.
  /// - Throws: ``Cyclograd/CyclogradError`` for neurons, groups and edges that there are not, and weights that several
  ///   edges have in common.
  public static func lesions(
    _ text: String, in imported: ImportedNetwork, _ network: Network,
    _ options: ImportOptions = ImportOptions()
  ) throws -> [Lesion] {
    let finder = LesionFinder(network)
    if let group = text.suffix(after: "all-of:") {
      return try neurons(of: group, in: imported.graph).map { try finder.outEdges(of: $0) }
    }
    if let path = text.suffix(after: "edges:") {
      return try edges(path, in: imported, options).map { try finder.edge(from: $0, to: $1) }
    }
    let selection = NeuronSelection(text: text, option: "lesion")
    return try selection.neurons(
      count: network.neuronCount, names: { names(of: imported) }, plain: .first
    ).map { try finder.outEdges(of: Int($0)) }
  }

  private static func neurons(of group: String, in graph: Graph) throws -> Range<Int> {
    var start = 0
    for candidate in graph.groups {
      if candidate.name == group { return start..<start + candidate.size }
      start += candidate.size
    }
    throw CyclogradError(
      .invalidOption, "there is no group \(Excerpt.quoted(group))",
      at: .init(subject: "--lesion \(Excerpt.quoted("all-of:" + group))"),
      advice: Suggestion.advice(
        group, among: graph.groups.map(\.name), listing: "the groups are"))
  }

  /// The edges of a list as neurons of the network; by names where the list has names, and otherwise by numbers.
  private static func edges(
    _ path: String, in imported: ImportedNetwork, _ given: ImportOptions
  ) throws -> [(source: Int, target: Int)] {
    var options = ImportOptions()
    options.duplicates = .sum
    options.indexBase = given.indexBase
    if imported.names != nil { options.ids = .names }
    let list = try NetworkFormat.edgeList.read(path, options: options)
    let numbers: [Int]
    if let own = list.names {
      let known = Dictionary(
        names(of: imported).enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      numbers = try own.map { name in
        guard let number = known[name] else {
          throw CyclogradError(
            .invalidOption, "no neuron is named \(Excerpt.quoted(name))", at: .init(file: path),
            advice: "name neurons as the network's file does")
        }
        return number
      }
    } else {
      let count = imported.graph.groups.reduce(0) { $0 + $1.size }
      numbers = Array(0..<list.graph.groups.reduce(0) { $0 + $1.size })
      guard numbers.count <= count else {
        throw CyclogradError(
          .invalidOption, "there is no neuron \(numbers.count - 1)", at: .init(file: path),
          advice: "the network has \(count) neurons, counted from 0")
      }
    }
    return list.graph.connections.flatMap { connection -> [(source: Int, target: Int)] in
      guard case .entries(let entries) = connection.pattern else { return [] }
      return zip(entries.columns, entries.rows).map { (numbers[Int($0)], numbers[Int($1)]) }
    }
  }

  private static func names(of imported: ImportedNetwork) -> [String] {
    imported.names
      ?? imported.graph.groups.flatMap { group in
        (0..<group.size).map { "\(group.name).\($0)" }
      }
  }
}

extension String {
  fileprivate func suffix(after beginning: String) -> String? {
    hasPrefix(beginning) ? String(dropFirst(beginning.count)) : nil
  }
}
