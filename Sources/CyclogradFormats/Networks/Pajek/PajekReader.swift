import Cyclograd

/// Reads networks of Pajek (Batagelj & Mrvar, "Pajek and PajekXXL, Reference Manual").
struct PajekReader: TextNetworkReader {
  private enum Section {
    case vertices, matrix, other
    case pairs(isDirected: Bool)
    case lists(isDirected: Bool)
  }

  private let file: String
  private var lines: TextLines
  private let size: Int
  private var network: AttributedNetwork
  private var section = Section.other
  private var name = ""
  /// How many vertices there are; `nil` before the file says it.
  private var count: Int?
  /// The lines of vertices, by their numbers from 0.
  private var vertices: [Int: (label: String, attributes: Attributes, line: Int)] = [:]
  private var hasNodes = false
  private var matrixRow = 0
  private var hasMatrix = false
  private var relations: Set<String> = []
  private var skipped: Set<String> = []

  static func network(
    of text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var reader = PajekReader(text, file: file, options)
    return try reader.read()
  }

  private init(_ text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions) {
    self.file = file
    lines = TextLines(text)
    size = text.count
    network = AttributedNetwork(file: file, options: options)
  }

  private func malformed(_ message: String, advice: String? = nil) -> CyclogradError {
    CyclogradError(
      .malformedFile, message, at: .init(file: file, line: max(lines.number, 1)), advice: advice)
  }

  private mutating func read() throws -> ImportedNetwork {
    while let line = lines.next() {
      guard let first = line.first(where: { $0 != 32 && $0 != 9 }), first != UInt8(ascii: "%"),
        !line.starts(with: "/*".utf8)
      else { continue }
      if first == UInt8(ascii: "*") {
        try startSection(line)
        continue
      }
      switch section {
      case .vertices: try readVertex(line)
      case .pairs(let isDirected): try readPair(line, isDirected)
      case .lists(let isDirected): try readList(line, isDirected)
      case .matrix: try readRow(line)
      case .other:
        guard !skipped.isEmpty || !name.isEmpty else {
          throw malformed("the file does not begin with *Vertices or *Network")
        }
      }
    }
    try finishSection()
    guard count != nil else {
      throw CyclogradError(.malformedFile, "the file has no *Vertices", at: .init(file: file))
    }
    try addNodes()
    if relations.count > 1 {
      network.remark("edges of \(relations.count) relations are read alike")
    }
    if !skipped.isEmpty {
      network.remark("sections dropped: \(skipped.sorted().prefix(8).joined(separator: ", "))")
    }
    return try network.finish(name: name)
  }

  private mutating func startSection(_ line: UnsafeBufferPointer<UInt8>) throws {
    try finishSection()
    var words = PajekWords(line)
    let word = words.next() ?? "*"
    let relation = words.next()
    switch word.lowercased() {
    case "*network":
      guard count == nil else {
        throw malformed(
          "a second network", advice: "save the one that is meant as a .net file of its own")
      }
      name = ([relation].compactMap { $0 } + words.all()).joined(separator: " ")
      section = .other
    case "*vertices":
      guard count == nil else { throw malformed("a second list of vertices") }
      guard let text = relation, let number = Int(text), number >= 0, number < Int32.max else {
        throw malformed("*Vertices needs their number")
      }
      guard words.next() == nil else {
        throw malformed(
          "a network of two modes",
          advice: "its edges lead from one kind of vertices to the other; "
            + "write the number of all of them after *Vertices")
      }
      // What is not listed takes memory all the same.
      guard number <= max(size, 4000) else {
        throw malformed("\(number) vertices in a file of \(size) bytes")
      }
      count = number
      section = .vertices
    case "*arcs": try startEdges(.pairs(isDirected: true), relation)
    case "*edges": try startEdges(.pairs(isDirected: false), relation)
    case "*arcslist": try startEdges(.lists(isDirected: true), relation)
    case "*edgeslist": try startEdges(.lists(isDirected: false), relation)
    case "*matrix":
      try startEdges(.matrix, relation)
      (matrixRow, hasMatrix) = (0, true)
    default:
      skipped.insert(Excerpt.escaped(String(word.prefix(20))))
      section = .other
    }
  }

