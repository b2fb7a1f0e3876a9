/// Incomplete LU factors without fill, ILU(0): L and U have the pattern of the matrix, and their product agrees with
/// it there (Meijerink & van der Vorst, Math. Comp. 31, 1977; Saad, Iterative Methods, algorithm 10.4).
///
/// A preconditioner, not a solver. Rows are not exchanged, so a pivot may vanish although the matrix is regular.
public struct IncompleteLU: Sendable {
  /// The pattern of the matrices.
  public let pattern: SparsePattern
  private let diagonal: [Int32]
  private var factors: [Double]
  /// For each column its entry in the row at hand, or −1.
  private var place: [Int32]

  /// A pivot that is smaller than this fraction of its row counts as zero.
  private static let smallestPivot = 1e-10
  /// What is added to the diagonal, over the largest entry, until no pivot is zero.
  private static let shifts = [0, 1e-3, 1e-2, 1e-1, 1]

  /// Prepares for matrices of a square pattern; `nil` where a row has no entry on the diagonal.
  public init?(_ pattern: SparsePattern) {
    guard pattern.isSquare else { return nil }
    var diagonal: [Int32] = []
    for row in 0..<pattern.rowCount {
      let entries = pattern.entries(ofRow: row)
      guard let entry = entries.first(where: { pattern.columns[$0] == Int32(row) }) else {
        return nil
      }
      diagonal.append(Int32(entry))
    }
    self.pattern = pattern
    self.diagonal = diagonal
    factors = []
    place = Array(repeating: -1, count: pattern.rowCount)
  }

  /// The multiplications of one factorization, at most; for a full matrix a third of the cube of its order.
  public var work: Double {
    var result = 0.0
    for row in 0..<pattern.rowCount {
      for entry in pattern.entries(ofRow: row).lowerBound..<Int(diagonal[row]) {
        result += Double(upper(Int(pattern.columns[entry])).count + 1)
      }
    }
    return result
  }

  private func lower(_ row: Int) -> Range<Int> {
    Int(pattern.rowStarts[row])..<Int(diagonal[row])
  }

  private func upper(_ row: Int) -> Range<Int> {
    Int(diagonal[row]) + 1..<Int(pattern.rowStarts[row + 1])
  }

  /// Factors the matrix with these values, in the order of the pattern's columns.
  ///
  /// Where a pivot is zero, or all but that, something is added to the diagonal.
  ///
  /// - Returns: what was added, 0 as a rule; `nil` where no factor was found, which leaves none.
  public mutating func factor(_ values: [Double]) -> Double? {
    let largest = values.reduce(0) { max($0, abs($1)) }
    guard values.count == pattern.entryCount, largest.isFinite else { return nil }
    for share in Self.shifts where eliminate(values, shift: share * largest) {
      return share * largest
    }
    factors.removeAll()
    return nil
  }

  private mutating func eliminate(_ values: [Double], shift: Double) -> Bool {
    factors = values
    for entry in diagonal { factors[Int(entry)] += shift }
    for row in 0..<pattern.rowCount {
      let entries = pattern.entries(ofRow: row)
      var size = 0.0
      for entry in entries {
        place[Int(pattern.columns[entry])] = Int32(entry)
        size = max(size, abs(factors[entry]))
      }
      for entry in lower(row) {
        let pivot = Int(pattern.columns[entry])
        let factor = factors[entry] / factors[Int(diagonal[pivot])]
        factors[entry] = factor
        for other in upper(pivot) {
          let target = Int(place[Int(pattern.columns[other])])
          if target >= 0 { factors[target] -= factor * factors[other] }
        }
      }
      for entry in entries { place[Int(pattern.columns[entry])] = -1 }
      let pivot = abs(factors[Int(diagonal[row])])
      guard pivot > Self.smallestPivot * size, pivot.isFinite else { return false }
    }
    return true
  }

  /// Replaces x by (L U)⁻¹ x, or (L U)⁻ᵀ x; there must be factors. Linear in the entries.
  public func solve(_ x: inout [Double], transposed: Bool = false) {
    precondition(factors.count == pattern.entryCount && x.count == pattern.rowCount)
    if transposed {
      for row in 0..<x.count {
        x[row] /= factors[Int(diagonal[row])]
        for entry in upper(row) { x[Int(pattern.columns[entry])] -= factors[entry] * x[row] }
      }
      for row in stride(from: x.count - 1, through: 0, by: -1) {
        for entry in lower(row) { x[Int(pattern.columns[entry])] -= factors[entry] * x[row] }
      }
    } else {
      for row in 0..<x.count {
        for entry in lower(row) { x[row] -= factors[entry] * x[Int(pattern.columns[entry])] }
      }
      for row in stride(from: x.count - 1, through: 0, by: -1) {
        for entry in upper(row) { x[row] -= factors[entry] * x[Int(pattern.columns[entry])] }
        x[row] /= factors[Int(diagonal[row])]
      }
    }
  }
}
