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
    let weights = try WeightRules(expansion, layout)
    let biases = try BiasRules(graph, layout)
    if weights.hasFactors || biases.hasFactors {
      factors = ParameterFactors(edges: [], biases: [])
    }
    var fanIns = FanIns(expansion)
    addWeights(layout, weights, orderOfEdges, assembly, &fanIns)
    weightCount = values.count
    addBiases(layout, biases, orderOfEdges, assembly, &fanIns)
  }

  private mutating func addWeights(
    _ layout: GraphLayout, _ rules: WeightRules, _ orderOfEdges: [Int32],
    _ assembly: NetworkAssembly, _ fanIns: inout FanIns
  ) {
    let fanInOfTie = largestFanIn(rules, orderOfEdges, assembly, &fanIns)
    let hasFrozen = rules.hasFrozen
    let hasTies = rules.ties.count > 0
    var parameterOfTie = [Int32](repeating: -1, count: rules.ties.count)
    var parameterOfEdge: [Int32] = []
    values.reserveCapacity(orderOfEdges.count + layout.unitCount)
    if hasTies { parameterOfEdge.reserveCapacity(orderOfEdges.count) }
    var rule = 0
    for s in 0..<layout.unitCount {
      let row = Int(assembly.rowStarts[s])..<Int(assembly.rowStarts[s + 1])
      for edge in row {
        let parameter = rules.parameter(ofEdge: Int(orderOfEdges[edge]), near: &rule)
        factors?.edges.append(rules.factor(rule))
        guard let tie = rules.tie(parameter, of: rule) else {
          if hasTies { parameterOfEdge.append(Int32(values.count)) }
          let fanIn = fanIns.count(row, in: rules.instance(rule)) { Int(orderOfEdges[$0]) }
          values.append(rules.value(parameter, of: rule, fanIn: fanIn))
          if hasFrozen { frozen.append(rules.isFrozen(rule)) }
          continue
        }
        if parameterOfTie[tie] < 0 {
          parameterOfTie[tie] = Int32(values.count)
          values.append(rules.value(ofTie: tie, fanIn: Int(fanInOfTie[tie])))
          if hasFrozen { frozen.append(rules.isFrozen(tie: tie)) }
        }
        parameterOfEdge.append(parameterOfTie[tie])
      }
    }
    if hasTies { edgeParameter = parameterOfEdge }
    if !hasFrozen { frozen = [] }
  }

  private func largestFanIn(
    _ rules: WeightRules, _ orderOfEdges: [Int32], _ assembly: NetworkAssembly,
    _ fanIns: inout FanIns
  ) -> [Int32] {
    var result = [Int32](repeating: 0, count: rules.ties.count)
    guard rules.ties.count > 0 else { return result }
    var rule = 0
    for s in 0..<assembly.rowStarts.count - 1 {
      let row = Int(assembly.rowStarts[s])..<Int(assembly.rowStarts[s + 1])
      for edge in row {
        let parameter = rules.parameter(ofEdge: Int(orderOfEdges[edge]), near: &rule)
        guard let tie = rules.tie(parameter, of: rule) else { continue }
        let fanIn = fanIns.count(row, in: rules.instance(rule)) { Int(orderOfEdges[$0]) }
        result[tie] = max(result[tie], Int32(fanIn))
      }
    }
    return result
  }

  private mutating func addBiases(
    _ layout: GraphLayout, _ rules: BiasRules, _ orderOfEdges: [Int32],
    _ assembly: NetworkAssembly, _ fanIns: inout FanIns
  ) {
    let hasFrozen = !frozen.isEmpty || rules.hasFrozen
    if hasFrozen && frozen.isEmpty { frozen = Array(repeating: false, count: values.count) }

    /// The rule of each unit and its neuron's number in the group, in condensation order.
    func forEachUnit(_ body: (_ unit: Int, _ rule: Int, _ index: Int) -> Void) {
      for run in assembly.condensation.runs {
        let entry = layout.entries[Int(run.group)]
        for k in run.neurons {
          let index = Int(assembly.condensation.fileNeuron[Int(k)]) - entry.firstNeuron
          for unit in 0..<entry.unitsPerNeuron {
            body(
              Int(assembly.unitStarts[Int(k)]) + unit,
              rules.rule(ofGroup: Int(run.group), unit: unit), index)
          }
        }
      }
    }
    func fanIn(_ unit: Int, _ rule: Int) -> Int {
      let row = Int(assembly.rowStarts[unit])..<Int(assembly.rowStarts[unit + 1])
      return fanIns.count(row, in: rules.instance(rule)) { Int(orderOfEdges[$0]) }
    }
    var fanInOfTie = [Int](repeating: 0, count: rules.ties.count)
    forEachUnit { unit, rule, index in
      if let tie = rules.tie(index, of: rule) {
        fanInOfTie[tie] = max(fanInOfTie[tie], fanIn(unit, rule))
      }
    }
    var parameterOfTie = [Int32](repeating: -1, count: rules.ties.count)
    biasParameter.reserveCapacity(layout.unitCount)
    forEachUnit { unit, rule, index in
      factors?.biases.append(rules.factor(rule))
      guard let tie = rules.tie(index, of: rule) else {
        biasParameter.append(Int32(values.count))
        values.append(rules.value(index, of: rule, fanIn: fanIn(unit, rule)))
        if hasFrozen { frozen.append(rules.isFrozen(rule)) }
        return
      }
      if parameterOfTie[tie] < 0 {
        parameterOfTie[tie] = Int32(values.count)
        values.append(rules.value(ofTie: tie, fanIn: fanInOfTie[tie]))
        if hasFrozen { frozen.append(rules.isFrozen(tie: tie)) }
      }
      biasParameter.append(parameterOfTie[tie])
    }
  }
}
