/// Which derivative of the loss is taken.
public enum GradientKind: String, Hashable, Sendable, CaseIterable {
  /// The gradient through the equilibrium.
  case exact
  /// An approximation, the semi-gradient: what neurons receive along recurrent edges is held
  /// constant (Sanokowski 2022, section 3.3).
  ///
  /// An edge is recurrent if it lies on a cycle and leads from a group to the same one or one before
  /// it in the graph, whose groups are taken for layers in that order. The state is that of the whole
  /// network; the adjoint system is solved with W without those edges, which have derivatives
  /// themselves.
  case semi
}

extension Network {
  /// The places in W of the edges that a semi-gradient cuts, in O(edges).
  var recurrentEdges: [Int32] {
    var result: [Int32] = []
    let groups = fileNeuron.map { Int32(layout.locate(neuron: Int($0)).group) }
    for stage in stages where stage.isCyclic {
      let first = Int(unitStarts[Int(stage.neurons.lowerBound)])
      let end = Int(unitStarts[Int(stage.neurons.upperBound)])
      for s in first..<end {
        let target = groups[Int(neuronOfUnit[s])]
        for edge in rowStarts[s]..<rowStarts[s + 1] {
          let source = columns[Int(edge)]
          if stage.neurons.contains(source), groups[Int(source)] >= target { result.append(edge) }
        }
      }
    }
    return result
  }
}
