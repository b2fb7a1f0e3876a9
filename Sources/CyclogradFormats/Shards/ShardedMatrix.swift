import Cyclograd

/// A sparse matrix in a folder of shards, each of which has neighbouring rows: a file `shards.txt` lists them, and each
/// is an uncompressed CSR matrix as SciPy's `save_npz` writes it.
///
/// Some rows can be read without the others: their places in the files are known.
struct ShardedMatrix: RowSource {
  /// What the list says of a shard.
  struct Shard: Equatable {
    var name: String
    var rows: Int
    var entries: Int
    /// Of the three arrays, as the archive's directory has them.
    var checksum: String
  }

  let folder: String
  let columnCount: Int
  let shards: [Shard]
  /// Where the rows and the entries of each shard begin, and where the last one's end.
  let rowStarts: [Int]
  private let entryStarts: [Int]

  /// How names of such folders end.
  static let suffix = ".shards"
  static let listName = "shards.txt"

  var rowCount: Int { rowStarts[shards.count] }
  var entryCount: Int { entryStarts[shards.count] }

  /// Reads the list alone.
  init(_ folder: String) throws {
    let path = folder + "/" + Self.listName
    let list = try ShardList(InputFile.bytes(path), path: path)
    self.folder = folder
    columnCount = list.columns
    shards = list.shards
    rowStarts = shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.rows) }
    entryStarts = shards.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.entries) }
  }

  /// Within a shard, rows count as equally long.
  func entryCount(beforeRow row: Int) -> Int {
    let shard = max(0, min(shards.count - 1, rowStarts.partitioningIndex { $0 > row } - 1))
    let (rows, entries) = (shards[shard].rows, shards[shard].entries)
    guard rows > 0 else { return entryStarts[shard] }
    return entryStarts[shard]
      + Int(Double(entries) * Double(row - rowStarts[shard]) / Double(rows))
  }

  func entries(ofRows rows: Range<Int>) throws(CyclogradError) -> SparseEntries {
    do {
      var result = SparseEntries(rows: [], columns: [], values: [])
      let expected = entryCount(beforeRow: rows.upperBound) - entryCount(beforeRow: rows.lowerBound)
      try Memory.require(32 * expected, for: "the rows of the matrix", file: folder)
      result.rows.reserveCapacity(expected)
      result.columns.reserveCapacity(expected)
      result.values?.reserveCapacity(expected)
      for index in shards.indices {
        let here = rows.clamped(to: rowStarts[index]..<rowStarts[index + 1])
        if !here.isEmpty { try append(here, of: index, to: &result) }
      }
      return result
    } catch let error as CyclogradError { throw error } catch {
      throw CyclogradError(.file, "\(error)", at: .init(file: folder))
    }
  }

  /// All entries.
  func matrix() throws -> CoordinateMatrix {
    let all = try entries(ofRows: 0..<rowCount)
    return CoordinateMatrix(
      rows: rowCount, columns: columnCount, rowIndices: all.rows, columnIndices: all.columns,
      values: all.values)
  }

  private func append(
    _ rows: Range<Int>, of index: Int, to result: inout SparseEntries
  ) throws {
    let shard = shards[index]
    let path = folder + "/" + shard.name
    let archive: NpzFile
    do { archive = try NpzFile.read(path) } catch var error as CyclogradError {
      error.advice =
        "shard \(index) of \(shards.count) is missing or damaged: convert the matrix again"
      throw error
    }
    let found = try Self.checksum(of: archive)
    guard found == shard.checksum else {
      throw CyclogradError(
        .malformedFile, "the shard is of another matrix than \(Self.listName) says",
        at: .init(file: path), advice: "convert the matrix again, to a folder of its own")
    }
    let local = rows.lowerBound - rowStarts[index]..<rows.upperBound - rowStarts[index]
    let starts = try archive.content("indptr").part(local.lowerBound..<local.upperBound + 1)
      .integers("the starts of rows")
    guard starts[0] >= 0, starts[starts.count - 1] <= shard.entries,
      zip(starts, starts.dropFirst()).allSatisfy({ $0 <= $1 })
    else {
      throw CyclogradError(
        .malformedFile, "a row ends before it starts, or beyond the shard's entries",
        at: archive.location("indptr"))
    }
    let range = starts[0]..<starts[starts.count - 1]
    result.columns += try archive.content("indices").part(range)
      .indices(below: columnCount, "column")
    result.values? += try archive.content("data").part(range).doubles()
    for (place, row) in rows.enumerated() {
      result.rows.append(
        contentsOf: repeatElement(Int32(row), count: starts[place + 1] - starts[place]))
    }
  }

  /// What tells a shard from others, without reading it.
  static func checksum(of archive: NpzFile) throws -> String {
    try ["data", "indices", "indptr"].map {
      let digits = String(try archive.checksum($0), radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined(separator: "-")
  }
}
