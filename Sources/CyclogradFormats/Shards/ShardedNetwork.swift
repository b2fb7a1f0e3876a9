import Cyclograd

/// Converts matrices that may not fit into memory to graph files whose edges lie in shards.
public enum ShardedNetwork {
  /// How many shards there may be: so many files are open at once.
  public static let limit = 1000

  /// Writes a graph file, and beside it a folder of shards with the edges.
  ///
  /// - Parameters:
  ///   - input: a matrix in the formats `matrix-market` or `scipy`.
  ///   - format: its format; told from the extension if `nil`.
  ///   - options: what the matrix does not say of the network.
  ///   - output: the graph file; the shards are in a folder of its name that ends in `.shards`.
  ///   - shards: how many, from 1 to ``limit``; they have about as many edges each.
  /// - Returns: what was assumed, for people.
  /// - Throws: ``Cyclograd/CyclogradError`` with file, place and cause.
  /// - Complexity: reads the matrix twice; memory for one shard, and 4 bytes a neuron.
  public static func convert(
    _ input: String, from format: String?, options: ImportOptions, to output: String, shards: Int
  ) throws -> [String] {
    guard 1...limit ~= shards else {
      throw CyclogradError(
        .invalidOption, "--shards is \(shards)", at: .init(file: output),
        advice: "give a number from 1 to \(limit)")
    }
    let format = try format.map { try NetworkFormat.named($0) } ?? .format(reading: input)
    let source = try source(input, format)
    try check(options, format, input)
    guard SystemError.isRegularFile(input) else {
      throw CyclogradError(
        .invalidOption, "shards are made from a file that can be read twice",
        at: .init(file: input), advice: "write it to a file first")
    }
    guard source.rows == source.columns, source.rows > 0 else {
      throw CyclogradError(
        .shapeMismatch,
        "a \(source.rows) × \(source.columns) matrix is not a network: it needs one row and one "
          + "column for each neuron", at: .init(file: input))
    }
    var imported = try ExpandedNetwork.plain(
      size: source.rows, targets: [], sources: [], weights: []
    ).imported(from: input, remarks: source.remarks, options: options)
    try imported.require([.activation], for: "a graph file")
    let folder = folder(beside: output)
    try ShardWriter(source, path: input, duplicates: options.duplicates ?? .refuse)
      .write(to: folder, shards: shards)
    let name = String(folder.dropFirst(WriteTarget.folder(of: folder).count))
    let group = imported.graph.groups[0].name
    imported.graph.connections = [Connection(group, to: group, .file(name))]
    return try imported.remarks + ["edges written to \(folder)"]
      + GraphFileNetwork.write(imported, output)
  }

  private static func source(_ input: String, _ format: NetworkFormat) throws -> any EntrySource {
    switch format.name {
    case "matrix-market": return try MatrixMarketEntries(input)
    case "scipy": return try SparseNpzEntries(input)
    default:
      throw CyclogradError(
        .invalidOption,
        "--shards reads matrix-market and scipy files piece by piece, not the format \(format.name)",
        at: .init(file: input), advice: "convert it to .mtx first, or leave --shards out")
    }
  }

  private static func check(
    _ options: ImportOptions, _ format: NetworkFormat, _ input: String
  ) throws {
    let possible = format.options.subtracting([.drawWeights, .seed, .parameters, .neurons])
    if let option = options.given.first(where: { !possible.contains($0) }) {
      throw CyclogradError(
        .invalidOption, "--\(option.rawValue) does not go with --shards", at: .init(file: input),
        advice: "leave one of them out")
    }
    if options.scale != nil {
      throw CyclogradError(
        .invalidOption, "--scale needs the whole matrix, which --shards does not hold",
        at: .init(file: input), advice: "leave one of them out")
    }
  }

  private static func folder(beside output: String) -> String {
    let folder = WriteTarget.folder(of: output)
    let name = output.dropFirst(folder.count)
    let stem = name.lastIndex(of: ".").map { name[..<$0] } ?? name
    return folder + stem + ShardedMatrix.suffix
  }
}
