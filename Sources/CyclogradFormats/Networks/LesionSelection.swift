public import Cyclograd
import Foundation

/// Cuts as an option names them: neurons by name, `all-of:GROUP`, or `edges:FILE`.
public enum LesionSelection {
  /// The cuts of a network, each to be applied by itself.
  ///
  /// - Parameters:
  ///   - text: neurons as other options name them, each of which has all its out-edges cut; `all-of:GROUP` for each
  ///     neuron of a group, and `all-of:GROUP,all-of:OTHER` for those of several; `edges:FILE` for each edge of an edge list, whose weights, if it has any, do not matter.
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
    if text.hasPrefix("all-of:") {
      return try groups(text).flatMap { group in
        try neurons(of: group, in: imported.graph).map { try finder.outEdges(of: $0) }
      }
    }
    if let path = text.suffix(after: "edges:") {
      return try edges(path, in: imported, network, options).map {
        try finder.edge(from: $0, to: $1)
      }
    }
    let selection = NeuronSelection(text: text, option: "lesion")
    return try selection.neurons(
      count: network.neuronCount, hasOwnNames: imported.names != nil,
      names: { network.neuronNames }, plain: .first
    ).map { try finder.outEdges(of: Int($0)) }
  }

  /// The groups of a list, each part of which begins with `all-of:`. No group has a comma in its name.
  private static func groups(_ text: String) throws -> [String] {
    try text.components(separatedBy: ",").map { part in
      let part = part.trimmingCharacters(in: .whitespaces)
      if let group = part.suffix(after: "all-of:") { return group }
      throw CyclogradError(
        .invalidOption, "\(Excerpt.quoted(part)) stands without all-of:, which every part needs",
        at: .init(subject: "--lesion \(Excerpt.quoted(text))"),
        advice: "write all-of:a,all-of:b for two groups, and cut neurons or edges by themselves")
    }
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
    _ path: String, in imported: ImportedNetwork, _ network: Network, _ given: ImportOptions
  ) throws -> [(source: Int, target: Int)] {
    var options = ImportOptions()
    options.duplicates = .sum
    // Read as names, so that a list of some edges is not judged by its own largest number.
    options.ids = .names
    let list = try NetworkFormat.edgeList.read(path, options: options)
    let known = Dictionary(
      network.neuronNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let base = given.indexBase ?? 0
    let numbers = try (list.names ?? []).map { name in
      // Where the network's file names no neurons, a number is a position.
      let position = imported.names == nil ? Int(name).map { $0 - base } : nil
      if let number = known[name] ?? position, 0..<network.neuronCount ~= number { return number }
      throw CyclogradError(
        .invalidOption, "no neuron is named \(Excerpt.quoted(name))", at: .init(file: path),
        advice: imported.names == nil
          ? "the network has \(network.neuronCount) neurons, counted from \(base)"
          : "name neurons as the network's file does")
    }
    return list.graph.connections.flatMap { connection -> [(source: Int, target: Int)] in
      guard case .entries(let entries) = connection.pattern else { return [] }
      return zip(entries.columns, entries.rows).map { (numbers[Int($0)], numbers[Int($1)]) }
    }
  }
}

extension String {
  fileprivate func suffix(after beginning: String) -> String? {
    hasPrefix(beginning) ? String(dropFirst(beginning.count)) : nil
  }
}
