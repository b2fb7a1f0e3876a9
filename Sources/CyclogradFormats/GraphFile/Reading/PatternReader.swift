import Cyclograd

/// Reads which neurons a connection connects.
enum PatternReader {
  static let words: KeyValuePairs<String, Pattern> = [
    "all": .all, "one-to-one": .oneToOne, "strictly-lower": .strictlyLower,
  ]
  private static let keys = ["random", "in-degree", "neighborhood", "file", "entries"]

  static func pattern(_ element: Element) throws -> Pattern {
    guard element.isMapping else {
      let name = try element.text("pattern")
      if keys.contains(name) {
        throw element.failure(
          "the pattern '\(name)' needs something to go with it",
          advice: "write {\(name): …}")
      }
      if let match = words.first(where: { $0.key == name }) { return match.value }
      throw element.failure(
        "unknown pattern '\(name.shortened)'",
        advice: Suggestion.advice(name, among: words.map(\.key) + keys))
    }
    let fields = try element.fields("a pattern", keys: keys)
    guard let (key, value) = fields.only else {
      throw element.failure("a pattern is a word or a mapping with one entry")
    }
    switch key {
    case "random":
      let probability = try value.number("the probability")
      guard 0...1 ~= probability else {
        throw value.failure("the probability must lie between 0 and 1", code: .invalidValue)
      }
      return .random(probability: probability)
    case "in-degree":
      return .inDegree(try value.integer("the in-degree", in: 0...Keywords.largestSize))
    case "neighborhood": return .neighborhood(try neighborhood(value))
    case "file": return .file(try fileName(value))
    default: return .entries(try entries(value, values: .optional))
    }
  }

  /// The name of a file; what it refers to is found out later.
  static func fileName(_ element: Element) throws -> String {
    let name = try element.text("a file's name")
    guard !name.isEmpty, !name.unicodeScalars.contains("\0") else {
      throw element.failure("\"\(name.shortened)\" cannot be the name of a file")
    }
    return name
  }

  private static func neighborhood(_ element: Element) throws -> Neighborhood {
    let what = "a neighborhood"
    let fields = try element.fields(
      what, keys: ["kernel", "stride", "offset", "dilation", "boundary", "channels"])
    let limit = Keywords.largestSize
    return Neighborhood(
      kernel: try pair(fields.required("kernel", of: what), "the kernel", in: 1...limit),
      stride: try fields["stride"].map { try pair($0, "the stride", in: 1...limit) } ?? .init(1, 1),
      offset: try fields["offset"].map { try pair($0, "the offset", in: -limit...limit) },
      dilation: try fields["dilation"].map { try pair($0, "the dilation", in: 1...limit) }
        ?? .init(1, 1),
      boundary: try fields["boundary"]?.word("boundary", among: Keywords.boundaries) ?? .zero,
      channels: try fields["channels"]?.word("channels", among: Keywords.channels) ?? .all)
  }

  private static func pair(
    _ element: Element, _ what: String, in range: ClosedRange<Int>
  ) throws -> Neighborhood.Pair {
    let items = try element.list(what)
    guard items.count == 2 else {
      throw element.failure("\(what) must be [rows, columns], not a list of \(items.count)")
    }
    return .init(
      try items[0].integer("the rows of \(what)", in: range),
      try items[1].integer("the columns of \(what)", in: range))
  }

  enum Values {
    case required, optional
  }

  /// `[[to, from], …]` or `[[to, from, weight], …]`.
  static func entries(_ element: Element, values: Values) throws -> SparseEntries {
    var entries = SparseEntries(rows: [], columns: [])
    var weights: [Double] = []
    var length = values == .required ? 3 : nil
    for item in try element.list("'entries'") {
      let parts = try item.list("an entry")
      guard parts.count == length ?? parts.count, 2...3 ~= parts.count else {
        switch length {
        case 3: throw item.failure("an entry must be [to, from, weight] here")
        case 2: throw item.failure("an entry must be [to, from] like those before it")
        default: throw item.failure("an entry must be [to, from] or [to, from, weight]")
        }
      }
      length = parts.count
      let range = 0...(Int32.max - 1)
      entries.rows.append(try parts[0].integer("the target of an entry", in: range))
      entries.columns.append(try parts[1].integer("the source of an entry", in: range))
      if parts.count == 3 { weights.append(try parts[2].number("the weight of an entry")) }
    }
    if length == 3 { entries.values = weights }
    return entries
  }
}
