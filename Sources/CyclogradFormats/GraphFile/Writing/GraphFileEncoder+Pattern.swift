import Cyclograd

extension GraphFileEncoder {
  func pattern(_ pattern: Pattern) throws -> FlowValue {
    switch pattern {
    case .all: return .text("all")
    case .oneToOne: return .text("one-to-one")
    case .strictlyLower: return .text("strictly-lower")
    case .random(let probability):
      try require(0...1 ~= probability, "the probability \(probability)")
      return .mapping([("random", try number(probability))])
    case .inDegree(let degree):
      try require(0...Keywords.largestSize ~= degree, "the in-degree \(degree)")
      return .mapping([("in-degree", .integer(degree))])
    case .neighborhood(let window):
      return .mapping([("neighborhood", .mapping(try neighborhood(window)))])
    case .entries(let entries): return .mapping([("entries", try self.entries(entries))])
    case .file(let path): return .mapping([("file", try fileName(path))])
    }
  }

  private func neighborhood(_ window: Neighborhood) throws -> [(String, FlowValue)] {
    func pair(_ pair: Neighborhood.Pair, from lowest: Int, _ what: String) throws -> FlowValue {
      let range = lowest...Keywords.largestSize
      try require(
        range ~= pair.rows && range ~= pair.columns, "the \(what) [\(pair.rows), \(pair.columns)]")
      return .list([.integer(pair.rows), .integer(pair.columns)])
    }
    var entries = [("kernel", try pair(window.kernel, from: 1, "kernel"))]
    if window.stride != .init(1, 1) {
      entries.append(("stride", try pair(window.stride, from: 1, "stride")))
    }
    if let offset = window.offset {
      entries.append(("offset", try pair(offset, from: -Keywords.largestSize, "offset")))
    }
    if window.dilation != .init(1, 1) {
      entries.append(("dilation", try pair(window.dilation, from: 1, "dilation")))
    }
    if window.boundary != .zero { entries.append(("boundary", .text(window.boundary.rawValue))) }
    if window.channels != .all { entries.append(("channels", .text(window.channels.rawValue))) }
    return entries
  }

  func entries(_ entries: SparseEntries) throws -> FlowValue {
    try require(
      entries.rows.allSatisfy { 0..<Int32.max ~= $0 }
        && entries.columns.allSatisfy { 0..<Int32.max ~= $0 }, "an index out of range")
    return .list(
      try entries.rows.indices.map { index in
        let place = [
          FlowValue.integer(entries.rows[index]), .integer(entries.columns[index]),
        ]
        return .list(try place + (entries.values.map { [try number($0[index])] } ?? []))
      })
  }

  func fileName(_ path: String) throws -> FlowValue {
    try require(
      !path.isEmpty && !path.unicodeScalars.contains("\0"), "the file name \"\(path)\"")
    return try text(path)
  }
}
