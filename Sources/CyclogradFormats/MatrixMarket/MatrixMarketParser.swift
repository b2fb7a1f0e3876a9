import Cyclograd

/// Reads a Matrix Market file from its bytes.
struct MatrixMarketParser {
  private let banner: MatrixMarketBanner
  private let hasUndeclaredValues: Bool
  private let rows: Int
  private let columns: Int
  /// How many entries the file lists.
  private let count: Int
  private var lines: MatrixMarketLines
  /// The lines from the first entry on, for looking a second time.
  private let entryLines: MatrixMarketLines
  private var result: CoordinateMatrix

  /// What is in a file.
  struct Content {
    var matrix: CoordinateMatrix
    /// Whether entries have no values.
    let isPattern: Bool
    /// What was strange about the file, for people.
    let remarks: [String]
  }

  /// The content may be compressed by gzip.
  static func parse(
    _ content: FileContent, file: String, duplicates: DuplicateEntries = .refuse
  ) throws -> Content {
    if let content = try parseQuickly(content, file: file) { return content }
    return try InputFile.inflated(content, file).withBytes { bytes in
      let text = try TextSource.check(bytes.bindMemory(to: UInt8.self), file: file)
      var parser = try MatrixMarketParser(text, file: file)
      try parser.reserve(text.count)
      try parser.readEntries()
      if duplicates == .sum { return parser.content(parser.result.summingDuplicates()) }
      try parser.refuseDuplicates()
      return parser.content(parser.result)
    }
  }

  /// The matrix, if it is in coordinate format and nothing is unusual or wrong.
  private static func parseQuickly(
    _ content: FileContent, file: String
  ) throws -> Content? {
    let stream = try TextStream(content, file: file)
    guard let (parser, _) = try takeHead(stream, file: file), parser.banner.layout == .coordinate,
      parser.count <= stream.sizeBound / (parser.banner.field == .pattern ? 4 : 6) + 1,
      (try? Memory.require(32 * parser.count, for: "the matrix", file: file)) != nil
    else { return nil }
    let chunks = MatrixMarketChunks(
      banner: parser.banner, rows: parser.rows, columns: parser.columns)
    guard let listed = try chunks.read(stream, count: parser.count), listed.duplicate() == nil
    else { return nil }
    return parser.content(
      parser.banner.symmetry == .general
        ? listed : listed.expanded(isSkew: parser.banner.symmetry == .skewSymmetric))
  }

  /// What stands before a file's entries.
  struct Head {
    let banner: MatrixMarketBanner
    let rows: Int
    let columns: Int
    let count: Int
    /// How many lines it takes.
    let lines: Int
    let remarks: [String]
  }

  /// Takes what stands before the entries from a stream; nothing if it is not that of a matrix, or too long.
  static func head(_ stream: TextStream, file: String) throws -> Head? {
    try takeHead(stream, file: file).map { parser, lines in
      Head(
        banner: parser.banner, rows: parser.rows, columns: parser.columns, count: parser.count,
        lines: lines, remarks: parser.remarks)
    }
  }

  private static func takeHead(
    _ stream: TextStream, file: String
  ) throws -> (MatrixMarketParser, lines: Int)? {
    try stream.takeHead { text -> ((MatrixMarketParser, lines: Int), size: Int)? in
      guard let parser = try? MatrixMarketParser(text, file: file) else { return nil }
      let size = text.count - parser.lines.rest.count
      let head = UnsafeBufferPointer(rebasing: text[..<size])
      // The entries that are read quickly are ASCII anyway.
      guard (try? TextSource.check(head, file: file)) != nil else { return nil }
      return ((parser, LineFeeds.count(UnsafeRawBufferPointer(head))), size)
    }
  }

  private var remarks: [String] {
    hasUndeclaredValues ? ["the header says pattern, but entries have values, which are read"] : []
  }

  private func content(_ matrix: CoordinateMatrix) -> Content {
    Content(
      matrix: matrix, isPattern: banner.field == .pattern,
      remarks: remarks)
  }

  private init(_ text: UnsafeBufferPointer<UInt8>, file: String) throws {
    var lines = MatrixMarketLines(text, file: file)
    guard let first = lines.first() else { throw lines.malformed("the file is empty") }
    var banner: MatrixMarketBanner
    do throws(MatrixMarketBanner.Malformed) { banner = try MatrixMarketBanner(first) } catch {
      throw lines.malformed(error.reason)
    }
    guard let line = lines.next() else { throw lines.malformed("the size line is missing") }
    let needed = banner.layout == .coordinate ? 3 : 2
    var words = MatrixMarketWords(line)
    let sizes = (0..<needed).map { _ in MatrixMarketWords.count(words.word()) ?? -1 }
    guard !sizes.contains(-1), words.word().isEmpty else {
      throw lines.malformed(
        "the size line needs \(needed) numbers: rows, columns"
          + (needed == 3 ? " and entries" : ""))
    }
    guard sizes[0] <= Int(Int32.max), sizes[1] <= Int(Int32.max) else {
      throw lines.error(.tooLarge, "a matrix has at most \(Int32.max) rows and columns")
    }
    guard banner.symmetry == .general || sizes[0] == sizes[1] else {
      throw lines.malformed("a symmetric matrix of \(sizes[0]) × \(sizes[1]) is not square")
    }
    var rest = lines
    hasUndeclaredValues =
      banner.field == .pattern && rest.next().map { MatrixMarketWords.number($0) == 3 } ?? false
    if hasUndeclaredValues { banner.field = .real }
    self.banner = banner
    (rows, columns) = (sizes[0], sizes[1])
    count = banner.layout == .coordinate ? sizes[2] : Self.arrayCount(banner, rows, columns)
    self.lines = lines
    entryLines = lines
    result = CoordinateMatrix(
      rows: rows, columns: columns, rowIndices: [], columnIndices: [],
      values: banner.field == .pattern ? nil : [])
  }

