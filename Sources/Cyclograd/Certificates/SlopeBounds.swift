extension Network {
  /// Γ of a run's units: for each an upper bound of sup |∂a/∂z|, and 0 for a unit that nothing moves. A factor of a product that
  /// stands still, as the switch of a residual block does, need not have bounded partners.
  ///
  /// - Parameters:
  ///   - neurons: which neurons move, of those in condensation order.
  ///   - inputs: which units inputs move; none where they stand still.
  /// - Throws: ``NoCertificate`` where a unit that moves has no bound.
  func slopeBounds(
    of run: ActivationRun, movedBy neurons: Range<Int>, inputs: Set<Int32>
  ) throws(NoCertificate) -> [Double] {
    let group = layout.entries[Int(run.group)].group
    guard group.units.count > 1 else { return try group.slopeBounds { _ in true } }
    return try group.slopeBounds { index in
      run.neurons.contains { k in
        let unit = Int(unitStarts[Int(k)]) + index
        return inputs.contains(Int32(unit))
          || inEdges(of: unit).contains {
            neurons.contains(sourceNeuron(of: $0, into: unit))
          }
      }
    }
  }
}

extension Group {
  fileprivate func slopeBounds(
    isMoved: (_ unit: Int) -> Bool
  ) throws(NoCertificate) -> [Double] {
    if combine == .select {
      throw NoCertificate(reason: "group \(name) jumps where two of its keys are equally large")
    }
    var result: [Double] = []
    for (index, unit) in units.enumerated() {
      guard isMoved(index) else {
        result.append(0)
        continue
      }
      guard var bound = unit.activation.slopeBound else {
        throw NoCertificate(
          reason: "the slope of \(unit.activation.name) in group \(name) is unbounded")
      }
      if combine == .product {
        for (other, factor) in units.enumerated() where other != index && bound != 0 {
          guard let value = factor.activation.valueBound else {
            throw NoCertificate(
              reason: "group \(name) multiplies by \(factor.activation.name), which is unbounded")
          }
          bound = Rounding.productUp(bound, value)
        }
      }
      result.append(bound)
    }
    return result
  }
}

/// Why nothing can be proved.
struct NoCertificate: Error {
  var reason: String
}
