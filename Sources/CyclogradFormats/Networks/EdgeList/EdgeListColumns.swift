import Cyclograd

/// Which columns of an edge list say what.
struct EdgeListColumns {
  let count: Int
  let source: Int
  let target: Int
  /// `nil` where the list has no weights, or has them in dictionaries.
  let weight: Int?
  /// The column that says the sign of the weight.
  let sign: Int?
  /// Whether the first line is a header.
  let hasHeader: Bool
  /// Whether rows end with a dictionary of Python, as NetworkX writes them.
  let hasDictionaries: Bool
  /// The names of columns that are not read.
  let unread: [String]

  private static let sources = EndNames(
    names: [
      "source", "from", "src", "pre", "i", "start", "pre_root_id", "pre_pt_root_id", "bodyid_pre",
      "presynaptic", "source_id",
    ],
    stems: ["source", "from", "src", "pre", "presyn", "presynaptic", "upstream", "regulator"],
    number: "1")
  private static let targets = EndNames(
    names: [
      "target", "to", "dst", "post", "j", "end", "post_root_id", "post_pt_root_id", "bodyid_post",
      "postsynaptic", "target_id",
    ],
    stems: ["target", "to", "dst", "post", "postsyn", "postsynaptic", "downstream", "gene"],
    number: "2")
  /// In small letters; the first that is there counts.
  private static let weights = [
    AttributeName.weight, "weights", "value", "w", "syn_count", "n_synapses", "synapses",
  ]

  /// Rows that consist of two ends and a dictionary.
  static let dictionaries = EdgeListColumns()

  private init() {
    (count, source, target, weight, sign, hasHeader, hasDictionaries, unread) =
      (2, 0, 1, nil, nil, false, true, [])
  }

  /// Judges from the first row and the one after it.
  init(
    _ cells: [TableCell], next: [TableCell]?, line: Int, file: String, _ options: ImportOptions
  ) throws {
    let words = cells.map { $0.text }
    guard
      options.hasHeader
        ?? (Self.namesEnds(words) || Self.numbersEnds(words, before: next)
          || Self.readsLikeHeader(cells, before: next))
    else {
      try self.init(unnamed: cells.count, .init(file: file, line: line), options)
      return
    }
    try self.init(named: words, .init(file: file, line: line), options) { column in
      next?.count == words.count && next?[column].number != nil
    }
  }

  /// Rows without a header: columns count by their places.
  private init(
    unnamed count: Int, _ place: CyclogradError.Location, _ options: ImportOptions
  ) throws {
    guard count >= 2 else { throw Self.tooFew(place) }
    guard count <= 3 else {
      throw CyclogradError(
        .malformedFile, "\(count) columns without a header", at: place,
        advice: "an edge list has source, target and weight; name them, or give --header")
    }
    for (name, option) in [
      (options.weightAttribute, "--weight-attribute"), (options.signColumn, "--sign-column"),
    ] where name != nil {
      throw CyclogradError(
        .invalidOption, "\(option) names a column, but the file has no header", at: place,
        advice: "leave it out, or give --header")
    }
    (self.count, source, target, weight, sign) = (count, 0, 1, count == 3 ? 2 : nil, nil)
    (hasHeader, hasDictionaries, unread) = (false, false, [])
  }

  /// Finds the columns by their names.
  ///
  /// - Parameter hasNumbers: whether a column's first cell is a number.
  init(
    named words: [String], _ place: CyclogradError.Location, _ options: ImportOptions,
    hasNumbers: (Int) -> Bool
  ) throws {
    count = words.count
    guard count >= 2 else { throw Self.tooFew(place) }
    (hasHeader, hasDictionaries) = (true, false)
    let lower = words.map { $0.lowercased() }
    let ends = (
      Self.sources.place(in: lower) ?? Self.sources.numberedPlace(in: lower)?.place ?? 0,
      Self.targets.place(in: lower) ?? Self.targets.numberedPlace(in: lower)?.place ?? 1
    )
    (source, target) = ends
    guard source != target else {
      throw CyclogradError(
        .malformedFile, "the header does not tell sources from targets", at: place,
        advice: "name the columns so")
    }
    func column(_ name: String) throws -> Int {
      guard let column = words.firstIndex(of: name) else {
        throw CyclogradError(
          .invalidOption, "no column is named \(Excerpt.quoted(name))", at: place,
          advice: "the columns are " + words.prefix(10).joined(separator: ", "))
      }
      return column
    }
    // An empty name says that there are no weights.
    let weight =
      try options.weightAttribute.map { $0.isEmpty ? nil : try column($0) }
      ?? Self.place(of: Self.weights, in: lower)
    let sign = try options.signColumn.map(column)
    if let sign, [ends.0, ends.1, weight].contains(sign) {
      throw CyclogradError(
        .invalidOption, "the column \(Excerpt.quoted(words[sign])) cannot be the sign as well",
        at: place)
    }
    let left = words.indices.filter { ![ends.0, ends.1, weight, sign].contains($0) }
    (self.weight, self.sign, unread) = (weight, sign, left.map { words[$0] })
    if weight == nil, options.weightAttribute == nil, let number = left.first(where: hasNumbers) {
      throw CyclogradError(
        .malformedFile,
        "no column is called \(AttributeName.weight), and \(Excerpt.quoted(words[number])) has numbers",
        at: place,
        advice:
          "give --weight-attribute with the column of the weights, or with '' for weight 1 everywhere"
      )
    }
  }

  private static func tooFew(_ place: CyclogradError.Location) -> CyclogradError {
    CyclogradError(
      .malformedFile, "an edge needs a source and a target", at: place,
      advice: "separate the columns by commas or tabs")
  }

  /// The names of attributes that are weights, in small letters; the first that is there counts.
  static func isWeight(_ name: String) -> Bool { weights.contains(name.lowercased()) }

  /// Whether a header names both ends of an edge.
  static func namesEnds(_ header: [String]) -> Bool {
    let lower = header.map { $0.lowercased() }
    return sources.place(in: lower) != nil && targets.place(in: lower) != nil
  }

  /// Whether a header numbers the ends of an edge, such as `node1,node2`. Neurons may be called so themselves: then the next
  /// row has more of them.
  private static func numbersEnds(_ header: [String], before next: [TableCell]?) -> Bool {
    let lower = header.map { $0.lowercased() }
    guard let next, next.count == lower.count, let source = sources.numberedPlace(in: lower),
      let target = targets.numberedPlace(in: lower), source.kind == target.kind
    else { return false }
    return [source, target].allSatisfy {
      !next[$0.place].text.lowercased().hasPrefix($0.kind)
    }
  }

  private static func place(of names: [String], in words: [String]) -> Int? {
    for name in names {
      if let place = words.firstIndex(of: name) { return place }
    }
    return nil
  }

  /// Whether a row has nothing but words, and the one after it has numbers.
  private static func readsLikeHeader(_ cells: [TableCell], before next: [TableCell]?) -> Bool {
    guard let next, next.count == cells.count else { return false }
    return cells.allSatisfy { $0.number == nil && !$0.isMissing && $0.sign == nil }
      && next.contains { $0.number != nil }
  }
}
