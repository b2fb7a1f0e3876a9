/// An order of a component's rows in which neighbours have equally many entries, so that the processor foresees
/// where each row ends.
///
/// Rows are moved within windows only, and stay in the caches; what a row gives does not depend on the order.
struct RowOrder {
  /// The row at each place, counted from the component's first; a permutation of each window.
  let rows: [Int32]

  /// The length of a window. Ranges of places that begin and end at its multiples are ranges of rows.
  static let window = 256
  /// Smaller components have their order learnt by the processor.
  static let fewestRows = 2048

  /// The share of neighbours of different length from which on the order is changed; the processor overlooks a few.
  private static let fewestChanges = 0.2

  /// - Returns: `nil` for components that are small or mostly have rows of one length.
  init?(_ count: Int, length: (Int) -> Int) {
    guard Self.pays(count, length: length) else { return nil }
    var rows = (0..<count).map(Int32.init)
    for start in stride(from: 0, to: count, by: Self.window) {
      let window = start..<min(start + Self.window, count)
      // Stable, so that rows of one length stay in their order.
      rows[window].sort {
        let (a, b) = (length(Int($0)), length(Int($1)))
        return a != b ? a < b : $0 < $1
      }
    }
    self.rows = rows
  }

  /// Whether so many neighbours have different lengths that another order is worth it.
  static func pays(_ count: Int, length: (Int) -> Int) -> Bool {
    guard count >= fewestRows else { return false }
    var changes = 0
    for row in 1..<count where length(row) != length(row - 1) { changes += 1 }
    return Double(changes) > fewestChanges * Double(count)
  }
}
