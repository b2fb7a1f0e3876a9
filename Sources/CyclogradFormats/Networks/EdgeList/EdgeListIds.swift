/// Whether whole numbers in an edge list are the numbers of neurons or their names.
public enum EdgeListIds: String, Sendable, CaseIterable {
  /// Names, as the ids of a data base are.
  case names
  /// Numbers: as many neurons as the largest says.
  case numbers

  /// Judges from the ids: where the largest is four times their count or more, most of the neurons would have no edge.
  static func judged(_ sources: [Int32], _ targets: [Int32], largest: Int) -> EdgeListIds {
    guard largest >= 8 else { return .numbers }
    // There cannot be more ids than ends of edges.
    guard largest < 8 * sources.count else { return .names }
    var isSeen = [Bool](repeating: false, count: largest + 1)
    var count = 0
    for ends in [sources, targets] {
      for id in ends where !isSeen[Int(id)] {
        isSeen[Int(id)] = true
        count += 1
      }
    }
    return largest < 4 * count ? .numbers : .names
  }
}
