import Cyclograd

/// Reads edges from rows of text.
struct EdgeListReader {
  let file: String
  let columns: EdgeListColumns
  let delimiter: Delimiter
  let firstLine: Int
  let base: Int
  let options: ImportOptions
  var edges: EdgeCollector
  /// Whether all rows so far had a weight, where they may have one or not.
  var hasWeights: Bool?
  /// Whether weights are signs, as soon as a row tells.
  var hasSigns: Bool?

  static func network(
    _ content: FileContent, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    if let network = try readQuickly(content, file: file, options) { return network }
    return try content.withBytes {
      try readLines(TextSource.check($0.bindMemory(to: UInt8.self), file: file), file, options)
    }
  }

  static func readLines(
    _ text: UnsafeBufferPointer<UInt8>, _ file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var lines = TextLines(text)
    guard let first = lines.nextRow() else {
      throw CyclogradError(.malformedFile, "the file has no edges", at: .init(file: file))
    }
    let begin = lines
    var reader = try EdgeListReader(first, lines, in: text, file: file, options)
    try reader.reserve(text)
    let start = reader.columns.hasHeader ? lines.nextRow() : first
    // Most lists have numbers. If one has not, all of it is read again by names.
    if try !reader.readNumbers(start, &lines, isCertain: reader.edges.mustBeNumbers)
      || reader.edges.idsAreNames
    {
      reader.startAgain()
      lines = begin
      try reader.readNames(reader.columns.hasHeader ? lines.nextRow() : first, &lines)
    }
    let linesBefore = reader.columns.hasHeader ? 1 : 0
    return try reader.finish { edge in
      var lines = begin
      for _ in 0..<linesBefore + edge { _ = lines.nextRow() }
      return lines.number
    }
  }

  /// The network, if every row is plain and nothing is wrong.
  static func readQuickly(
    _ content: FileContent, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork? {
    let stream = try TextStream(content, file: file)
    let head = try stream.takeHead { text -> (EdgeListReader, size: Int)? in
      var lines = TextLines(text)
      guard let first = lines.nextRow(), let start = first.baseAddress,
        let textStart = text.baseAddress
      else { return nil }
      let size = text.count - lines.rest.count
      // The rows that are read quickly are ASCII anyway.
      guard size < text.count,
        (try? TextSource.check(UnsafeBufferPointer(rebasing: text[..<size]), file: file)) != nil,
        let reader = try? EdgeListReader(first, lines, in: text, file: file, options)
      else { return nil }
      return (reader, reader.columns.hasHeader ? size : textStart.distance(to: start))
    }
    guard var reader = head, let row = EdgeRow(reader.columns, reader.delimiter, base: reader.base),
      let edges = try EdgeListChunks(row: row).read(stream, file: file)
    else { return nil }
    reader.edges.take(edges)
    if reader.edges.idsAreNames { return nil }
    let firstEdge = reader.firstLine + (reader.columns.hasHeader ? 1 : 0)
    return try reader.finish { firstEdge + $0 }
  }

  /// - Parameters:
  ///   - lines: what follows the first row.
  init(
    _ first: UnsafeBufferPointer<UInt8>, _ lines: TextLines, in text: UnsafeBufferPointer<UInt8>,
    file: String, _ options: ImportOptions
  ) throws {
    self.file = file
    self.options = options
    firstLine = lines.number
    base = options.indexBase ?? 0
    edges = EdgeCollector(
      file: file, options, declared: try Self.declaredCount(before: first, in: text, file: file))
    if let ends = Self.endsBeforeDictionary(first) {
      delimiter = Delimiter(of: ends)
      columns = .dictionaries
      return
    }
    let delimiter = Delimiter(of: first)
    self.delimiter = delimiter
    guard let cells = delimiter.split(first) else {
      throw CyclogradError(
        .malformedFile, Self.unmatched, at: .init(file: file, line: firstLine))
    }
    var rest = lines
    let next = rest.nextRow().flatMap { delimiter.split($0) }
    columns = try EdgeListColumns(cells, next: next, line: firstLine, file: file, options)
  }

  static let declaration = "# neurons:"

  /// What a comment before the first row says of the number of neurons.
  static func declaredCount(
    before first: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>, file: String
  ) throws -> Int? {
    guard let start = text.baseAddress, let end = first.baseAddress else { return nil }
    var lines = TextLines(UnsafeBufferPointer(start: start, count: start.distance(to: end)))
    while let line = lines.next() {
      guard line.starts(with: declaration.utf8) else { continue }
      let number = String(decoding: line.dropFirst(declaration.utf8.count), as: UTF8.self)
      guard let count = Int(number.filter { $0 != " " }), 0...Int(Int32.max) ~= count else {
        throw CyclogradError(
          .malformedFile, "the number of neurons is \(Excerpt.quoted(number))",
          at: .init(file: file, line: lines.number))
      }
      return count
    }
    return nil
  }

  /// The two ends of an edge that NetworkX wrote with a dictionary behind them.
  static func endsBeforeDictionary(
    _ line: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8>? {
    guard let start = line.firstIndex(of: UInt8(ascii: "{")), start > 0,
      let end = line.last(where: { $0 != 32 && $0 != 9 }), end == UInt8(ascii: "}")
    else { return nil }
    return UnsafeBufferPointer(rebasing: line[..<start])
  }

  static let unmatched =
    "a quotation mark is not closed, or something follows the closing one"

  mutating func reserve(_ text: UnsafeBufferPointer<UInt8>) throws {
    var lines = 1
    for byte in text { lines &+= byte == 10 || byte == 13 ? 1 : 0 }
    let edges = min(lines, text.count / 4 + 1)
    try Memory.require(edges * 24, for: "the edges", file: file)
    self.edges.reserve(edges)
  }

  mutating func startAgain() {
    edges.startAgain()
    (hasWeights, hasSigns) = (nil, nil)
  }

  /// `line` is that of an edge which is found wrong only now.
  mutating func finish(line: @escaping (_ edge: Int) -> Int) throws -> ImportedNetwork {
    try edges.finish(
      columns, hasWeights: columns.weight != nil || hasWeights == true, firstLine: firstLine,
      line: line)
  }

  func failure(
    _ message: String, line: Int, code: CyclogradError.Code = .malformedFile, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, message, at: .init(file: file, line: line), advice: advice)
  }
}
