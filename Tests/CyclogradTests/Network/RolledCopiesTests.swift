import TestSupport
import Testing

@testable import Cyclograd

/// Copies that are stored once give what the same network gives edge by edge, to the last bit.
@Suite("Copies that share their edges are as good as copies written out")
struct RolledCopiesTests {
  /// The network with its copies rolled, and compiled edge by edge in the same order.
  struct Pair {
    var rolled: Network
    var plain: Network
    var parameters: Parameters

    init(_ graph: Graph, fewest: Int = RepeatedCopies.fewest) throws {
      let copies = try #require(RepeatedCopies(graph, fewest: fewest))
      let compiled = try graph.compile(copies: copies)
      let parts = NetworkParts(try NetworkAssembly(graph, ranks: copies.ranks))
      (rolled, plain) = (compiled.network, Network(parts))
      parameters = compiled.parameters
      try #require(rolled.isRolled && !plain.isRolled)
      #expect(parameters.values == parts.initialValues)
    }
  }

  /// Everything that a network holds.
  func expectEqual(_ one: Network, _ other: Network, _ comment: Comment) {
    #expect(one.rows == other.rows, comment)
    #expect(one.transpose == other.transpose, comment)
    #expect(one.edgeParameter == other.edgeParameter, comment)
    #expect(one.biasParameter == other.biasParameter, comment)
    #expect(one.factors == other.factors, comment)
    #expect(one.frozen == other.frozen, comment)
    #expect(one.position == other.position && one.fileNeuron == other.fileNeuron, comment)
    #expect(one.unitStarts == other.unitStarts && one.neuronOfUnit == other.neuronOfUnit, comment)
    #expect(one.inputUnits == other.inputUnits && one.outputNeurons == other.outputNeurons, comment)
    #expect(one.weightParameterCount == other.weightParameterCount, comment)
    #expect(one.parameterCount == other.parameterCount, comment)
    #expect(one.edgeCount == other.edgeCount && one.levelCount == other.levelCount, comment)
    #expect(one.componentCount == other.componentCount, comment)
    #expect(one.cyclicComponentCount == other.cyclicComponentCount, comment)
    #expect(one.largestComponent == other.largestComponent, comment)
    #expect(
      one.stages.map { [$0.neurons, $0.runs, $0.level..<$0.level + 1] }
        == other.stages.map { [$0.neurons, $0.runs, $0.level..<$0.level + 1] }, comment)
    #expect(one.stages.map(\.isCyclic) == other.stages.map(\.isCyclic), comment)
    #expect(one.runs.map(\.neurons) == other.runs.map(\.neurons), comment)
    #expect(one.runs.map(\.group) == other.runs.map(\.group), comment)
  }

  @Test("Written out, they have the edges, parameters and order that the graph has")
  func topology() throws {
    for steps in [16, 17, 23] {
      for graph in [RepeatedCells.lstm(steps), RepeatedCells.implicit(steps)] {
        let pair = try Pair(graph)
        expectEqual(try pair.rolled.writtenOut(), pair.plain, "\(graph.name), \(steps) steps")
        #expect(pair.rolled.rows.columns.count < pair.plain.edgeCount / 2)
      }
    }
    var rolled = 0
    for seed in 0..<60 as Range<UInt64> {
      let graph = RepeatedCells.random(seed, steps: 6 + Int(seed % 4))
      guard let copies = RepeatedCopies(graph, fewest: 6) else { continue }
      let network = try graph.compile(copies: copies).network
      if !network.isRolled { continue }
      rolled += 1
      let pair = try Pair(graph, fewest: 6)
      expectEqual(try pair.rolled.writtenOut(), pair.plain, "random graph \(seed)")
    }
    #expect(rolled > 30, "only \(rolled) graphs have copies that share edges")
  }

  @Test(
    "States, gradients and their evidence are the same to the last bit",
    arguments: ["automatic", "direct", "iterative", "edge-list"])
  func bits(backend: String) throws {
    var graphs = [RepeatedCells.lstm(18), RepeatedCells.implicit(16, size: 10)]
    if backend == "automatic" {
      graphs += [RepeatedCells.implicit(16, size: 40, .tanh), RepeatedCells.lstm(17, size: 12)]
    }
    for graph in graphs { try compare(Pair(graph), backend, graph.name) }
    for seed in 0..<12 as Range<UInt64> {
      let graph = RepeatedCells.random(seed, steps: 8)
      guard let copies = RepeatedCopies(graph, fewest: 6),
        try graph.compile(copies: copies).network.isRolled
      else { continue }
      try compare(Pair(graph, fewest: 6), backend, "random graph \(seed)")
    }
  }

  private func compare(_ pair: Pair, _ backend: String, _ name: String) throws {
    let comment: Comment = "\(name) by \(backend)"
    var random = TestRandom(5)
    for samples in [1, 9] {
      let inputs = Matrix(
        rows: samples, columns: pair.plain.inputCount,
        elements: random.vector(samples * pair.plain.inputCount))
      let targets = Matrix(
        rows: samples, columns: pair.plain.outputCount,
        elements: random.vector(samples * pair.plain.outputCount))
      let results = try [pair.rolled, pair.plain].map { network in
        let simulator = try Simulator(
          network, backend: .named(backend), options: SolverOptions(maximumIterations: 3000))
        let states = try simulator.equilibrium(pair.parameters, inputs: inputs)
        return (simulator, states)
      }
      let (one, other) = (results[0].1, results[1].1)
      #expect(one.evidence.map(\.status) == other.evidence.map(\.status), comment)
      #expect(one.evidence.map(\.iterations) == other.evidence.map(\.iterations), comment)
      try #require(one.z.map(\.bitPattern) == other.z.map(\.bitPattern), comment)
      #expect(one.activations.map(\.bitPattern) == other.activations.map(\.bitPattern), comment)
      guard one.evidence.allSatisfy({ $0.status == .converged }) else { continue }
      let gradients = try results.map { simulator, states in
        try simulator.gradient(of: .halfSquaredError, targets: targets, at: states)
      }
      #expect(
        gradients[0].parameters.map(\.bitPattern) == gradients[1].parameters.map(\.bitPattern),
        comment)
      #expect(
        gradients[0].inputs.elements.map(\.bitPattern)
          == gradients[1].inputs.elements.map(\.bitPattern), comment)
    }
  }

  @Test("Updates, given states, tangents, proofs and bounds see the same network")
  func others() throws {
    for graph in [RepeatedCells.lstm(16), RepeatedCells.implicit(16, size: 6, .tanh)] {
      let pair = try Pair(graph)
      var random = TestRandom(8)
      let inputs = Matrix(
        rows: 2, columns: pair.plain.inputCount, elements: random.vector(2 * pair.plain.inputCount))
      var changed = inputs
      changed[0, 3] += 0.1
      let direction = Tangent(
        inputs: Matrix(
          rows: 2, columns: pair.plain.inputCount,
          elements: random.vector(2 * pair.plain.inputCount)),
        parameters: random.vector(pair.plain.parameterCount))
      let results = try [pair.rolled, pair.plain].map { network in
        let simulator = try Simulator(network)
        var states = try simulator.equilibrium(pair.parameters, inputs: inputs)
        let tangent = try states.jvp(direction)
        let proof = try LocalCertificate(states)
        let global = try GlobalCertificate(network, pair.parameters)
        try simulator.update(
          &states, setting: [0: pair.parameters.values[0] + 0.01], inputs: changed)
        let rows = Matrix(
          rows: 2, columns: network.unitCount,
          elements: (0..<2).flatMap { sample in
            network.unitsInFileOrder.map { states.z[Int($0) * 2 + sample] }
          })
        let given = try simulator.equilibrium(states.parameters, inputs: changed, at: rows)
        return (
          states.z, tangent.elements, given.evidence.map(\.residual),
          global.components.map(\.theorem), network.parameterLayout, "\(proof.samples)"
        )
      }
      #expect(results[0].0 == results[1].0)
      #expect(results[0].1 == results[1].1)
      #expect(results[0].2 == results[1].2)
      #expect(results[0].3 == results[1].3)
      #expect(results[0].4 == results[1].4)
      #expect(results[0].5 == results[1].5)
    }
  }

  @Test("Thousands of steps take the memory of states alone")
  func memory() throws {
    let few = try RepeatedCells.implicit(20, size: 30).compile().network
    let many = try RepeatedCells.implicit(2_000, size: 30).compile().network
    #expect(few.isRolled && many.isRolled)
    #expect(many.rows.columns.count == few.rows.columns.count)
    #expect(many.transpose.rows.columns.count == few.transpose.rows.columns.count)
    let bytes = NetworkSummary(many).bytes - NetworkSummary(few).bytes
    let neurons = many.neuronCount - few.neuronCount
    #expect(bytes < 100 * neurons, "\(Double(bytes) / Double(neurons)) bytes a neuron")
    #expect(many.edgeCount > 100 * many.storedEdgeCount)
  }

  @Test(
    "What would be too many edges one by one is refused where it has to be written out",
    .tags(.exhaustive), .ifExhaustive)
  func tooMany() throws {
    let network = try RepeatedCells.implicit(6_500, size: 300).compile().network
    #expect(network.edgeCount > GraphLayout.indexLimit)
    let error = #expect(throws: CyclogradError.self) { try network.writtenOut() }
    #expect(error?.code == .tooLarge)
    #expect(error?.message.contains("written out") == true)
  }

  @Test("Copies that are not equal, tied or by themselves are none")
  func noCopies() throws {
    let steps = 20
    let chain = RepeatedCells.implicit(steps, size: 3)
    #expect(RepeatedCopies(chain)?.count == steps)
    func without(_ change: (inout Graph) -> Void) -> RepeatedCopies? {
      var graph = chain
      change(&graph)
      return RepeatedCopies(graph)
    }
    // Another size, in the middle.
    #expect(without { $0.groups[30].shape = [4] } == nil)
    // Weights of its own.
    #expect(without { $0.connections[31].weight.share = nil } == nil)
    // Read by something else, or fed.
    #expect(without { $0.connections.append(Connection("h7", to: "y")) } == nil)
    #expect(without { $0.connections.append(Connection("h0", to: "x9", weight: 1)) } == nil)
    // Back from a later copy, or on to the next but one.
    #expect(without { $0.connections.append(Connection("h9", to: "x8", weight: 1)) } == nil)
    #expect(without { $0.connections.append(Connection("h7", to: "x9", weight: 1)) } == nil)
    // A cycle by way of something else.
    #expect(without { $0.connections.append(Connection("y", to: "h0")) } == nil)
    // Too few.
    #expect(RepeatedCopies(RepeatedCells.implicit(15, size: 3)) == nil)
  }
}
