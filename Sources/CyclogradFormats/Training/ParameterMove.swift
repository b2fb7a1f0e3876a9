import Cyclograd

/// Where parameters of a network are in another one with some of its edges; those that are new are 0.
struct ParameterMove {
  /// The old place of each new parameter; −1 for none.
  private let places: [Int]
  private let oldCount: Int

  /// - Parameter added: edges that are new, although the old network may have had them.
  init(from old: Network, to new: Network, added: [Rewiring.Edge] = []) {
    let added = Set(added)
    var places = [Int](repeating: -1, count: new.parameterCount)
    let (a, b) = (old.parameterLayout, new.parameterLayout)
    for row in b.biases.indices {
      places[Int(b.biases[row])] = Int(a.biases[row])
      var before = a.rowStarts[row]
      for edge in b.rowStarts[row]..<b.rowStarts[row + 1] {
        while before < a.rowStarts[row + 1], a.columns[before] < b.columns[edge] { before += 1 }
        if before < a.rowStarts[row + 1], a.columns[before] == b.columns[edge],
          !added.contains(.init(row: row, column: b.columns[edge]))
        {
          places[Int(b.weights[edge])] = Int(a.weights[before])
        }
      }
    }
    (self.places, oldCount) = (places, old.parameterCount)
  }

  /// A number for each parameter.
  func values(_ old: [Double]) -> [Double] { places.map { $0 < 0 ? 0 : old[$0] } }

  /// What an optimizer remembers, for the new parameters.
  func state(_ old: OptimizerState, of optimizer: Optimizer) -> OptimizerState {
    switch optimizer.memoryMove {
    case .withParameters: return moved(old) { _ in 0 }
    case .common: return moved(old) { old.memory[$0] }
    case .forgotten:
      // Where nothing was exchanged the function is the same.
      let isSame = places.elementsEqual(0..<oldCount)
      return isSame ? old : OptimizerState(optimizer, parameterCount: places.count)
    }
  }

  /// - Parameter value: what new parameters get of the vector that begins at a place of the memory.
  private func moved(_ old: OptimizerState, _ value: (Int) -> Double) -> OptimizerState {
    var new = old
    new.memory = stride(from: 0, to: old.memory.count, by: max(1, oldCount)).flatMap { slot in
      places.map { $0 < 0 ? value(slot) : old.memory[slot + $0] }
    }
    return new
  }
}
