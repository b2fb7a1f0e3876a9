internal import CKernels

/// One bundle's slots.
struct SortedBundle {
  var kind: UInt8
  var slotCount: Int
  var columns: [Int32]
  /// For each entry, row by row; empty where an entry's slot is its number within its row.
  var entrySlots: [UInt16] = []
  /// Whether rows have entries in different slots, although these are diagonals.
  var isUneven = false
}

/// The slots of bundles that follow one another.
struct BundlePiece {
  private(set) var kinds: [UInt8] = []
  /// For each bundle how many slots it has, and where its columns and its entries' slots begin.
  private(set) var counts: [(slots: Int32, firstColumn: Int32, firstEntry: Int32)] = []
  private(set) var columns: [Int32] = []
  private(set) var entrySlots: [UInt16] = []
  /// How many entries there are, and how many of them in bundles that have slots.
  private(set) var entryCount = 0
  private(set) var packedCount = 0

  init(_ bundles: Range<Int>, _ sorter: BundleSorter) {
    for bundle in bundles {
      let sorted = sorter.sort(bundle)
      let entries = sorter.entryCount(bundle)
      entryCount += entries
      packedCount += sorted == nil ? 0 : entries
      kinds.append(sorted?.kind ?? 0)
      counts.append((Int32(sorted?.slotCount ?? 0), Int32(columns.count), Int32(entrySlots.count)))
      if let sorted {
        columns += sorted.columns
        entrySlots += sorted.entrySlots
      }
    }
  }
}

/// Finds the slots of bundles, one after the other.
final class BundleSorter {
  private let rows: ck_rows
  private let columnRange: Range<Int>
  private let scatters: Bool
  private let sharesSlots: Bool
  /// For each column, and for each diagonal by the column of a bundle's first row, the last search that met it.
  private var columnMarks: [Int32] = []
  private var diagonalMarks: [Int32] = []
  private var mark: Int32 = 0

  /// Longer rows without gaps are products of dense vectors, as fast as they are read.
  private static let longestDense = 256

  /// - Parameters:
  ///   - scatters: whether entries anywhere may be taken together.
  ///   - sharesSlots: whether columns and diagonals that not all rows have are looked for.
  init(
    _ matrix: SparseRows, _ columnRange: Range<Int>, scatters: Bool, sharesSlots: Bool = true
  ) {
    (rows, self.columnRange) = (matrix.rows, columnRange)
    (self.scatters, self.sharesSlots) = (scatters, sharesSlots)
    guard sharesSlots else { return }
    columnMarks = Array(repeating: 0, count: columnRange.count)
    diagonalMarks = Array(repeating: 0, count: columnRange.count + RowBundles.size - 1)
  }

  private var size: Int { RowBundles.size }

  private func row(_ place: Int) -> Int { rows.order.map { Int($0[place]) } ?? place }

  private func length(_ row: Int) -> Int { max(0, Int(rows.end[row] - rows.begin[row])) }

  /// How many entries a bundle has.
  func entryCount(_ bundle: Int) -> Int {
    (0..<size).reduce(0) { $0 + length(row(size * bundle + $1)) }
  }

  private func forEachEntry(
    _ bundle: Int, _ body: (_ k: Int, _ index: Int, _ column: Int) -> Void
  ) {
    for k in 0..<size {
      let r = row(size * bundle + k)
      for e in 0..<length(r) { body(k, e, Int(rows.columns[Int(rows.begin[r]) + e])) }
    }
  }

  /// The kind with the fewest slots; `nil` where there are too many for the entries.
  func sort(_ bundle: Int) -> SortedBundle? {
    if (0..<size).allSatisfy({ isLongAndDense(row(size * bundle + $0)) }) { return nil }
    return stencil(bundle) ?? (sharesSlots ? common(bundle) : nil) ?? scattered(bundle)
  }

