import Synchronization

/// Wᵀ, or a part of it, by rows: for each source neuron its target units, ascending.
final class Transpose: Hashable, Sendable {
  let rows: TopologyRows
  /// For each entry the one of W that has its weight.
  let places: [Int32]

  init(_ rows: TopologyRows, places: [Int32]) {
    (self.rows, self.places) = (rows, places)
  }

  /// The transpose of rows that follow one another, by a counting sort; O(entries).
  ///
  /// - Parameters:
  ///   - neurons: how many columns there are.
  ///   - wanted: the entries of a row that are taken.
  init(of rows: TopologyRows, neurons: Int, _ wanted: (_ row: Int) -> Range<Int>) {
    var starts = [Int32](repeating: 0, count: neurons + 1)
    rows.columns.withUnsafeBufferPointer { columns in
      for row in 0..<rows.count {
        for entry in wanted(row) { starts[Int(columns[entry]) + 1] += 1 }
      }
    }
    for k in 0..<neurons { starts[k + 1] += starts[k] }
    let count = Int(starts[neurons])
    var next = starts
    var units = [Int32](repeating: 0, count: count)
    var places = units
    rows.columns.withUnsafeBufferPointer { columns in
      for row in 0..<rows.count {
        for entry in wanted(row) {
          let k = Int(columns[entry])
          units[Int(next[k])] = Int32(truncatingIfNeeded: row)
          places[Int(next[k])] = Int32(truncatingIfNeeded: entry)
          next[k] += 1
        }
      }
    }
    self.rows = TopologyRows(starts: starts, columns: units)
    self.places = places
  }

  static func == (one: Transpose, other: Transpose) -> Bool {
    one.rows == other.rows && one.places == other.places
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(rows)
    hasher.combine(places)
  }

  /// The entries of a neuron's row: the edges that leave it, by their places in ``places``.
  @inline(__always)
  func edges(of neuron: Int) -> Range<Int> { rows[neuron] }

  /// The unit that one of the edges from a neuron enters.
  @inline(__always)
  func targetUnit(of edge: Int, from neuron: Int) -> Int { rows.column(edge, row: neuron) }
}

/// What a network knows of Wᵀ, which takes 8 bytes an edge.
///
/// Sweeps over tiles serve Wᵀ by the entries of W (see ``SparseAlgebra/MatrixTiles``), and between stages only the edges
/// there are needed. So large networks most of whose edges lie within cycles keep these alone, and the whole is found when
/// it is first asked for.
final class TransposeStore: Sendable {
  /// Wᵀ over the edges between stages, and from acyclic ones; `nil` where the whole is kept.
  let betweenStages: Transpose?
  private let rows: TopologyRows
  private let neurons: Int
  private let known = AtomicLazyReference<Transpose>()
  /// Two copies of what is large are not made at the same time.
  private let making = Mutex(())

  /// Smaller networks keep the whole.
  private static let fewestEdges = 1 << 22

  /// - Parameters:
  ///   - parts: with the whole of Wᵀ.
  ///   - isDeferred: whether only what is between stages is kept; where that saves much for `nil`.
  init(_ parts: NetworkParts, isDeferred: Bool? = nil) {
    rows = parts.rows
    neurons = parts.layout.neuronCount
    var between: Transpose?
    let edges = parts.rows.columns.count
    if rows.isPlain, isDeferred ?? (edges >= Self.fewestEdges) {
      between = Self.betweenStages(parts)
    }
    if let between, isDeferred != nil || between.places.count <= edges / 2 {
      betweenStages = between
    } else {
      betweenStages = nil
      _ = known.storeIfNil(Transpose(parts.outRows, places: parts.outPlaces))
    }
  }

  private static func betweenStages(_ parts: NetworkParts) -> Transpose {
    var stage = 0
    return Transpose(of: parts.rows, neurons: parts.layout.neuronCount) { unit in
      let neuron = parts.neuronOfUnit[unit]
      // Units come in the order of stages, twice.
      if neuron < parts.stages[stage].neurons.lowerBound { stage = 0 }
      while neuron >= parts.stages[stage].neurons.upperBound { stage += 1 }
      let row = parts.rows[unit]
      guard parts.stages[stage].isCyclic else { return row }
      // Columns ascend, and nothing downstream feeds a stage.
      let first = parts.stages[stage].neurons.lowerBound
      return row.lowerBound..<row.partitioningIndex { parts.rows.columns[$0] >= first }
    }
  }

  /// All of Wᵀ.
  var whole: Transpose {
    if let found = known.load() { return found }
    return making.withLock { _ in
      if let found = known.load() { return found }
      return known.storeIfNil(Transpose(of: rows, neurons: neurons) { rows[$0] })
    }
  }

  /// Whether all of Wᵀ is at hand.
  var hasWhole: Bool { known.load() != nil }

  /// How many numbers of 32 bits are held.
  var words: Int {
    [betweenStages, known.load()].reduce(0) { sum, transpose in
      sum + (transpose.map { $0.rows.words + $0.places.count } ?? 0)
    }
  }
}
