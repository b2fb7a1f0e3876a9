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
    for edge in 0..<edgeCount { uses[parameter(ofEdge: edge)] += 1 }
    struct Key: Hashable {
      var target: Int
      var unit: Int
      var source: Int
    }
    var found: [Key: [(target: Int, source: Int32, parameter: Int)]] = [:]
    for k in 0..<neuronCount {
      let first = Int(unitStarts[k])
      for s in first..<Int(unitStarts[k + 1]) {
        for e in Int(rowStarts[s])..<Int(rowStarts[s + 1]) {
          let key = Key(
            target: groupOfNeuron[k], unit: s - first, source: groupOfNeuron[Int(columns[e])])
          found[key, default: []].append((k, columns[e], parameter(ofEdge: e)))
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

/// The singular value decomposition by rotations of pairs of columns (Hestenes 1958): slow, short and accurate.
enum SingularVectors {
  /// The nearest matrix of some rank.
  static func nearest(_ matrix: Matrix, rank: Int) -> Matrix {
    guard matrix.columns <= matrix.rows else {
      return transposed(nearest(transposed(matrix), rank: rank))
    }
    let n = matrix.columns
    // Columns b = σ u of A V, and those of V.
    var b = (0..<n).map { j in (0..<matrix.rows).map { matrix[$0, j] } }
    var v = (0..<n).map { j in (0..<n).map { $0 == j ? 1.0 : 0 } }
    for _ in 0..<60 {
      var isDone = true
      for p in 0..<n {
        for q in p + 1..<max(n, p + 1) {
          if rotate(&b, &v, p, q) { isDone = false }
        }
      }
      if isDone { break }
    }
    let sizes = b.map { dot($0, $0) }
    let largest = (0..<n).sorted { (sizes[$0], $1) > (sizes[$1], $0) }.prefix(rank)
    var result = Matrix(rows: matrix.rows, columns: n)
    for i in largest {
      for row in 0..<matrix.rows {
        for j in 0..<n { result[row, j] += b[i][row] * v[i][j] }
      }
    }
    return result
  }

  private static func transposed(_ matrix: Matrix) -> Matrix {
    var result = Matrix(rows: matrix.columns, columns: matrix.rows)
    for i in 0..<matrix.rows { for j in 0..<matrix.columns { result[j, i] = matrix[i, j] } }
    return result
  }

  private static func dot(_ x: [Double], _ y: [Double]) -> Double {
    var sum = 0.0
    for i in x.indices { sum += x[i] * y[i] }
    return sum
  }

  /// Makes two columns orthogonal; whether they were not.
  private static func rotate(
    _ b: inout [[Double]], _ v: inout [[Double]], _ p: Int, _ q: Int
  ) -> Bool {
    let (pp, qq, pq) = (dot(b[p], b[p]), dot(b[q], b[q]), dot(b[p], b[q]))
    guard pq.magnitude > 1e-15 * (pp * qq).squareRoot(), pq != 0 else { return false }
    let zeta = (qq - pp) / (2 * pq)
    let t = (zeta >= 0 ? 1.0 : -1) / (zeta.magnitude + (1 + zeta * zeta).squareRoot())
    let c = 1 / (1 + t * t).squareRoot()
    let s = c * t
    for i in b[p].indices {
      let (x, y) = (b[p][i], b[q][i])
      b[p][i] = c * x - s * y
      b[q][i] = s * x + c * y
    }
    for i in v[p].indices {
      let (x, y) = (v[p][i], v[q][i])
      v[p][i] = c * x - s * y
      v[q][i] = s * x + c * y
    }
    return true
  }
}
