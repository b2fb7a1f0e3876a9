import SparseAlgebra

/// The strongly connected components of a graph's evaluation blocks, numbered so that those which feed others come first,
/// and at which level each is evaluated.
struct CondensedComponents {
  /// How many neurons each has.
  private(set) var neuronCounts: [Int32]
  /// The length of the longest chain of components that leads to each; a rank's levels follow those of the rank before.
  private(set) var level: [Int32]
  /// Whether there is an edge within it.
  private(set) var isCyclic: [Bool]
  /// The number of components of each rank.
  private(set) var countOfRank: [Int] = []
  private var levelCount = 0
  private let ofBlock: [Int32]
  private let blocks: EvaluationBlocks

  /// The number of components.
  var count: Int { neuronCounts.count }

  /// The parameters are those of ``Condensation``.
  init(_ layout: GraphLayout, ranks: [Int32]?, rowStarts: [Int32], sources: [Int32]) {
    let blocks = EvaluationBlocks(layout)
    let starts = blocks.firstUnit.map { rowStarts[Int($0)] }
    // Successors are the sources, so Tarjan's order is the order of evaluation.
    let components = sources.withUnsafeBufferPointer { sources in
      blocks.ofNeuron.withUnsafeBufferPointer { ofNeuron in
        StronglyConnectedComponents(starts: starts, successors: sources, vertexOf: ofNeuron)
      }
    }
    self.blocks = blocks
    ofBlock = components.componentOfVertex
    var neuronCounts = [Int32](repeating: 0, count: components.count)
    var blockCounts = neuronCounts
    for (block, component) in ofBlock.enumerated() {
      neuronCounts[Int(component)] += blocks.firstNeuron[block + 1] - blocks.firstNeuron[block]
      blockCounts[Int(component)] += 1
    }
    self.neuronCounts = neuronCounts
    level = Array(repeating: 0, count: components.count)
    isCyclic = blockCounts.map { $0 > 1 }
    let rank = rank(ranks, layout)
    findLevels(rank, starts, sources)
    stackRanks(rank)
  }

  func component(ofNeuron neuron: Int) -> Int { Int(ofBlock[Int(blocks.ofNeuron[neuron])]) }

  /// The rank of each component.
  private func rank(_ ranks: [Int32]?, _ layout: GraphLayout) -> [Int32] {
    var result = [Int32](repeating: 0, count: count)
    guard let ranks else { return result }
    for (entry, rank) in zip(layout.entries, ranks) {
      for neuron in entry.firstNeuron..<entry.firstNeuron + entry.size {
        result[component(ofNeuron: neuron)] = rank
      }
    }
    return result
  }

  /// Levels within ranks, and loops. They need each component's predecessors first, so blocks are visited by component.
  private mutating func findLevels(_ rank: [Int32], _ starts: [Int32], _ sources: [Int32]) {
    for block in Self.countingSort(ofBlock, bound: count) {
      let c = Int(ofBlock[Int(block)])
      var height = level[c]
      for entry in starts[Int(block)]..<starts[Int(block) + 1] {
        let source = component(ofNeuron: Int(sources[Int(entry)]))
        if source == c {
          isCyclic[c] = true
        } else if rank[source] == rank[c] {
          height = max(height, level[source] + 1)
        }
      }
      level[c] = height
    }
  }

  /// Puts the levels of each rank after those of the rank before.
  private mutating func stackRanks(_ rank: [Int32]) {
    let rankCount = Int(rank.max() ?? -1) + 1
    var levelsOfRank = [Int32](repeating: 0, count: rankCount)
    countOfRank = Array(repeating: 0, count: rankCount)
    for c in 0..<count {
      levelsOfRank[Int(rank[c])] = max(levelsOfRank[Int(rank[c])], level[c] + 1)
      countOfRank[Int(rank[c])] += 1
    }
    var firstLevel: [Int32] = [0]
    for levels in levelsOfRank { firstLevel.append(firstLevel[firstLevel.count - 1] + levels) }
    for c in 0..<count { level[c] += firstLevel[Int(rank[c])] }
    levelCount = Int(firstLevel[rankCount])
  }

  /// Components by level, acyclic before cyclic, then as the file has their first neurons.
  func inOrder() -> [Int32] {
    var seen = [Bool](repeating: false, count: count)
    var inFileOrder: [Int32] = []
    inFileOrder.reserveCapacity(count)
    for component in ofBlock where !seen[Int(component)] {
      seen[Int(component)] = true
      inFileOrder.append(component)
    }
    let keys = inFileOrder.map { level[Int($0)] * 2 + (isCyclic[Int($0)] ? 1 : 0) }
    return Self.countingSort(keys, bound: 2 * levelCount).map { inFileOrder[Int($0)] }
  }

  /// The indices of keys, sorted by key, equal keys in their order.
  private static func countingSort(_ keys: [Int32], bound: Int) -> [Int32] {
    var starts = [Int32](repeating: 0, count: bound + 1)
    for key in keys { starts[Int(key) + 1] += 1 }
    for key in 0..<bound { starts[key + 1] += starts[key] }
    var result = [Int32](repeating: 0, count: keys.count)
    for (index, key) in keys.enumerated() {
      result[Int(starts[Int(key)])] = Int32(index)
      starts[Int(key)] += 1
    }
    return result
  }
}
