import SparseAlgebra
import Synchronization

/// (I − M)⁻¹ of cyclic stages, kept for a network whose comparison graph is solved many times.
final class StageInverses: Sendable {
  fileprivate let known = Mutex<[Int: StageInverse?]>([:])
}

/// An approximate N = (I − M)⁻¹ of one stage, and v > 0 with v − M v ≥ q > 0, which proves that the spectral radius of M is
/// below 1 (Collatz 1942, Wielandt 1950) and says by how much an approximate solution is to be enlarged.
private struct StageInverse: Sendable {
  /// Column by column.
  var columns: [Double]
  var v: [Double]
  var q: [Double]

  /// N by Gauss and Jordan's elimination, which needs no pivots for I − M with M ≥ 0 and a spectral radius below 1.
  init?(order n: Int, entries: (_ row: Int, _ body: (Int, Double) -> Void) -> Void) {
    var a = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      a[i * n + i] = 1
      entries(i) { j, value in a[i * n + j] -= value }
    }
    for pivot in 0..<n {
      let p = a[pivot * n + pivot]
      guard p > 0 else { return nil }
      a[pivot * n + pivot] = 1
      for j in 0..<n { a[pivot * n + j] /= p }
      a.withUnsafeMutableBufferPointer { a in
        let row = a.baseAddress! + pivot * n
        for i in 0..<n where i != pivot {
          let other = a.baseAddress! + i * n
          let factor = other[pivot]
          guard factor != 0 else { continue }
          other[pivot] = 0
          for j in 0..<n { other[j] -= factor * row[j] }
        }
      }
    }
    columns = (0..<n).flatMap { j in (0..<n).map { max(0, a[$0 * n + j]) } }
    v = (0..<n).map { i in (0..<n).reduce(0) { $0 + max(0, a[i * n + $1]) } }
    q = []
    guard v.allSatisfy({ $0 > 0 && $0.isFinite }) else { return nil }
  }

  func solve(_ b: [Double]) -> [Double] {
    let n = b.count
    var result = [Double](repeating: 0, count: n)
    columns.withUnsafeBufferPointer { columns in
      result.withUnsafeMutableBufferPointer { result in
        for (j, value) in b.enumerated() where value != 0 {
          let column = columns.baseAddress! + j * n
          for i in 0..<n { result[i] += value * column[i] }
        }
      }
    }
    return result
  }
}

extension ComparisonSweeps {
  /// The most neurons of a stage whose inverse is kept.
  private static let mostNeurons = 512

  /// A vector above the solution of s = M s + b for b ≤ `most`; `nil` where stages are too large, or softmax is among them, or
  /// no proof is found.
  ///
  /// The solution is that of the approximate inverse, enlarged by a multiple of v until M w + b ≤ w, rounded upward; then it
  /// is mapped once more.
  ///
  /// - Complexity: O(entries), after the first time.
  func above(_ most: [Double]) -> [Double]? {
    guard !isTransposed,
      stages.allSatisfy({
        $0.pools.isEmpty && (!$0.isCyclic || $0.neurons.count <= Self.mostNeurons)
      })
    else { return nil }
    var values = [Double](repeating: 0, count: count)
    var sums = values
    for (index, stage) in stages.enumerated() {
      addRows(stage, isInner: false, values, into: &sums)
      for k in stage.neurons where most[k] > 0 { sums[k] = Rounding.sumUp(sums[k], most[k]) }
      guard stage.isCyclic else {
        for k in stage.neurons { values[k] = Self.kept(sums[k]) }
        continue
      }
      guard let inverse = inverse(index, stage, &values, &sums) else { return nil }
      let first = stage.neurons.lowerBound
      let given = Array(sums[stage.neurons])
      let solution = inverse.solve(given)
      for k in stage.neurons { values[k] = Self.kept(solution[k - first]) }
      addRows(stage, isInner: true, values, into: &sums)
      var share = 0.0
      for k in stage.neurons {
        if sums[k] > values[k] {
          let excess = (sums[k] - values[k]).nextUp
          share = max(share, Rounding.quotientUp(excess, inverse.q[k - first]))
        }
      }
      if share > 0 {
        for k in stage.neurons {
          let more = Rounding.productUp(share, inverse.v[k - first])
          values[k] = Self.kept(Rounding.sumUp(values[k], more))
        }
      }
      for k in stage.neurons { sums[k] = given[k - first] }
      addRows(stage, isInner: true, values, into: &sums)
      for k in stage.neurons {
        values[k] = min(values[k], Self.kept(sums[k]))
        guard values[k].isFinite else { return nil }
      }
    }
    return values
  }

  /// So that no product vanishes by underflow.
  private static func kept(_ x: Double) -> Double { x > 0 && x < least ? least : x }

  /// - Parameters:
  ///   - values: per neuron; 0 in this stage. Where stages are many, vectors of their own would take longer than all else.
  ///   - sums: per neuron. Both are left as they were.
  private func inverse(
    _ index: Int, _ stage: Stage, _ values: inout [Double], _ sums: inout [Double]
  ) -> StageInverse? {
    if let found = inverses.known.withLock({ $0[index] }) { return found }
    let first = stage.neurons.lowerBound
    var made = StageInverse(order: stage.neurons.count) { row, body in
      for entry in Int(inner[first + row])..<Int(starts[first + row + 1]) {
        body(Int(columns[entry]) - first, up[entry])
      }
    }
    if let v = made?.v {
      let given = Array(sums[stage.neurons])
      for k in stage.neurons { (values[k], sums[k]) = (v[k - first], 0) }
      addRows(stage, isInner: true, values, into: &sums)
      let q = stage.neurons.map { (v[$0 - first] - sums[$0]).nextDown }
      for k in stage.neurons { (values[k], sums[k]) = (0, given[k - first]) }
      made?.q = q
      if !q.allSatisfy({ $0 > 0 }) { made = nil }
    }
    let result = made
    inverses.known.withLock { $0[index] = .some(result) }
    return result
  }

  /// Upper bounds of what the entries of some rows give, added to what is there.
  private func addRows(
    _ stage: Stage, isInner: Bool, _ values: [Double], into sums: inout [Double]
  ) {
    guard !columns.isEmpty, !stage.neurons.isEmpty else { return }
    let first = stage.neurons.lowerBound
    starts.withUnsafeBufferPointer { starts in
      inner.withUnsafeBufferPointer { inner in
        let begin = isInner ? inner.baseAddress! + first : starts.baseAddress! + first
        let end = isInner ? starts.baseAddress! + first + 1 : inner.baseAddress! + first
        columns.withUnsafeBufferPointer { columns in
          up.withUnsafeBufferPointer { up in
            values.withUnsafeBufferPointer { values in
              sums.withUnsafeMutableBufferPointer { sums in
                SparseKernels.addProduct(
                  SparseRows(
                    begin: begin, end: end, columns: columns.baseAddress!, values: up.baseAddress),
                  rows: 0..<stage.neurons.count, x: values.baseAddress!,
                  to: sums.baseAddress! + first)
              }
            }
          }
        }
      }
    }
    // All terms are positive, so that sums to nearest are wrong by a share of themselves.
    let share = Double(stage.mostTerms + 4) * Double.ulpOfOne
    for k in stage.neurons where sums[k] > 0 { sums[k] = (sums[k] * (1 + share)).nextUp }
  }
}
