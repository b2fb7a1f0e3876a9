extension CoordinateMatrix {
  /// A place, counted from 0, for which there are two entries or more.
  ///
  /// For a matrix that was expanded to both triangles, the lower one is enough.
  func duplicate(lowerTriangleOnly: Bool = false) -> (row: Int, column: Int)? {
    // Files are mostly sorted already, by rows or by columns.
    if Self.isAscending(rowIndices, columnIndices) || Self.isAscending(columnIndices, rowIndices) {
      return nil
    }
    if rows + columns <= 4 * rowIndices.count, !hasDuplicate() { return nil }
    var keys: [Int] = []
    keys.reserveCapacity(rowIndices.count)
    for (row, column) in zip(rowIndices, columnIndices) where !lowerTriangleOnly || row >= column {
      keys.append(Int(row) << 32 | Int(column))
    }
    keys.sort()
    guard let key = zip(keys, keys.dropFirst()).first(where: { $0 == $1 })?.0 else { return nil }
    return (key >> 32, key & 0xFFFF_FFFF)
  }

  private static func isAscending(_ majors: [Int32], _ minors: [Int32]) -> Bool {
    majors.withUnsafeBufferPointer { majors in
      minors.withUnsafeBufferPointer { minors in
        var last = -1
        for index in majors.indices {
          let key = Int(majors[index]) << 32 | Int(minors[index])
          if key <= last { return false }
          last = key
        }
        return true
      }
    }
  }

  /// Looks at some rows at a time, so that little memory is needed beside the matrix itself.
  private func hasDuplicate() -> Bool {
    let pieces = max(2 * Workers.count, 4)
    let (rowCount, columnCount) = (rows, columns)
    return rowIndices.withUnsafeBufferPointer { rowIndices in
      columnIndices.withUnsafeBufferPointer { columnIndices in
        nonisolated(unsafe) let entries = (rows: rowIndices, columns: columnIndices)
        return !Workers.forEach(pieces) { index in
          let piece = Workers.piece(index, of: pieces, total: rowCount)
          return !Self.hasDuplicate(entries.rows, entries.columns, in: piece, columnCount)
        }
      }
    }
  }

  private static func hasDuplicate(
    _ rows: UnsafeBufferPointer<Int32>, _ columns: UnsafeBufferPointer<Int32>,
    in piece: Range<Int>, _ columnCount: Int
  ) -> Bool {
    let (first, size) = (Int32(truncatingIfNeeded: piece.lowerBound), UInt32(piece.count))
    var starts = [Int32](repeating: 0, count: piece.count + 1)
    for row in rows {
      let place = UInt32(truncatingIfNeeded: row &- first)
      if place < size { starts[Int(place) + 1] &+= 1 }
    }
    for place in 0..<piece.count { starts[place + 1] += starts[place] }
    var sorted = [Int32](repeating: 0, count: Int(starts[piece.count]))
    for index in rows.indices {
      let place = UInt32(truncatingIfNeeded: rows[index] &- first)
      if place < size {
        sorted[Int(starts[Int(place)])] = columns[index]
        starts[Int(place)] &+= 1
      }
    }
    // Each start has moved to where the next row begins.
    var lastRow: [Int32] = []
    var begin = 0
    for place in 0..<piece.count {
      let end = Int(starts[place])
      if end - begin <= shortRow {
        for later in begin..<end {
          for earlier in begin..<later where sorted[earlier] == sorted[later] { return true }
        }
      } else {
        if lastRow.isEmpty { lastRow = [Int32](repeating: -1, count: columnCount) }
        for column in sorted[begin..<end] {
          if lastRow[Int(column)] == Int32(place) { return true }
          lastRow[Int(column)] = Int32(place)
        }
      }
      begin = end
    }
    return false
  }

  /// Comparing each with each is the quickest for so few.
  private static let shortRow = 24
}
