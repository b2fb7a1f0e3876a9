import Cyclograd

/// Collects the rows of a list of edges, wherever they come from, and makes a network of them.
struct EdgeCollector {
  private let file: String
  private let options: ImportOptions
  /// How many neurons there are, where the file says so.
  let declared: Int?
  private(set) var sources: [Int32] = []
  private(set) var targets: [Int32] = []
  private var weights: [Double] = []
  private var largest: Int32 = -1
  private var smallest: Int32 = .max
  private var numbers = NameNumbers()
  private let signs: WeightSigns
  /// Words that say no sign, as they occur, and where the first one stands.
  private var unknownSigns: (words: [String], place: CyclogradError.Location)?
  /// Edges whose sign is 0.
  private var withoutSign: [Int] = []
  private var names: [String] { numbers.names }

  init(file: String, _ options: ImportOptions, declared: Int? = nil) {
    self.file = file
    self.options = options
    self.declared = declared
    signs = WeightSigns(options)
  }

  /// Whether nothing but numbers is allowed.
  var mustBeNumbers: Bool { options.indexBase != nil || options.ids == .numbers }

  /// Whether the whole numbers that were read are names.
  var idsAreNames: Bool {
    guard !mustBeNumbers, declared == nil else { return false }
    let judged = EdgeListIds.judged(sources, targets, largest: Int(largest))
    return (options.ids ?? judged) == .names
  }

  mutating func reserve(_ count: Int) {
    sources.reserveCapacity(count)
    targets.reserveCapacity(count)
    weights.reserveCapacity(count)
  }

  mutating func append(_ source: Int32, _ target: Int32, _ weight: Double) {
    sources.append(source)
    targets.append(target)
    weights.append(weight)
    largest = max(largest, source, target)
    smallest = min(smallest, source, target)
  }

  /// The weight of the next edge with the sign that a word gives it. Words that say none are an error of ``finish(_:hasWeights:firstLine:line:)``,
  /// so that all of them are told at once.
  mutating func signed(
    _ weight: Double, _ word: String, at place: CyclogradError.Location
  ) throws -> Double {
    guard let factor = signs.factor(word) else {
      var unknown = unknownSigns ?? ([], place)
      if !unknown.words.contains(word) { unknown.words.append(word) }
      unknownSigns = unknown
      // Another column may have been meant.
      if unknown.words.count > Self.mostUnknownSigns { try checkSigns() }
      return weight
    }
    if factor == 0 { withoutSign.append(sources.count) }
    return try signs.weight(weight, word, at: place)
  }

  private static let mostUnknownSigns = 20

  private func checkSigns() throws {
    guard let unknownSigns else { return }
    throw WeightSigns.unknown(unknownSigns.words, at: unknownSigns.place)
  }

  /// Takes out the edges whose sign is 0.
  ///
  /// - Returns: the numbers that those which are left had.
  private mutating func dropEdgesWithoutSign() -> [Int] {
    let gone = Set(withoutSign)
    let kept = sources.indices.filter { !gone.contains($0) }
    (sources, targets, weights) = (
      kept.map { sources[$0] }, kept.map { targets[$0] }, kept.map { weights[$0] }
    )
    return kept
  }

  /// Takes all edges at once.
  mutating func take(_ edges: EdgeListChunks.Edges) {
    (sources, targets, weights) = (edges.sources, edges.targets, edges.weights)
    largest = max(sources.max() ?? 0, targets.max() ?? 0)
    smallest = min(sources.min() ?? 0, targets.min() ?? 0)
  }

  /// The neuron of a name; names are numbered in the order in which they first occur.
  mutating func neuron(named name: String, at place: CyclogradError.Location) throws -> Int32 {
    try numbers.number(of: name, at: place)
  }

  mutating func startAgain() {
    sources.removeAll(keepingCapacity: true)
    targets.removeAll(keepingCapacity: true)
    weights.removeAll(keepingCapacity: true)
    (largest, smallest) = (-1, .max)
    (unknownSigns, withoutSign) = (nil, [])
  }

