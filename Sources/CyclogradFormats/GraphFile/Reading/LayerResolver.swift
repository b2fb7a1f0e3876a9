import Cyclograd

/// Makes layers as soon as the groups are known that they are made from, in whatever order the file has them.
struct LayerResolver {
  private(set) var readers: [LayerReader] = []
  /// The layers that have been made, by the numbers of their readers.
  private(set) var layers: [Layer] = []

  /// Takes a layer, and returns its number.
  mutating func append(_ reader: LayerReader) -> Int {
    readers.append(reader)
    return readers.count - 1
  }

  /// Makes all layers.
  ///
  /// - Parameter groups: what is known from elsewhere, by the names by which layers refer to it.
  mutating func resolve(_ groups: [String: Group]) throws {
    var groups = groups
    var waiting: [String: [Int]] = [:]
    var missing: [Int] = []
    var ready: [Int] = []
    var made = [Layer?](repeating: nil, count: readers.count)
    for (index, reader) in readers.enumerated() {
      let names = Set(reader.sources + reader.residuals).filter { groups[$0] == nil }
      missing.append(names.count)
      for name in names { waiting[name, default: []].append(index) }
      if names.isEmpty { ready.append(index) }
    }
    var next = 0
    while next < ready.count {
      let index = ready[next]
      next += 1
      let layer = try readers[index].layer { groups[$0] }
      made[index] = layer
      for (name, group) in layer.groups.map({ ($0.name, $0) }) + [(layer.name, layer.output)]
      where groups[name] == nil {
        groups[name] = group
        for other in waiting.removeValue(forKey: name) ?? [] {
          missing[other] -= 1
          if missing[other] == 0 { ready.append(other) }
        }
      }
    }
    guard let first = made.firstIndex(where: { $0 == nil }) else {
      layers = made.compactMap { $0 }
      return
    }
    let names = Set(readers.map(\.name))
    // One that waits for a name which nothing has, if there is one; otherwise they wait for each other.
    for (index, reader) in readers.enumerated() where made[index] == nil {
      for name in reader.sources + reader.residuals
      where groups[name] == nil && !names.contains(name) {
        throw reader.element.failure(
          "layer '\(reader.name)' is made from '\(name.shortened)', and there is no group of that name",
          code: .invalidGraph,
          advice: Suggestion.advice(name, among: Array(groups.keys.sorted().prefix(200))))
      }
    }
    throw readers[first].element.failure(
      "layer '\(readers[first].name)' is made from itself, by way of others", code: .invalidGraph,
      advice: "say what leads back with a connection")
  }
}