  private mutating func reserve(_ length: Int) throws {
    // The size line may promise anything; the file's length limits what can be true.
    let shortest = banner.layout == .array ? 2 : banner.field == .pattern ? 4 : 6
    let expanded = min(count, length / shortest + 1) * (banner.symmetry == .general ? 1 : 2)
    try Memory.require(expanded * 24, for: "the matrix", file: lines.file)
    result.rowIndices.reserveCapacity(expanded)
    result.columnIndices.reserveCapacity(expanded)
    result.values?.reserveCapacity(expanded)
  }

  /// Only the lower triangle of a symmetric array is listed. Sizes of 31 bits cannot overflow here.
  private static func arrayCount(_ banner: MatrixMarketBanner, _ rows: Int, _ columns: Int) -> Int {
    switch banner.symmetry {
    case .general: rows * columns
    case .symmetric: rows * (rows + 1) / 2
    case .skewSymmetric: rows * (rows - 1) / 2
    }
  }
}

extension MatrixMarketParser {
  private mutating func readEntries() throws {
    var found = 0
    var place = (row: banner.symmetry == .skewSymmetric ? 1 : 0, column: 0)
    while let line = lines.next() {
      guard found < count else {
        throw lines.malformed("the file has more entries than the \(count) that it promises")
      }
      found += 1
      var words = MatrixMarketWords(line)
      if banner.layout == .coordinate {
        place = (
          try index(words.word(), below: rows, "row"),
          try index(words.word(), below: columns, "column")
        )
        try checkTriangle(place.row, place.column)
      }
      let value = banner.field == .pattern ? nil : try value(words.word())
      guard words.word().isEmpty else { throw lines.malformed("the line has too many words") }
      add(place.row, place.column, value)
      if banner.layout == .array { advance(&place) }
    }
    guard found == count else {
      throw lines.malformed(
        "the file has \(found) \(found == 1 ? "entry" : "entries"), but promises \(count)")
    }
  }

  /// Arrays are listed column by column.
  private func advance(_ place: inout (row: Int, column: Int)) {
    place.row += 1
    guard place.row == rows else { return }
    place.column += 1
    switch banner.symmetry {
    case .general: place.row = 0
    case .symmetric: place.row = place.column
    case .skewSymmetric: place.row = place.column + 1
    }
  }

  private mutating func add(_ row: Int, _ column: Int, _ value: Double?) {
    result.rowIndices.append(Int32(row))
    result.columnIndices.append(Int32(column))
    if let value { result.values?.append(value) }
    guard banner.symmetry != .general, row != column else { return }
    result.rowIndices.append(Int32(column))
    result.columnIndices.append(Int32(row))
    if let value { result.values?.append(banner.symmetry == .symmetric ? value : -value) }
  }

  private func index(
    _ word: UnsafeBufferPointer<UInt8>, below limit: Int, _ name: String
  ) throws -> Int {
    guard !word.isEmpty else { throw lines.malformed("the \(name) is missing") }
    guard let number = MatrixMarketWords.count(word) else {
      throw lines.malformed("\(Excerpt.quoted(word)) is not a \(name)")
    }
    guard number >= 1, number <= limit else {
      throw lines.malformed("\(name) \(number) is outside 1 to \(limit)")
    }
    return number - 1
  }

  private func checkTriangle(_ row: Int, _ column: Int) throws {
    guard banner.symmetry != .general else { return }
    guard row >= column else {
      throw lines.malformed(
        "entry (\(row + 1), \(column + 1)) of a symmetric matrix lies above the diagonal; "
          + "only the lower triangle may be listed")
    }
    guard banner.symmetry == .symmetric || row > column else {
      throw lines.malformed("the diagonal of a skew-symmetric matrix may not be listed")
    }
  }

  private func value(_ word: UnsafeBufferPointer<UInt8>) throws -> Double {
    guard !word.isEmpty else { throw lines.malformed("the value is missing") }
    guard let value = DecimalScanner.number(word) else {
      throw lines.malformed("\(Excerpt.quoted(word)) is not a number")
    }
    guard value.isFinite else {
      throw lines.error(.invalidValue, "\(Excerpt.quoted(word)) is not finite")
    }
    guard banner.field != .integer || MatrixMarketWords.isInteger(word) else {
      throw lines.malformed("\(Excerpt.quoted(word)) is not an integer")
    }
    return value
  }
}

extension MatrixMarketParser {
  private func refuseDuplicates() throws {
    guard banner.layout == .coordinate,
      let place = result.duplicate(lowerTriangleOnly: banner.symmetry != .general)
    else { return }
    var lines = entryLines
    var firstSeen = false
    while let line = lines.next() {
      var words = MatrixMarketWords(line)
      let row = MatrixMarketWords.count(words.word()) ?? 0
      let column = MatrixMarketWords.count(words.word()) ?? 0
      guard row - 1 == place.row, column - 1 == place.column else { continue }
      if firstSeen { throw lines.malformed("entry (\(row), \(column)) is listed a second time") }
      firstSeen = true
    }
  }
}
