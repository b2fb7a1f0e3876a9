import Cyclograd

/// Reads GML (Himsolt, "GML: a portable graph file format", 1997).
struct GMLReader: TextNetworkReader {
  private var tokens: GMLTokens
  private let file: String
  private var isDirected = false
  private var name = ""
  private var index: [String: Int32] = [:]
  private var nodes: [(id: String, label: String?, attributes: Attributes, line: Int)] = []
  private var edges: [(source: String, target: String, attributes: Attributes, line: Int)] = []

  static func network(
    of text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var reader = GMLReader(tokens: GMLTokens(text, file: file))
    try reader.readFile()
    return try reader.network(options)
  }

  private init(tokens: GMLTokens) {
    self.tokens = tokens
    file = tokens.file
  }

  private mutating func readFile() throws {
    var hasGraph = false
    while let token = try tokens.token() {
      guard case .key(let key) = token else {
        throw tokens.malformed("a key is missing before a value")
      }
      let value = try tokens.token()
      guard key == "graph" else {
        if value == .open { try tokens.skipList() }
        continue
      }
      guard value == .open else { throw tokens.malformed("'graph' is not followed by [") }
      guard !hasGraph else { throw tokens.malformed("a second graph; a network is one graph") }
      hasGraph = true
      try readGraph()
    }
    guard hasGraph else {
      throw CyclogradError(
        .malformedFile, "the file has no graph", at: .init(file: file),
        advice: "a GML file has the form graph [ node [ id 0 ] … ]")
    }
  }

  private mutating func readGraph() throws {
    let start = tokens.line
    while true {
      switch try tokens.token() {
      case .close?: return
      case .key(let key)?: try readEntry(key)
      case nil: throw tokens.malformed("the graph that begins in line \(start) has no end")
      default: throw tokens.malformed("a key is missing before a value")
      }
    }
  }

  private mutating func readEntry(_ key: String) throws {
    let line = tokens.line
    let value = try tokens.token()
    switch (key, value) {
    case ("node", .open?):
      var attributes = try readAttributes()
      guard let id = attributes.removeValue(forKey: "id")?.word else {
        throw failure("the node has no id", line)
      }
      guard index.updateValue(Int32(nodes.count), forKey: id) == nil else {
        throw failure("two nodes have the id \(Excerpt.quoted(id))", line)
      }
      let label = attributes.removeValue(forKey: "label")?.word
      nodes.append((id, label.flatMap { $0.isEmpty ? nil : $0 }, attributes, line))
    case ("edge", .open?):
      var attributes = try readAttributes()
      // Only tells parallel edges apart.
      attributes["key"] = nil
      guard let source = attributes.removeValue(forKey: "source")?.word,
        let target = attributes.removeValue(forKey: "target")?.word
      else { throw failure("the edge has no source or no target", line) }
      edges.append((source, target, attributes, line))
    case ("node", _), ("edge", _): throw failure("'\(key)' is not followed by [", line)
    case ("directed", .number(let number, _)?):
      guard number == 0 || number == 1 else { throw failure("'directed' is neither 0 nor 1", line) }
      isDirected = number == 1
    case ("name", .text(let text)?): name = text
    case (_, .open?): try tokens.skipList()
    case (_, .number?), (_, .text?): break
    default: throw failure(Self.noValue(key, value), line)
    }
  }

  /// The attributes of a node or an edge, whose opening bracket has been read.
  private mutating func readAttributes() throws -> Attributes {
    let names: Set = ["id", "label", "source", "target"]
    let start = tokens.line
    var attributes: Attributes = [:]
    while let token = try tokens.token() {
      guard case .key(let key) = token else {
        if token == .close { return attributes }
        throw tokens.malformed("a key is missing before a value")
      }
      let value: AttributeValue
      let next = try tokens.token()
      switch next {
      // Whole numbers of neurons go beyond what a Double tells apart.
      case .number(_, let word)? where names.contains(key) && Self.isWhole(word):
        value = .text(word)
      case .number(let number, _)?:
        // GML has no truth values; its programs write numbers for them.
        let isTruth =
          key == AttributeName.trainable || key.hasPrefix(AttributeName.biasTrainable)
        value = isTruth && (number == 0 || number == 1) ? .boolean(number == 1) : .number(number)
      case .text(let text)?: value = Self.truth(text, of: key) ?? .text(text)
      case .key(let word)? where Self.truth(word, of: key) != nil:
        value = Self.truth(word, of: key) ?? .text(word)
      case .open?:
        try tokens.skipList()
        value = .other("a list")
      default: throw tokens.malformed(Self.noValue(key, next))
      }
      if attributes.updateValue(value, forKey: key) != nil {
        // A key that is repeated is a list.
        guard names.contains(key) else {
          attributes[key] = .other("a list")
          continue
        }
        throw tokens.malformed("'\(key)' is there twice")
      }
    }
    throw tokens.malformed("what begins in line \(start) has no end")
  }

  /// The words true and false, quoted or not, where an attribute may be a truth value.
  private static func truth(_ word: String, of key: String) -> AttributeValue? {
    let mayBe =
      [AttributeName.input, AttributeName.output, AttributeName.trainable].contains(key)
      || key.hasPrefix(AttributeName.biasTrainable)
    guard mayBe, ["true", "false"].contains(word.lowercased()) else { return nil }
    return .boolean(word.lowercased() == "true")
  }

  /// GML has no numbers that are not finite: the words of other programs for them are keys in it.
  private static func noValue(_ key: String, _ token: GMLTokens.Token?) -> String {
    if case .key(let word)? = token,
      ["nan", "inf", "infinity"].contains(word.lowercased())
    {
      return "the value \(Excerpt.quoted(word)) of \(Excerpt.quoted(key)) is not a finite number"
    }
    return "the key \(Excerpt.quoted(key)) has no value"
  }

  private static func isWhole(_ word: String) -> Bool {
    let digits = word.hasPrefix("-") ? word.dropFirst() : word[...]
    return !digits.isEmpty && (digits == "0" || digits.first != "0")
      && digits.utf8.allSatisfy { 48...57 ~= $0 }
  }

  private func network(_ options: ImportOptions) throws -> ImportedNetwork {
    var network = AttributedNetwork(file: file, options: options)
    let flags = [AttributeName.input, AttributeName.output].filter(isFlag)
    for node in nodes {
      var attributes = node.attributes
      for flag in flags where attributes[flag] == AttributeValue.number(1) {
        attributes[flag] = .boolean(true)
      }
      try network.addNode(node.id, label: node.label, attributes, line: node.line)
    }
    for edge in edges {
      let ends = try [edge.source, edge.target].map { id in
        guard let neuron = index[id] else {
          throw failure("there is no node with the id \(Excerpt.quoted(id))", edge.line)
        }
        return neuron
      }
      try network.addEdge(
        from: ends[0], to: ends[1], edge.attributes, isDirected: isDirected, line: edge.line)
    }
    return try network.finish(name: name)
  }

  /// Whether the numbers of an attribute of ends are all 1, as NetworkX writes True: places would begin at 0.
  private func isFlag(_ name: String) -> Bool {
    nodes.allSatisfy { node in
      guard case .number(let number)? = node.attributes[name] else { return true }
      return number == 1
    }
  }

  private func failure(_ message: String, _ line: Int) -> CyclogradError {
    CyclogradError(.malformedFile, message, at: .init(file: file, line: line))
  }
}
