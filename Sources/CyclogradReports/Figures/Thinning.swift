/// Reduces a long series to what a plot of a given width can show.
public enum Thinning {
  /// Indices, ascending, of the points to draw: of each pixel column the first, lowest, highest and last point,
  /// so that no extreme is lost. Points that are not finite, in either coordinate, are left out.
  ///
  /// At most 4 · `columns` indices; O(n) time. If at most that many points are finite, all of them are kept.
  public static func indices(x: [Double], y: [Double], columns: Int) -> [Int] {
    let finite = (0..<min(x.count, y.count)).filter { x[$0].isFinite && y[$0].isFinite }
    let columns = max(columns, 1)
    // Compared without multiplying, so that no width overflows.
    guard finite.count / 4 >= columns, finite.count > 4 * columns else { return finite }
    let low = finite.reduce(Double.infinity) { min($0, x[$1]) }
    let high = finite.reduce(-Double.infinity) { max($0, x[$1]) }
    var kept = [(first: Int, low: Int, high: Int, last: Int)?](repeating: nil, count: columns)
    for index in finite {
      // Halves, because the difference of two finite numbers may overflow.
      let share = high > low ? (x[index] / 2 - low / 2) / (high / 2 - low / 2) : 0
      let column = min(Int(max(share.isFinite ? share : 0, 0) * Double(columns)), columns - 1)
      guard var entry = kept[column] else {
        kept[column] = (index, index, index, index)
        continue
      }
      if y[index] < y[entry.low] { entry.low = index }
      if y[index] > y[entry.high] { entry.high = index }
      entry.last = index
      kept[column] = entry
    }
    var result = Set<Int>()
    for case .some(let entry) in kept {
      result.formUnion([entry.first, entry.low, entry.high, entry.last])
    }
    return result.sorted()
  }
}
