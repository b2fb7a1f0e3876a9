internal import CKernels

/// How the rows of a sparse matrix are taken eight at a time, so that one vector operation serves eight entries.
///
/// The entries of eight rows are sorted into *slots* with at most one for each row: along diagonals, as stencils on a
/// grid have them; by columns, as in dense blocks and small components; or by their number within the row (the format
/// SELL-C-σ with C = 8 of Kreutzer et al., SIAM J. Sci. Comput. 36, 2014). What a row lacks in a slot is a 0, which
/// takes memory and time; a bundle is left out where there were too many of them, and its rows are taken one by one.
///
/// It holds what follows from the pattern alone.
public final class RowBundles: Sendable {
  /// How many rows are taken together.
  public static let size = 8

  private let slots: [Int32]
  private let firstColumns: [Int32]
  private let columns: [Int32]
  private let kinds: [UInt8]
  private let firstEntries: [Int32]
  private let entrySlots: [UInt16]

  /// How many bundles there are, those included that are left out; rows beyond the last are taken one by one.
  public var count: Int { kinds.count }
  /// How many numbers the values of all slots are.
  public var valueCount: Int { Self.size * Int(slots.last ?? 0) }

  /// Up to this many rows the vector that is multiplied stays in the nearest caches, so that its numbers can be fetched
  /// one by one.
  private static let scatterCount = 1 << 15
  /// Longer rows without gaps are products of dense vectors, as fast as they are read.
  private static let longestDense = 256
  /// The part of bundles that must be worth it.
  private static let fewestPacked = 0.5
  /// By how many bundles this is judged beforehand.
  private static let sampleCount = 64

  /// Sorts entries into slots; O(entries) but for the sorting of a bundle's slots, and a few numbers for each row and
  /// entry of memory.
  ///
  /// - Parameters:
  ///   - matrix: the rows, in the order in which they are taken; values are not read.
  ///   - rowCount: how many they are.
  ///   - columnRange: within these, every number of the vectors to be multiplied may be read, and is finite.
  /// - Returns: `nil` where bundles do not pay.
  public init?(_ matrix: SparseRows, rowCount: Int, columnRange: Range<Int>) {
    let bundles = rowCount / Self.size
    let sorter = Sorter(matrix, rowCount, columnRange)
    let samples = Array(stride(from: 0, to: bundles, by: max(1, bundles / Self.sampleCount)))
    let packed = samples.compactMap { sorter.sort($0) }
    guard !packed.isEmpty, Double(packed.count) >= Self.fewestPacked * Double(samples.count) else {
      return nil
    }
    var slots: [Int32] = [0]
    var (firstColumns, columns, firstEntries) = ([Int32](), [Int32](), [Int32]())
    var (kinds, entrySlots) = ([UInt8](), [UInt16]())
    slots.reserveCapacity(bundles + 1)
    for bundle in 0..<bundles {
      firstColumns.append(Int32(columns.count))
      firstEntries.append(Int32(entrySlots.count))
      let sorted = sorter.sort(bundle)
      kinds.append(sorted?.kind ?? 0)
      slots.append(slots[bundle] + Int32(sorted?.slotCount ?? 0))
      if let sorted {
        columns += sorted.columns
        entrySlots += sorted.entrySlots
      }
    }
    self.slots = slots
    self.firstColumns = firstColumns
    self.columns = columns
    self.firstEntries = firstEntries
    self.kinds = kinds
    self.entrySlots = entrySlots
  }

  /// Sets the values of some bundles' slots, without those that stay 0.
  ///
  /// - Parameters:
  ///   - bundles: numbers below ``count``.
  ///   - matrix: the rows as they were at the beginning, with values.
  ///   - values: ``valueCount`` numbers, all of which were once 0.
  public func fill(
    _ bundles: Range<Int>, of matrix: SparseRows, into values: UnsafeMutablePointer<Double>
  ) {
    withUnsafePointer(to: matrix.rows) {
      ck_fill_bundles(
        $0, slots, firstEntries, entrySlots, bundles.lowerBound, bundles.count, values)
    }
  }

