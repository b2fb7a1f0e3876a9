import Cyclograd

extension RegulariserReader {
  /// Terms about what inputs within a box can do.
  static let robustnessKinds: [Kind] = [
    Kind(name: "sensitivity", keys: ["from"]) { value, fields in
      SensitivityNorm(
        try strength(value, "'sensitivity'"), from: try fields["from"]?.text("'from'"))
    },
    Kind(name: "norm-bound", keys: []) { value, _ in
      NormBound(try strength(value, "'norm-bound'"))
    },
    Kind(name: "worst-case", keys: []) { value, _ in
      let what = "'worst-case'"
      let parts = try value.fields(what, keys: ["weight", "radius", "loss", "from"])
      return WorstCaseLoss(
        try strength(try parts.required("weight", of: what), "'weight'"),
        radius: try strength(try parts.required("radius", of: what), "'radius'"),
        try parts.required("loss", of: what).word(
          "loss", among: ["square": WorstCaseLoss.Kind.square, "cross-entropy": .crossEntropy]),
        from: try parts["from"]?.text("'from'"))
    },
    Kind(name: "adversarial", keys: []) { value, _ in
      let what = "'adversarial'"
      let parts = try value.fields(
        what, keys: ["weight", "radius", "range", "steps", "random-start", "from"])
      return AdversarialLoss(
        try parts["weight"].map { try strength($0, "'weight'") } ?? 1,
        radius: try strength(try parts.required("radius", of: what), "'radius'"),
        range: try parts["range"].map(range),
        steps: try parts["steps"]?.integer("'steps'", in: 1...10_000) ?? 1,
        startsAtRandom: try parts["random-start"]?.boolean("'random-start'") ?? false,
        from: try parts["from"]?.text("'from'"))
    },
  ]

  private static func range(_ element: Element) throws -> ClosedRange<Double> {
    let ends = try element.numbers("'range'", count: 2)
    guard ends[0] <= ends[1] else {
      throw element.failure("'range' needs the least value, then the largest", code: .invalidValue)
    }
    return ends[0]...ends[1]
  }
}
