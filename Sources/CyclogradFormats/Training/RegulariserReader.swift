import Cyclograd

/// Reads a term of `regularise`: a mapping whose first key names it.
enum RegulariserReader {
  /// A kind of term: what it has besides its name, and how it is made.
  struct Kind: Sendable {
    /// The key that names it, and whose value is its strength.
    var name: String
    /// Further keys.
    var keys: [String]
    /// Makes the term from the value of its name and from all of its keys.
    var read: @Sendable (Element, Fields) throws -> any Regulariser
  }

  /// Every kind there is. A new one is entered here.
  static let kinds: [Kind] = parameterKinds + derivativeKinds + robustnessKinds

  private static let parameterKinds: [Kind] = [
    Kind(name: "l1", keys: ["kind", "from", "to"]) { value, fields in
      ElasticNet(l1: try strength(value, "'l1'"), of: try selection(fields))
    },
    Kind(name: "l2", keys: ["kind", "from", "to"]) { value, fields in
      ElasticNet(l2: try strength(value, "'l2'"), of: try selection(fields))
    },
    Kind(name: "elastic-net", keys: ["kind", "from", "to"]) { value, fields in
      let parts = try value.fields("'elastic-net'", keys: ["l1", "l2"])
      return ElasticNet(
        l1: try strength(try parts.required("l1", of: "'elastic-net'"), "'l1'"),
        l2: try strength(try parts.required("l2", of: "'elastic-net'"), "'l2'"),
        of: try selection(fields))
    },
    Kind(name: "group-norm", keys: ["by", "norm", "from", "to"]) { value, fields in
      GroupNorm(
        try strength(value, "'group-norm'"),
        by: try fields["by"]?.word(
          "grouping", among: ["source": GroupNorm.Grouping.source, "target": .target]) ?? .source,
        norm: try fields["norm"]?.word(
          "norm", among: ["2": GroupNorm.Norm.euclidean, "inf": .maximum]) ?? .euclidean,
        from: try fields["from"]?.text("'from'"), to: try fields["to"]?.text("'to'"))
    },
  ]

  static func read(_ element: Element) throws -> any Regulariser {
    let what = "a term of 'regularise'"
    let names = kinds.map(\.name)
    let all = try element.fields(what, keys: names + kinds.flatMap(\.keys))
    let entry = try all.exactlyOne(of: names, in: what)
    guard let kind = kinds.first(where: { $0.name == entry.key }) else {
      throw element.failure("unknown term")
    }
    for (key, value) in all.values where key != kind.name && !kind.keys.contains(key) {
      throw value.failure("'\(key)' does not apply to '\(kind.name)'")
    }
    return try kind.read(entry.value, all)
  }

  static func strength(_ element: Element, _ what: String) throws -> Double {
    let value = try element.number(what)
    guard value > 0 else {
      throw element.failure("\(what) must be positive", code: .invalidValue)
    }
    return value
  }

  /// Which parameters a term is about; weights, if nothing is said.
  static func selection(_ fields: Fields) throws -> ParameterSelection {
    ParameterSelection(
      try fields["kind"]?.word(
        "kind", among: ["weights": ParameterSelection.Kind.weights, "biases": .biases]) ?? .weights,
      from: try fields["from"]?.text("'from'"), to: try fields["to"]?.text("'to'"))
  }
}
