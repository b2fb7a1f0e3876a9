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
    if Self.isSharded(name) {
      let all = try locating { try shards(name, shape).matrix() }
      return .init(rows: all.rowIndices, columns: all.columnIndices, values: all.values)
    }
    guard isMatrix(name) || name.lowercased().hasSuffix(".npy") else {
      throw failure(
        .malformedFile,
        "a pattern must come from a matrix (.mtx, .mtx.gz, .npz, .npy, .shards), not from \(name)")
    }
    let matrix = try locating { try MatrixFile.read(path(name)) }
    try check(name, rows: matrix.rows, columns: matrix.columns, shape)
    return .init(rows: matrix.rowIndices, columns: matrix.columnIndices, values: matrix.values)
  }

  /// Whether the name is that of a folder of shards.
  static func isSharded(_ name: String) -> Bool { name.hasSuffix(ShardedMatrix.suffix) }

  /// A matrix in shards, whose rows are not read yet.
  func shards(_ name: String, _ shape: Shape) throws -> ShardedMatrix {
    let matrix = try locating { try ShardedMatrix(path(name)) }
    try check(name, rows: matrix.rowCount, columns: matrix.columnCount, shape)
    return matrix
  }

  /// The weights of a connection from a matrix file, a table, a list, or an array of a file that has several.
  func weights(
    _ name: String, _ array: String?, _ shape: Shape, of connection: Connection,
    _ widened: inout WidenedArrays
  ) throws -> InitialValue {
    if let stored = try stored(name, array, &widened) {
      return .list(try list(stored, subject(name, array), shape, connection))
    }
    if isMatrix(name) {
      let entries = try edges(name, shape)
      guard entries.values != nil else {
        throw failure(.malformedFile, "\(name) has only a pattern, no weights")
      }
      return .entries(entries)
    }
    let table = try locating { try DataFile.read(path(name)).matrix }
    let stored = StoredArray(shape: [table.rows, table.columns], elements: table.elements)
    return .list(try list(stored, name, shape, connection))
  }

  /// The biases of a group; as many as it has neurons, if a count is given.
  func biases(
    _ name: String, _ array: String?, count: Int?, _ widened: inout WidenedArrays
  ) throws -> [Double] {
    let values: [Double]
    if let stored = try stored(name, array, &widened) {
      values = stored.elements
    } else if isMatrix(name) {
      throw failure(.malformedFile, "biases cannot come from a sparse matrix, as in \(name)")
    } else {
      values = try locating { try DataFile.read(path(name)).matrix.elements }
    }
    guard values.count == count ?? values.count else {
      throw failure(
        .shapeMismatch,
        "\(subject(name, array)) has \(values.count) numbers for a group of \(count ?? 0) neurons")
    }
    return values
  }

  /// The array of a file that can have several, or of an .npy file; `nil` for other files.
  private func stored(
    _ name: String, _ array: String?, _ widened: inout WidenedArrays
  ) throws -> StoredArray? {
    let lowercased = name.lowercased()
    if [".pt", ".pth", ".ckpt"].contains(where: { lowercased.hasSuffix($0) }) {
      throw failure(
        .malformedFile, "\(name) holds Python objects (pickle), which are not read",
        advice: "save the state dict with safetensors.torch.save_file")
    }
    let found: StoredArray
    if let file = ArrayFile(name: name), let array {
      found = try locating { try file.read(array, from: path(name)) }
    } else if let file = ArrayFile(name: name) {
      guard let names = try locating({ try file.namesToChoose(in: path(name)) }) else { return nil }
      throw failure(
        .malformedFile, "\(name) has arrays by name",
        advice: "write {file: \(name), \(file.key): NAME} with one of \(ArrayFile.listing(names))")
    } else if lowercased.hasSuffix(".npy") {
      found = try locating { try StoredArray(NumpyFile.content(path(name))) }
    } else {
      return nil
    }
    widened.note(found, in: name)
    return found
  }

  /// The numbers in the order of the edges, if the shape is what the connection needs.
  private func list(
    _ array: StoredArray, _ name: String, _ shape: Shape, _ connection: Connection
  ) throws -> [Double] {
    let isList = array.shape.count { $0 != 1 } <= 1
    guard connection.weight.tying == .none, !isList else { return array.elements }
    let extents = array.shape.map(String.init).joined(separator: " × ")
    guard array.shape.count == 2 else {
      throw failure(
        .shapeMismatch,
        "\(name) is an array of \(extents) numbers, which only a connection with a kernel can use")
    }
    if case .entries(let entries) = connection.pattern, Self.isEmbedding(entries, array.shape) {
      return array.elements
    }
    guard connection.pattern == .all, connection.allowsSelf else {
      throw failure(
        .shapeMismatch,
        "\(name) is a table of \(extents) numbers, which only a connection of all neurons with all "
          + "can use",
        advice: "give one number for each edge in a single row or column, or an .mtx file")
    }
    try check(name, rows: array.shape[0], columns: array.shape[1], shape)
    return array.elements
  }

  /// Whether entries are those of a table of this shape with a row for each source, as an embedding has it.
  private static func isEmbedding(_ entries: SparseEntries, _ shape: [Int]) -> Bool {
    guard entries.values == nil, shape.count == 2, entries.count == shape[0] * shape[1],
      let source = entries.columns.first, let target = entries.rows.first
    else { return false }
    return (0..<entries.count).allSatisfy {
      Int(entries.columns[$0] - source) == $0 / shape[1]
        && Int(entries.rows[$0] - target) == $0 % shape[1]
    }
  }

  private func subject(_ name: String, _ array: String?) -> String {
    array.map { "\(Excerpt.quoted($0)) of \(name)" } ?? name
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