  private mutating func startEdges(_ section: Section, _ relation: String?) throws {
    try addNodes()
    self.section = section
    if let relation, relation.hasPrefix(":") { relations.insert(relation) }
  }

  private func finishSection() throws {
    guard case .matrix = section, matrixRow != count else { return }
    throw malformed("the matrix has \(matrixRow) rows for \(count ?? 0) vertices")
  }

  private mutating func words(_ line: UnsafeBufferPointer<UInt8>) throws -> [String] {
    var words = PajekWords(line)
    let all = words.all()
    guard !words.isUnmatched else { throw malformed("a quotation mark is not closed") }
    return all
  }

  private func vertex(_ word: String) throws -> Int {
    guard let count else { throw malformed("*Vertices is missing before this") }
    guard let number = Int(word), 1...max(count, 1) ~= number, count > 0 else {
      throw malformed("\(Excerpt.quoted(word)) is no vertex from 1 to \(count)")
    }
    return number - 1
  }

  private mutating func readVertex(_ line: UnsafeBufferPointer<UInt8>) throws {
    let words = try words(line)
    let number = try vertex(words[0])
    let label = words.count > 1 ? words[1] : words[0]
    // Up to three coordinates and a shape, then words in pairs.
    var rest = words.dropFirst(2)
    while let word = rest.first, PajekWords.number(word) != nil { rest.removeFirst() }
    if !rest.count.isMultiple(of: 2) { rest.removeFirst() }
    let old = vertices.updateValue((label, attributes(rest), lines.number), forKey: number)
    guard old == nil else { throw malformed("vertex \(number + 1) is listed a second time") }
  }

  private func attributes(_ words: ArraySlice<String>) -> Attributes {
    var attributes: Attributes = [:]
    var rest = words
    while let name = rest.popFirst(), let text = rest.popFirst() {
      attributes[name] = AttributeValue(untyped: text, named: name)
    }
    return attributes
  }

  /// Hands on the vertices, once they are all there.
  private mutating func addNodes() throws {
    guard let count else { throw malformed("*Vertices is missing before this") }
    if hasNodes { return }
    hasNodes = true
    for number in 0..<count {
      let own = vertices[number]
      try network.addNode(
        String(number + 1), label: own.flatMap { $0.label.isEmpty ? nil : $0.label },
        own?.attributes ?? [:], line: own?.line)
    }
    vertices = [:]
  }

  private mutating func readPair(
    _ line: UnsafeBufferPointer<UInt8>, _ isDirected: Bool
  ) throws {
    var words = try words(line)[...]
    // A line may name its relation itself.
    if let first = words.first, first.hasSuffix(":") { relations.insert(words.removeFirst()) }
    guard words.count >= 2 else { throw malformed("an edge needs two vertices") }
    let ends = try [words.removeFirst(), words.removeFirst()].map { try vertex($0) }
    var attributes: Attributes = [:]
    if let word = words.first, let weight = PajekWords.number(word) {
      words.removeFirst()
      attributes = self.attributes(words)
      attributes[AttributeName.weight] = .number(weight)
    } else {
      attributes = self.attributes(words)
    }
    try network.addEdge(
      from: Int32(ends[0]), to: Int32(ends[1]), attributes, isDirected: isDirected,
      line: lines.number)
  }

  private mutating func readList(
    _ line: UnsafeBufferPointer<UInt8>, _ isDirected: Bool
  ) throws {
    let ends = try words(line).map { try vertex($0) }
    for target in ends.dropFirst() {
      try network.addEdge(
        from: Int32(ends[0]), to: Int32(target), [:], isDirected: isDirected, line: lines.number)
    }
  }

  /// A row of the matrix has what leads out of a vertex.
  private mutating func readRow(_ line: UnsafeBufferPointer<UInt8>) throws {
    let words = try words(line)
    guard let count, matrixRow < count, words.count == count else {
      throw malformed("a row of \(words.count) numbers in a matrix of \(count ?? 0) vertices")
    }
    for (target, word) in words.enumerated() {
      guard let weight = PajekWords.number(word) else {
        throw malformed("\(Excerpt.quoted(word)) is not a number")
      }
      guard weight != 0 else { continue }
      try network.addEdge(
        from: Int32(matrixRow), to: Int32(target), [AttributeName.weight: .number(weight)],
        isDirected: true, line: lines.number)
    }
    matrixRow += 1
  }
}
