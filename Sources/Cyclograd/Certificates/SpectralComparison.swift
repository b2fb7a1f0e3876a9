/// Γ‖W‖₂ of one cyclic component by blocks: ‖Δa_i‖₂ ≤ Σⱼ N[i, j] ‖Δa_j‖₂ for every pair of states, a block being a group
/// or all groups together.
///
/// Rows are multiplied with their slopes' bounds first, softmax groups with 1/2, the norm of the Jacobian
/// diag(s) − s sᵀ. Units of a neuron are rows of their own: a maximum moves no further than all of them together, and a
/// sum of m numbers no further than √m times that. A loop of blocks whose norms multiply to less than 1 has λ_PF(N) < 1:
/// the small-gain theorem.
struct SpectralComparison: NonNegativeMap {
  /// The largest number of neurons: norms are proved by dense factorizations.
  static let largestSize = 600
  /// The largest number before identity neurons are eliminated.
  static let mostNeurons = 4000

  private let entries: [[Double]]

  var count: Int { entries.count }
  var work: Int { count * (count + 1) }

  /// - Parameter isWhole: whether all groups are one block.
  init(_ system: EliminatedComponent, isWhole: Bool) throws(NoCertificate) {
    let network = system.network
    var blockOfNeuron: [Int: Int] = [:]
    var placeOfNeuron: [Int: Int] = [:]
    var members: [[Int]] = []
    var blockOfGroup: [Int: Int] = [:]
    for run in system.runs {
      let block = blockOfGroup[isWhole ? 0 : run.group] ?? members.count
      if block == members.count {
        members.append([])
        blockOfGroup[isWhole ? 0 : run.group] = block
      }
      for k in run.neurons where !system.isEliminated(k) {
        blockOfNeuron[k] = block
        placeOfNeuron[k] = members[block].count
        members[block].append(k)
      }
    }
    let sizes = members.map(\.count)
    guard sizes.reduce(0, +) <= Self.largestSize else {
      throw NoCertificate(reason: "the component has more than \(Self.largestSize) neurons")
    }
    var result = sizes.map { _ in [Double](repeating: 0, count: sizes.count) }
    var rows = sizes.map { _ in sizes.map { _ in DenseRows() } }
    for (index, run) in system.runs.enumerated() {
      let group = network.layout.entries[run.group].group
      var bounds = try system.slopeBounds(run: index)
      if group.units[0].activation == .softmax { bounds = [0.5] }
      // Units that stand still add nothing to the sum.
      let moved = bounds.count { $0 > 0 }
      let spread = group.combine == .max || moved < 2 ? 1 : Double(moved).squareRoot().nextUp
      for k in run.neurons {
        guard let target = blockOfNeuron[k] else { continue }
        for (unit, bound) in bounds.enumerated() {
          let scale = spread == 1 ? bound : Rounding.productUp(bound, spread)
          for source in sizes.indices { rows[target][source].begin(width: sizes[source]) }
          for (neuron, weight) in system.row(Int(network.unitStarts[k]) + unit) {
            guard let source = blockOfNeuron[neuron], let place = placeOfNeuron[neuron] else {
              continue
            }
            rows[target][source].set(place, weight * Interval(scale))
          }
        }
      }
    }
    for target in sizes.indices {
      for source in sizes.indices { result[target][source] = rows[target][source].norm }
    }
    entries = result
  }

  func times(
    _ v: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> [Double] {
    entries.map { row in
      zip(row, v).reduce(0) { total, pair in
        pair.0 == 0 ? total : sum(total, product(pair.0, pair.1))
      }
    }
  }
}

/// A dense matrix, row by row, with an upper bound of how far its entries may be off.
private struct DenseRows {
  private var width = 0
  private var rows: [[Double]] = []
  /// The sum of the squares of the entries' errors, rounded up.
  private var error = 0.0

  mutating func begin(width: Int) {
    self.width = width
    rows.append([Double](repeating: 0, count: width))
  }

  mutating func set(_ place: Int, _ value: Interval) {
    let centre = value.lower / 2 + value.upper / 2
    rows[rows.count - 1][place] = centre
    let radius = Swift.max(
      (value.upper - centre).nextUp, (centre - value.lower).nextUp)
    if value.lower != value.upper {
      error = Rounding.sumUp(error, Rounding.productUp(radius, radius))
    }
  }

  /// An upper bound of the 2-norm.
  var norm: Double {
    let rest = error == 0 ? 0 : error.squareRoot().nextUp
    let columns =
      (0..<width).map { column in
        rows.reduce(0.0) { Rounding.sumUp($0, $1[column].magnitude) }
      }.max() ?? 0
    let sums = rows.map { $0.reduce(0.0) { Rounding.sumUp($0, $1.magnitude) } }.max() ?? 0
    guard columns > 0, columns.isFinite, sums.isFinite else {
      return columns == 0 ? rest : .infinity
    }
    // ‖B‖₂² ≤ ‖B‖₁ ‖B‖∞ where nothing sharper is proved.
    var best = Rounding.productUp(columns, sums).squareRoot().nextUp
    let estimate = spectralEstimate
    for factor in [1 + 1e-9, 1 + 1e-6, 1.001, 1.03] {
      let bound = estimate * factor
      guard bound < best else { break }
      if isBelow(bound) {
        best = bound
        break
      }
    }
    return rest == 0 ? best : Rounding.sumUp(best, rest)
  }

  /// The largest singular value by power iteration; it proves nothing.
  private var spectralEstimate: Double {
    var v = (0..<width).map { 1 + 0.25 * Double($0 % 7) / 7 }
    var value = 0.0
    for _ in 0..<200 {
      let length = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard length > 0, length.isFinite else { return value }
      v = v.map { $0 / length }
      let image = rows.map { row in zip(row, v).reduce(0) { $0 + $1.0 * $1.1 } }
      let next = image.reduce(0) { $0 + $1 * $1 }.squareRoot()
      var back = [Double](repeating: 0, count: width)
      for (row, factor) in zip(rows, image) where factor != 0 {
        for column in 0..<width { back[column] += factor * row[column] }
      }
      if abs(next - value) <= 1e-13 * next { return next }
      value = next
      v = back
    }
    return value
  }

  /// Whether c² I − B Bᵀ, or Bᵀ B where that is smaller, is positive definite for certain, so that ‖B‖₂ < c.
  private func isBelow(_ c: Double) -> Bool {
    let isWide = width > rows.count
    let n = isWide ? rows.count : width
    let m = isWide ? width : rows.count
    func entry(_ i: Int, _ k: Int) -> Double { isWide ? rows[i][k] : rows[k][i] }
    var a = [Double](repeating: 0, count: n * n)
    var largest = 0.0
    for i in 0..<n {
      var sum = 0.0
      for j in 0..<n {
        var (product, size) = (0.0, 0.0)
        for k in 0..<m {
          let term = entry(i, k) * entry(j, k)
          product += term
          size += abs(term)
        }
        a[i * n + j] = -product
        sum += size
      }
      a[i * n + i] += (c * c).nextDown
      largest = max(largest, sum)
    }
    // Forming the matrix errs by (m + 2) u |B| |Bᵀ|, factoring it by (n + 2) u times its trace; both many times over.
    let shift =
      0x1p-48 * Double(n + m + 8) * (Double(n) * c * c + largest + c * c) + 1e-100
    guard shift.isFinite else { return false }
    for i in 0..<n { a[i * n + i] -= shift }
    return MonotoneCondition.factorizes(&a, n)
  }
}
