import Cyclograd

/// Tells NetworkX's JSON from a graph file in JSON.
enum NodeLinkSniffer {
  static func isNodeLink(_ path: String) throws -> Bool {
    // Standard input could not be read a second time.
    guard path != "-" else { return false }
    let bytes = try InputFile.bytes(path)
    return bytes.withUnsafeBufferPointer { text in
      !ByteSearch.contains(text, "\"cyclograd/") && ByteSearch.contains(text, "\"nodes\"")
    }
  }
}
