import Cyclograd

extension NetworkFormat {
  static let sif = NetworkFormat(
    "sif", "SIF, Cytoscape's simple interaction format: source, relation, targets",
    extensions: ["sif"],
    options: [
      .activation, .inputs, .outputs, .bias, .neurons, .duplicates, .parameters, .drawWeights,
      .seed, .sign,
    ],
    reader: { try SIFReader.read($0, $1) }, writer: nil)
}

/// Reads SIF: a source, what it does, and one target or several; or a neuron by itself.
struct SIFReader: TextNetworkReader {
  private let file: String
  private let options: ImportOptions
  private var numbers = NameNumbers()
  private var names: [String] { numbers.names }
  private var sources: [Int32] = []
  private var targets: [Int32] = []
  /// Of each edge, by the number of its relation.
  private var kinds: [Int] = []
  private var kindIndex: [String: Int] = [:]
  private var relations: [(word: String, line: Int, count: Int)] = []
  private var lines: [Int] = []

  static func network(
    of text: UnsafeBufferPointer<UInt8>, file: String, _ options: ImportOptions
  ) throws -> ImportedNetwork {
    var reader = SIFReader(file: file, options: options)
    try reader.readLines(text)
    return try reader.network()
  }

  private init(file: String, options: ImportOptions) {
    self.file = file
    self.options = options
  }

  private mutating func readLines(_ text: UnsafeBufferPointer<UInt8>) throws {
    // Where there is a tab anywhere, names may have blanks, says Cytoscape.
    let tab = UInt8(ascii: "\t")
    let delimiter = text.contains(tab) ? Delimiter.byte(tab) : .whitespace
    var lines = TextLines(text)
    while let line = lines.next() {
      guard let parts = delimiter.split(line) else {
        throw failure(
          "a quotation mark is not closed, or something follows the closing one", lines.number)
      }
      var words = parts.map(\.text)
      while words.last?.isEmpty == true { words.removeLast() }
      guard let first = words.first else { continue }
      guard words.count != 2 else {
        throw failure(
          "\(Excerpt.quoted(first)) has a relation but no target", lines.number,
          advice: "a row is: source, relation, targets; two columns are --from edge-list")
      }
      let source = try neuron(first, lines.number)
      for word in words.dropFirst(2) {
        let target = try neuron(word, lines.number)
        sources.append(source)
        targets.append(target)
        kinds.append(kind(words[1], lines.number))
        self.lines.append(lines.number)
      }
    }
  }

  private mutating func neuron(_ name: String, _ line: Int) throws -> Int32 {
    guard !name.isEmpty else { throw failure("a neuron has no name", line) }
    return try numbers.number(of: name, at: .init(file: file, line: line))
  }

  private mutating func kind(_ word: String, _ line: Int) -> Int {
    let kind = kindIndex[word] ?? relations.count
    if kind == relations.count {
      kindIndex[word] = kind
      relations.append((word, line, 0))
    }
    relations[kind].count += 1
    return kind
  }

  private func network() throws -> ImportedNetwork {
    guard !names.isEmpty else {
      throw CyclogradError(.malformedFile, "the file has no edges", at: .init(file: file))
    }
    var remarks: [String] = []
    let weights = try weights(&remarks)
    var network = ExpandedNetwork.plain(
      size: names.count, targets: targets, sources: sources, weights: weights)
    network.names = names
    if let remark = try network.resolveDuplicates(
      options.duplicates ?? .refuse, file: file, line: { lines[$0] })
    {
      remarks.append(remark)
    }
    return try network.imported(from: file, remarks: remarks, options: options)
  }

  /// Signs, where all relations say one; else 1.
  private func weights(_ remarks: inout [String]) throws -> [Double] {
    let signs = WeightSigns(options)
    let list = relations.sorted { $0.count > $1.count }.prefix(8)
      .map { "\(Excerpt.escaped($0.word)) (\($0.count))" }.joined(separator: ", ")
    if options.signs != nil || relations.allSatisfy({ signs.factor($0.word) != nil }),
      options.drawWeights == nil
    {
      let factors = try relations.map {
        try signs.weight(1, $0.word, at: .init(file: file, line: $0.line))
      }
      if !factors.isEmpty { remarks.append("weights are the signs of the relations \(list)") }
      return kinds.map { factors[$0] }
    }
    if options.drawWeights == nil {
      remarks.append(
        "relations dropped: \(list): weight 1 used for \(kinds.count) edges; --sign gives them signs"
      )
    }
    return kinds.map { _ in options.unknownWeight }
  }

  private func failure(_ message: String, _ line: Int, advice: String? = nil) -> CyclogradError {
    CyclogradError(.malformedFile, message, at: .init(file: file, line: line), advice: advice)
  }
}
