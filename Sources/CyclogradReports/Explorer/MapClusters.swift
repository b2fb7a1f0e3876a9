/// What a large network is folded into: modules, the groups in them, and parts of large groups.
struct MapClusters: Sendable {
  struct Cluster: Sendable {
    var name: String
    /// The index of the one around it; smaller than its own.
    var parent: Int?
  }

  /// Groups of more neurons are divided by components, and further by the order of evaluation.
  static let largest = 1000

  private(set) var clusters: [Cluster] = []
  /// The innermost cluster of each neuron.
  private(set) var ofNeuron: [Int32]

  /// - Parameter groups: their names; `a.b` is the group b of the module a.
  init(_ neurons: [NetworkMap.Neuron], groups: [String]) {
    ofNeuron = [Int32](repeating: 0, count: neurons.count)
    var modules: [Substring: Int] = [:]
    func module(_ path: Substring, _ clusters: inout [Cluster]) -> Int {
      if let known = modules[path] { return known }
      let parent = path.lastIndex(of: ".").map { module(path[..<$0], &clusters) }
      clusters.append(.init(name: String(path), parent: parent))
      modules[path] = clusters.count - 1
      return clusters.count - 1
    }
    var members = [[Int]](repeating: [], count: groups.count)
    for (index, neuron) in neurons.enumerated() { members[neuron.group].append(index) }
    for (group, name) in groups.enumerated() where !members[group].isEmpty {
      let parent = name.lastIndex(of: ".").map { module(name[..<$0], &clusters) }
      let place = clusters.count
      clusters.append(.init(name: name, parent: parent))
      guard members[group].count > Self.largest else {
        for neuron in members[group] { ofNeuron[neuron] = Int32(place) }
        continue
      }
      divide(members[group], neurons, of: place)
    }
  }

  /// The members of a large group by component, large components and what is on no cycle in parts of one size.
  private mutating func divide(_ members: [Int], _ neurons: [NetworkMap.Neuron], of parent: Int) {
    var sizes: [Int: Int] = [:]
    for neuron in members { sizes[neurons[neuron].component ?? -1, default: 0] += 1 }
    // Small components share the parts of what is on no cycle, or there would be as many as neurons.
    let parts = Dictionary(grouping: members) { neuron in
      let component = neurons[neuron].component ?? -1
      return sizes[component, default: 0] >= Self.largest / 10 ? component : -1
    }
    for (_, part) in parts.sorted(by: { $0.key < $1.key }) {
      for start in stride(from: 0, to: part.count, by: Self.largest) {
        let slice = part[start..<min(start + Self.largest, part.count)]
        clusters.append(.init(name: "from \(neurons[slice[start]].name)", parent: parent))
        for neuron in slice { ofNeuron[neuron] = Int32(clusters.count - 1) }
      }
    }
  }
}
