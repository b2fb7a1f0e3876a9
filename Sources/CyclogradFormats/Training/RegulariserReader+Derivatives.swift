import Cyclograd

extension RegulariserReader {
  /// Terms about derivatives of the network.
  static let derivativeKinds: [Kind] = [
    Kind(name: "jacobian", keys: []) { value, _ in
      let parts = try value.fields("'jacobian'", keys: jacobianKeys)
      var term = try jacobian(parts, "'jacobian'")
      term.frobenius = try strength(try parts.required("weight", of: "'jacobian'"), "'weight'")
      return term
    },
    Kind(name: "divergence", keys: []) { value, _ in
      let parts = try value.fields("'divergence'", keys: jacobianKeys + ["squash"])
      var term = try jacobian(parts, "'divergence'")
      term.divergence = try parts.required("weight", of: "'divergence'").number("'weight'")
      term.squash = try squash(parts)
      return term
    },
    Kind(name: "trajectory", keys: []) { value, _ in
      let parts = try value.fields(
        "'trajectory'",
        keys: [
          "from", "to", "at", "t", "divergence", "jacobian", "variation", "power", "probes",
          "distribution", "squash", "hold-states",
        ])
      func number(_ key: String, _ standard: Double) throws -> Double {
        try parts[key]?.number("'\(key)'") ?? standard
      }
      let numbers = try range(try parts.required("t", of: "'trajectory'"))
      return TrajectoryPenalty(
        from: try parts.required("from", of: "'trajectory'").text("'from'"),
        to: try parts.required("to", of: "'trajectory'").text("'to'"),
        at: try parts.required("at", of: "'trajectory'").text("'at'"), numbers,
        divergence: try number("divergence", 0), jacobian: try number("jacobian", 0),
        variation: try number("variation", 0), power: try number("power", 2),
        probes: try probes(parts), squash: try squash(parts),
        holdsStates: try parts["hold-states"]?.boolean("'hold-states'") ?? false)
    },
    Kind(name: "variation", keys: []) { value, _ in
      let parts = try value.fields("'variation'", keys: ["from", "to", "t", "weight"])
      return VariationPenalty(
        blocks: TrajectoryPenalty.blocks(
          from: try parts.required("from", of: "'variation'").text("'from'"),
          to: try parts.required("to", of: "'variation'").text("'to'"),
          try range(try parts.required("t", of: "'variation'"))),
        weight: try strength(try parts.required("weight", of: "'variation'"), "'weight'"))
    },
  ]

  private static let jacobianKeys = ["of", "by", "weight", "probes", "distribution"]

  private static func jacobian(_ parts: Fields, _ what: String) throws -> JacobianPenalty {
    JacobianPenalty(
      of: try parts.required("of", of: what).text("'of'"),
      by: try parts.required("by", of: what).text("'by'"), probes: try probes(parts))
  }

  /// A number of random vectors, or `exact`.
  private static func probes(_ parts: Fields) throws -> ProbeVectors {
    var result = ProbeVectors.automatic
    if let element = parts["probes"] {
      if (try? element.text("'probes'")) == "exact" {
        result.count = 0
      } else {
        result.count = try element.integer("'probes'", in: 1...1_000_000)
      }
    }
    if let element = parts["distribution"] {
      guard result.count != 0 else {
        throw element.failure("exact sums draw nothing", advice: "leave 'distribution' out")
      }
      result.distribution = try element.word(
        "distribution",
        among: ["rademacher": ProbeVectors.Distribution.rademacher, "gaussian": .gaussian])
    }
    return result
  }

  private static func squash(_ parts: Fields) throws -> Squash {
    try parts["squash"]?.word("squash", among: ["none": Squash.none, "logistic": .logistic])
      ?? .none
  }

  /// The numbers of the first and the last block.
  static func range(_ element: Element) throws -> ClosedRange<Int> {
    let ends = try element.list("'t'").map { try $0.integer("'t'", in: 0...1_000_000) }
    guard ends.count == 2, ends[0] <= ends[1] else {
      throw element.failure(
        "'t' is a list of the first and the last block's number",
        advice: "give, for example, [1, 5]")
    }
    return ends[0]...ends[1]
  }
}
