import Cyclograd

/// The files beside a graph file that hold its long lists of numbers.
struct SidecarFiles {
  private(set) var written: [String] = []
  private let folder: String
  private let stem: String
  /// Whether there is a place beside the file; beside standard output there is none.
  private let isPossible: Bool
  /// How many connections have entries that go to a file.
  private let matrixCount: Int
  /// How many entries all connections have.
  private let total: Int

  init(_ path: String, _ graph: Graph) {
    folder = WriteTarget.folder(of: path)
    let name = path.dropFirst(folder.count)
    stem = String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
    if case .file = try? WriteTarget(path) { isPossible = true } else { isPossible = false }
    total = graph.connections.reduce(0) { sum, connection in
      if case .entries(let entries) = connection.pattern { sum + entries.count } else { sum }
    }
    let total = total
    matrixCount = graph.connections.count { Self.isLong($0, total) }
  }

  /// Writes long lists to files, and gives the graph that refers to them.
  mutating func moveOut(of original: Graph) throws -> Graph {
    guard isPossible else { return original }
    var graph = original
    for index in graph.connections.indices {
      let connection = graph.connections[index]
      let label = "\(index)-\(connection.from)-\(connection.to)"
      if Self.isLong(connection, total), case .entries(let entries) = connection.pattern {
        let name = matrixCount == 1 ? "\(stem).mtx" : "\(stem).\(label).mtx"
        try write(entries, connection, graph, to: name)
        graph.connections[index].pattern = .file(name)
      }
      switch connection.weight.initial {
      case .entries(let entries) where entries.count > GraphFileNetwork.inlineLimit:
        let name = "\(stem).\(label).weights.mtx"
        try write(entries, connection, graph, to: name)
        graph.connections[index].weight.initial = .file(name)
      case .list(let values) where values.count > GraphFileNetwork.inlineLimit:
        let name = "\(stem).\(label).weights.npy"
        try write(values, to: name)
        graph.connections[index].weight.initial = .file(name)
      default: break
      }
    }
    for index in graph.groups.indices {
      if case .list(let names)? = graph.groups[index].neuronNames,
        names.count > GraphFileNetwork.inlineLimit
      {
        let name = "\(stem).\(graph.groups[index].name).names.txt"
        try NameFile.write(names, to: folder + name)
        written.append(folder + name)
        graph.groups[index].neuronNames = .file(name)
      }
      for unit in graph.groups[index].units.indices {
        guard case .list(let values)? = graph.groups[index].units[unit].bias.initial,
          values.count > GraphFileNetwork.inlineLimit
        else { continue }
        let name = "\(stem).\(graph.groups[index].name).\(unit).biases.npy"
        try write(values, to: name)
        graph.groups[index].units[unit].bias.initial = .file(name)
      }
    }
    return graph
  }

  /// Whether a connection's entries go to a file: in a graph of many entries, all but the short ones.
  private static func isLong(_ connection: Connection, _ total: Int) -> Bool {
    guard total > GraphFileNetwork.inlineLimit, case .entries(let entries) = connection.pattern
    else { return false }
    return entries.count > GraphFileNetwork.inlineLimit / 10
  }

  private mutating func write(
    _ entries: SparseEntries, _ connection: Connection, _ graph: Graph, to name: String
  ) throws {
    func size(_ group: String) -> Int { graph.groups.first { $0.name == group }?.size ?? 0 }
    let matrix = CoordinateMatrix(
      rows: size(connection.to), columns: size(connection.from), rowIndices: entries.rows,
      columnIndices: entries.columns, values: entries.values)
    try MatrixMarketFile.write(matrix, to: folder + name)
    written.append(folder + name)
  }

  private mutating func write(_ values: [Double], to name: String) throws {
    try NumpyFile.write(
      Matrix(rows: values.count, columns: 1, elements: values), to: folder + name)
    written.append(folder + name)
  }
}
