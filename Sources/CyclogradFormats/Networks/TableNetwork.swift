import Cyclograd

/// Networks as a dense table of weights in text, with or without names: rows are targets, columns are sources.
enum TableNetwork {
  /// Reads a square table; zeros are no edges.
  static func network(
    _ content: FileContent, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    try content.withBytes {
      let text = try TextSource.check($0.bindMemory(to: UInt8.self), file: file)
      return try network(text, file: file, options)
    }
  }

  private static func network(
    _ text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    let rows = try Rows(text, file: file)
    var targets: [Int32] = []
    var sources: [Int32] = []
    var weights: [Double] = []
    for (row, (line, cells)) in rows.body.enumerated() {
      for (column, cell) in cells.dropFirst(rows.hasRowNames ? 1 : 0).enumerated() {
        guard let value = cell.number, value.isFinite else {
          throw CyclogradError(
            .invalidValue, "the weight \(Excerpt.quoted(cell.bytes)) is not a finite number",
            at: .init(file: file, line: line, column: column + 1 + (rows.hasRowNames ? 1 : 0)))
        }
        guard value != 0 else { continue }
        targets.append(Int32(row))
        sources.append(Int32(column))
        weights.append(value)
      }
    }
    var network = ExpandedNetwork.plain(
      size: rows.body.count, targets: targets, sources: sources, weights: weights)
    network.names = rows.names
    return try network.imported(from: file, remarks: [], options: options)
  }

  /// Writes a table, with names where neurons have them.
  static func write(_ imported: ImportedNetwork, _ path: String) throws -> [String] {
    let (matrix, remarks) = try MatrixNetwork.matrix(imported, format: "table", file: path)
    let network = try imported.expanded()
    let dense = try matrix.dense(for: path)
    let separator = path.lowercased().hasSuffix(".tsv") ? "\t" : ","
    let names = network.names?.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }
    try AtomicFile.write(to: path) { file in
      if let names { try file.write((["\"\""] + names).joined(separator: separator) + "\n") }
      for row in 0..<dense.rows {
        if let names { try file.write(names[row] + separator) }
        for column in 0..<dense.columns {
          if column > 0 { try file.write(separator) }
          try file.write(number: dense[row, column])
        }
        try file.write("\n")
      }
    }
    let zeros = matrix.values?.count { $0 == 0 } ?? 0
    return remarks.filter { !$0.hasPrefix("node names") }
      + (zeros > 0 ? ["\(zeros) edges of weight 0 dropped"] : [])
  }

  /// Whether text is a table rather than a list of edges; `nil` where it could be either.
  ///
  /// A table is square. The same names along both sides tell, as does a cell in the first two columns that is no whole
  /// number, or a fourth column without names.
  static func isTable(_ text: UnsafeBufferPointer<UInt8>) -> Bool? {
    guard let rows = try? Rows(text, file: ""), rows.body.count > 1 else { return false }
    if rows.hasRowNames { return true }
    if let names = rows.names, EdgeListColumns.namesEnds(names) { return false }
    guard rows.body.allSatisfy({ $0.cells.allSatisfy { $0.number != nil } }) else { return false }
    let areEnds = rows.body.allSatisfy {
      $0.cells.prefix(2).allSatisfy { $0.bytes.allSatisfy { 48...57 ~= $0 } }
    }
    if !areEnds || rows.names == nil && rows.body.count > 3 { return true }
    return nil
  }

  /// The cells of a square table.
  private struct Rows {
    var names: [String]?
    let hasRowNames: Bool
    var body: [(line: Int, cells: [TableCell])]

    init(_ text: UnsafeBufferPointer<UInt8>, file: String) throws {
      var lines = TextLines(text)
      var rows: [(line: Int, cells: [TableCell])] = []
      var delimiter: Delimiter?
      func failure(_ message: String, _ line: Int?) -> CyclogradError {
        CyclogradError(
          .malformedFile, message, at: .init(file: file, line: line),
          advice:
            "a table has a row and a column for each neuron; edges as rows are --from edge-list")
      }
      while let line = lines.nextRow() {
        // A long list of edges is told after a few rows.
        if let last = rows.last, rows.count > last.cells.count + 1 {
          throw failure("the table has more rows than columns", lines.number)
        }
        let known = delimiter ?? Delimiter(of: line)
        delimiter = known
        guard let cells = known.split(line) else {
          throw failure(
            "a quotation mark is not closed, or something follows the closing one", lines.number)
        }
        // The header may leave out the corner above the rows' names.
        let extra = rows.count == 1 ? 1 : 0
        if let known = rows.last,
          !(known.cells.count...known.cells.count + extra).contains(cells.count)
        {
          throw failure(
            "the row has \(cells.count) columns, expected \(known.cells.count) as in line \(known.line)",
            lines.number)
        }
        if rows.isEmpty {
          let size = MemoryLayout<TableCell>.stride.multipliedReportingOverflow(
            by: cells.count * cells.count)
          try Memory.require(size.overflow ? .max : size.partialValue, for: "the table", file: file)
        }
        rows.append((lines.number, cells))
      }
      guard let first = rows.first else { throw failure("the file has no rows", nil) }
      let isHeader = first.cells.contains { $0.number == nil && !$0.bytes.isEmpty }
      if isHeader { rows.removeFirst() }
      let width = rows.first?.cells.count ?? 0
      hasRowNames = isHeader && width == rows.count + 1
      body = rows
      guard width - (hasRowNames ? 1 : 0) == rows.count, !rows.isEmpty else {
        throw failure("the table has \(rows.count) rows and \(width) columns", nil)
      }
      guard isHeader else { return }
      let header = first.cells.suffix(rows.count).map(\.text)
      if hasRowNames, rows.map({ $0.cells[0].text }) != header {
        throw failure("rows and columns have different names, or another order", first.line)
      }
      if let twice = Dictionary(grouping: header, by: { $0 }).first(where: { $1.count > 1 })?.key {
        throw failure("\(Excerpt.quoted(twice)) is the name of two neurons", first.line)
      }
      names = header
    }
  }
}

extension NetworkFormat {
  static let table = NetworkFormat(
    "table", "a dense matrix as CSV or TSV, with or without names; rows are targets",
    extensions: [], limits: MatrixNetwork.limits + "; edges of weight 0",
    options: MatrixNetwork.options,
    reader: { path, options in
      try TableNetwork.network(InputFile.content(path), file: path, options)
    },
    writer: { imported, path, _ in try TableNetwork.write(imported, path) })
}
