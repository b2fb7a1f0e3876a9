internal import CKernels

/// How the entries of a square sparse matrix are divided into tiles, so that products with it and with its transpose
/// fetch from, and add to, ranges of the vectors that stay in the nearest caches.
///
/// This is cache blocking (Nishtala, Vuduc, Demmel & Yelick, Appl. Algebra Eng. Commun. Comput. 18, 2007) with indices of
/// 16 bits. It serves matrices whose rows have entries anywhere, and as many as chance will have it: along rows, each end
/// of a row is a branch that the processor does not foresee, and each entry a wait for a distant cache.
///
/// Within a tile entries stand in blocks of columns and there row by row. So the entries of a row come in the order of
/// their columns, and those of a column in that of their rows: sums are those of ``SparseRows`` to the last bit, in both
/// directions.
///
/// It holds what follows from the pattern alone: 4 bytes an entry.
public final class MatrixTiles: Sendable {
  /// How many rows and columns the matrix has.
  public let order: Int
  /// How many rows a tile has, but for the last.
  public let height: Int
  /// How many numbers the values take, and after them room for one of each row.
  public var valueCount: Int { entryCount + order }

  private let width: Int
  private let blocks: Int
  private let entryCount: Int
  private let starts: [Int32]
  private let places: [UInt32]
  private let firstColumn: Int

  /// How many tiles there are.
  public var count: Int { Self.count(order, height) }

  /// From so many rows on tiles are worth it.
  public static let fewestRows = 1 << 13
  /// About how many tiles there are while they are small.
  private static let usualCount = 32
  /// Higher tiles would need longer indices, and outgrow the caches.
  private static let highest = 1 << 16
  /// About as many entries a block has, so that its ends do not count.
  private static let usualEntries = 256
  private static let narrowest = 256

  /// How many rows a tile of a matrix has: a power of two that depends on the order alone.
  public static func height(order: Int) -> Int {
    powerOfTwo(atLeast: order / usualCount, within: narrowest...highest)
  }

  private static func powerOfTwo(atLeast number: Int, within range: ClosedRange<Int>) -> Int {
    var power = range.lowerBound
    while power < number, power < range.upperBound { power *= 2 }
    return power
  }

  private static func count(_ number: Int, _ size: Int) -> Int { (number + size - 1) / size }

  /// Finds the entries' places; O(entries).
  ///
  /// - Parameters:
  ///   - matrix: its rows; values are not read.
  ///   - order: how many they are.
  ///   - firstColumn: columns are counted from there; none is smaller, or as much as `order` larger.
  ///   - forEach: calls its second argument once for each number below the first, in any order or at the same time.
  public init(
    _ matrix: SparseRows, order: Int, firstColumn: Int,
    forEach: (_ count: Int, _ body: (Int) -> Void) -> Void
  ) {
    let entries = (0..<order).reduce(0) {
      $0 + max(0, Int(matrix.rows.end[$1] - matrix.rows.begin[$1]))
    }
    let height = Self.height(order: order)
    let square = Double(order) * Double(order)
    let width = Self.powerOfTwo(
      atLeast: Int(Double(Self.usualEntries) * square / Double(max(1, entries) * height)),
      within: Self.narrowest...height)
    let (tiles, blocks) = (Self.count(order, height), Self.count(order, width))
    (self.order, self.height, self.width, self.blocks) = (order, height, width, blocks)
    (self.firstColumn, entryCount) = (firstColumn, entries)
    let shift = UInt32(width.trailingZeroBitCount)
    func rows(_ tile: Int) -> Range<Int> { tile * height..<min((tile + 1) * height, order) }
    let starts = [Int32](unsafeUninitializedCapacity: tiles * blocks + 1) { buffer, count in
      let start = buffer.baseAddress!
      withUnsafePointer(to: matrix.rows) { matrix in
        forEach(tiles) { tile in
          ck_count_tile(
            matrix, rows(tile).lowerBound, rows(tile).count, Int32(firstColumn), shift, blocks,
            start + tile * blocks)
        }
      }
      var sum: Int32 = 0
      for block in 0..<tiles * blocks {
        (start[block], sum) = (sum, sum + start[block])
      }
      start[tiles * blocks] = sum
      count = tiles * blocks + 1
    }
    places = [UInt32](unsafeUninitializedCapacity: entries) { buffer, count in
      if let places = buffer.baseAddress {
        withUnsafePointer(to: matrix.rows) { matrix in
          forEach(tiles) { tile in
            Self.withCursors(starts, tile, blocks) {
              ck_place_tile(
                matrix, rows(tile).lowerBound, rows(tile).count, Int32(firstColumn), shift, $0,
                places)
            }
          }
        }
      }
      count = entries
    }
    self.starts = starts
  }

  private static func withCursors(
    _ starts: [Int32], _ tile: Int, _ blocks: Int, _ body: (UnsafeMutablePointer<Int32>) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: blocks) { cursors in
      guard let start = cursors.baseAddress else { return }
      for block in 0..<blocks { start[block] = starts[tile * blocks + block] }
      body(start)
    }
  }

  /// Sets the values of a tile's entries.
  ///
  /// - Parameters:
  ///   - tile: a number below ``count``.
  ///   - matrix: the rows as they were at the beginning, with values.
  ///   - values: ``valueCount`` numbers.
  public func fill(
    _ tile: Int, of matrix: SparseRows, into values: UnsafeMutablePointer<Double>
  ) {
    let rows = tile * height..<min((tile + 1) * height, order)
    Self.withCursors(starts, tile, blocks) { cursors in
      withUnsafePointer(to: matrix.rows) {
        ck_fill_tile(
          $0, rows.lowerBound, rows.count, Int32(firstColumn), UInt32(width.trailingZeroBitCount),
          cursors, values)
      }
    }
  }

  /// Calls `body` with the rows of the matrix, or of its transpose, as products and steps of one lane take them.
  ///
  /// Ranges of rows begin at multiples of ``height``, and end there or with the last.
  ///
  /// - Parameters:
  ///   - first: the index of the matrix's first column, or of its transpose's, in vectors that are multiplied.
  ///   - shift: where products read such vectors from on.
  ///   - values: ``valueCount`` numbers that were filled.
  public func withRows(
    isTransposed: Bool, first: Int, shift: Int, values: UnsafeMutablePointer<Double>,
    _ body: (SparseRows) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      places.withUnsafeBufferPointer { places in
        let tiles = ck_tiles(
          order: order, row_shift: UInt32(height.trailingZeroBitCount),
          column_shift: UInt32(width.trailingZeroBitCount), blocks: blocks,
          starts: starts.baseAddress, places: places.baseAddress, values: values,
          sizes: values + entryCount, first: first, is_transposed: isTransposed ? 1 : 0)
        withUnsafePointer(to: tiles) { body(SparseRows(tiles: $0, shift: shift)) }
      }
    }
  }
}