  /// Calls `body` with the rows as steps take them fastest.
  public func withRows(
    _ matrix: SparseRows, values: UnsafePointer<Double>, _ body: (SparseRows) -> Void
  ) {
    slots.withUnsafeBufferPointer { slots in
      firstColumns.withUnsafeBufferPointer { firstColumns in
        columns.withUnsafeBufferPointer { columns in
          kinds.withUnsafeBufferPointer { kinds in
            let bundles = ck_bundles(
              slots: slots.baseAddress, first_columns: firstColumns.baseAddress,
              columns: columns.baseAddress, kinds: kinds.baseAddress, values: values)
            withUnsafePointer(to: bundles) { body(SparseRows(matrix, bundles: $0)) }
          }
        }
      }
    }
  }

  /// One bundle's slots.
  private struct Sorted {
    var kind: UInt8
    var slotCount: Int
    var columns: [Int32]
    /// For each entry, row by row.
    var entrySlots: [UInt16]
  }

  private final class Sorter {
    let rows: ck_rows
    let rowCount: Int
    let columnRange: Range<Int>
    /// For each column, and for each diagonal by the column of a bundle's first row, the last search that met it.
    private var columnMarks: [Int32]
    private var diagonalMarks: [Int32]
    private var mark: Int32 = 0

    init(_ matrix: SparseRows, _ rowCount: Int, _ columnRange: Range<Int>) {
      (rows, self.rowCount, self.columnRange) = (matrix.rows, rowCount, columnRange)
      columnMarks = Array(repeating: 0, count: columnRange.count)
      diagonalMarks = Array(repeating: 0, count: columnRange.count + size - 1)
    }

    private func row(_ place: Int) -> Int { rows.order.map { Int($0[place]) } ?? place }

    private func length(_ row: Int) -> Int { max(0, Int(rows.end[row] - rows.begin[row])) }

    private func forEachEntry(
      _ bundle: Int, _ body: (_ k: Int, _ index: Int, _ column: Int) -> Void
    ) {
      for k in 0..<size {
        let r = row(size * bundle + k)
        for e in 0..<length(r) { body(k, e, Int(rows.columns[Int(rows.begin[r]) + e])) }
      }
    }

    /// The kind with the fewest slots; `nil` where there are too many for the entries.
    func sort(_ bundle: Int) -> Sorted? {
      if (0..<size).allSatisfy({ isLongAndDense(row(size * bundle + $0)) }) { return nil }
      return stencil(bundle) ?? common(bundle) ?? scattered(bundle)
    }

    private func isLongAndDense(_ row: Int) -> Bool {
      guard length(row) > longestDense else { return false }
      let (begin, end) = (Int(rows.begin[row]), Int(rows.end[row]))
      return Int(rows.columns[end - 1] - rows.columns[begin]) == end - begin - 1
    }

    /// Rows that are each other's neighbours, with the same entries but moved by one.
    private func stencil(_ bundle: Int) -> Sorted? {
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
      return Sorted(
        kind: UInt8(ck_diagonals), slotCount: length,
        columns: (0..<length).map { rows.columns[begin + $0] },
        entrySlots: (0..<size).flatMap { _ in (0..<length).map { UInt16($0) } })
    }

    /// Rows that share diagonals or columns.
    private func common(_ bundle: Int) -> Sorted? {
      let entries = (0..<size).reduce(0) { $0 + length(row(size * bundle + $1)) }
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
      return Sorted(
        kind: UInt8(isDiagonal ? ck_diagonals : ck_columns), slotCount: heads.count,
        columns: heads, entrySlots: entrySlots)
    }

    /// Rows that have about equally many entries, anywhere.
    private func scattered(_ bundle: Int) -> Sorted? {
      let lengths = (0..<size).map { length(row(size * bundle + $0)) }
      let (longest, entries) = (lengths.max() ?? 0, lengths.reduce(0, +))
      // A slot takes about as long as six entries.
      guard rowCount <= scatterCount, longest > 0, 6 * longest <= entries,
        longest <= Int(UInt16.max), let full = lengths.firstIndex(of: longest)
      else { return nil }
      let any = rows.columns[Int(rows.begin[row(size * bundle + full)])]
      var columns = [Int32](repeating: any, count: size * longest)
      var entrySlots: [UInt16] = []
      forEachEntry(bundle) { k, index, column in
        columns[size * index + k] = Int32(column)
        entrySlots.append(UInt16(index))
      }
      return Sorted(
        kind: UInt8(ck_scattered), slotCount: longest, columns: columns, entrySlots: entrySlots)
    }
  }
}
