import Cyclograd

extension ReducibleNetwork {
  /// The largest number of rows or columns whose singular values are computed.
  private static let largestSide = 800

  private struct Pair: Hashable {
    var from: Int
    var to: Int
    var unit: Int
  }

  /// Has connections of low rank pass through identity neurons, W ≈ L Rᵀ, where that takes fewer edges.
  mutating func lowerRanks(_ tolerance: Double) {
    var edges: [Pair: [(unit: Int, source: Int32)]] = [:]
    for k in neurons.indices where neurons[k].isAlive {
      for (number, unit) in neurons[k].units.enumerated() {
        for from in units[unit].row.keys {
          edges[
            Pair(from: neurons[Int(from)].block, to: neurons[k].block, unit: number), default: []
          ].append((unit, from))
        }
      }
    }
    let order = edges.keys.sorted {
      ($0.to, $0.unit, $0.from) < ($1.to, $1.unit, $1.from)
    }
    for pair in order {
      guard let entries = edges[pair],
        entries.allSatisfy({ units[$0.unit].row[$0.source].map(isFixed) == true })
      else { continue }
      lowerRank(pair, entries, tolerance)
    }
  }

  private mutating func lowerRank(
    _ pair: Pair, _ entries: [(unit: Int, source: Int32)], _ tolerance: Double
  ) {
    let rows = Array(Set(entries.map(\.unit))).sorted()
    let columns = Array(Set(entries.map(\.source))).sorted()
    guard rows.count + columns.count < entries.count, rows.count <= Self.largestSide,
      columns.count <= Self.largestSide
    else { return }
    let placeOfColumn = Dictionary(uniqueKeysWithValues: zip(columns, columns.indices))
    let placeOfRow = Dictionary(uniqueKeysWithValues: zip(rows, rows.indices))
    var matrix = Matrix(rows: rows.count, columns: columns.count)
    var isFrozen = true
    for (unit, source) in entries {
      guard let edge = units[unit].row[source], let i = placeOfRow[unit],
        let j = placeOfColumn[source]
      else { continue }
      matrix[i, j] = edge.weight
      isFrozen = isFrozen && edge.isFrozen
    }
    let (left, right) = SingularVectors.factors(matrix)
    let squares = left.map { $0.reduce(0) { $0 + $1 * $1 } }
    let total = squares.reduce(0, +)
    guard total > 0, total.isFinite else { return }
    var rank = squares.count
    var rest = 0.0
    // Singular values at the level of rounding say nothing, so a tolerance of 0 means that level.
    let limit = max(tolerance * tolerance, 0x1p-100) * total
    while rank > 0, rest + squares[rank - 1] <= limit {
      rest += squares[rank - 1]
      rank -= 1
    }
    guard rank > 0, rank * (rows.count + columns.count) < entries.count else { return }
    // What is written is what counts: the error of the factors as they are, rounded up.
    var error = 0.0
    for i in rows.indices {
      for j in columns.indices {
        var (sum, size) = (0.0, 0.0)
        for r in 0..<rank {
          sum += left[r][i] * right[r][j]
          size += abs(left[r][i] * right[r][j])
        }
        let off = abs(matrix[i, j] - sum) + size * Double(rank + 2) * 0x1p-52
        error = (error + (off * off).nextUp).nextUp
      }
    }
    let bound = error.squareRoot().nextUp
    let names = (blocks[pair.from].name, blocks[pair.to].name)
    for (unit, source) in entries { removeEdge(from: Int(source), to: unit) }
    var name = "rank-\(names.0)-\(names.1)".replacing(".", with: "-")
    while blocks.contains(where: { $0.name == name }) { name += "-" }
    let first = append(name, count: rank)
    for r in 0..<rank {
      let own = neurons[first + r].units.lowerBound
      for (j, source) in columns.enumerated() where right[r][j] != 0 {
        add(right[r][j], from: source, to: own, isFrozen: isFrozen)
      }
      for (i, unit) in rows.enumerated() where left[r][i] != 0 {
        add(left[r][i], from: Int32(first + r), to: unit, isFrozen: isFrozen)
      }
    }
    steps.append(
      .init(
        reason: .lowRank, subject: "\(names.0) -> \(names.1)",
        detail:
          "rank \(rank) of \(min(rows.count, columns.count)), error at most \(bound) in the 2-norm")
    )
  }
}
