import Testing

@testable import Cyclograd

@Suite("Compilation orders and lays out a network")
struct CondensationTests {
  static func graphs() -> [Graph] {
    (0..<120).map { RandomGraphs.make(.tame, seed: UInt64(5000 + $0)) }
  }

  /// Which neurons (by position) reach which, softmax groups acting as one; by repeated search.
  static func reachability(_ network: Network) -> [[Bool]] {
    let count = network.neuronCount
    var reach = Array(repeating: [Bool](repeating: false, count: count), count: count)
    for s in 0..<network.unitCount {
      let target = Int(network.neuronOfUnit[s])
      for e in network.inEdges(of: s) {
        reach[network.sourceNeuron(of: e, into: s)][target] = true
      }
    }
    for j in 0..<count {
      for k in 0..<count where j != k {
        let group = network.entry(atPosition: j).group
        if group.name == network.entry(atPosition: k).group.name,
          group.units[0].activation == .softmax
        {
          reach[j][k] = true
        }
      }
    }
    for middle in 0..<count {
      for j in 0..<count where reach[j][middle] {
        for k in 0..<count where reach[middle][k] { reach[j][k] = true }
      }
    }
    return reach
  }

  @Test("Stages follow their sources; cyclic stages are the components with a cycle")
  func stages() throws {
    for graph in Self.graphs() {
      let (network, _) = try graph.compile()
      let reach = Self.reachability(network)
      var stageOf = [Int](repeating: -1, count: network.neuronCount)
      var next: Int32 = 0
      var level: Int32 = 0
      for (index, stage) in network.stages.enumerated() {
        #expect(stage.neurons.lowerBound == next)
        next = stage.neurons.upperBound
        #expect(stage.level >= level)
        level = stage.level
        for k in stage.neurons { stageOf[Int(k)] = index }
        let runs = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)]
        #expect(runs.flatMap { Array($0.neurons) } == Array(stage.neurons))
      }
      #expect(Int(next) == network.neuronCount)
      var components = Set<[Bool]>()
      for j in 0..<network.neuronCount {
        components.insert((0..<network.neuronCount).map { $0 == j || reach[j][$0] && reach[$0][j] })
        let stage = network.stages[stageOf[j]]
        for k in 0..<network.neuronCount where k != j {
          let isMutual = reach[j][k] && reach[k][j]
          if stage.isCyclic { #expect((stageOf[j] == stageOf[k]) == isMutual) }
          // A softmax group without a cycle is mutual too, and still acyclic.
          if reach[j][k], !isMutual {
            #expect(stageOf[j] < stageOf[k])
            #expect(stage.level < network.stages[stageOf[k]].level)
          }
        }
      }
      #expect(network.componentCount == components.count)
      #expect(
        network.largestComponent == components.map { $0.count { $0 } }.max())
      // A stage is cyclic if and only if an edge leads from it into itself.
      for (index, stage) in network.stages.enumerated() {
        var hasInnerEdge = false
        for s in 0..<network.unitCount
        where stageOf[Int(network.neuronOfUnit[s])] == index {
          for e in network.inEdges(of: s) {
            let source = stageOf[network.sourceNeuron(of: e, into: s)]
            #expect(source <= index)
            hasInnerEdge = hasInnerEdge || source == index
          }
        }
        #expect(stage.isCyclic == hasInnerEdge)
      }
    }
  }

  @Test("Levels are the longest chains of components")
  func levels() throws {
    let (network, _) = try Graph("levels") {
      Group("a", size: 2)
      Group("b", size: 1)
      Group("c", size: 2)
      Group("d", size: 1)
      Edge(.init("d", 0), to: .init("c", 0))
      Edge(.init("c", 0), to: .init("c", 1))
      Edge(.init("c", 1), to: .init("c", 0))
      Edge(.init("c", 1), to: .init("a", 0))
      Edge(.init("b", 0), to: .init("a", 1))
    }.compile()
    #expect(network.levelCount == 3)
    #expect(network.componentCount == 5)
    #expect(network.largestComponent == 2)
    #expect(network.cyclicComponentCount == 1)
    #expect(network.stages.map(\.level) == [0, 1, 1, 2])
    #expect(network.stages.map(\.isCyclic) == [false, false, true, false])
    // Acyclic neurons of a level come first, in file order.
    #expect(
      (0..<6).map { network.name(atPosition: $0) } == ["b.0", "d.0", "a.1", "c.0", "c.1", "a.0"])
  }

  @Test("An acyclic graph has no cyclic stage")
  func acyclic() throws {
    let (network, _) = try Graph("acyclic") {
      Group("x", size: 4)
      Group("s", size: 3, activation: .softmax)
      Group("y", size: 2, combine: .max, units: [.init(), .init(.tanh)])
      Connection("x", to: "s")
      Connection("s", to: "y", unit: 1)
      Connection("x", to: "y", unit: 0)
    }.compile()
    #expect(network.cyclicComponentCount == 0)
    #expect(network.stages.count == 3)
    #expect(network.levelCount == 3)
    #expect(network.componentCount == 4 + 1 + 2)
  }

  @Test("A softmax group closes a cycle that the neurons alone do not show")
  func softmaxCycle() throws {
    // h feeds s.0, s.1 feeds h: no neuron reaches itself, but s.1 depends on z of s.0.
    func graph(_ activation: Activation) -> Graph {
      Graph("hidden cycle", seed: 1) {
        Group("h", size: 1, role: .input, activation: .tanh)
        Group("s", size: 2, role: .output, activation: activation)
        Edge(.init("h", 0), to: .init("s", 0), weight: 0.8)
        Edge(.init("s", 1), to: .init("h", 0), weight: -0.9)
      }
    }
    let plain = try graph(.tanh).compile().network
    #expect(plain.cyclicComponentCount == 0)
    let (network, _) = try graph(.softmax).compile()
    #expect(network.cyclicComponentCount == 1)
    #expect(network.largestComponent == 3)
    for backend in ["edge-list", "direct", "klu"] {
      try Problem(graph(.softmax)).expectAgreement(backend)
    }
  }

  @Test("W and its transpose hold the same edges, both sorted, and they are the graph's")
  func layout() throws {
    for graph in Self.graphs() {
      let (network, parameters) = try graph.compile()
      let weights = network.weights(parameters)
      var rows: [[Int]] = []
      for s in 0..<network.unitCount {
        let row = network.inEdges(of: s)
        #expect(
          zip(row, row.dropFirst()).allSatisfy {
            network.sourceNeuron(of: $0, into: s) < network.sourceNeuron(of: $1, into: s)
          })
        for e in row { rows.append([e, s, network.sourceNeuron(of: e, into: s)]) }
      }
      var columns: [[Int]] = []
      for k in 0..<network.neuronCount {
        let column = network.transpose.edges(of: k)
        #expect(
          zip(column, column.dropFirst()).allSatisfy {
            network.transpose.targetUnit(of: $0, from: k)
              < network.transpose.targetUnit(of: $1, from: k)
          }
        )
        for i in column {
          columns.append([
            Int(network.transpose.places[i]), network.transpose.targetUnit(of: i, from: k), k,
          ])
        }
      }
      #expect(rows == columns.sorted { $0[0] < $1[0] })
      #expect(rows.count == network.edgeCount)
      #expect(weights.count >= network.edgeCount)
      // The explicit edges, found again by name.
      var found: [String: Double] = [:]
      network.forEachParameterUse { use in
        guard let source = use.source else { return }
        found["\(source) \(use.target) \(use.unit)"] = parameters.values[use.parameter]
      }
      #expect(found.count == network.edgeCount)
      for edge in graph.edges {
        let value = found["\(edge.source) \(edge.target) \(edge.unit)"]
        guard case .constant(let expected)? = edge.weight.initial else {
          #expect(value != nil)
          continue
        }
        #expect(value == expected)
      }
      // Names, positions and units fit together.
      #expect(network.position.sorted() == (0..<Int32(network.neuronCount)).map { $0 })
      for neuron in 0..<network.neuronCount {
        #expect(network.fileNeuron[Int(network.position[neuron])] == neuron)
      }
      #expect(network.unitNames.count == network.unitCount)
    }
  }

  @Test(
    "In a large component neurons stand together that are fed by equally many others and feed equally many, group by group"
  )
  func windows() throws {
    let network = try Graph("varied", seed: 2) {
      Group("x", size: 3, role: .input)
      Group("a", size: 2500, activation: .tanh)
      Group("b", size: 2100, activation: .relu)
      Group("small", size: 50, activation: .tanh)
      Connection("x", to: "a", .inDegree(1))
      Connection("a", to: "b", .inDegree(5))
      Connection("b", to: "a", .inDegree(5))
      Connection("a", to: "a", .inDegree(2), self: false)
      Connection("small", to: "small", .inDegree(2), self: false)
    }.compile().network
    let stage = try #require(network.stages.max { $0.neurons.count < $1.neurons.count })
    #expect(stage.isCyclic && stage.neurons.count > 4000)
    let component = Component(network, stage: stage)
    #expect(component.rowOrder == nil && component.outRows.order == nil)
    #expect(network.fileNeuron.sorted() == (0..<Int32(network.neuronCount)).map { $0 })
    for (k, neuron) in network.fileNeuron.enumerated() {
      #expect(network.position[Int(neuron)] == k)
    }
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let inFileOrder = network.fileNeuron[neurons].sorted()
      for start in stride(from: 0, to: neurons.count, by: 4096) {
        let window = start..<min(start + 4096, neurons.count)
        let places = window.map { neurons.lowerBound + $0 }
        let lengths = places.map { place in
          let row = place - component.neurons.lowerBound
          return [
            component.innerEdges(of: row).count,
            Int(component.outRows.outerStarts[row]) - network.transpose.edges(of: place).lowerBound,
          ]
        }
        #expect(lengths.map { $0[0] } == lengths.map { $0[0] }.sorted())
        for (before, after) in zip(lengths, lengths.dropFirst()) where before[0] == after[0] {
          #expect(before[0] % 2 == 0 ? before[1] <= after[1] : before[1] >= after[1])
        }
        #expect(places.map { network.fileNeuron[$0] }.sorted() == Array(inFileOrder[window]))
      }
    }
    // Small components keep the file's order.
    let small = try #require(network.stages.first { $0.neurons.count <= 50 && $0.isCyclic })
    let neurons = network.fileNeuron[Int(small.neurons.lowerBound)..<Int(small.neurons.upperBound)]
    #expect(Array(neurons) == neurons.sorted())
  }

  @Test("A softmax group keeps its order; units and in-degrees count where out-degrees are equal")
  func windowsOfOtherGroups() throws {
    let network = try Graph("others", seed: 4) {
      Group("s", size: 2500, activation: .softmax)
      Group("p", size: 2500, combine: .product, units: [.init(.tanh), .init(.logistic)])
      Connection("p", to: "s", .inDegree(2))
      Connection("s", to: "p", unit: 0, .oneToOne)
      // As many edges from each, and differently many to each.
      for source in 0..<2500 {
        let target = source * source % 2500
        Edge(.init("p", source), to: .init("p", target), unit: 1, weight: 0.1)
      }
    }.compile().network
    let stage = try #require(network.stages.max { $0.neurons.count < $1.neurons.count })
    for run in network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)] {
      let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
      let order = network.fileNeuron[neurons]
      #expect((Array(order) == order.sorted()) == isSoftmax)
    }
    for (k, neuron) in network.fileNeuron.enumerated() {
      #expect(network.position[Int(neuron)] == k)
    }
  }
}
