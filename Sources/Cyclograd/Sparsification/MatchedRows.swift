import SparseAlgebra

/// The rows of a network that are matched: which edges are unknown, and where their sources are among the columns of M.
struct MatchedRows {
  /// The row of a unit.
  struct Row {
    var unit: Int
    /// Columns of the edges under the norm, and the parameters of these.
    var columns: [Int] = []
    var parameters: [Int] = []
    /// What the parameters are multiplied with.
    var factors: [Double] = []
    /// Edges that are found with the others but do not count in the norm, the bias last; it has a column of ones.
    var freeColumns: [Int] = []
    var freeParameters: [Int] = []
    var freeFactors: [Double] = []
    /// Edges that the pattern does not allow: they count in what is matched, and go.
    var goneColumns: [Int] = []
    var goneParameters: [Int] = []
    var goneFactors: [Double] = []

    /// Rows with the same columns share what depends on these alone.
    var pattern: [[Int]] { [columns, freeColumns] }
  }

  /// Edges within cycles that stay as they are: loops, and those that are shared, frozen or not trainable.
  struct KeptEdges {
    /// The position of the neuron that they lead to.
    var neuron: Int
    var parameters: [Int] = []
    var factors: [Double] = []

    mutating func append(_ parameter: Int, _ factor: Double) {
      parameters.append(parameter)
      factors.append(factor)
    }

    /// The sum of the magnitudes of their weights.
    func norm(_ values: [Double]) -> Double {
      zip(parameters, factors).reduce(0) { $0 + abs(values[$1.0] * $1.1) }
    }
  }

  private(set) var rows: [Row] = []
  /// What stays within cycles, by units; also of units that have nothing to be matched. Patterns without cycles have none.
  private(set) var kept: [Int: KeptEdges] = [:]
  /// Positions of the neurons whose activations are the columns; the column after them is of ones.
  private(set) var sources: [Int] = []
  /// The groups in which rows are matched, as positions.
  private(set) var groups: Set<Int> = []

  /// - Parameters:
  ///   - names: the groups to be matched; all but `readouts` if `nil`.
  ///   - onlyCycles: whether edges that close no cycle are outside the norm.
  ///   - isAcyclic: whether edges that lead backward in ``NeuronOrder`` go.
  ///   - parameterGroups: those that are frozen stay.
  init(
    of network: Network, _ names: [String]?, readouts: [String], onlyCycles: Bool,
    isAcyclic: Bool = false, parameterGroups: [ParameterGroup] = []
  ) throws(CyclogradError) {
    let network = try network.writtenOut()
    let frozen = try ParameterSegments.frozen(by: parameterGroups, of: network)
    let groupOfNeuron = network.groupOfNeuron
    for name in names ?? [] where network.layout.indexOfGroup[name] == nil {
      throw CyclogradError(
        .invalidOption, "the graph has no group '\(name)'", at: .init(subject: "state matching"),
        advice: "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
    }
    let left = Set(readouts.compactMap { network.layout.indexOfGroup[$0] })
    groups = Set(
      names?.compactMap { network.layout.indexOfGroup[$0] }
        ?? network.groups.indices.filter { !left.contains($0) })
    let uses = network.parameterUses
    func isOwn(_ parameter: Int, _ factor: Double) -> Bool {
      uses[parameter] == 1 && factor != 0 && network.isTrainable(parameter: parameter)
        && !frozen.contains(parameter)
    }
    let closesCycle = Self.closingCycles(network)
    var columnOfNeuron: [Int: Int] = [:]
    func column(_ neuron: Int) -> Int {
      if let column = columnOfNeuron[neuron] { return column }
      columnOfNeuron[neuron] = sources.count
      sources.append(neuron)
      return sources.count - 1
    }
    let order = isAcyclic ? NeuronOrder(network) : nil
    for s in 0..<network.unitCount
    where groups.contains(groupOfNeuron[Int(network.neuronOfUnit[s])]) {
      var row = Row(unit: s)
      for e in network.inEdges(of: s) {
        let (parameter, factor) = (network.parameter(ofEdge: e), network.factor(ofEdge: e))
        let (source, neuron) = (
          network.sourceNeuron(of: e, into: s), Int(network.neuronOfUnit[s])
        )
        func keep() {
          guard closesCycle[e], !isAcyclic else { return }
          kept[s, default: KeptEdges(neuron: neuron)].append(parameter, factor)
        }
        guard isOwn(parameter, factor) else {
          keep()
          continue
        }
        if order?.precedes(source, neuron) == false {
          row.goneColumns.append(column(source))
          row.goneParameters.append(parameter)
          row.goneFactors.append(factor)
          continue
        }
        // A loop stays as it is: a neuron's state is its own best predictor.
        guard source != neuron else {
          keep()
          continue
        }
        let column = column(source)
        if !onlyCycles || closesCycle[e] {
          row.columns.append(column)
          row.parameters.append(parameter)
          row.factors.append(factor)
        } else {
          row.freeColumns.append(column)
          row.freeParameters.append(parameter)
          row.freeFactors.append(factor)
        }
      }
      guard !row.columns.isEmpty || !row.goneColumns.isEmpty else { continue }
      let (parameter, factor) = (Int(network.biasParameter[s]), network.factor(ofBias: s))
      if isOwn(parameter, factor) {
        row.freeColumns.append(-1)
        row.freeParameters.append(parameter)
        row.freeFactors.append(factor)
      }
      rows.append(row)
    }
    // Now that their number is known, ones get the last column.
    for index in rows.indices where rows[index].freeColumns.last == -1 {
      rows[index].freeColumns[rows[index].freeColumns.count - 1] = sources.count
    }
    guard !rows.isEmpty else {
      throw CyclogradError(
        .invalidOption, "there are no weights to be matched",
        at: .init(subject: "state matching"),
        advice: "weights that are shared, frozen or not trainable stay; name groups with others")
    }
    // States that cannot change would hide how far others do.
    groups = Set(rows.map { groupOfNeuron[Int(network.neuronOfUnit[$0.unit])] })
  }

  /// For each edge whether it is part of a cycle.
  private static func closingCycles(_ network: Network) -> [Bool] {
    var result = [Bool](repeating: false, count: network.edgeCount)
    for stage in network.stages where stage.isCyclic {
      let component = Component(network, stage: stage)
      for row in 0..<component.unitCount {
        for e in component.innerEdges(of: row) { result[e] = true }
      }
    }
    return result
  }
}
