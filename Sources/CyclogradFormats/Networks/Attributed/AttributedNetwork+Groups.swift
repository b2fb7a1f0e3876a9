import Cyclograd

extension AttributedNetwork {
  /// Groups as the nodes say them, if those of each are alike, or else runs of like nodes.
  mutating func blocks() throws -> [ExpandedNetwork.Block] {
    if nodes.contains(where: { $0.label != nil }) {
      if let groups = groupNames() {
        gather()
        return runs { $0.label == $1.label }.map { run in
          block(run, named: groups[nodes[run.lowerBound].label ?? ""] ?? "")
        }
      }
    }
    let runs = runs { $0.isLike($1) }
    if runs.count > 1, nodes.contains(where: { $0.activations.contains(.softmax) }) {
      throw CyclogradError(
        .malformedFile, "softmax acts on a group, and the nodes do not say theirs",
        at: .init(file: file), advice: "give all nodes the attribute 'group'")
    }
    return runs.enumerated().map { block($1, named: runs.count == 1 ? "n" : "n\($0)") }
  }

  /// The name of the group of each label; `nil` with a remark where labels are no groups.
  private mutating func groupNames() -> [String: String]? {
    var first: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      guard let label = node.label else {
        remarks.append("attribute 'group' not used: \(Excerpt.quoted(names[index])) has none")
        return nil
      }
      if let other = first[label] {
        guard node.isLike(nodes[other]) else {
          remarks.append(
            "attribute 'group' not used: the nodes of \(Excerpt.quoted(label)) are not alike, such as "
              + "\(Excerpt.quoted(names[other])) and \(Excerpt.quoted(names[index]))")
          return nil
        }
      } else {
        first[label] = index
      }
    }
    var result: [String: String] = [:]
    var known: Set<String> = []
    for (label, _) in first.sorted(by: { $0.value < $1.value }) {
      let name = Self.groupName(label)
      var (chosen, number) = (name, 1)
      while !known.insert(chosen).inserted {
        number += 1
        chosen = "\(name)_\(number)"
      }
      result[label] = chosen
    }
    let changed = result.filter { $0 != $1 }.sorted { $0.key < $1.key }
    if let (label, name) = changed.first {
      remarks.append(
        "groups have names without what a graph file cannot write: \(Excerpt.quoted(label)) is \(name)"
          + (changed.count > 1 ? ", and \(changed.count - 1) more" : ""))
    }
    return result
  }

  /// A label as the name of a group: letters, digits, and what stands for all else.
  private static func groupName(_ label: String) -> String {
    if Keywords.isGroupName(label) { return label }
    var name = ""
    for scalar in label.unicodeScalars {
      let isKept = Keywords.isGroupName("a\(scalar)")
      if isKept { name.unicodeScalars.append(scalar) } else if name.last != "_" { name += "_" }
    }
    return Keywords.isGroupName(name) ? name : "g" + name
  }

  /// Brings the nodes of each group together, in the order of the groups' first nodes.
  private mutating func gather() {
    var ranks: [String: Int] = [:]
    var rankOfNode: [Int] = []
    for node in nodes {
      let label = node.label ?? ""
      let rank = ranks[label] ?? ranks.count
      ranks[label] = rank
      rankOfNode.append(rank)
    }
    let order = nodes.indices.sorted { (rankOfNode[$0], $0) < (rankOfNode[$1], $1) }
    guard order != Array(nodes.indices) else { return }
    remarks.append("neurons are in the order of their groups, not of the file")
    var position = [Int32](repeating: 0, count: order.count)
    for (new, old) in order.enumerated() { position[old] = Int32(new) }
    fileOrder = order
    nodes = order.map { nodes[$0] }
    names = order.map { names[$0] }
    if !ids.isEmpty { ids = order.map { ids[$0] } }
    for edge in network.sources.indices {
      network.sources[edge] = position[Int(network.sources[edge])]
      network.targets[edge] = position[Int(network.targets[edge])]
    }
  }

  private func runs(_ belongs: (NodeAttributes, NodeAttributes) -> Bool) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for node in nodes.indices.dropFirst() where !belongs(nodes[node - 1], nodes[node]) {
      result.append(start..<node)
      start = node
    }
    return result + [start..<nodes.count]
  }

  private func block(_ run: Range<Int>, named name: String) -> ExpandedNetwork.Block {
    let first = nodes[run.lowerBound]
    return .init(
      name: name, shape: [run.count], combine: first.combine,
      activations: first.activations.map { $0 ?? .identity },
      isActivationUnknown: first.activations.contains(nil), timeConstant: first.timeConstant)
  }
}
