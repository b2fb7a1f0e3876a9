internal import CKernels
import Synchronization

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

  /// Up to this many rows the vector that is multiplied stays in the nearest caches, so that its numbers can be fetched one
  /// by one.
  private static let nearCount = 1 << 15
  /// The same where the processor fetches eight at a time. What comes out is the same.
  private static let scatterCount = ck_gathers() != 0 ? 1 << 21 : nearCount
  /// The part of the entries that must be worth it, and in matrices that could go in tiles: few long rows have many entries.
  private static let fewestPacked = (0.5, orTiles: 0.9)
  /// By how many bundles this is judged beforehand.
  private static let sampleCount = 64
  /// How many bundles are sorted in one go.
  private static let pieceCount = 4096

  /// Sorts entries into slots; O(entries) but for the sorting of a bundle's slots, and a few numbers for each row and
  /// entry of memory.
  ///
  /// - Parameters:
  ///   - matrix: the rows, in the order in which they are taken; values are not read.
  ///   - rowCount: how many they are.
  ///   - columnRange: within these, every number of the vectors to be multiplied may be read, and is finite.
  ///   - forEach: calls its second argument once for each number below the first, in any order or at the same time.
  /// - Returns: `nil` where bundles do not pay.
  public init?(
    _ matrix: SparseRows, rowCount: Int, columnRange: Range<Int>,
    forEach: (_ count: Int, _ body: (Int) -> Void) -> Void = { for index in 0..<$0 { $1(index) } }
  ) {
    let bundles = rowCount / Self.size
    let scatters = rowCount <= Self.scatterCount
    let sampler = BundleSorter(matrix, columnRange, scatters: scatters)
    let samples = Array(stride(from: 0, to: bundles, by: max(1, bundles / Self.sampleCount)))
    var (entries, packedEntries) = (0, 0)
    let packed = samples.compactMap { bundle in
      let sorted = sampler.sort(bundle)
      entries += sampler.entryCount(bundle)
      packedEntries += sorted == nil ? 0 : sampler.entryCount(bundle)
      return sorted
    }
    let fewest =
      rowCount < MatrixTiles.fewestRows ? Self.fewestPacked.0 : Self.fewestPacked.orTiles
    guard packedEntries > 0, Double(packedEntries) >= fewest * Double(entries) else { return nil }
    let sharesSlots = packed.contains { $0.kind == UInt8(ck_columns) || $0.isUneven }
    let pieces = (bundles + Self.pieceCount - 1) / Self.pieceCount
    let found = Mutex([BundlePiece?](repeating: nil, count: pieces))
    forEach(pieces) { index in
      let part = index * Self.pieceCount..<min((index + 1) * Self.pieceCount, bundles)
      let sorter = BundleSorter(
        matrix, columnRange, scatters: scatters, sharesSlots: sharesSlots)
      let piece = BundlePiece(part, sorter)
      found.withLock { $0[index] = piece }
    }
    let sorted = found.withLock { $0.compactMap(\.self) }
    // Rows that the samples have missed may hold many entries.
    let (all, covered) = sorted.reduce((0, 0)) { ($0.0 + $1.entryCount, $0.1 + $1.packedCount) }
    guard Double(covered) >= fewest * Double(all) else { return nil }
    var slots: [Int32] = [0]
    var (firstColumns, columns, firstEntries) = ([Int32](), [Int32](), [Int32]())
    var (kinds, entrySlots) = ([UInt8](), [UInt16]())
    slots.reserveCapacity(bundles + 1)
    for piece in sorted {
      guard columns.count + piece.columns.count <= Int(Int32.max) else { return nil }
      for (kind, counts) in zip(piece.kinds, piece.counts) {
        kinds.append(kind)
        slots.append(slots[slots.count - 1] + counts.slots)
        firstColumns.append(counts.firstColumn + Int32(columns.count))
        firstEntries.append(counts.firstEntry + Int32(entrySlots.count))
      }
      columns += piece.columns
      entrySlots += piece.entrySlots
    }
    firstEntries.append(Int32(entrySlots.count))
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
}