  private func isLongAndDense(_ row: Int) -> Bool {
    guard length(row) > Self.longestDense else { return false }
    let (begin, end) = (Int(rows.begin[row]), Int(rows.end[row]))
    return Int(rows.columns[end - 1] - rows.columns[begin]) == end - begin - 1
  }

  /// Rows that are each other's neighbours, with the same entries but moved by one.
  private func stencil(_ bundle: Int) -> SortedBundle? {
    let first = row(size * bundle)
    let (begin, length) = (Int(rows.begin[first]), Int(rows.end[first] - rows.begin[first]))
    guard length > 0, length <= Int(UInt16.max),
      columnRange.contains(Int(rows.columns[begin])),
      columnRange.contains(Int(rows.columns[begin + length - 1]) + size - 1)
    else { return nil }
    for k in 1..<size {
      let r = row(size * bundle + k)
      guard r == first + k, Int(rows.end[r] - rows.begin[r]) == length else { return nil }
      for e in 0..<length
      where rows.columns[Int(rows.begin[r]) + e] != rows.columns[begin + e] + Int32(k) {
        return nil
      }
    }
    return SortedBundle(
      kind: UInt8(ck_diagonals), slotCount: length,
      columns: (0..<length).map { rows.columns[begin + $0] })
  }

  /// Rows that share diagonals or columns.
  private func common(_ bundle: Int) -> SortedBundle? {
    let entries = entryCount(bundle)
    // A slot takes about as long as two entries, and has to be filled.
    let most = min(entries / 4, Int(UInt16.max))
    mark += 1
    var columns: [Int32] = []
    var diagonals: [Int32] = []
    for k in 0..<size {
      let r = row(size * bundle + k)
      for e in 0..<length(r) {
        let column = rows.columns[Int(rows.begin[r]) + e]
        let place = Int(column) - columnRange.lowerBound
        if columnMarks[place] != mark {
          columnMarks[place] = mark
          columns.append(column)
        }
        if diagonalMarks[place + size - 1 - k] != mark {
          diagonalMarks[place + size - 1 - k] = mark
          diagonals.append(column - Int32(k))
        }
        if min(columns.count, diagonals.count) > most { return nil }
      }
    }
    let isRun = (1..<size).allSatisfy { row(size * bundle + $0) == row(size * bundle) + $0 }
    let reach = diagonals.allSatisfy {
      columnRange.contains(Int($0)) && columnRange.contains(Int($0) + size - 1)
    }
    let isDiagonal = isRun && reach && diagonals.count <= columns.count
    let heads = (isDiagonal ? diagonals : columns).sorted()
    guard !heads.isEmpty, heads.count <= most else { return nil }
    var places: [Int32: UInt16] = [:]
    for (place, head) in heads.enumerated() { places[head] = UInt16(place) }
    var entrySlots: [UInt16] = []
    forEachEntry(bundle) { k, _, column in
      entrySlots.append(places[Int32(isDiagonal ? column - k : column)]!)
    }
    return SortedBundle(
      kind: UInt8(isDiagonal ? ck_diagonals : ck_columns), slotCount: heads.count,
      columns: heads, entrySlots: entrySlots, isUneven: isDiagonal)
  }

  /// Rows that have about equally many entries, anywhere.
  private func scattered(_ bundle: Int) -> SortedBundle? {
    let lengths = (0..<size).map { length(row(size * bundle + $0)) }
    let (longest, entries) = (lengths.max() ?? 0, lengths.reduce(0, +))
    // A slot takes about as long as six entries.
    guard scatters, longest > 0, 6 * longest <= entries,
      longest <= Int(UInt16.max), let full = lengths.firstIndex(of: longest)
    else { return nil }
    let any = rows.columns[Int(rows.begin[row(size * bundle + full)])]
    var columns = [Int32](repeating: any, count: size * longest)
    forEachEntry(bundle) { k, index, column in columns[size * index + k] = Int32(column) }
    return SortedBundle(kind: UInt8(ck_scattered), slotCount: longest, columns: columns)
  }
}
