import Cyclograd

/// Encodes the parts of one group, connection or edge, and refuses what a graph file cannot represent.
struct GraphFileEncoder {
  /// What is being written, for errors.
  let subject: String

  func unrepresentable(_ what: String) -> CyclogradError {
    CyclogradError(
      .invalidGraph, "\(what) cannot be written to a graph file", at: .init(subject: subject))
  }

  func require(_ condition: Bool, _ what: @autoclosure () -> String) throws {
    guard condition else { throw unrepresentable(what()) }
  }

  func text(_ string: String) throws -> FlowValue {
    // The parser reads it as a byte order mark, even where it is written as an escape.
    try require(string.unicodeScalars.first != "\u{FEFF}", "a text that begins with U+FEFF")
    return .text(string)
  }

  func groupName(_ name: String) throws -> FlowValue {
    try require(Keywords.isGroupName(name), "the name \"\(name)\"")
    return .text(name)
  }

  func number(_ value: Double) throws -> FlowValue {
    try require(value.isFinite, "the number \(value)")
    return .number(value)
  }

  func draws(_ origin: DrawOrigin?) throws -> [(String, FlowValue)] {
    guard let origin else { return [] }
    try require(0...Keywords.largestSize ~= origin.position, "the position \(origin.position)")
    let instance = origin.instance.map { [FlowValue.text($0)] } ?? []
    return [("draws", .list([.integer(origin.seed), .integer(origin.position)] + instance))]
  }

  func unit(_ index: Int) throws -> FlowValue {
    try require(0..<Keywords.largestSize ~= index, "unit \(index)")
    return .integer(index)
  }

  func activation(_ activation: Activation) throws -> FlowValue {
    if let word = Keywords.activations.word(for: activation) { return .text(word) }
    switch activation {
    case .leakyReLU(let slope): return .mapping([("leaky-relu", try number(slope))])
    case .elu(let alpha): return .mapping([("elu", try number(alpha))])
    case .clamp(let lower, let upper):
      try require(lower <= upper, "a clamp from \(lower) to \(upper)")
      return .mapping([("clamp", .list([try number(lower), try number(upper)]))])
    case .derivative(let function, let order):
      let word = try self.activation(function)
      return .mapping([
        (
          "derivative",
          order == 1 ? word : .mapping([("of", word), ("order", .integer(order))])
        )
      ])
    case .identity, .logistic, .tanh, .arctan, .relu, .silu, .gelu, .softplus, .softsign, .cos,
      .asinh, .reciprocal, .complement, .softmax:
      throw unrepresentable("the activation \(activation)")
    }
  }
}

extension GraphFileEncoder {
  /// A rule with everything that belongs to it in one place.
  func rule(_ rule: ParameterRule, isBias: Bool) throws -> FlowValue {
    let value = try initialValue(rule, isBias: isBias)
    let rest = try options(rule)
    if rest.isEmpty { return value ?? .text("default") }
    switch value {
    case nil: return .mapping(rest)
    case .mapping(let entries): return .mapping(entries + rest)
    case .some(let plain): return .mapping([("value", plain)] + rest)
    }
  }

  /// The rule of a connection's or edge's weights: `weight`, and the rest beside it.
  func weight(_ rule: ParameterRule) throws -> [(String, FlowValue)] {
    let value = try initialValue(rule, isBias: false)
    return try (value.map { [("weight", $0)] } ?? []) + options(rule)
  }

  private func options(_ rule: ParameterRule) throws -> [(String, FlowValue)] {
    var entries: [(String, FlowValue)] = []
    if let isTrainable = rule.isTrainable { entries.append(("trainable", .boolean(isTrainable))) }
    if let share = rule.share {
      try require(!share.isEmpty, "an empty name of shared parameters")
      let isPlain = rule.factor == 1 && !rule.isTransposed
      try require(rule.factor != 0, "the factor 0 of shared parameters")
      var parts = [("name", try text(share))]
      if rule.factor != 1 { parts.append(("factor", try number(rule.factor))) }
      if rule.isTransposed { parts.append(("transposed", .boolean(true))) }
      entries.append(("share", isPlain ? parts[0].1 : .mapping(parts)))
    } else {
      try require(
        rule.factor == 1 && !rule.isTransposed,
        "a factor or a transposition without a name to share")
    }
    return entries
  }

  private func initialValue(_ rule: ParameterRule, isBias: Bool) throws -> FlowValue? {
    let value = try rule.initial.map { try initialValue($0, isBias: isBias) }
    switch rule.tying {
    case .none: return value
    case .single: return .mapping([("single", value ?? .text("default"))])
    case .kernel:
      return .mapping([("kernel", value ?? .text("default"))])
    }
  }

  private func initialValue(_ value: InitialValue, isBias: Bool) throws -> FlowValue {
    switch value {
    case .constant(let value): return try number(value)
    case .uniform(let lower, let upper, let scaling):
      try require(lower <= upper, "a uniform law from \(lower) to \(upper)")
      let bounds = FlowValue.list([try number(lower), try number(upper)])
      return .mapping([("uniform", bounds)] + scaled(scaling))
    case .normal(let deviation, let scaling):
      try require(deviation >= 0, "a standard deviation of \(deviation)")
      return .mapping([("normal", try number(deviation))] + scaled(scaling))
    case .list(let values): return .list(try values.map(number))
    case .entries(let entries):
      try require(!isBias, "biases as entries of a matrix")
      try require(entries.values != nil, "initial weights without values")
      return .mapping([("entries", try self.entries(entries))])
    case .file(let path, let array):
      return .mapping(
        [("file", try fileName(path))] + (try array.map { try member($0, of: path) } ?? []))
    }
  }

  private func member(_ name: String, of path: String) throws -> [(String, FlowValue)] {
    guard let key = ArrayFile(name: path)?.key else {
      throw unrepresentable("the array \(Excerpt.quoted(name)) of the file \(Excerpt.quoted(path))")
    }
    return [(key, try text(name))]
  }

  private func scaled(_ scaling: InitialValue.Scaling) -> [(String, FlowValue)] {
    Keywords.scalings.word(for: scaling).map { [("scaled", .text($0))] } ?? []
  }
}
