import Cyclograd

extension NetworkFormat {
  /// The format that a file to be read has by its extension.
  public static func format(reading path: String) throws -> NetworkFormat {
    // What gzip compressed is inflated, so the extension before is the one that counts.
    let name = path.lowercased().hasSuffix(".gz") ? String(path.dropLast(3)) : path
    let format = try format(of: name, option: "--from") { $0.canRead }
    if format.name == edgeList.name { return try textFormat(path) }
    // Two formats have this extension; each of them says which it is.
    guard format.name == "graph", name.lowercased().hasSuffix(".json") else { return format }
    return try NodeLinkSniffer.isNodeLink(path) ? named("networkx") : format
  }

  /// Whether rows of text are edges or a table of weights.
  private static func textFormat(_ path: String) throws -> NetworkFormat {
    // What can be read only once is not looked at, and what would have to be inflated for it neither.
    guard !path.lowercased().hasSuffix(".gz"), SystemError.isRegularFile(path) else {
      return edgeList
    }
    return try InputFile.content(path).withBytes {
      guard let isTable = TableNetwork.isTable($0.bindMemory(to: UInt8.self)) else {
        throw CyclogradError(
          .invalidOption, "these rows of numbers may be edges or a table of weights",
          at: .init(file: path),
          advice: "give --from edge-list for source, target, weight, or --from table for a matrix")
      }
      return isTable ? table : edgeList
    }
  }

  /// The format that a file to be written has by its extension.
  public static func format(writing path: String) throws -> NetworkFormat {
    try format(of: path, option: "--to") { $0.canWrite }
  }

  private static func format(
    of path: String, option: String, where isUsable: (NetworkFormat) -> Bool
  ) throws -> NetworkFormat {
    let name = path.lowercased()
    let matches = all.filter { format in
      format.extensions.contains { name.hasSuffix(".\($0)") }
    }
    if let format = matches.first(where: isUsable) ?? matches.first { return format }
    // Graph files may be called anything, as they always could.
    if option == "--from", let format = try ContentSniffer.format(path) { return format }
    if let refusal = ForeignKinds.refusal(path) { throw refusal }
    if option == "--from", !name.hasSuffix(".dat") { return graphFile }
    throw CyclogradError(
      .invalidOption, "the name does not tell the format", at: .init(file: path),
      advice: "give \(option), one of "
        + all.filter(isUsable).map(\.name).joined(separator: ", "))
  }
}
