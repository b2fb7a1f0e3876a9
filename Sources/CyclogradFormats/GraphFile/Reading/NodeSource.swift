import Cyclograd
import Yams

/// The parsed document: where its nodes come from, and what their aliases stand for.
final class NodeSource {
  let text: SourceText
  private var anchors: [String: Node] = [:]
  /// How many more nodes may be looked at. Without aliases every node is looked at a few times at
  /// most; with them, a small file can stand for an enormous one.
  private var budget: Int

  private init(_ text: SourceText) {
    self.text = text
    budget = 4 * text.text.utf8.count + 1_000_000
  }

  /// Parses a text and returns its root.
  static func root(of text: SourceText) throws -> Element {
    let source = NodeSource(text)
    do {
      // The basic resolver leaves every plain scalar a string; what it means is decided by its place.
      let parser = try Parser(yaml: text.text, resolver: .basic, encoding: .utf8)
      guard let root = try parser.singleRoot() else {
        throw CyclogradError(
          .malformedFile, "the \(text.kind.name) is empty", at: source.location(nil),
          advice: "it begins with \"format: \(text.kind.format)\"")
      }
      // Nodes refer to their anchors weakly; the parser holds them.
      try withExtendedLifetime(parser) {
        if text.marker != nil { try source.collectAnchors(of: root) }
      }
      return try source.element(root)
    } catch let error as YamlError {
      throw source.translated(error)
    }
  }

  func location(_ mark: Mark?) -> CyclogradError.Location {
    .init(file: text.name, line: mark?.line ?? 1, column: mark?.column ?? 1)
  }

  /// The node as an element, aliases followed.
  func element(_ node: Node) throws -> Element {
    guard text.marker != nil else { return Element(node: node, source: self) }
    budget -= 1
    guard budget > 0 else {
      throw CyclogradError(
        .tooLarge, "the aliases of this file stand for too many values", at: location(node.mark))
    }
    guard let name = aliasName(node) else { return Element(node: node, source: self) }
    guard let target = anchors[name], let place = target.mark, let mark = node.mark,
      (place.line, place.column) < (mark.line, mark.column)
    else {
      throw CyclogradError(
        .malformedFile, "the alias *\(name) has no anchor &\(name) before it",
        at: location(node.mark))
    }
    return Element(node: target, source: self)
  }

  /// The name after `*`, if the node is an alias.
  func aliasName(_ node: Node) -> String? {
    guard let marker = text.marker, case .scalar(let scalar) = node, scalar.style == .plain,
      scalar.string.first == marker
    else { return nil }
    return String(scalar.string.dropFirst())
  }

  private func collectAnchors(of node: Node) throws {
    if let name = node.anchor?.rawValue {
      guard aliasName(node) == nil else {
        throw CyclogradError(
          .malformedFile, "an alias cannot have an anchor", at: location(node.mark))
      }
      guard anchors.updateValue(node, forKey: name) == nil else {
        throw CyclogradError(
          .malformedFile, "the anchor &\(name) is defined twice", at: location(node.mark))
      }
    }
    switch node {
    case .sequence(let items): for item in items { try collectAnchors(of: item) }
    case .mapping(let pairs):
      for pair in pairs {
        try collectAnchors(of: pair.key)
        try collectAnchors(of: pair.value)
      }
    case .scalar, .alias: break
    }
  }

  private func translated(_ error: YamlError) -> CyclogradError {
    func malformed(_ problem: String, _ mark: Mark?) -> CyclogradError {
      CyclogradError(.malformedFile, text.restored(problem), at: location(mark))
    }
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      if text.hasOpenIndex(line: mark.line) {
        return CyclogradError(
          .malformedFile, "a name that has an index in braces needs quotation marks",
          at: location(mark), advice: "write \"h{t-1}\"")
      }
      let before = context.map { "\($0.text.trimmed) (line \($0.mark.line)): " } ?? ""
      // libyaml's text speaks to programmers.
      if problem.hasPrefix("Maximum nesting level") {
        return malformed("the file is nested too deeply", mark)
      }
      return malformed(before + problem.trimmed, mark)
    case .duplicatedKeysInMapping(let keys, let context):
      let names = keys.map { "'\($0)'" }.joined(separator: ", ")
      return malformed("the same key twice in one mapping: \(names)", context.mark)
    case .memory:
      return CyclogradError(.tooLarge, "not enough memory to read the file", at: location(nil))
    case .reader(let problem, _, let value, _):
      return malformed("\(problem.trimmed) (U+\(String(value, radix: 16, uppercase: true)))", nil)
    case .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
      return malformed("the YAML parser failed: \(error)", nil)
    }
  }
}

extension String {
  /// The parser's texts sometimes end in a blank.
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