  /// Says that the first row may be meant as a header: it has two words, and no other row has either of them.
  private func firstEdgeRemark(_ columns: EdgeListColumns) -> String? {
    guard !columns.hasHeader, !columns.hasDictionaries, columns.count == 2,
      options.hasHeader == nil, !names.isEmpty, sources.count > 1
    else { return nil }
    let (source, target) = (sources[0], targets[0])
    let isAlone = sources.indices.dropFirst().allSatisfy { edge in
      sources[edge] != source && sources[edge] != target && targets[edge] != source
        && targets[edge] != target
    }
    let words = [names[Int(source)], names[Int(target)]]
    guard isAlone, !words.contains(where: { $0.utf8.allSatisfy { 48...57 ~= $0 } }) else {
      return nil
    }
    return "the first line was taken for an edge from \(Excerpt.quoted(words[0])) to "
      + "\(Excerpt.quoted(words[1])); --header takes it for names of columns"
  }

  /// - Parameters:
  ///   - hasWeights: whether the rows had weights.
  ///   - line: the line of an edge which is found wrong only now, where there are lines.
  mutating func finish(
    _ columns: EdgeListColumns, hasWeights: Bool, firstLine: Int? = nil,
    line: ((_ edge: Int) -> Int?)? = nil
  ) throws -> ImportedNetwork {
    func failure(_ message: String) -> CyclogradError {
      CyclogradError(.malformedFile, message, at: .init(file: file, line: firstLine))
    }
    guard !sources.isEmpty else { throw failure("the file has no edges") }
    if options.signs != nil, options.signColumn == nil {
      throw CyclogradError(
        .invalidOption, "--sign without --sign-column", at: .init(file: file),
        advice: "name the column that has the words")
    }
    try checkSigns()
    var remarks: [String] = []
    let size = names.isEmpty ? max(Int(largest) + 1, declared ?? 0) : names.count
    if let declared, declared < size {
      throw failure("a comment says that there are \(declared) neurons, but there are \(size)")
    }
    if !names.isEmpty, names.allSatisfy({ $0.utf8.allSatisfy { 48...57 ~= $0 } }) {
      remarks.append("the \(size) ids are names; --ids numbers takes them as numbers of neurons")
    }
    if let remark = firstEdgeRemark(columns) { remarks.append(remark) }
    var line = line
    if !withoutSign.isEmpty {
      remarks.append("\(withoutSign.count) edges dropped: their sign is 0")
      let kept = dropEdgesWithoutSign()
      if let whole = line { line = { whole(kept[$0]) } }
    }
    if !hasWeights, options.drawWeights != nil {
      for edge in weights.indices { weights[edge] = options.unknownWeight }
    }
    var network = ExpandedNetwork.plain(
      size: size, targets: targets, sources: sources, weights: weights)
    if !names.isEmpty { network.names = names }
    if !hasWeights, options.drawWeights == nil, options.weightAttribute?.isEmpty != true {
      remarks.append(
        "no column '\(AttributeName.weight)': weight 1 used for \(sources.count) edges"
          + (columns.unread.isEmpty ? "" : "; --weight-attribute names a column of weights"))
    }
    if !columns.unread.isEmpty {
      remarks.append("columns dropped: \(columns.unread.prefix(8).joined(separator: ", "))")
    }
    if names.isEmpty, !mustBeNumbers, declared == nil, smallest > 0 {
      remarks.append(
        "neurons are counted from 0, and 0 has no edge; if the file counts from 1, give "
          + "--index-base 1")
    }
    if let remark = try network.resolveDuplicates(
      options.duplicates ?? .refuse, file: file, line: line)
    {
      remarks.append(remark)
    }
    return try network.imported(from: file, remarks: remarks, options: options)
  }
}
