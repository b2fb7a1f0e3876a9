import Cyclograd

/// Which columns of an edge list say what.
struct EdgeListColumns {
  let count: Int
  let source: Int
  let target: Int
  /// `nil` where the list has no weights.
  let weight: Int?
  /// Whether the first line is a header.
  let hasHeader: Bool
  /// The names of columns that are not read.
  let unread: [String]

  private static let sources: Set<String> = ["source", "from", "src", "start"]
  private static let targets: Set<String> = ["target", "to", "dst", "end"]

  /// Judges from the first line.
  init(_ cells: [TableCell], line: Int, file: String, _ options: ImportOptions) throws {
    func failure(_ message: String, _ advice: String) -> CyclogradError {
      CyclogradError(
        .malformedFile, message, at: .init(file: file, line: line), advice: advice)
    }
    count = cells.count
    guard count >= 2 else {
      throw failure("an edge needs a source and a target", "separate the columns by commas or tabs")
    }
    let words = cells.map { $0.text }
    let lower = words.map { $0.lowercased() }
    let looksNamed =
      lower.contains(where: Self.sources.contains) && lower.contains(where: Self.targets.contains)
      || count > 2 && cells[2].number == nil
    hasHeader = options.hasHeader ?? looksNamed
    guard hasHeader else {
      guard count <= 3 else {
        throw failure(
          "\(count) columns without a header",
          "an edge list has source, target and weight; name them, or give --header")
      }
      guard options.weightAttribute == nil else {
        throw CyclogradError(
          .invalidOption, "--weight-attribute names a column, but the file has no header",
          at: .init(file: file, line: line), advice: "leave it out, or give --header")
      }
      (source, target, weight, unread) = (0, 1, count == 3 ? 2 : nil, [])
      return
    }
    source = lower.firstIndex(where: Self.sources.contains) ?? 0
    target = lower.firstIndex(where: Self.targets.contains) ?? 1
    guard source != target else {
      throw failure("the header does not tell sources from targets", "name the columns so")
    }
    let name = options.weightAttribute ?? AttributeName.weight
    weight = words.firstIndex(of: name)
    if weight == nil, options.weightAttribute != nil {
      throw CyclogradError(
        .invalidOption, "no column is named \(Excerpt.quoted(name))",
        at: .init(file: file, line: line),
        advice: "the columns are " + words.prefix(10).joined(separator: ", "))
    }
    let read = [source, target, weight]
    unread = words.indices.filter { !read.contains($0) }.map { words[$0] }
  }
}
