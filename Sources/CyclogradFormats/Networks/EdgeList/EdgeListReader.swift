import Cyclograd

/// Reads edges from rows of text.
struct EdgeListReader {
  private let file: String
  private let columns: EdgeListColumns
  private let delimiter: Delimiter
  private let firstLine: Int
  private let base: Int

  private var sources: [Int32] = []
  private var targets: [Int32] = []
  private var weights: [Double] = []
  private var largest: Int32 = -1
  private var smallest: Int32 = .max
  private var index: [String: Int32] = [:]
  private var names: [String] = []

  static func network(
    _ content: FileContent, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    if let network = try readQuickly(content, file: file, options) { return network }
    return try content.withBytes {
      try readLines(TextSource.check($0.bindMemory(to: UInt8.self), file: file), file, options)
    }
  }

  private static func readLines(
    _ text: UnsafeBufferPointer<UInt8>, _ file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var lines = TextLines(text)
    guard let first = nextRow(&lines) else {
      throw CyclogradError(.malformedFile, "the file has no edges", at: .init(file: file))
    }
    let begin = lines
    var reader = try EdgeListReader(first, line: lines.number, file: file, options)
    try reader.reserve(text)
    let start = reader.columns.hasHeader ? nextRow(&lines) : first
    // Most lists have numbers. If one has not, all of it is read again by names.
    if try !reader.readNumbers(start, &lines, isCertain: options.indexBase != nil) {
      reader.startAgain()
      lines = begin
      try reader.readNames(reader.columns.hasHeader ? nextRow(&lines) : first, &lines)
    }
    let linesBefore = reader.columns.hasHeader ? 1 : 0
    return try reader.finish(options) { edge in
      var lines = begin
      for _ in 0..<linesBefore + edge { _ = nextRow(&lines) }
      return lines.number
    }
  }

  /// The network, if every row is plain and nothing is wrong.
  private static func readQuickly(
    _ content: FileContent, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork? {
    let stream = try TextStream(content, file: file)
    let head = try stream.takeHead { text -> (EdgeListReader, size: Int)? in
      var lines = TextLines(text)
      guard let first = nextRow(&lines), let start = first.baseAddress,
        let textStart = text.baseAddress
      else { return nil }
      let size = text.count - lines.rest.count
      // The rows that are read quickly are ASCII anyway.
      guard size < text.count,
        (try? TextSource.check(UnsafeBufferPointer(rebasing: text[..<size]), file: file)) != nil,
        let reader = try? EdgeListReader(first, line: lines.number, file: file, options)
      else { return nil }
      return (reader, reader.columns.hasHeader ? size : textStart.distance(to: start))
    }
    guard var reader = head, let row = EdgeRow(reader.columns, reader.delimiter, base: reader.base),
      let edges = try EdgeListChunks(row: row).read(stream, file: file)
    else { return nil }
    reader.sources = edges.sources
    reader.targets = edges.targets
    reader.weights = edges.weights
    reader.largest = max(edges.sources.max() ?? 0, edges.targets.max() ?? 0)
    reader.smallest = min(edges.sources.min() ?? 0, edges.targets.min() ?? 0)
    let firstEdge = reader.firstLine + (reader.columns.hasHeader ? 1 : 0)
    return try reader.finish(options) { firstEdge + $0 }
  }

  private init(
    _ first: UnsafeBufferPointer<UInt8>, line: Int, file: String, _ options: ImportOptions
  ) throws {
    self.file = file
    firstLine = line
    delimiter = Delimiter(of: first)
    guard let cells = delimiter.split(first) else {
      throw CyclogradError(
        .malformedFile, Self.unmatched, at: .init(file: file, line: line))
    }
    columns = try EdgeListColumns(cells, line: line, file: file, options)
    base = options.indexBase ?? 0
  }

  private static let unmatched =
    "a quotation mark is not closed, or something follows the closing one"

  /// The next line that is neither blank nor a comment.
  private static func nextRow(_ lines: inout TextLines) -> UnsafeBufferPointer<UInt8>? {
    while let line = lines.next() {
      var first = 0
      while first < line.count, line[first] == 32 || line[first] == 9 { first += 1 }
      if first < line.count, line[first] != UInt8(ascii: "#") { return line }
    }
    return nil
  }

  private mutating func reserve(_ text: UnsafeBufferPointer<UInt8>) throws {
    var lines = 1
    for byte in text { lines &+= byte == 10 || byte == 13 ? 1 : 0 }
    let edges = min(lines, text.count / 4 + 1)
    try Memory.require(edges * 24, for: "the edges", file: file)
    sources.reserveCapacity(edges)
    targets.reserveCapacity(edges)
    weights.reserveCapacity(edges)
  }

  private mutating func startAgain() {
    sources.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
  }

  /// `line` is that of an edge which is found wrong only now.
  private mutating func finish(
    _ options: ImportOptions, line: @escaping (_ edge: Int) -> Int
  ) throws -> ImportedNetwork {
    guard !sources.isEmpty else {
      throw failure("the file has no edges", line: firstLine)
    }
    var remarks: [String] = []
    let size = names.isEmpty ? Int(largest) + 1 : names.count
    var network = ExpandedNetwork.plain(
      size: size, targets: targets, sources: sources, weights: weights)
    if !names.isEmpty { network.names = names }
    if columns.weight == nil {
      remarks.append(
        "no column '\(AttributeName.weight)': weight 1 used for \(sources.count) edges"
          + (columns.unread.isEmpty ? "" : "; --weight-attribute names a column of weights"))
    }
    if !columns.unread.isEmpty {
      remarks.append("columns dropped: \(columns.unread.prefix(8).joined(separator: ", "))")
    }
    if names.isEmpty, options.indexBase == nil, smallest > 0 {
      remarks.append(
        "neurons are counted from 0, and 0 has no edge; if the file counts from 1, give "
          + "--index-base 1")
    }
    if let remark = try network.resolveDuplicates(
      options.duplicates ?? .refuse, file: file, line: line)
    {
      remarks.append(remark)
    }
    return try network.imported(from: file, remarks: remarks, options: options)
  }

  private func failure(
    _ message: String, line: Int, code: CyclogradError.Code = .malformedFile, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, message, at: .init(file: file, line: line), advice: advice)
  }
}

