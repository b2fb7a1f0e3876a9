extension Group {
  /// Γ: for each unit an upper bound of sup |∂a/∂z|, or why there is none.
  var slopeBounds: Result<[Double], NoCertificate> {
    if combine == .select {
      return .failure(
        NoCertificate(reason: "group \(name) jumps where two of its keys are equally large"))
    }
    var result: [Double] = []
    for (index, unit) in units.enumerated() {
      guard var bound = unit.activation.slopeBound else {
        return .failure(
          NoCertificate(
            reason: "the slope of \(unit.activation.name) in group \(name) is unbounded"))
      }
      if combine == .product {
        for (other, factor) in units.enumerated() where other != index && bound != 0 {
          guard let value = factor.activation.valueBound else {
            return .failure(
              NoCertificate(
                reason:
                  "group \(name) multiplies by \(factor.activation.name), which is unbounded"))
          }
          bound = Rounding.productUp(bound, value)
        }
      }
      result.append(bound)
    }
    return .success(result)
  }
}

/// Why nothing can be proved.
struct NoCertificate: Error {
  var reason: String
}
