import Cyclograd
import Yams

/// A node of the document together with its place, so that errors can name the place.
struct Element {
  let node: Node
  let source: NodeSource
  /// What `{t}` stands for in texts, within repetitions.
  var indices: [String: Int] = [:]

  /// Where the element begins.
  var location: CyclogradError.Location { source.location(node.mark) }

  /// The column in which the element begins.
  var column: Int { node.mark?.column ?? 1 }

  /// Whether the element begins before another one.
  func precedes(_ other: Element) -> Bool {
    guard let mark = node.mark, let second = other.node.mark else { return false }
    return (mark.line, mark.column) < (second.line, second.column)
  }

  /// An error at this element.
  func failure(
    _ message: String, code: CyclogradError.Code = .malformedFile, advice: String? = nil
  ) -> CyclogradError {
    CyclogradError(code, message, at: location, advice: advice)
  }

  /// The elements of a list, or `nil` where it is something else.
  func listIfAny() throws -> [Element]? {
    guard case .sequence(let items) = node else { return nil }
    try refuseTag(items.tag)
    return try items.map(inner)
  }

  /// A node within this element.
  private func inner(_ node: Node) throws -> Element {
    var element = try source.element(node)
    element.indices = indices
    return element
  }

  /// The elements of a list.
  func list(_ what: String) throws -> [Element] {
    guard let items = try listIfAny() else {
      throw failure("\(what) must be a list, not \(kind)")
    }
    return items
  }

  /// The entries of a mapping; keys that are not in the list are errors.
  func fields(_ what: String, keys: [String]) throws -> Fields {
    guard case .mapping(let pairs) = node else {
      throw failure(
        "\(what) must be a mapping, not \(kind)",
        advice: "its keys are \(keys.joined(separator: ", "))")
    }
    try refuseTag(pairs.tag)
    var values: [String: Element] = [:]
    for pair in pairs {
      let key = Element(node: pair.key, source: source)
      guard case .scalar(let scalar) = pair.key, source.aliasName(pair.key) == nil else {
        throw key.failure("a key must be a word")
      }
      // A tag would make the parser take two keys of one name for different ones.
      try key.refuseTag(scalar.tag, unlessText: true)
      let name = source.text.restored(scalar.string)
      guard keys.contains(name) else {
        if name == "<<" { throw key.failure("merging with << is not supported") }
        throw key.failure(
          "unknown key '\(name.shortened)' in \(what)", advice: Suggestion.advice(name, among: keys)
        )
      }
      values[name] = try inner(pair.value)
    }
    return Fields(owner: self, values: values)
  }

  /// The entries of a mapping whose keys are names that the file chooses.
  func entries(_ what: String) throws -> [(name: Element, value: Element)] {
    guard case .mapping(let pairs) = node else {
      throw failure("\(what) must be a mapping, not \(kind)")
    }
    try refuseTag(pairs.tag)
    return try pairs.map { pair in
      let name = Element(node: pair.key, source: source)
      guard source.aliasName(pair.key) == nil else { throw name.failure("a key must be a word") }
      return (name, try inner(pair.value))
    }
  }

  /// Whether the element is a mapping with a key.
  func has(_ name: String) -> Bool {
    guard case .mapping(let pairs) = node else { return false }
    return pairs.contains { pair in
      if case .scalar(let key) = pair.key { key.string == name } else { false }
    }
  }

  /// Whether the element is a mapping.
  var isMapping: Bool {
    if case .mapping = node { true } else { false }
  }

  /// What the element is, for messages.
  var kind: String {
    switch node {
    case .sequence: "a list"
    case .mapping: "a mapping"
    case .alias: "an alias"
    case .scalar(let scalar):
      if scalar.style != .plain {
        "the text \"\(source.text.restored(scalar.string).shortened)\""
      } else if scalar.string.isEmpty {
        "nothing"
      } else {
        "'\(source.text.restored(scalar.string).shortened)'"
      }
    }
  }

  /// Refuses explicit tags: what a value means is decided by its place.
  ///
  /// The parser itself gives the tag of texts to keys and to whatever is quoted.
  func refuseTag(_ tag: Tag, unlessText isText: Bool = false) throws {
    let name = tag.description
    guard name.isEmpty || isText && name == Tag.Name.str.rawValue else {
      throw failure(
        "the tag \(name.shortened) is not supported; a \(source.text.kind.name) needs no tags")
    }
  }
}

extension String {
  /// The string, cut where it would fill a message.
  var shortened: String { count > 60 ? prefix(60) + "…" : self }
}
