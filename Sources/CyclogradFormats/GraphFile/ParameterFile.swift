import Cyclograd

/// Reads the files that a graph file refers to from one place.
struct ParameterFile {
  /// The sizes of a connection's groups, where the groups exist.
  struct Shape {
    let targets: Int?
    let sources: Int?
  }

  let folder: String
  /// Where the graph file names the file.
  let place: CyclogradError.Location

  /// The edges of a matrix file, with their weights if it has any.
  func edges(_ name: String, _ shape: Shape) throws -> SparseEntries {
    guard isMatrix(name) || name.lowercased().hasSuffix(".npy") else {
      throw failure(
        .malformedFile,
        "a pattern must come from a matrix (.mtx, .mtx.gz, .npz, .npy), not from \(name)")
    }
    let matrix = try locating { try MatrixFile.read(path(name)) }
    try check(name, rows: matrix.rows, columns: matrix.columns, shape)
    return .init(rows: matrix.rowIndices, columns: matrix.columnIndices, values: matrix.values)
  }

  /// The weights of a connection from a matrix file, a table or a list.
  func weights(
    _ name: String, _ shape: Shape, of connection: Connection
  ) throws -> InitialValue {
    if isMatrix(name) {
      let entries = try edges(name, shape)
      guard entries.values != nil else {
        throw failure(.malformedFile, "\(name) has only a pattern, no weights")
      }
      return .entries(entries)
    }
    let table = try locating { try DataFile.read(path(name)).matrix }
    let isList = table.rows == 1 || table.columns == 1
    if connection.weight.tying == .none, !isList {
      guard connection.pattern == .all, connection.allowsSelf else {
        throw failure(
          .shapeMismatch,
          "\(name) is a table of \(table.rows) × \(table.columns) numbers, which only a connection "
            + "of all neurons with all can use",
          advice: "give one number for each edge in a single row or column, or an .mtx file")
      }
      try check(name, rows: table.rows, columns: table.columns, shape)
    }
    return .list(table.elements)
  }

  /// The biases of a group; as many as it has neurons, if a count is given.
  func biases(_ name: String, count: Int?) throws -> [Double] {
    guard !isMatrix(name) else {
      throw failure(.malformedFile, "biases cannot come from a sparse matrix, as in \(name)")
    }
    let table = try locating { try DataFile.read(path(name)).matrix }
    guard table.elements.count == count ?? table.elements.count else {
      throw failure(
        .shapeMismatch,
        "\(name) has \(table.elements.count) numbers for a group of \(count ?? 0) neurons")
    }
    return table.elements
  }

  /// The names of a group's neurons, one in each line.
  func names(_ name: String, count: Int) throws -> [String] {
    let names = try locating { try NameFile.read(path(name)) }
    guard names.count == count else {
      throw failure(
        .shapeMismatch, "\(name) has \(names.count) names for a group of \(count) neurons")
    }
    return names
  }

  private func check(_ name: String, rows: Int, columns: Int, _ shape: Shape) throws {
    let targets = shape.targets ?? rows
    let sources = shape.sources ?? columns
    guard rows == targets, columns == sources else {
      throw failure(
        .shapeMismatch,
        "\(name) is a \(rows) × \(columns) matrix; this connection needs \(targets) × \(sources)",
        advice: "there is one row for each target neuron and one column for each source neuron")
    }
  }

  /// Whether the file holds entries with their places; a dense .npy may also be a list or a table.
  private func isMatrix(_ name: String) -> Bool {
    [".mtx", ".mtx.gz", ".npz"].contains { name.lowercased().hasSuffix($0) }
  }

  private func path(_ name: String) -> String {
    if name.hasPrefix("/") { return name }
    // A file may be called -, which would otherwise mean standard input.
    return folder.isEmpty && name == "-" ? "./-" : folder + name
  }

  private func failure(
    _ code: CyclogradError.Code, _ message: String, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, message, at: place, advice: advice)
  }

  /// Puts the place in the graph file before the trouble with the file it names.
  private func locating<Result>(_ read: () throws -> Result) throws -> Result {
    do { return try read() } catch let error as CyclogradError {
      throw CyclogradError(error.code, error.description, at: place)
    }
  }
}
