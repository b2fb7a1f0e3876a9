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

  /// The memory of an optimizer.
  func memory(_ old: [Double]) -> [Double] {
    stride(from: 0, to: old.count, by: max(1, oldCount)).flatMap { slot in
      places.map { $0 < 0 ? 0 : old[slot + $0] }
    }
  }
}
