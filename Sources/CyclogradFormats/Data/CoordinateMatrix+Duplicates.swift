extension CoordinateMatrix {
  /// A place, counted from 0, for which there are two entries or more.
  ///
  /// For a matrix that was expanded to both triangles, the lower one is enough.
  func duplicate(lowerTriangleOnly: Bool = false) -> (row: Int, column: Int)? {
    var keys: [Int] = []
    keys.reserveCapacity(rowIndices.count)
    for (row, column) in zip(rowIndices, columnIndices) where !lowerTriangleOnly || row >= column {
      keys.append(Int(row) << 32 | Int(column))
    }
    // Files are mostly sorted already, by rows or by columns.
    if Self.isAscending(keys)
      || Self.isAscending(keys.lazy.map { ($0 & 0xFFFF_FFFF) << 32 | $0 >> 32 })
    {
      return nil
    }
    keys.sort()
    guard let key = zip(keys, keys.dropFirst()).first(where: { $0 == $1 })?.0 else { return nil }
    return (key >> 32, key & 0xFFFF_FFFF)
  }

  private static func isAscending(_ keys: some Sequence<Int>) -> Bool {
    var last = -1
    for key in keys {
      if key <= last { return false }
      last = key
    }
    return true
  }
}
