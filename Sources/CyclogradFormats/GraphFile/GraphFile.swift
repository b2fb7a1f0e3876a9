public import Cyclograd

/// Graph files: YAML or JSON that says what ``Cyclograd/Graph`` says.
///
///     let document = try GraphFile.read("graphs/xor.yaml").resolved()
///     let network = try document.graph.compile(locate: document.location(of:))
///
/// The format is described in Docs/GraphFiles.md.
public enum GraphFile {
  /// Reads a graph file.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func read(_ path: String) throws -> GraphDocument {
    try read(path, within: nil)
  }

  /// Reads a graph file that other files, which are being read, refer to.
  static func read(_ path: String, within files: ModuleFiles?) throws -> GraphDocument {
    let folder = WriteTarget.folder(of: path)
    return try parse(
      InputFile.bytes(path), name: path,
      files: ModuleFiles(folder: folder, path: path, within: files))
  }

  private static func parse(
    _ bytes: [UInt8], name: String, files: ModuleFiles
  ) throws -> GraphDocument {
    let root = try NodeSource.root(of: SourceText(bytes, name: name))
    let (graph, places) = try GraphReader.read(root, files: files)
    return GraphDocument(graph: graph, folder: files.folder, places: places)
  }

  /// Reads the text of a graph file.
  ///
  /// - Parameters:
  ///   - text: YAML or JSON.
  ///   - name: what errors call the file.
  ///   - folder: what names of files in the graph are relative to; empty for the current folder.
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func parse(
    _ text: String, name: String = "graph", folder: String = ""
  ) throws -> GraphDocument {
    try parse(bytes: Array(text.utf8), name: name, folder: folder)
  }

  /// The graph as YAML: one line for each group, connection and edge.
  ///
  /// Reading the text gives an equal graph, every number bit for bit.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` if the graph has something that no graph file can say,
  ///   such as a number that is not finite or a group's name with a dot in it.
  public static func text(for graph: Graph) throws -> String {
    try YAMLText.text(GraphTree.tree(of: graph))
  }

  /// The graph as JSON, with the same keys and values as ``text(for:)``.
  ///
  /// - Throws: as ``text(for:)``.
  public static func json(for graph: Graph) throws -> String {
    try JSONText.text(GraphTree.tree(of: graph))
  }

  /// Writes a graph file: JSON if the name ends in `.json`, YAML otherwise.
  ///
  /// - Throws: as ``text(for:)``, and if the file cannot be written; then nothing has changed.
  public static func write(_ graph: Graph, to path: String) throws {
    try checkNames(of: graph, in: path)
    let text = try path.lowercased().hasSuffix(".json") ? json(for: graph) : text(for: graph)
    try AtomicFile.write(to: path) { try $0.write(text) }
  }

  /// Refuses names that a graph file, or a file of names beside it, could not be read with.
  static func checkNames(of graph: Graph, in file: String) throws {
    for group in graph.groups {
      guard case .list(let names)? = group.neuronNames else { continue }
      for name in names {
        guard let fault = NeuronName.fault(in: name) else { continue }
        throw CyclogradError(
          .invalidGraph, fault.message, at: .init(file: file), advice: fault.advice)
      }
    }
  }

  /// Reads the bytes of a graph file.
  ///
  /// - Parameters:
  ///   - bytes: YAML or JSON in UTF-8.
  ///   - name: what errors call the file.
  ///   - folder: what names of files in the graph are relative to; empty for the current folder.
  /// - Throws: ``Cyclograd/CyclogradError`` with line and column of what is wrong.
  public static func parse(
    bytes: [UInt8], name: String = "graph", folder: String = ""
  ) throws -> GraphDocument {
    try parse(bytes, name: name, files: ModuleFiles(folder: folder))
  }
}
