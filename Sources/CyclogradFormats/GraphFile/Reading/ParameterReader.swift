import Cyclograd

/// Reads how parameters begin, which of them coincide, and whether they are trained.
enum ParameterReader {
  /// What the parameters are.
  enum Kind {
    case weight, bias

    var name: String { self == .weight ? "a weight" : "a bias" }
    var plural: String { self == .weight ? "weights" : "biases" }
  }

  private static let values = ["value", "uniform", "normal", "file", "entries"]
  /// What stands beside a value, not in its place.
  private static let qualifiers = ["scaled"] + ArrayFile.allCases.map(\.key)
  private static let ties: KeyValuePairs<String, ParameterRule.Tying> = [
    "single": .single, "kernel": .kernel,
  ]

  /// A rule with everything that belongs to it in one place.
  static func rule(_ element: Element, of kind: Kind) throws -> ParameterRule {
    guard element.isMapping else { return ParameterRule(try initialValue(element, of: kind)) }
    let own = values + ties.map(\.key)
    let fields = try element.fields(kind.name, keys: own + qualifiers + ["trainable", "share"])
    var rule = ParameterRule.default
    if let tie = try fields.atMostOne(of: own, in: kind.name) {
      if let tying = ties.first(where: { $0.key == tie.key })?.value {
        if let (key, value) = try fields.atMostOne(of: qualifiers, in: kind.name) {
          throw value.failure("'\(key)' belongs beside \(owners(of: key)), inside '\(tie.key)'")
        }
        rule.tying = tying
        rule.initial = try initialValue(tie.value, of: kind)
      } else {
        rule.initial = try initialValue(fields, of: kind)
      }
    } else if let (key, value) = try fields.atMostOne(of: qualifiers, in: kind.name) {
      throw value.failure("'\(key)' needs \(owners(of: key)) beside it")
    }
    rule.isTrainable = try fields["trainable"]?.boolean("'trainable'")
    try fields["share"].map { try share($0, &rule) }
    return rule
  }

  /// The rule of a connection's or edge's weights, part of which may stand beside it.
  static func weight(_ fields: Fields) throws -> ParameterRule {
    var rule = try fields["weight"].map { try self.rule($0, of: .weight) } ?? .default
    if let trainable = fields["trainable"] {
      guard rule.isTrainable == nil else {
        throw trainable.failure("'trainable' is already said in 'weight'")
      }
      rule.isTrainable = try trainable.boolean("'trainable'")
    }
    if let share = fields["share"] {
      guard rule.share == nil else {
        throw share.failure("'share' is already said in 'weight'")
      }
      try self.share(share, &rule)
    }
    return rule
  }

  private static func owners(of qualifier: String) -> String {
    qualifier == "scaled" ? "'uniform' or 'normal'" : "'file'"
  }

  /// The name of an array, if a file of this name can have arrays, and they are called so.
  private static func arrayName(_ element: Element, _ key: String, of file: String) throws -> String
  {
    guard let kind = ArrayFile(name: file), kind.key == key else {
      throw element.failure(
        "\(file.shortened) has no '\(key)'",
        advice: "a .safetensors file has a 'tensor' of each name, an .npz file an 'array'")
    }
    return try element.text("the name after '\(key)'")
  }

  /// A name, or a mapping with a name and what is done to the parameters here.
  private static func share(_ element: Element, _ rule: inout ParameterRule) throws {
    guard element.isMapping else { return rule.share = try shareName(element) }
    let fields = try element.fields("'share'", keys: ["name", "factor", "transposed"])
    rule.share = try shareName(fields.required("name", of: "'share'"))
    if let factor = fields["factor"] {
      rule.factor = try factor.number("the factor of shared parameters")
      guard rule.factor != 0 else {
        throw factor.failure(
          "the factor of shared parameters is 0", code: .invalidValue,
          advice: "leave out the edges, or give another number")
      }
    }
    rule.isTransposed = try fields["transposed"]?.boolean("'transposed'") ?? false
  }

  private static func shareName(_ element: Element) throws -> String {
    let name = try element.text("the name after 'share'")
    guard !name.isEmpty else { throw element.failure("the name after 'share' is empty") }
    return name
  }

  /// A number, a list, a mapping, or the word `default`, which stands for `nil`.
  private static func initialValue(_ element: Element, of kind: Kind) throws -> InitialValue? {
    if element.isMapping {
      let what = "the initial value of \(kind.name)"
      let fields = try element.fields(what, keys: values + qualifiers)
      _ = try fields.exactlyOne(of: values, in: what)
      return try initialValue(fields, of: kind)
    }
    if try element.listIfAny() != nil {
      return .list(try element.numbers("the list of \(kind.plural)"))
    }
    if (try? element.text("")) == "default" { return nil }
    return .constant(try element.number(kind.name))
  }

  private static func initialValue(_ fields: Fields, of kind: Kind) throws -> InitialValue? {
    let (key, value) = try fields.exactlyOne(of: values, in: kind.name)
    let scaled = try fields["scaled"].map { element in
      guard key == "uniform" || key == "normal" else {
        throw element.failure("'scaled' applies to 'uniform' and 'normal' only")
      }
      return try element.word("scaling", among: Keywords.scalings)
    }
    let member = try fields.atMostOne(of: ArrayFile.allCases.map(\.key), in: kind.name)
    if let member, key != "file" {
      throw member.value.failure("'\(member.key)' applies to 'file' only")
    }
    switch key {
    case "uniform":
      let bounds = try value.numbers("'uniform'", count: 2)
      guard bounds[0] <= bounds[1] else {
        throw value.failure(
          "the lower bound of 'uniform' exceeds the upper one", code: .invalidValue)
      }
      return .uniform(lower: bounds[0], upper: bounds[1], scaled: scaled ?? .none)
    case "normal":
      let deviation = try value.number("the standard deviation")
      guard deviation >= 0 else {
        throw value.failure("the standard deviation is negative", code: .invalidValue)
      }
      return .normal(deviation: deviation, scaled: scaled ?? .none)
    case "file":
      let name = try PatternReader.fileName(value)
      return .file(name, array: try member.map { try arrayName($0.value, $0.key, of: name) })
    case "entries":
      guard kind == .weight else { throw value.failure("a bias has no 'entries'") }
      return .entries(try PatternReader.entries(value, values: .required))
    default:
      guard !value.isMapping else {
        throw value.failure("'value' must be a number or a list, not a mapping")
      }
      return try initialValue(value, of: kind)
    }
  }
}
