public import Cyclograd

/// A file format for networks.
///
///     let imported = try NetworkFormat.read("w.mtx", options: options)
///     let dropped = try NetworkFormat.named("graphml").write(imported, to: "w.graphml")
///
/// What each format holds is described in Docs/Formats.md.
public struct NetworkFormat: Sendable {
  typealias Reader = @Sendable (String, ImportOptions) throws -> ImportedNetwork
  typealias Writer = @Sendable (ImportedNetwork, String, ExportOptions) throws -> [String]

  /// The name, as `--from` and `--to` take it.
  public let name: String
  /// What it is.
  public let summary: String
  /// How names of such files end, without the dot; empty if only the name of the format tells.
  public let extensions: [String]
  /// What a file of this format cannot hold; empty: nothing.
  public let limits: String
  let options: Set<ImportOptions.Name>
  let reader: Reader?
  let writer: Writer?

  init(
    _ name: String, _ summary: String, extensions: [String], limits: String = "",
    options: Set<ImportOptions.Name> = [], reader: Reader?, writer: Writer?
  ) {
    self.name = name
    self.summary = summary
    self.extensions = extensions
    self.limits = limits
    self.options = options
    self.reader = reader
    self.writer = writer
  }

  /// Whether networks can be read from it.
  public var canRead: Bool { reader != nil }
  /// Whether networks can be written to it.
  public var canWrite: Bool { writer != nil }

  /// Every format.
  public static let all: [NetworkFormat] = [
    graphFile, matrixMarket, sciPy, numPy, networkX, graphML, gexf, gml, pajek, sif, edgeList,
    table, sqlite, implicit, szekeres, safetensors, dot,
  ]

  /// The format of a name.
  public static func named(_ name: String) throws -> NetworkFormat {
    if let format = all.first(where: { $0.name == name }) { return format }
    throw CyclogradError(
      .invalidOption, "there is no format \(Excerpt.quoted(name))",
      advice: Suggestion.advice(name, among: all.map(\.name)))
  }

  /// Reads a network, in a format given by name or by the file's extension.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with file, place and cause.
  public static func read(
    _ path: String, from name: String? = nil, options: ImportOptions = ImportOptions()
  ) throws -> ImportedNetwork {
    try (name.map { try named($0) } ?? format(reading: path)).read(path, options: options)
  }

  /// Reads a network.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` with file, place and cause, and for options that this
  ///   format has no use for.
  public func read(
    _ path: String, options: ImportOptions = ImportOptions()
  ) throws -> ImportedNetwork {
    guard let reader else {
      throw CyclogradError(
        .invalidOption,
        name == "safetensors"
          ? "safetensors files hold parameters, not the network they belong to"
          : "\(name) files can only be written", at: .init(file: path),
        advice: name == "safetensors"
          ? "give the network, and this file with --parameters"
          : "formats that can be read are "
            + Self.all.filter(\.canRead).map(\.name).joined(separator: ", "))
    }
    if let option = options.given.first(where: { !self.options.contains($0) }) {
      throw CyclogradError(
        .invalidOption, "--\(option.rawValue) does not apply to the format \(name)",
        at: .init(file: path), advice: Self.advice(option))
    }
    if options.drawWeights != nil, options.signColumn != nil || options.signs != nil {
      throw CyclogradError(
        .invalidOption,
        "--draw-weights and --sign exclude each other: drawn weights have their own signs",
        advice: "leave out one of them")
    }
    let imported = try reader(path, options)
    let complete = try options.parameters.map { try imported.taking(parameters: $0) } ?? imported
    return try options.scale.map { try complete.scaled(to: $0) } ?? complete
  }

  /// Writes a network; the answer says what was left out, for people.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` if the network has something that the format cannot
  ///   even leave out, or if a file cannot be written.
  public func write(
    _ network: ImportedNetwork, to path: String, options: ExportOptions = ExportOptions()
  ) throws -> [String] {
    guard let writer else {
      throw CyclogradError(
        .invalidOption, "\(name) files can only be read", at: .init(file: path),
        advice: "formats that can be written are "
          + Self.all.filter(\.canWrite).map(\.name).joined(separator: ", "))
    }
    try SidecarFiles.checkFree(path)
    var remarks = try writer(network, path, options)
    if let transform = network.transform, !transform.isIdentity, name != Self.safetensors.name {
      remarks.append(
        "inputs were \(transform.summary) in the training, which is not part of the network: give it prepared samples, or "
          + "keep the parameters' file for --parameters")
    }
    return remarks
  }

  private static func advice(_ option: ImportOptions.Name) -> String {
    let users = all.filter { $0.options.contains(option) }.map(\.name).joined(separator: ", ")
    return users.isEmpty ? "leave it out" : "leave it out; it is for \(users)"
  }
}

/// How a network is written.
public struct ExportOptions: Sendable {
  /// What code 3 of Szekeres and Izsák's simulator is to stand for.
  public var activation3: Activation?

  /// Creates options that say nothing.
  public init() {}
}
