/// Takes some unknowns out of G a = c: what is left for the others, and the way back.
///
/// G = Mᵀ M may be singular: an unknown whose column depends on those before it is 0.
public struct PartialElimination: Sendable {
  /// The Schur complement, for the unknowns that are left.
  public let matrix: [Double]
  /// Whether all its numbers are finite.
  public let isFinite: Bool
  private let gram: [Double]
  /// How many are taken out.
  private let first: Int
  private let count: Int
  /// For each unknown that is taken out its row over all later ones, divided by the pivot; empty where it is 0.
  private var rows: [[Double]] = []
  private var pivots: [Double] = []

  private static let smallestPivot = 1e-12

  /// Eliminates the first unknowns.
  ///
  /// - Parameters:
  ///   - gram: G, n × n numbers, symmetric; the unknowns to be taken out come first.
  ///   - count: n.
  ///   - first: how many are taken out.
  /// - Complexity: O(first · n²).
  public init(_ gram: [Double], count: Int, first: Int) {
    (self.gram, self.first, self.count) = (gram, first, count)
    var work = gram
    for f in 0..<first {
      let pivot = work[f * count + f]
      guard pivot > Self.smallestPivot * gram[f * count + f] else {
        rows.append([])
        pivots.append(0)
        continue
      }
      let row = (f + 1..<count).map { work[f * count + $0] / pivot }
      work.withUnsafeMutableBufferPointer { work in
        for i in f + 1..<count {
          let factor = row[i - f - 1] * pivot
          guard factor != 0 else { continue }
          let target = work.baseAddress! + i * count
          for j in f + 1..<count { target[j] -= factor * row[j - f - 1] }
        }
      }
      rows.append(row)
      pivots.append(pivot)
    }
    matrix =
      first == 0
      ? gram : (first..<count).flatMap { i in work[i * count + first..<(i + 1) * count] }
    isFinite = matrix.allSatisfy(\.isFinite)
  }

  /// G x over all unknowns.
  public func product(_ x: [Double]) -> [Double] {
    DenseRows.sum(of: gram, width: count, rows: Array(0..<count), times: x)
  }

  /// What c becomes for the unknowns that are left.
  ///
  /// - Parameter right: c, n numbers.
  /// - Returns: c of all unknowns after the elimination.
  public func reduced(_ right: [Double]) -> [Double] {
    var right = right
    for f in 0..<first where pivots[f] > 0 {
      for (place, factor) in rows[f].enumerated() { right[f + 1 + place] -= factor * right[f] }
    }
    return right
  }

  /// The unknowns that were taken out, once the others are known.
  ///
  /// - Parameters:
  ///   - reduced: what ``reduced(_:)`` has given.
  ///   - rest: the other unknowns.
  public func completed(_ reduced: [Double], _ rest: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: first) + rest
    for f in (0..<first).reversed() where pivots[f] > 0 {
      var value = reduced[f] / pivots[f]
      for (place, factor) in rows[f].enumerated() { value -= factor * result[f + 1 + place] }
      result[f] = value
    }
    return Array(result[..<first])
  }
}
