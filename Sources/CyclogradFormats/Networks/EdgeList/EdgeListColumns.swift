import Cyclograd

/// Which columns of an edge list say what.
struct EdgeListColumns {
  let count: Int
  let source: Int
  let target: Int
  /// `nil` where the list has no weights, or has them in dictionaries.
  let weight: Int?
  /// Whether the first line is a header.
  let hasHeader: Bool
  /// Whether rows end with a dictionary of Python, as NetworkX writes them.
  let hasDictionaries: Bool
  /// The names of columns that are not read.
  let unread: [String]

  /// How columns are called, in small letters, by what writes such files; the first that is there counts.
  private static let sources = [
    "source", "from", "src", "pre", "i", "start", "pre_root_id", "pre_pt_root_id", "bodyid_pre",
    "presynaptic", "source_id",
  ]
  private static let targets = [
    "target", "to", "dst", "post", "j", "end", "post_root_id", "post_pt_root_id", "bodyid_post",
    "postsynaptic", "target_id",
  ]
  private static let weights = [
    AttributeName.weight, "weights", "value", "w", "syn_count", "n_synapses", "synapses",
  ]

  /// Rows that consist of two ends and a dictionary.
  static let dictionaries = EdgeListColumns()

  private init() {
    (count, source, target, weight, hasHeader, hasDictionaries, unread) =
      (2, 0, 1, nil, false, true, [])
  }

  /// Judges from the first row and the one after it.
  init(
    _ cells: [TableCell], next: [TableCell]?, line: Int, file: String, _ options: ImportOptions
  ) throws {
    func failure(
      _ message: String, _ advice: String, _ code: CyclogradError.Code = .malformedFile
    ) -> CyclogradError {
      CyclogradError(code, message, at: .init(file: file, line: line), advice: advice)
    }
    hasDictionaries = false
    count = cells.count
    guard count >= 2 else {
      throw failure("an edge needs a source and a target", "separate the columns by commas or tabs")
    }
    let words = cells.map { $0.text }
    let lower = words.map { $0.lowercased() }
    let ends = (Self.place(of: Self.sources, in: lower), Self.place(of: Self.targets, in: lower))
    hasHeader =
      options.hasHeader
      ?? (ends.0 != nil && ends.1 != nil || Self.readsLikeHeader(cells, before: next))
    guard hasHeader else {
      guard count <= 3 else {
        throw failure(
          "\(count) columns without a header",
          "an edge list has source, target and weight; name them, or give --header")
      }
      guard options.weightAttribute == nil else {
        throw failure(
          "--weight-attribute names a column, but the file has no header",
          "leave it out, or give --header", .invalidOption)
      }
      (source, target, weight, unread) = (0, 1, count == 3 ? 2 : nil, [])
      return
    }
    source = ends.0 ?? 0
    target = ends.1 ?? 1
    guard source != target else {
      throw failure("the header does not tell sources from targets", "name the columns so")
    }
    // An empty name says that there are no weights.
    if let name = options.weightAttribute {
      weight = words.firstIndex(of: name)
      guard weight != nil || name.isEmpty else {
        throw failure(
          "no column is named \(Excerpt.quoted(name))",
          "the columns are " + words.prefix(10).joined(separator: ", "), .invalidOption)
      }
    } else {
      weight = Self.place(of: Self.weights, in: lower)
    }
    let read = [source, target, weight]
    let left = words.indices.filter { !read.contains($0) }
    unread = left.map { words[$0] }
    if weight == nil, options.weightAttribute == nil, let next, next.count == count,
      let number = left.first(where: { next[$0].number != nil })
    {
      throw failure(
        "no column is called \(AttributeName.weight), and \(Excerpt.quoted(words[number])) has numbers",
        "give --weight-attribute with the column of the weights, or with '' for weight 1 everywhere"
      )
    }
  }

  /// Whether a header names both ends of an edge.
  static func namesEnds(_ header: [String]) -> Bool {
    let lower = header.map { $0.lowercased() }
    return place(of: sources, in: lower) != nil && place(of: targets, in: lower) != nil
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
