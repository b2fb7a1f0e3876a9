extension Parameters {
  /// The same with every full block of weights replaced by the matrix of some rank that is nearest to it in the Frobenius norm
  /// (Eckart & Young 1936).
  ///
  /// A block has the weights from one group to one unit of each neuron of another. It is full where every neuron of the one has
  /// an edge to every one of the other, none of them tied. Blocks that are not full, or of no higher rank by their shape, stay.
  /// ``ModelError`` proves what that costs.
  ///
  /// - Parameters:
  ///   - rank: at least 1.
  ///   - network: the network that the parameters belong to.
  /// - Throws: ``CyclogradError`` `invalid-option` for a rank below 1, and where no block is replaced.
  /// - Complexity: O(m n²) for a block of m × n, n ≤ m, times some ten sweeps.
  public func truncated(toRank rank: Int, of network: Network) throws(CyclogradError) -> Parameters
  {
    try network.check(self)
    guard rank >= 1 else {
      throw CyclogradError(.invalidOption, "the rank is \(rank)", advice: "give 1 or more")
    }
    var result = self
    var isAnyReplaced = false
    for block in network.fullBlocks where min(block.rows, block.columns) > rank {
      var matrix = Matrix(
        rows: block.rows, columns: block.columns, elements: block.parameters.map { values[$0] })
      matrix = SingularVectors.nearest(matrix, rank: rank)
      for (index, parameter) in block.parameters.enumerated() {
        result.values[parameter] = matrix.elements[index]
      }
      isAnyReplaced = true
    }
    guard isAnyReplaced else {
      throw CyclogradError(
        .invalidOption, "no block of weights is full and of a rank above \(rank)",
        advice: "give a smaller rank; sparse, tied and shared weights have none")
    }
    return result
  }
}

extension Network {
  /// Weights from one group to one unit of another one, row by row of the targets.
  fileprivate struct Block {
    var rows: Int
    var columns: Int
    var parameters: [Int]
  }

  /// The blocks in which every edge is there, with a parameter of its own.
  fileprivate var fullBlocks: [Block] {
    let groupOfNeuron = groupOfNeuron
    var sizes: [Int: Int] = [:]
    for group in groupOfNeuron { sizes[group, default: 0] += 1 }
    var uses = [Int](repeating: 0, count: parameterCount)
    for s in 0..<unitCount {
      for edge in inEdges(of: s) { uses[parameter(ofEdge: edge)] += 1 }
    }
    struct Key: Hashable {
      var target: Int
      var unit: Int
      var source: Int
    }
    var found: [Key: [(target: Int, source: Int32, parameter: Int)]] = [:]
    for k in 0..<neuronCount {
      let first = Int(unitStarts[k])
      for s in first..<Int(unitStarts[k + 1]) {
        for e in inEdges(of: s) {
          let key = Key(
            target: groupOfNeuron[k], unit: s - first,
            source: groupOfNeuron[sourceNeuron(of: e, into: s)]
          )
          found[key, default: []].append(
            (k, Int32(sourceNeuron(of: e, into: s)), parameter(ofEdge: e)))
        }
      }
    }
    let order: (Key, Key) -> Bool = {
      ($0.target, $0.unit, $0.source) < ($1.target, $1.unit, $1.source)
    }
    return found.keys.sorted(by: order).compactMap { key in
      let edges = found[key] ?? []
      let (rows, columns) = (sizes[key.target] ?? 0, sizes[key.source] ?? 0)
      guard edges.count == rows * columns,
        edges.allSatisfy({ uses[$0.parameter] == 1 })
      else { return nil }
      let sorted = edges.sorted { ($0.target, $0.source) < ($1.target, $1.source) }
      return Block(rows: rows, columns: columns, parameters: sorted.map(\.parameter))
    }
  }
}