extension EdgeListReader {
  /// Reads all rows as numbers; `false` if the ends of an edge are not numbers.
  private mutating func readNumbers(
    _ first: UnsafeBufferPointer<UInt8>?, _ lines: inout TextLines, isCertain: Bool
  ) throws -> Bool {
    var next = first
    let row = EdgeRow(columns, delimiter, base: base)
    var edge = (source: Int32(0), target: Int32(0), weight: 1.0)
    while let line = next {
      if let plain = plainEdge(line, row) {
        edge = plain
      } else {
        let cells = try cells(line, lines.number)
        guard let source = try neuron(cells[columns.source], lines.number),
          let target = try neuron(cells[columns.target], lines.number)
        else {
          guard isCertain else { return false }
          throw failure(
            "\(Excerpt.quoted(line)) does not begin with two numbers of neurons",
            line: lines.number, advice: "leave out --index-base if neurons have names")
        }
        edge = (source, target, try weight(cells, lines.number))
      }
      append(edge.source, edge.target, edge.weight)
      next = Self.nextRow(&lines)
    }
    return true
  }

  private func plainEdge(
    _ line: UnsafeBufferPointer<UInt8>, _ row: EdgeRow?
  ) -> (source: Int32, target: Int32, weight: Double)? {
    guard let row, var cursor = line.baseAddress else { return nil }
    let end = cursor + line.count
    guard let edge = row.read(&cursor, end), cursor == end else { return nil }
    return edge
  }

  private mutating func append(_ source: Int32, _ target: Int32, _ weight: Double) {
    sources.append(source)
    targets.append(target)
    weights.append(weight)
    largest = max(largest, source, target)
    smallest = min(smallest, source, target)
  }

  /// The neuron of a cell; `nil` if it is not a number.
  private func neuron(_ cell: TableCell, _ line: Int) throws -> Int32? {
    guard !cell.isQuoted, !cell.bytes.isEmpty, cell.bytes.allSatisfy({ 48...57 ~= $0 }) else {
      return nil
    }
    guard var cursor = cell.bytes.baseAddress else { return nil }
    let end = cursor + cell.bytes.count
    if let index = EdgeRow.number(&cursor, end, base: base) { return index }
    throw failure(
      "\(Excerpt.quoted(cell.bytes)) is not the number of a neuron", line: line,
      advice: "neurons are counted from \(base)")
  }

  private func cells(_ line: UnsafeBufferPointer<UInt8>, _ number: Int) throws -> [TableCell] {
    guard let cells = delimiter.split(line) else {
      throw failure(Self.unmatched, line: number)
    }
    guard cells.count == columns.count else {
      throw failure(
        "the row has \(cells.count) columns, expected \(columns.count) as in line \(firstLine)",
        line: number)
    }
    return cells
  }

  private func weight(_ cells: [TableCell], _ line: Int) throws -> Double {
    guard let column = columns.weight else { return 1 }
    guard let value = cells[column].number else {
      throw failure("the weight \(Excerpt.quoted(cells[column].bytes)) is not a number", line: line)
    }
    guard value.isFinite else {
      throw failure(
        "the weight \(Excerpt.quoted(cells[column].bytes)) is not finite", line: line,
        code: .invalidValue)
    }
    return value
  }

  /// Reads all rows by names, numbered in the order in which they first occur.
  private mutating func readNames(
    _ first: UnsafeBufferPointer<UInt8>?, _ lines: inout TextLines
  ) throws {
    var next = first
    while let line = next {
      let cells = try cells(line, lines.number)
      let ends = try [columns.source, columns.target].map { column in
        let name = cells[column].text
        guard !name.isEmpty else { throw failure("a neuron has no name", line: lines.number) }
        if let known = index[name] { return known }
        let new = Int32(names.count)
        index[name] = new
        names.append(name)
        return new
      }
      append(ends[0], ends[1], try weight(cells, lines.number))
      next = Self.nextRow(&lines)
    }
  }
}
