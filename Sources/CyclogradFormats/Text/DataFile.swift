import Cyclograd

/// Files of samples: a row of numbers for each sample.
public enum DataFile {
  /// Reads a table from a NumPy file, an idx file, JSON or text.
  ///
  /// NumPy files are known by their extension `.npy` or by their first bytes, idx files (MNIST's) by their first bytes.
  /// JSON is what is called `.json`, `.jsonl` or `.ndjson`, or begins with a bracket and has none of the extensions of
  /// text; the keys of its records are the columns' names. What gzip compressed is inflated. Everything else is text,
  /// UTF-8, whose cells are separated by commas, semicolons, tabs or blanks, whichever the first line suggests. If any
  /// cell of the first line is not a number, that line is a header. Lines that start with `#` are comments. Columns that
  /// are not selected may contain anything.
  ///
  /// In errors, the location's column is the number of the cell in its row, counted from 1.
  ///
  /// - Parameters:
  ///   - path: The file; `-` is standard input.
  ///   - columns: The columns to keep, in this order; all if absent.
  ///   - names: The names of the columns of a text that has no header; its first line is then a row.
  ///   - vectors: What a one-dimensional NumPy array becomes, and a list of numbers in JSON.
  ///   - allowNonFinite: Whether NaN and infinities are let through.
  ///   - allowMissing: Whether missing values are NaN.
  public static func read(
    _ path: String, columns: ColumnSelection? = nil, names: [String]? = nil,
    vectors: VectorLayout = .column, allowNonFinite: Bool = false, allowMissing: Bool = false
  ) throws -> DataTable {
    let content = try InputFile.content(path)
    if let array = try array(content, path) {
      return try table(
        array, columns, vectors, path,
        accepts: { $0.isFinite || allowNonFinite || allowMissing && $0.isNaN })
    }
    let json = try jsonKind(content, path)
    return try content.withBytes {
      let text = $0.bindMemory(to: UInt8.self)
      if let json {
        return try JSONTable.read(text, isLines: json == .lines, file: path).numbers(
          columns, names: names, vectors: vectors, allowNonFinite: allowNonFinite,
          allowMissing: allowMissing)
      }
      return try TextTable.read(
        text, columns: columns, names: names, allowNonFinite: allowNonFinite,
        allowMissing: allowMissing, file: path)
    }
  }

  /// The names in a file's first line, or the keys of JSON; `nil` where it is no header, and for NumPy's files.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for files that cannot be read as text.
  public static func header(_ path: String) throws -> [String]? {
    let content = try InputFile.content(path)
    if try isNumpy(content, path) || IdxFile.isIdx(content) { return nil }
    let json = try jsonKind(content, path)
    return try content.withBytes {
      let text = $0.bindMemory(to: UInt8.self)
      if let json { return try JSONTable.read(text, isLines: json == .lines, file: path).names }
      return try TextTable.header(text, file: path)
    }
  }

  /// The columns of some names, where each is in the header once and others stand beside them, which may be no numbers.
  ///
  /// - Parameter allowsMissing: whether it is enough that the header has some of the names.
  package static func selection(
    of names: [String], in path: String, allowsMissing: Bool = false
  ) throws -> ColumnSelection? {
    guard !names.isEmpty, let header = try Self.header(path) else { return nil }
    let counts = Dictionary(header.map { ($0, 1) }, uniquingKeysWith: +)
    let found = names.filter { counts[$0] != nil }
    guard allowsMissing || found.count == names.count, !found.isEmpty, header.count > found.count,
      found.allSatisfy({ counts[$0] == 1 })
    else { return nil }
    return ColumnSelection(names: found)
  }

