extension [Double] {
  /// The median; the mean of the middle two where their number is even; `nil` of nothing.
  ///
  /// - Complexity: O(n log n).
  package func median() -> Double? {
    guard !isEmpty else { return nil }
    let sorted = sorted()
    let middle = count / 2
    return count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}
