import SparseAlgebra

/// Unsymmetric in pattern and values, invertible, with many entries off the diagonal.
func randomMatrix(
  order: Int, degree: Int, diagonal: Double = 3, using generator: inout TestRandom
) throws -> SparseMatrix {
  let rows = (0..<order).map { row in
    var entries: [Int: Double] = [:]
    for _ in 0..<degree {
      entries[Int.random(in: 0..<order, using: &generator)] = generator.symmetricUnit()
    }
    entries[row] = diagonal + generator.symmetricUnit()
    return entries
  }
  return try SparseMatrix(rows: rows)
}

/// A symmetric, diagonally dominant matrix on a random symmetric pattern.
func randomSymmetricMatrix(
  order: Int, degree: Int, using generator: inout TestRandom
) throws -> SparseMatrix {
  var rows = [[Int: Double]](repeating: [:], count: order)
  for i in 0..<order {
    for _ in 0..<degree {
      let j = Int.random(in: 0..<order, using: &generator)
      let value = generator.symmetricUnit()
      rows[i][j] = value
      rows[j][i] = value
    }
  }
  for i in 0..<order {
    rows[i][i] = 1 + rows[i].filter { $0.key != i }.values.reduce(0) { $0 + abs($1) }
  }
  return try SparseMatrix(rows: rows)
}

/// The 9-point lattice: each vertex with its 8 neighbours and itself.
func latticeRows(
  _ side: Int, value: (_ row: Int, _ column: Int) -> Double
) -> [[Int: Double]] {
  (0..<side * side).map { row in
    var entries: [Int: Double] = [:]
    for dy in -1...1 {
      for dx in -1...1 {
        let y = row / side + dy
        let x = row % side + dx
        if (0..<side).contains(y), (0..<side).contains(x) {
          entries[y * side + x] = value(row, y * side + x)
        }
      }
    }
    return entries
  }
}

/// A pattern from the neighbours of each vertex, with the diagonal added.
func pattern(order: Int, _ neighbours: (Int) -> [Int]) throws -> SparsePattern {
  var starts: [Int32] = [0]
  var columns: [Int32] = []
  for row in 0..<order {
    columns += Set(neighbours(row) + [row]).sorted().map(Int32.init)
    starts.append(Int32(columns.count))
  }
  return try SparsePattern(
    rowCount: order, columnCount: order, rowStarts: starts, columns: columns)
}

func randomPattern(order: Int, degree: Int, seed: UInt64) throws -> SparsePattern {
  var generator = TestRandom(seed)
  return try pattern(order: order) { _ in
    (0..<degree).map { _ in Int.random(in: 0..<order, using: &generator) }
  }
}