  /// Reads columns of text as they stand, without quotation marks and blanks around them.
  ///
  /// Whether there is a header is judged as by ``read(_:columns:names:vectors:allowNonFinite:allowMissing:)``.
  ///
  /// - Parameter allowMissing: Whether missing values are empty texts.
  /// - Returns: for each selected column its cells, a cell for each row.
  public static func words(
    _ path: String, columns: ColumnSelection, names: [String]? = nil, allowMissing: Bool = false
  ) throws -> [[String]] {
    let content = try InputFile.content(path)
    if let array = try array(content, path) {
      let matrix = try table(array, columns, .column, path, accepts: \.isFinite).matrix
      return (0..<matrix.columns).map { column in
        (0..<matrix.rows).map { FileWriter.text(of: matrix[$0, column]) }
      }
    }
    let json = try jsonKind(content, path)
    return try content.withBytes {
      let text = $0.bindMemory(to: UInt8.self)
      if let json {
        return try JSONTable.read(text, isLines: json == .lines, file: path).words(
          columns, names: names, allowMissing: allowMissing)
      }
      return try TextTable.words(
        text, columns: columns, names: names, allowMissing: allowMissing, file: path)
    }
  }

  private enum JSONKind { case document, lines }

  /// Whether a file is JSON: by its extension, or by its beginning where that says nothing.
  private static func jsonKind(_ content: FileContent, _ path: String) throws -> JSONKind? {
    var name = path.lowercased()
    if name.hasSuffix(".gz") { name.removeLast(3) }
    if name.hasSuffix(".json") { return .document }
    if name.hasSuffix(".jsonl") || name.hasSuffix(".ndjson") { return .lines }
    guard ![".csv", ".tsv", ".tab", ".txt"].contains(where: name.hasSuffix) else { return nil }
    return try content.withBytes(0..<min(content.count, 1 << 10)) { bytes in
      let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let first = bytes[mark...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .document : nil
    }
  }

  private static func isNumpy(_ content: FileContent, _ path: String) throws -> Bool {
    try path.hasSuffix(".npy") || content.starts(with: NumpyHeader.magic)
  }

  /// The array of a file that is not text.
  private static func array(_ content: FileContent, _ path: String) throws -> NumpyArray? {
    if try isNumpy(content, path) {
      return try NumpyFile.parse(content, file: path, more: .joined)
    }
    return try IdxFile.isIdx(content) ? IdxFile.parse(content, file: path) : nil
  }

  private static func table(
    _ array: NumpyArray, _ columns: ColumnSelection?, _ vectors: VectorLayout, _ path: String,
    accepts: (Double) -> Bool
  ) throws -> DataTable {
    let whole = matrix(array, vectors)
    guard whole.rows > 0, whole.columns > 0 else {
      throw CyclogradError(
        .malformedFile,
        "the array has \(whole.rows) rows and \(whole.columns) columns, so there are no samples",
        at: CyclogradError.Location(file: path))
    }
    let result = try select(columns, of: whole, path)
    if let bad = result.elements.firstIndex(where: { !accepts($0) }) {
      let (row, column) = bad.quotientAndRemainder(dividingBy: result.columns)
      let source = try columns?.indices(columnCount: whole.columns)[column] ?? column
      throw CyclogradError(
        .invalidValue, "\(FileWriter.text(of: result.elements[bad])) is not finite",
        at: CyclogradError.Location(file: path, subject: "element [\(row), \(source)]"))
    }
    return DataTable(matrix: result)
  }

  private static func matrix(_ array: NumpyArray, _ vectors: VectorLayout) -> Matrix {
    let count = array.elements.count
    let (rows, columns) =
      switch array.shape.count {
      case 2: (array.shape[0], array.shape[1])
      case 1: vectors == .column ? (count, 1) : (1, count)
      default: (1, 1)
      }
    return Matrix(rows: rows, columns: columns, elements: array.elements)
  }

  private static func select(
    _ columns: ColumnSelection?, of matrix: Matrix, _ path: String
  ) throws -> Matrix {
    guard let columns else { return matrix }
    let indices: [Int]
    do { indices = try columns.indices(columnCount: matrix.columns) } catch var error
      as CyclogradError
    {
      error.location.file = path
      throw error
    }
    var elements: [Double] = []
    elements.reserveCapacity(matrix.rows * indices.count)
    for row in 0..<matrix.rows { for index in indices { elements.append(matrix[row, index]) } }
    return Matrix(rows: matrix.rows, columns: indices.count, elements: elements)
  }
}
