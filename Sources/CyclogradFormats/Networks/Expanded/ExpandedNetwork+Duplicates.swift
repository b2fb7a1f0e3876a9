import Cyclograd

extension ExpandedNetwork {
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
    if units.isEmpty {
      let matrix = CoordinateMatrix(
        rows: neuronCount, columns: neuronCount, rowIndices: targets, columnIndices: sources,
        values: nil)
      guard let (row, column) = matrix.duplicate() else { return nil }
      return targets.indices.last { targets[$0] == row && sources[$0] == column }
    }
    var seen = Set<EdgePlace>(minimumCapacity: edgeCount)
    return targets.indices.first { !seen.insert(place($0)).inserted }
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
