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
  ]
}
