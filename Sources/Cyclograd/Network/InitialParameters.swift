/// Numbers the parameters of a graph and gives them their initial values.
///
/// Parameters are numbered in the order of W's rows, so that without ties the parameter vector
/// begins with W's values; a tied parameter has the place of its first edge.
struct InitialParameters {
  private(set) var values: [Double] = []
  private(set) var frozen: [Bool] = []
  private(set) var weightCount = 0
  private(set) var edgeParameter: [Int32]?
  private(set) var biasParameter: [Int32] = []
  private(set) var factors: ParameterFactors?

  init(
    _ graph: Graph, _ layout: GraphLayout, _ expansion: EdgeExpansion, orderOfEdges: [Int32],
    assembly: NetworkAssembly
  ) throws(GraphPartError) {
    let hasFactors =
      expansion.origins.contains { $0.rule.factor != 1 }
      || layout.entries.contains { $0.group.units.contains { $0.bias.factor != 1 } }
    if hasFactors { factors = ParameterFactors(edges: [], biases: []) }
    try addWeights(layout, expansion, orderOfEdges, assembly)
    weightCount = values.count
    try addBiases(graph, layout, assembly)
  }

  private mutating func addWeights(
    _ layout: GraphLayout, _ expansion: EdgeExpansion, _ orderOfEdges: [Int32],
    _ assembly: NetworkAssembly
  ) throws(GraphPartError) {
    let origins = expansion.origins
    let ties = try ParameterTies(
      origins.map {
        ParameterTies.Claim(
          part: $0.part, subject: $0.subject, rule: $0.rule, count: $0.parameterCount,
          hasOwnValues: $0.patternValues != nil)
      })
    let edges = LocalEdges(expansion, layout)
    var sources: [ValueSource] = []
    sources.reserveCapacity(origins.count)
    for origin in origins {
      sources.append(try ValueSource(weightsOf: origin, edges))
    }
    let transposed = try TransposedTies(origins, ties, edges)
    let fanInOfTie = largestFanIn(ties, transposed, expansion, orderOfEdges, assembly)
    let hasFrozen = origins.contains { $0.rule.isTrainable == false }
    let hasTies = ties.count > 0
    var parameterOfTie = [Int32](repeating: -1, count: ties.count)
    var parameterOfEdge: [Int32] = []
    values.reserveCapacity(orderOfEdges.count + layout.unitCount)
    if hasTies { parameterOfEdge.reserveCapacity(orderOfEdges.count) }
    var current = 0
    for s in 0..<layout.unitCount {
      let row = Int(assembly.rowStarts[s])..<Int(assembly.rowStarts[s + 1])
      for edge in row {
        let place = Int(orderOfEdges[edge])
        // Edges of a row mostly come from the same connection.
        if place < origins[current].first
          || place >= origins[current].first + origins[current].count
        {
          current = expansion.originIndex(ofEdge: place)
        }
        factors?.edges.append(origins[current].rule.factor)
        let index = place - origins[current].first
        let local =
          transposed.parameter(current, index) ?? origins[current].parameter(ofEdge: index)
        guard ties.base[current] >= 0 else {
          if hasTies { parameterOfEdge.append(Int32(values.count)) }
          values.append(sources[current].value(local, fanIn: row.count))
          if hasFrozen { frozen.append(origins[current].rule.isTrainable == false) }
          continue
        }
        let tie = Int(ties.base[current]) + local
        if parameterOfTie[tie] < 0 {
          parameterOfTie[tie] = Int32(values.count)
          let definition = ties.definition[tie]
          let claim = Int(definition.claim)
          values.append(
            sources[claim].value(Int(definition.parameter), fanIn: Int(fanInOfTie[tie])))
          if hasFrozen { frozen.append(origins[claim].rule.isTrainable == false) }
        }
        parameterOfEdge.append(parameterOfTie[tie])
      }
    }
    if hasTies { edgeParameter = parameterOfEdge }
    if !hasFrozen { frozen = [] }
  }

  private func largestFanIn(
    _ ties: ParameterTies, _ transposed: TransposedTies, _ expansion: EdgeExpansion,
    _ orderOfEdges: [Int32], _ assembly: NetworkAssembly
  ) -> [Int32] {
    var result = [Int32](repeating: 0, count: ties.count)
    guard ties.count > 0 else { return result }
    for s in 0..<assembly.rowStarts.count - 1 {
      let row = Int(assembly.rowStarts[s])..<Int(assembly.rowStarts[s + 1])
      for edge in row {
        let place = Int(orderOfEdges[edge])
        let origin = expansion.originIndex(ofEdge: place)
        guard ties.base[origin] >= 0 else { continue }
        let index = place - expansion.origins[origin].first
        let local =
          transposed.parameter(origin, index)
          ?? expansion.origins[origin].parameter(ofEdge: index)
        let tie = Int(ties.base[origin]) + local
        result[tie] = max(result[tie], Int32(row.count))
      }
    }
    return result
  }

