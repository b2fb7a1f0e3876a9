/// A network of identity neurons with the edges of another one, whose weights are those of the other times a slope of
/// each unit: a = D (W a) + u for any D, solved by the same simulator.
///
/// With D = Γ and |W| it is the comparison graph, whose equilibria bound differences of states. With slopes of
/// activations its adjoint gives multipliers. Every neuron is an input and an output, so that anything can drive
/// it and any linear function can be pulled back. A softmax group has a helper, which sums over the group what
/// then enters each of its neurons.
///
/// Multipliers need no edges from neurons that pass an input on, which is often most of them: what these count follows from
/// a product with Wᵀ.
struct LinearizedGraph: Sendable {
  /// What stands in place of the activations' slopes.
  struct Slopes {
    /// ∂aₖ/∂z_s of each unit s and its own neuron k; of softmax, what remains beside the group's sum.
    var own: [Double]
    /// By what a unit of softmax enters its group's sum.
    var pooled: [Double]
    /// By what the sum enters each neuron of a softmax group.
    var link: [Double]

    init(_ network: Network) {
      own = Array(repeating: 0, count: network.unitCount)
      pooled = own
      link = Array(repeating: 0, count: network.neuronCount)
    }
  }

  let source: Network
  let network: Network
  let simulator: Simulator
  /// Those of the network, whose patterns are analysed once.
  private let components: [Component]
  /// Where the terms of each edge begin: it is their sum.
  private let termStarts: [Int32]
  /// Edges of the source, or −1 − k for the link into neuron k.
  private let terms: [Int32]
  private let unitOfEdge: [Int32]
  /// Whether the edges of each term end at the helper.
  private let isPooled: [Bool]

  /// - Parameter isWithoutInputs: whether edges from neurons that pass an input on are left out, for multipliers.
  init(
    _ source: Network, tolerance: Double = 1e-14, threads: Int = 1, isWithoutInputs: Bool = false
  ) throws {
    self.source = source
    let passed = isWithoutInputs ? source.passedCount : 0
    let neurons = source.neuronCount
    unitOfEdge = (0..<source.unitCount).flatMap { s in
      source.inEdges(of: s).map { _ in Int32(s) }
    }
    var entries = SparseEntries(rows: [], columns: [])
    var starts: [Int32] = [0]
    var terms: [Int32] = []
    var isPooled: [Bool] = []
    var helpers = 0
    entries.rows.reserveCapacity(source.edgeCount)
    entries.columns.reserveCapacity(source.edgeCount)
    terms.reserveCapacity(source.edgeCount)
    func add(_ units: Range<Int>, to row: Int, pooled: Bool) {
      var found: [(column: Int32, edge: Int32)] = []
      for s in units {
        for e in source.inEdges(of: s) {
          let k = source.sourceNeuron(of: e, into: s)
          if k >= passed { found.append((Int32(k), Int32(e))) }
        }
      }
      if units.count > 1 { found.sort { ($0.column, $0.edge) < ($1.column, $1.edge) } }
      for (index, (column, edge)) in found.enumerated() {
        if index == 0 || found[index - 1].column != column {
          if index > 0 { starts.append(Int32(terms.count)) }
          entries.rows.append(Int32(row))
          entries.columns.append(column)
          isPooled.append(pooled)
        }
        terms.append(edge)
      }
      if !found.isEmpty { starts.append(Int32(terms.count)) }
    }
    for run in source.runs {
      let range = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      for k in range {
        add(
          Int(source.unitStarts[k])..<Int(source.unitStarts[k + 1]), to: k, pooled: false)
      }
      guard source.evaluations[Int(run.group)].isSoftmax else { continue }
      let helper = neurons + helpers
      helpers += 1
      add(
        Int(source.unitStarts[range.lowerBound])..<Int(source.unitStarts[range.upperBound]),
        to: helper, pooled: true)
      for k in range {
        entries.rows.append(Int32(k))
        entries.columns.append(Int32(helper))
        isPooled.append(false)
        terms.append(Int32(-1 - k))
        starts.append(Int32(terms.count))
      }
    }
    // The initial weights are numbers of entries, so that they tell where each entry has gone.
    entries.values = (0..<entries.count).map(Double.init)
    let graph = Graph(
      name: "linearized", groups: [Group("v", size: neurons + helpers, bias: .frozen(0))],
      connections: [Connection("v", to: "v", .entries(entries))],
      inputs: [NeuronRange("v", 0...(neurons - 1))], outputs: [NeuronRange("v", 0...(neurons - 1))])
    let (network, parameters) = try graph.compile()
    self.network = network
    components = network.components
    let order = parameters.values.prefix(entries.count).map { Int($0) }
    var orderedStarts: [Int32] = [0]
    var orderedTerms: [Int32] = []
    orderedTerms.reserveCapacity(terms.count)
    for entry in order {
      orderedTerms += terms[Int(starts[entry])..<Int(starts[entry + 1])]
      orderedStarts.append(Int32(orderedTerms.count))
    }
    termStarts = orderedStarts
    self.terms = orderedTerms
    self.isPooled = order.map { isPooled[$0] }
    simulator = try Simulator(
      network, options: SolverOptions(tolerance: tolerance, threads: threads))
  }

