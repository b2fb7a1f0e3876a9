extension JacobianPattern {
  /// The values of B at the workspace's weights, and its slopes times a factor, in the order of ``pattern``.
  func fill(
    _ values: inout [Double], _ workspace: ComponentWorkspace, slopeFactor factor: Double = 1
  ) {
    // Copies of a component share its pattern.
    let component = workspace.component
    let network = component.network
    let weights = workspace.state.weights
    let slope = workspace.slope
    for entry in values.indices { values[entry] = 0 }
    for entry in diagonal { values[Int(entry)] = 1 }
    var inner = 0
    for s in 0..<component.unitCount {
      let value = slope[s] * factor
      for edge in component.innerEdges(of: s) {
        values[Int(slots[inner])] -= value * weights[edge]
        inner += 1
      }
    }
    guard !softmaxGroups.isEmpty else { return }
    // Row k of a softmax group: δaₖ − aₖ Σ W δa + aₖ μ; its mean: μ − Σ_s a_s Σ W δa.
    var mean = 0
    var column = 0
    for group in softmaxGroups {
      let first = Int(network.unitStarts[component.neurons.lowerBound + group.lowerBound])
      for s in first..<first + group.count {
        let value = workspace.state.slope[s]
        values[Int(meanColumnSlots[column])] = value * factor
        column += 1
        let row = s - component.units.lowerBound
        for edge in component.innerEdges(of: row) {
          values[Int(meanSlots[mean])] -= value * weights[edge]
          mean += 1
        }
      }
    }
  }

  /// Runs `body` with K numbers and a zero for the mean of each softmax group: what B⁻¹ does to neurons alone.
  func extended<Result>(
    _ x: inout [Double], _ body: (inout [Double]) throws -> Result
  ) rethrows -> Result {
    let count = x.count
    x += repeatElement(0, count: pattern.rowCount - count)
    defer { x.removeLast(x.count - count) }
    return try body(&x)
  }
}
