import Cyclograd
import Glibc

/// The files beside a graph file that hold its long lists of numbers.
struct SidecarFiles {
  private(set) var written: [String] = []
  private let folder: String
  /// The name of the graph file, and what of it is before its ending.
  private let file: String
  private let stem: String
  /// What the graph file that is replaced refers to.
  private let replaced: Set<String>
  /// Whether there is a place beside the file; beside standard output there is none.
  private let isPossible: Bool
  /// How many connections have entries that go to a file.
  private let matrixCount: Int
  /// How many entries all connections have.
  private let total: Int

  init(_ path: String, _ graph: Graph) {
    folder = WriteTarget.folder(of: path)
    let name = path.dropFirst(folder.count)
    file = String(name)
    stem = String(name.lastIndex(of: ".").map { name[..<$0] } ?? name)
    replaced = GraphFile.references(of: path)
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
        let name = try freeName(matrixCount == 1 ? ".mtx" : ".\(label).mtx")
        try write(entries, connection, graph, to: name)
        graph.connections[index].pattern = .file(name)
      }
      switch connection.weight.initial {
      case .entries(let entries) where entries.count > GraphFileNetwork.inlineLimit:
        let name = try freeName(".\(label).weights.mtx")
        try write(entries, connection, graph, to: name)
        graph.connections[index].weight.initial = .file(name)
      case .list(let values) where values.count > GraphFileNetwork.inlineLimit:
        let name = try freeName(".\(label).weights.npy")
        try write(values, to: name)
        graph.connections[index].weight.initial = .file(name)
      default: break
      }
    }
    for index in graph.groups.indices {
      if case .list(let names)? = graph.groups[index].neuronNames,
        names.count > GraphFileNetwork.inlineLimit
      {
        let name = try freeName(".\(graph.groups[index].name).names.txt")
        try NameFile.write(names, to: folder + name)
        written.append(folder + name)
        graph.groups[index].neuronNames = .file(name)
      }
      for unit in graph.groups[index].units.indices {
        guard case .list(let values)? = graph.groups[index].units[unit].bias.initial,
          values.count > GraphFileNetwork.inlineLimit
        else { continue }
        let name = try freeName(".\(graph.groups[index].name).\(unit).biases.npy")
        try write(values, to: name)
        graph.groups[index].units[unit].bias.initial = .file(name)
      }
    }
    return graph
  }

  /// A name with an ending that no other graph's numbers have: with the whole name of the graph file before it where the
  /// shorter one is taken.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file` where both are.
  private func freeName(_ ending: String) throws -> String {
    for name in [stem + ending, file + ending]
    where replaced.contains(name) || access(folder + name, F_OK) != 0 {
      return name
    }
    throw CyclogradError(
      .file, "the file is there, and \(Excerpt.quoted(file)) does not refer to it",
      at: .init(file: folder + file + ending),
      advice: "give the graph file another name, or remove this one")
  }

  /// Refuses to write over a file in which a graph file of the same stem keeps its numbers.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `file`.
  static func checkFree(_ path: String) throws {
    guard case .file(path: _, existing: _?)? = try? WriteTarget(path) else { return }
    let folder = WriteTarget.folder(of: path)
    let name = String(path.dropFirst(folder.count))
    for dot in name.indices where name[dot] == "." {
      let stem = String(name[..<dot])
      let endings = [".yaml", ".yml", ".json"]
      var graphs = endings.map { stem + $0 }
      if endings.contains(where: { stem.hasSuffix($0) }) { graphs.append(stem) }
      for graph in graphs where graph != name {
        guard GraphFile.references(of: folder + graph).contains(name) else { continue }
        throw CyclogradError(
          .file, "the graph file \(Excerpt.quoted(graph)) beside it has its numbers in this file",
          at: .init(file: path), advice: "give another name, or remove the graph file first")
      }
    }
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

extension GraphFile {
  /// The names of the files that a graph file refers to; none where it is not there, or says something else.
  static func references(of path: String) -> Set<String> {
    guard case .file(path: _, existing: _?)? = try? WriteTarget(path),
      let graph = try? GraphFile.read(path).graph
    else { return [] }
    var names: Set<String> = []
    func take(_ name: String) {
      names.insert(name.hasPrefix("./") ? String(name.dropFirst(2)) : name)
    }
    func takeFile(of value: InitialValue?) {
      if case .file(let name, _)? = value { take(name) }
    }
    for connection in graph.connections {
      if case .file(let name) = connection.pattern { take(name) }
      takeFile(of: connection.weight.initial)
    }
    for group in graph.groups {
      if case .file(let name)? = group.neuronNames { take(name) }
      for unit in group.units { takeFile(of: unit.bias.initial) }
    }
    return names
  }
}