  /// The weights D W, or D |W|.
  func parameters(_ slopes: Slopes, weights: [Double], absolute: Bool) -> Parameters {
    var result = [Double](repeating: 0, count: network.parameterCount)
    for edge in isPooled.indices {
      var sum = 0.0
      for place in Int(termStarts[edge])..<Int(termStarts[edge + 1]) {
        let term = Int(terms[place])
        if term < 0 {
          sum += slopes.link[-1 - term]
          continue
        }
        let weight = absolute ? weights[term].magnitude : weights[term]
        let s = unit(ofEdge: term)
        sum += weight * (isPooled[edge] ? slopes.pooled[s] : slopes.own[s])
      }
      result[edge] = sum
    }
    return Parameters(result)
  }

  /// Derivatives by the edges of the source, from those by the edges of this network.
  func pullBack(
    _ derivatives: [Double], _ slopes: Slopes, weights: [Double], absolute: Bool
  ) -> [Double] {
    var result = [Double](repeating: 0, count: source.edgeCount)
    for edge in isPooled.indices {
      for place in Int(termStarts[edge])..<Int(termStarts[edge + 1]) {
        let term = Int(terms[place])
        guard term >= 0 else { continue }
        let s = unit(ofEdge: term)
        let slope = isPooled[edge] ? slopes.pooled[s] : slopes.own[s]
        let sign = absolute ? (weights[term] > 0 ? 1.0 : weights[term] < 0 ? -1 : 0) : 1
        result[term] += derivatives[edge] * slope * sign
      }
    }
    return result
  }

  private func unit(ofEdge edge: Int) -> Int { Int(unitOfEdge[edge]) }

  /// (I − D W)⁻¹ u for each row u, over neurons in condensation order of the source.
  func solve(_ parameters: Parameters, drives: Matrix) throws -> Equilibrium {
    try simulator.equilibrium(parameters, inputs: drives)
  }

  /// (I − D W)⁻ᵀ c for each row c.
  ///
  /// - Complexity: one factorization and a solve for each row where there are cycles and all of them are small, otherwise
  ///   an adjoint for each row.
  func solveTransposed(_ parameters: Parameters, _ functionals: Matrix) throws -> Matrix {
    let isFactored =
      !components.isEmpty && network.edgeCount <= Self.mostEdges
      && components.allSatisfy { $0.neuronCount <= Self.mostNeurons }
    if isFactored {
      do {
        return try factored(parameters, functionals)
      } catch let error as CyclogradError where error.code == .notConverged {
        // The simulator's adjoints try harder.
      }
    }
    let count = functionals.rows
    let d = try simulator.adjointStates(
      outputDerivatives: functionals, at: rest(parameters, samples: count))
    var result = Matrix(rows: count, columns: source.neuronCount)
    for (k, s) in network.inputUnits.enumerated() {
      for row in 0..<count { result[row, k] = d[Int(s) * count + row] }
    }
    return result
  }

  /// The most neurons of a component, and edges of all, that are factored for all rows.
  private static let mostNeurons = 512
  private static let mostEdges = 1 << 20

  private func factored(_ parameters: Parameters, _ functionals: Matrix) throws -> Matrix {
    var result = Matrix(rows: functionals.rows, columns: source.neuronCount)
    let found = try rest(parameters, samples: 1).derivatives(
      1, .branch, components: components
    ) { worker, _ in
      try (0..<functionals.rows).map { row in
        var g = [Double](repeating: 0, count: network.neuronCount)
        for (k, value) in zip(network.outputNeurons, functionals[row: row]) { g[Int(k)] = value }
        return try worker.backward(g)
      }
    }
    for (row, d) in found.joined().enumerated() {
      for (k, s) in network.inputUnits.enumerated() { result[row, k] = d[Int(s)] }
    }
    return result
  }

  /// Nothing drives the neurons, and they rest at 0.
  private func rest(_ parameters: Parameters, samples: Int) -> Equilibrium {
    Equilibrium(
      network: network, parameters: parameters,
      inputs: Matrix(rows: samples, columns: source.neuronCount),
      evidence: Array(repeating: SampleEvidence(status: .converged), count: samples),
      z: [Double](repeating: 0, count: network.unitCount * samples),
      activations: [Double](repeating: 0, count: network.neuronCount * samples))
  }
}
