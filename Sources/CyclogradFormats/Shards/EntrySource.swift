import Cyclograd

/// A sparse matrix whose entries are handed over in pieces, so that no more than one of them is in memory.
protocol EntrySource {
  var rows: Int { get }
  var columns: Int { get }
  /// What was strange about the file, for people.
  var remarks: [String] { get }

  /// Reads the file from its beginning; entries come in the file's order.
  func forEachPiece(_ body: (EntryPiece) throws -> Void) throws
}

/// Some entries of a matrix.
struct EntryPiece {
  var rows: [Int32] = []
  var columns: [Int32] = []
  var values: [Double] = []

  mutating func append(_ row: Int32, _ column: Int32, _ value: Double) {
    rows.append(row)
    columns.append(column)
    values.append(value)
  }
}

/// The entries of a Matrix Market file in coordinate format, which may be compressed.
struct MatrixMarketEntries: EntrySource {
  let rows: Int
  let columns: Int
  let remarks: [String]
  private let path: String
  private let chunks: MatrixMarketChunks
  private let count: Int
  private let headLines: Int

  init(_ path: String) throws {
    let stream = try TextStream(InputFile.stored(path), file: path)
    let head = try MatrixMarketParser.head(stream, file: path)
    guard let head, head.banner.layout == .coordinate else {
      throw CyclogradError(
        .malformedFile, "only a Matrix Market file in coordinate format can be read piece by piece",
        at: .init(file: path), advice: "leave --shards out")
    }
    self.path = path
    (rows, columns, count, headLines) = (head.rows, head.columns, head.count, head.lines)
    chunks = MatrixMarketChunks(banner: head.banner, rows: rows, columns: columns)
    remarks =
      head.remarks
      + (head.banner.field == .pattern
        ? ["a pattern without values: weight 1 used for \(count) entries"] : [])
  }

  func forEachPiece(_ body: (EntryPiece) throws -> Void) throws {
    let stream = try TextStream(InputFile.stored(path), file: path)
    _ = try MatrixMarketParser.head(stream, file: path)
    let mirrors = chunks.banner.symmetry != .general
    let sign = chunks.banner.symmetry == .skewSymmetric ? -1.0 : 1
    var found = 0
    try stream.readBlocks { bytes, lines in
      guard let base = bytes.baseAddress else { return }
      var piece = EntryPiece()
      var cursor = base
      let end = base + bytes.count
      for line in lines {
        let entry = chunks.entry(&cursor, end)
        if cursor < end, cursor.pointee == 13 { cursor += 1 }
        guard let entry, cursor == end || cursor.pointee == 10 else {
          throw malformed(
            "this is no entry of a matrix of \(rows) × \(columns) with finite numbers",
            line: headLines + line + 1)
        }
        if cursor < end { cursor += 1 }
        piece.append(entry.row, entry.column, entry.value)
        if mirrors, entry.row != entry.column {
          piece.append(entry.column, entry.row, sign * entry.value)
        }
        found += 1
      }
      try body(piece)
    }
    guard found == count else {
      throw malformed("the file has \(found) entries, but promises \(count)", line: nil)
    }
  }

  private func malformed(_ message: String, line: Int?) -> CyclogradError {
    CyclogradError(
      .malformedFile, message, at: .init(file: path, line: line),
      advice: line == nil ? nil : "entries stand one in a line, without comments between them")
  }
}

/// The entries of a sparse matrix as SciPy writes it.
struct SparseNpzEntries: EntrySource {
  let rows: Int
  let columns: Int
  let remarks: [String] = []
  private let path: String

  /// How many entries are in memory.
  private static let pieceSize = 1 << 16

  init(_ path: String) throws {
    let reader = try SparseNpzReader(NpzFile.read(path), path)
    (rows, columns) = (reader.rows, reader.columns)
    self.path = path
  }

  func forEachPiece(_ body: (EntryPiece) throws -> Void) throws {
    let reader = try SparseNpzReader(NpzFile.read(path), path)
    switch reader.format {
    case "csr", "csc": try forEachCompressed(reader, isByRow: reader.format == "csr", body)
    case "coo": try forEachCoordinate(reader, body)
    default: _ = try reader.read()
    }
  }

  private func forEachCompressed(
    _ reader: SparseNpzReader, isByRow: Bool, _ body: (EntryPiece) throws -> Void
  ) throws {
    let (majors, minors) = isByRow ? (rows, columns) : (columns, rows)
    let (majorName, minorName) = isByRow ? ("row", "column") : ("column", "row")
    let inner = try reader.vector("indices")
    let values = try values(reader, inner.count)
    let starts = try reader.starts(majors: majors, entries: inner.count, majorName)
    var major = 0
    try forEachPart(inner.count) { range in
      let minor = try inner.next(range.count).indices(below: minors, minorName)
      var outer: [Int32] = []
      outer.reserveCapacity(range.count)
      for entry in range {
        while starts[major + 1] <= entry { major += 1 }
        outer.append(Int32(major))
      }
      let part = try finite(values.next(range.count).doubles(), reader)
      try body(
        EntryPiece(
          rows: isByRow ? outer : minor, columns: isByRow ? minor : outer, values: part))
    }
  }

  private func forEachCoordinate(
    _ reader: SparseNpzReader, _ body: (EntryPiece) throws -> Void
  ) throws {
    guard reader.archive.contains("row") else {
      throw CyclogradError(
        .malformedFile, "coordinates in one array cannot be read piece by piece",
        at: .init(file: path), advice: "convert it in SciPy with .tocsr() before saving")
    }
    let row = try reader.vector("row")
    let column = try reader.vector("col")
    guard row.count == column.count else {
      throw CyclogradError(
        .malformedFile, "there are \(row.count) rows for \(column.count) columns",
        at: reader.archive.location("col"))
    }
    let values = try values(reader, row.count)
    try forEachPart(row.count) { range in
      try body(
        EntryPiece(
          rows: row.next(range.count).indices(below: rows, "row"),
          columns: column.next(range.count).indices(below: columns, "column"),
          values: finite(values.next(range.count).doubles(), reader)))
    }
  }

  private func values(_ reader: SparseNpzReader, _ count: Int) throws -> NumpyContent {
    let values = try reader.vector("data")
    guard values.count == count else {
      throw CyclogradError(
        .malformedFile, "there are \(values.count) values for \(count) indices",
        at: reader.archive.location("data"))
    }
    return values
  }

  private func forEachPart(_ count: Int, _ body: (Range<Int>) throws -> Void) throws {
    for first in stride(from: 0, to: count, by: Self.pieceSize) {
      try body(first..<min(first + Self.pieceSize, count))
    }
  }

  private func finite(_ values: [Double], _ reader: SparseNpzReader) throws -> [Double] {
    guard Finite.all(values) else {
      throw CyclogradError(
        .invalidValue, "a value is not finite", at: reader.archive.location("data"))
    }
    return values
  }
}