  /// How many neighbouring neurons of a group have one bias.
  private static func width(_ tying: ParameterRule.Tying, _ entry: GraphLayout.Entry) -> Int {
    switch tying {
    case .none: 1
    case .single: entry.size
    case .kernel: entry.size / entry.group.grid.channels
    }
  }

  private mutating func addBiases(
    _ graph: Graph, _ layout: GraphLayout, _ assembly: NetworkAssembly
  ) throws(GraphPartError) {
    struct Place {
      var entry: GraphLayout.Entry
      var unit: Int
    }
    var claims: [ParameterTies.Claim] = []
    var places: [Place] = []
    var sources: [ValueSource] = []
    for (index, entry) in layout.entries.enumerated() {
      for (unit, description) in entry.group.units.enumerated() {
        let name = entry.group.name
        let subject = "biases of \(name)" + (entry.unitsPerNeuron > 1 ? ", unit \(unit)" : "")
        var rule = description.bias
        if rule.isTrainable == nil, rule.share == nil, entry.group.role == .input {
          rule.isTrainable = false
        }
        let claim = ParameterTies.Claim(
          part: .group(index), subject: subject, rule: rule,
          count: entry.size / Self.width(rule.tying, entry))
        sources.append(
          try ValueSource(
            biasesOf: claim,
            CounterRandom(
              seed: entry.group.draws?.seed ?? graph.seed, purpose: .bias,
              index: entry.group.draws.map { $0.position + unit } ?? claims.count)))
        claims.append(claim)
        places.append(Place(entry: entry, unit: unit))
      }
    }
    let ties = try ParameterTies(claims)
    let widths = zip(claims, places).map { Self.width($0.rule.tying, $1.entry) }
    let hasFrozen = !frozen.isEmpty || claims.contains { $0.rule.isTrainable == false }
    if hasFrozen && frozen.isEmpty { frozen = Array(repeating: false, count: values.count) }

    /// The claim of each unit and its neuron's number in the group, in condensation order.
    var firstClaim: [Int] = []
    var count = 0
    for entry in layout.entries {
      firstClaim.append(count)
      count += entry.unitsPerNeuron
    }
    var fanInOfTie = [Int](repeating: 0, count: ties.count)
    func forEachUnit(_ body: (_ unit: Int, _ claim: Int, _ index: Int) -> Void) {
      for run in assembly.condensation.runs {
        let entry = layout.entries[Int(run.group)]
        for k in run.neurons {
          let index = Int(assembly.condensation.fileNeuron[Int(k)]) - entry.firstNeuron
          for unit in 0..<entry.unitsPerNeuron {
            body(Int(assembly.unitStarts[Int(k)]) + unit, firstClaim[Int(run.group)] + unit, index)
          }
        }
      }
    }
    func fanIn(_ unit: Int) -> Int { Int(assembly.rowStarts[unit + 1] - assembly.rowStarts[unit]) }
    func tie(_ claim: Int, _ index: Int) -> Int {
      Int(ties.base[claim]) + index / widths[claim]
    }
    forEachUnit { unit, claim, index in
      if ties.base[claim] >= 0 {
        let tie = tie(claim, index)
        fanInOfTie[tie] = max(fanInOfTie[tie], fanIn(unit))
      }
    }
    var parameterOfTie = [Int32](repeating: -1, count: ties.count)
    biasParameter.reserveCapacity(layout.unitCount)
    forEachUnit { unit, claim, index in
      factors?.biases.append(claims[claim].rule.factor)
      guard ties.base[claim] >= 0 else {
        biasParameter.append(Int32(values.count))
        values.append(sources[claim].value(index, fanIn: fanIn(unit)))
        if hasFrozen { frozen.append(claims[claim].rule.isTrainable == false) }
        return
      }
      let tie = tie(claim, index)
      if parameterOfTie[tie] < 0 {
        parameterOfTie[tie] = Int32(values.count)
        let definition = ties.definition[tie]
        let definer = Int(definition.claim)
        values.append(sources[definer].value(Int(definition.parameter), fanIn: fanInOfTie[tie]))
        if hasFrozen { frozen.append(claims[definer].rule.isTrainable == false) }
      }
      biasParameter.append(parameterOfTie[tie])
    }
  }
}
