extension Range<Int> {
  /// The first number for which the predicate holds, if it fails before and holds from there on; the upper bound where
  /// it never does.
  ///
  /// - Complexity: O(log n) calls of the predicate.
  package func partitioningIndex(_ predicate: (Int) -> Bool) -> Int {
    var low = lowerBound
    var high = upperBound
    while low < high {
      let middle = low + (high - low) / 2
      if predicate(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

extension Array {
  /// The index of the first element for which the predicate holds, if it fails before and holds from there on.
  ///
  /// - Complexity: O(log n) calls of the predicate.
  package func partitioningIndex(_ predicate: (Element) -> Bool) -> Int {
    indices.partitioningIndex { predicate(self[$0]) }
  }
}
