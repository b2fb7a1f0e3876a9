import Cyclograd

/// Reads connections, single edges, and lists of neurons.
enum EdgeReader {
  private static let connectionKeys = [
    "from", "to", "unit", "pattern", "self", "weight", "trainable", "share", "draws",
  ]
  private static let edgeKeys = ["unit", "weight", "trainable", "share", "draws"]

  static func connection(_ element: Element, files: inout FilePlaces) throws -> Connection {
    let what = "the connection"
    let fields = try element.fields("a connection", keys: connectionKeys)
    let from = try GroupReader.groupName(fields.required("from", of: what))
    let to = try GroupReader.groupName(fields.required("to", of: what))
    let pattern = try fields["pattern"].map(PatternReader.pattern) ?? .all
    if let element = fields["self"], from != to {
      throw element.failure(
        "'self' is for a connection of a group with itself, not of \(from) to \(to)")
    }
    let weight = try ParameterReader.weight(fields)
    let index = files.connections.count
    if case .file = pattern { files.patterns[index] = fields["pattern"]?.location }
    if case .file = weight.initial { files.weights[index] = fields["weight"]?.location }
    return Connection(
      from, to: to, unit: try fields["unit"].map(unit) ?? 0, pattern,
      self: try fields["self"]?.boolean("'self'") ?? true, weight: weight,
      draws: try fields["draws"].map(draws))
  }

  /// `[source, target]`, then a weight, then a mapping with everything else.
  static func edge(_ element: Element) throws -> Edge {
    let parts = try element.list("an edge")
    guard 2...4 ~= parts.count else {
      throw element.failure("an edge must be [source, target, weight, {…}], the last two optional")
    }
    var edge = Edge(try neuron(parts[0]), to: try neuron(parts[1]))
    var rest = parts[2...]
    var number: Element?
    if let first = rest.first, !first.isMapping {
      number = first
      edge.weight = ParameterRule(.constant(try first.number("the weight of an edge")))
      rest.removeFirst()
    }
    guard let options = rest.popFirst() else { return edge }
    guard rest.isEmpty else { throw options.failure("an edge ends with its options") }
    let fields = try options.fields("an edge's options", keys: edgeKeys)
    if let number {
      if let weight = fields["weight"] {
        throw weight.failure("the edge has a weight already, at column \(number.column)")
      }
      let rule = try ParameterReader.weight(fields)
      edge.weight.isTrainable = rule.isTrainable
      edge.weight.share = rule.share
      edge.weight.factor = rule.factor
      edge.weight.isTransposed = rule.isTransposed
    } else {
      edge.weight = try ParameterReader.weight(fields)
    }
    if case .file = edge.weight.initial {
      throw options.failure("the weight of a single edge cannot come from a file")
    }
    edge.unit = try fields["unit"].map(unit) ?? 0
    edge.draws = try fields["draws"].map(draws)
    return edge
  }

  /// `[seed, position]` or `[seed, position, instance]`
  static func draws(_ element: Element) throws -> DrawOrigin {
    let parts = try element.list("'draws'")
    guard 2...3 ~= parts.count else {
      throw element.failure(
        "'draws' must be [seed, position] or [seed, position, instance], not a list of \(parts.count)"
      )
    }
    return DrawOrigin(
      seed: try parts[0].integer("the seed of 'draws'", in: 0...UInt64.max),
      position: try parts[1].integer("the position of 'draws'", in: 0...Keywords.largestSize),
      instance: try parts.count == 3 ? parts[2].text("the instance of 'draws'") : nil)
  }

  /// A list of `group`, `group.index` and `group.first..last`.
  static func neurons(_ element: Element, _ what: String) throws -> [NeuronRange] {
    try element.list(what).map { item in
      let text = try item.text("a neuron")
      if Keywords.isGroupName(text) { return NeuronRange(text) }
      // A part of a name never begins with a digit, so the numbers begin at the first that does.
      guard
        let dot = text.indices.first(where: { dot in
          text[dot] == "." && text[text.index(after: dot)...].first?.isASCIIDigit == true
        })
      else { return NeuronRange(try GroupReader.groupName(item)) }
      let (group, indices) = (String(text[..<dot]), text[text.index(after: dot)...])
      let bounds =
        indices.firstRange(of: "..").map { [indices[..<$0.lowerBound], indices[$0.upperBound...]] }
        ?? [indices]
      let numbers = bounds.compactMap(index)
      guard Keywords.isGroupName(group), numbers.count == bounds.count, let first = numbers.first,
        let last = numbers.last
      else {
        throw item.failure(
          "'\(text.shortened)' names no neurons", advice: "write group, group.3 or group.0..7")
      }
      guard first <= last else {
        throw item.failure("'\(text)' ends before it begins")
      }
      return NeuronRange(group, first...last)
    }
  }

  private static func neuron(_ element: Element) throws -> NeuronReference {
    let text = try element.text("a neuron")
    guard let dot = text.lastIndex(of: "."), Keywords.isGroupName(String(text[..<dot])),
      let number = index(text[text.index(after: dot)...])
    else {
      throw element.failure(
        "'\(text.shortened)' names no neuron", advice: "write group.index, counting from 0")
    }
    return NeuronReference(String(text[..<dot]), number)
  }

  private static func unit(_ element: Element) throws -> Int {
    try element.integer("the unit", in: 0...Keywords.largestSize - 1)
  }

  private static func index(_ digits: Substring) -> Int? {
    guard !digits.isEmpty, digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      digits == "0" || digits.first != "0",
      let value = Int(digits), value < Keywords.largestSize
    else { return nil }
    return value
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
