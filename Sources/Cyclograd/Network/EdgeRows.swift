/// The edges of an expansion by the unit that they enter.
struct EdgeRows {
  /// Where each unit's edges begin.
  var starts: [Int32]
  /// The places of the edges in the expansion.
  var order: [Int32]

  /// Counts and sorts edges by their units.
  ///
  /// - Parameter buckets: the units whose edges are wanted; the edges of others are left out.
  init(_ units: [Int32], buckets: Range<Int>) {
    let first = buckets.lowerBound
    var starts = [Int32](repeating: 0, count: buckets.count + 1)
    for unit in units where buckets.contains(Int(unit)) { starts[Int(unit) - first + 1] += 1 }
    for bucket in 0..<buckets.count { starts[bucket + 1] += starts[bucket] }
    var next = starts
    var order = [Int32](repeating: 0, count: Int(starts[buckets.count]))
    for index in units.indices where buckets.contains(Int(units[index])) {
      let bucket = Int(units[index]) - first
      order[Int(next[bucket])] = Int32(truncatingIfNeeded: index)
      next[bucket] += 1
    }
    self.starts = starts
    self.order = order
  }

  /// Removes the edges of rules for which there is a single edge: the particular replaces the
  /// general. The places of the others in their rules, and so their values, stay what they are.
  mutating func removeReplaced(_ sources: inout [Int32], firstSingleEdge: Int) {
    // Places ascend within a row, so its single edges come last.
    guard firstSingleEdge > 0, order.contains(where: { $0 >= firstSingleEdge }) else { return }
    var replacedFor: [Int32: Int] = [:]
    var kept = 0
    for unit in 0..<starts.count - 1 {
      let row = Int(starts[unit])..<Int(starts[unit + 1])
      starts[unit] = Int32(kept)
      let single = row.partitioningIndex { Int(order[$0]) >= firstSingleEdge }
      if single > row.lowerBound {
        for place in single..<row.upperBound { replacedFor[sources[place]] = unit }
      }
      for place in row
      where place >= single || single == row.upperBound || replacedFor[sources[place]] != unit {
        order[kept] = order[place]
        sources[kept] = sources[place]
        kept += 1
      }
    }
    starts[starts.count - 1] = Int32(kept)
    order.removeSubrange(kept...)
    sources.removeSubrange(kept...)
  }

  /// Sorts each row by its sources; edges from the same source stay in their order.
  mutating func sort(_ sources: inout [Int32]) {
    var row: [(source: Int32, place: Int32)] = []
    for unit in 0..<starts.count - 1 {
      let range = Int(starts[unit])..<Int(starts[unit + 1])
      // Most patterns list their sources in order.
      if range.dropFirst().allSatisfy({ sources[$0 - 1] <= sources[$0] }) { continue }
      row.removeAll(keepingCapacity: true)
      for place in range { row.append((sources[place], order[place])) }
      row.sort { $0.source != $1.source ? $0.source < $1.source : $0.place < $1.place }
      for (place, edge) in zip(range, row) { (sources[place], order[place]) = edge }
    }
  }
}
