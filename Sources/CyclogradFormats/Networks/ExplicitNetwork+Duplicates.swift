import Cyclograd

extension ExplicitNetwork {
  /// Refuses several edges from one neuron to one unit, or makes one edge of them.
  ///
  /// - Returns: a remark if edges were summed.
  mutating func resolveDuplicates(
    _ policy: DuplicateEntries, file: String, line: ((Int) -> Int?)? = nil
  ) throws -> String? {
    guard let edge = duplicate() else { return nil }
    guard policy == .sum else {
      let names = names
      func neuron(_ index: Int32) -> String {
        names.map { Excerpt.quoted($0[Int(index)]) } ?? String(index)
      }
      throw CyclogradError(
        .malformedFile,
        "two edges lead from neuron \(neuron(sources[edge])) to neuron \(neuron(targets[edge]))",
        at: .init(file: file, line: line?(edge)),
        advice: "remove one, or give --duplicates sum to add their weights")
    }
    let before = edgeCount
    sumDuplicates()
    return "\(before) edges summed to \(edgeCount): several led from one neuron to the same one"
  }

  /// The later one of two edges with the same ends.
  private func duplicate() -> Int? {
    let count = neuronCount
    guard units.isEmpty, count <= 4 * edgeCount + 1024 else {
      var seen = Set<EdgePlace>(minimumCapacity: edgeCount)
      return targets.indices.first { !seen.insert(place($0)).inserted }
    }
    var starts = [Int](repeating: 0, count: count + 1)
    for target in targets { starts[Int(target) + 1] += 1 }
    for row in 0..<count { starts[row + 1] += starts[row] }
    var order = [Int32](repeating: 0, count: edgeCount)
    var next = starts
    for edge in targets.indices {
      let row = Int(targets[edge])
      order[next[row]] = Int32(edge)
      next[row] += 1
    }
    var lastRow = [Int32](repeating: -1, count: count)
    for row in 0..<count {
      for place in starts[row]..<starts[row + 1] {
        let edge = Int(order[place])
        let source = Int(sources[edge])
        if lastRow[source] == row { return edge }
        lastRow[source] = Int32(row)
      }
    }
    return nil
  }

  private mutating func sumDuplicates() {
    var first: [EdgePlace: Int] = Dictionary(minimumCapacity: edgeCount)
    var kept = 0
    for edge in targets.indices {
      let place = place(edge)
      if let earlier = first[place] {
        weights[earlier] += weights[edge]
        continue
      }
      first[place] = kept
      targets[kept] = targets[edge]
      sources[kept] = sources[edge]
      weights[kept] = weights[edge]
      if !units.isEmpty { units[kept] = units[edge] }
      if !frozenWeights.isEmpty { frozenWeights[kept] = frozenWeights[edge] }
      kept += 1
    }
    targets.removeSubrange(kept...)
    sources.removeSubrange(kept...)
    weights.removeSubrange(kept...)
    if !units.isEmpty { units.removeSubrange(kept...) }
    if !frozenWeights.isEmpty { frozenWeights.removeSubrange(kept...) }
  }

  private struct EdgePlace: Hashable {
    var target: Int32
    var source: Int32
    var unit: Int32
  }

  private func place(_ edge: Int) -> EdgePlace {
    .init(target: targets[edge], source: sources[edge], unit: units.isEmpty ? 0 : units[edge])
  }
}
