/// Tells formats by how files begin, where their names do not tell.
enum ContentSniffer {
  /// `nil` where nothing is characteristic, or where looking would use up the file.
  static func format(_ path: String) throws -> NetworkFormat? {
    guard SystemError.isRegularFile(path) else { return nil }
    let content = try InputFile.stored(path)
    guard try !GzipReader.isGzip(content) else { return nil }
    return try content.withBytes(0..<min(content.count, 4096)) { bytes in
      format(beginning: String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func format(beginning text: String) -> NetworkFormat? {
    if text.hasPrefix("SQLite format 3\0") { return .sqlite }
    if text.hasPrefix("%%MatrixMarket") { return .matrixMarket }
    let start = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    let lower = start.lowercased()
    if lower.hasPrefix("*vertices") || lower.hasPrefix("*network") { return .pajek }
    if start.hasPrefix("<") {
      if start.contains("<graphml") { return .graphML }
      return start.contains("<gexf") ? .gexf : nil
    }
    // The key of a graph, and its list.
    let lines = start.split(whereSeparator: \.isNewline)
      .first { !$0.hasPrefix("#") && !$0.hasPrefix("Creator") && !$0.hasPrefix("Version") }
    let words = (lines ?? "").split { $0 == " " || $0 == "\t" }
    return words.first == "graph" && (words.count == 1 || words[1] == "[")
      || words.first == "graph["
      ? .gml : nil
  }
}
