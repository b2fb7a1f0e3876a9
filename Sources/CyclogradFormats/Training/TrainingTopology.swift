import Cyclograd

/// The edges of a network in the course of a training that exchanges them, rows and columns in file order.
public struct TrainingTopology: Hashable, Sendable {
  /// Where the row of each unit starts; one number more than there are units.
  public var rowStarts: [Int]
  /// The neuron that each edge comes from, ascending within a row.
  public var columns: [Int32]

  /// The edges of a network.
  init(_ network: Network) {
    let layout = network.parameterLayout
    (rowStarts, columns) = (layout.rowStarts, layout.columns)
  }

  /// - Throws: ``Cyclograd/CyclogradError`` `malformed-file` for numbers that are no edges of such a network.
  init(rowStarts: [Int], columns: [Int32], of network: Network, path: String) throws {
    let isWhole =
      rowStarts.count == network.unitCount + 1 && rowStarts.first == 0
      && rowStarts.last == columns.count && zip(rowStarts, rowStarts.dropFirst()).allSatisfy(<=)
      && columns.allSatisfy { 0..<Int32(network.neuronCount) ~= $0 }
    guard isWhole,
      (0..<network.unitCount).allSatisfy({ row in
        let own = columns[rowStarts[row]..<rowStarts[row + 1]]
        return zip(own, own.dropFirst()).allSatisfy(<)
      })
    else { throw Checkpoint.damaged(path, "its edges are none of this graph") }
    (self.rowStarts, self.columns) = (rowStarts, columns)
  }

  /// The same without some edges and with others.
  func applying(_ plan: Rewiring.Plan) -> TrainingTopology {
    let dropped = Set(plan.dropped)
    let added = Dictionary(grouping: plan.added, by: \.row)
    var result = self
    (result.rowStarts, result.columns) = ([0], [])
    for row in 0..<rowStarts.count - 1 {
      var own = columns[rowStarts[row]..<rowStarts[row + 1]].filter {
        !dropped.contains(.init(row: row, column: $0))
      }
      own += (added[row] ?? []).map(\.column)
      result.columns += own.sorted()
      result.rowStarts.append(result.columns.count)
    }
    return result
  }
}

extension ExpandedNetwork {
  /// A compiled network with its numbers.
  init(_ graph: Graph, _ network: Network, _ parameters: Parameters) {
    self.init()
    name = graph.name
    blocks = graph.groups.map(Block.init)
    names = Self.names(of: graph.groups)
    take(network, parameters)
  }

  /// The graph with the edges of a topology, those that are new with the weight 0.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` `invalid-option` where a group would fall apart, so that its name is lost.
  func rewired(
    to topology: TrainingTopology, of graph: Graph, _ network: Network
  ) throws(CyclogradError) -> Graph {
    var other = self
    other.rewire(to: topology, network.parameterLayout)
    let result = other.graph()
    let whole = Set(result.groups.map(\.name))
    if let group = graph.groups.first(where: { !whole.contains($0.name) }) {
      throw CyclogradError(
        .invalidOption,
        "edges are not exchanged where the biases of a group are of several kinds: tied, trained and kept differently",
        at: .init(subject: "group \(group.name)"), advice: "divide the group")
    }
    return result
  }

  /// Takes out the edges that a topology does not have, and adds those that it has, with the weight 0.
  ///
  /// - Parameter layout: where the edges are now.
  private mutating func rewire(to topology: TrainingTopology, _ layout: ParameterLayout) {
    var places: [Int] = []
    var new: (targets: [Int32], units: [Int32]) = ([], [])
    var row = 0
    var neuron: Int32 = 0
    for block in blocks {
      for _ in 0..<block.size {
        for unit in block.activations.indices {
          var old = layout.rowStarts[row]
          for place in topology.rowStarts[row]..<topology.rowStarts[row + 1] {
            while old < layout.rowStarts[row + 1], layout.columns[old] < topology.columns[place] {
              old += 1
            }
            let isThere =
              old < layout.rowStarts[row + 1] && layout.columns[old] == topology.columns[place]
            places.append(isThere ? old : -1)
            new.targets.append(neuron)
            new.units.append(Int32(unit))
          }
          row += 1
        }
        neuron += 1
      }
    }
    func part<Element>(_ list: [Element], _ absent: Element) -> [Element] {
      list.isEmpty ? [] : places.map { $0 < 0 ? absent : list[$0] }
    }
    targets = new.targets
    units = units.isEmpty ? [] : new.units
    sources = topology.columns
    weights = part(weights, 0)
    frozenWeights = part(frozenWeights, false)
    weightTies = part(weightTies, -1)
    weightFactors = part(weightFactors, 1)
  }
}
