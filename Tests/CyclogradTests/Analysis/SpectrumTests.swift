import Foundation
import SparseAlgebra
import Testing

@testable import Cyclograd

@Suite("Eigenvalues, topology and maps")
struct SpectrumTests {
  @Test("Known eigenvalues")
  func known() throws {
    // A rotation by 90° beside 3, made unrecognisable by a shear.
    let matrix = [[0, -1, 2], [1, 0, -5], [0, 0, 3]]
    let found = try DenseEigenvalues.of(matrix.flatMap { $0.map(Double.init) }, order: 3)
    for (real, imaginary) in [(0.0, 1.0), (0, -1), (3, 0)] {
      #expect(
        found.contains { abs($0.real - real) < 1e-14 && abs($0.imaginary - imaginary) < 1e-14 })
    }
    #expect(try DenseEigenvalues.of([], order: 0).isEmpty)
    #expect(throws: FactorizationError.self) {
      try DenseEigenvalues.of([.nan], order: 1)
    }
  }

  /// tr Mᵖ = Σ λᵖ, with M = D Wᵀ of the whole network from the oracle.
  @Test("Sums of powers are traces of powers of D Wᵀ", arguments: UInt64(0)..<60)
  func traces(seed: UInt64) throws {
    let problem = try Problem(RandomGraphs.make(.tame, seed: seed), samples: 2, seed: seed)
    let simulator = try problem.simulator("direct", tolerance: 1e-12)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    try #require(equilibrium.isConverged)
    let oracle = DenseOracle(problem.network, problem.parameters)
    let spectrum = try Spectrum(equilibrium, sample: 1)
    #expect(spectrum.components.allSatisfy { $0.values.count == $0.size })
    #expect(spectrum.components.count == problem.network.cyclicComponentCount)
    let d = oracle.slopes(Array(equilibrium.states[row: 1]))
    let m = DenseAlgebra.product(d, DenseAlgebra.transpose(oracle.w, columns: oracle.neuronCount))
    var power = m
    for exponent in 1...5 {
      let trace = power.indices.reduce(0.0) { $0 + power[$1][$1] }
      var sum = 0.0
      for value in spectrum.components.flatMap(\.values) {
        let angle = atan2(value.imaginary, value.real)
        sum += pow(value.magnitude, Double(exponent)) * cos(Double(exponent) * angle)
      }
      let scale = max(1, power.flatMap { $0 }.reduce(0) { max($0, abs($1)) })
      #expect(abs(sum - trace) <= 1e-9 * scale, "power \(exponent)")
      power = DenseAlgebra.product(power, m)
    }
  }

  @Test("The outermost eigenvalues of a large component are among all of them")
  func outermost() throws {
    let graph = Graph("large", seed: 5) {
      Group("x", size: 3, role: .input)
      Group("a", size: 300, role: .output, activation: .tanh)
      Connection("x", to: "a")
      Connection(
        "a", to: "a", .inDegree(6), weight: .normal(0.7, scaled: .fanIn))
    }
    let problem = try Problem(graph, samples: 1)
    let equilibrium = try problem.simulator("automatic").equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    let all = try Spectrum(equilibrium)
    let some = try Spectrum(equilibrium, largestSize: 200)
    let large = try #require(some.components.max { $0.size < $1.size })
    try #require(large.size > 200)
    #expect(all.partial.isEmpty)
    #expect(some.partial.map(\.size) == [large.size])
    #expect((40...41).contains(large.values.count))
    #expect(abs(some.radius - all.radius) < 1e-7 * all.radius)
    let values = all.components.flatMap(\.values).sorted { $0.magnitude > $1.magnitude }
    for value in large.values {
      #expect(
        values.prefix(42).contains {
          hypot($0.real - value.real, $0.imaginary - value.imaginary) < 1e-6
        })
    }
  }

  @Test("Small components are complete whatever the limit, and failed samples refused")
  func limits() throws {
    let problem = try Problem(
      Graph("two") {
        Group("x", size: 3, role: .input)
        Group("a", size: 3, activation: .tanh)
        Group("b", size: 2, role: .output, activation: .tanh)
        Connection("x", to: "a", weight: ParameterRule(.constant(0.1)))
        Connection("a", to: "a", weight: ParameterRule(.constant(0.1)))
        Connection("a", to: "b", weight: ParameterRule(.constant(0.1)))
        Connection("b", to: "b", weight: ParameterRule(.constant(0.1)))
      }, samples: 1)
    let equilibrium = try problem.simulator("direct").equilibrium(
      problem.parameters, inputs: problem.inputMatrix)
    let spectrum = try Spectrum(equilibrium, largestSize: 2)
    // Arnoldi's method keeps more vectors than this has rows, and so finds all.
    #expect(spectrum.components.map(\.values.count) == [3, 2])
    let failing = try Simulator(
      problem.network, backend: .edgeList, options: SolverOptions(maximumIterations: 1))
    let bad = try failing.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    #expect(throws: CyclogradError.self) { try Spectrum(bad) }
  }

  @Test("An equilibrium is a fixed point of its components' maps", arguments: UInt64(0)..<40)
  func fixedPoints(seed: UInt64) throws {
    let problem = try Problem(RandomGraphs.make(.tame, seed: seed), samples: 2, seed: seed)
    let simulator = try problem.simulator("direct", tolerance: 1e-12)
    let equilibrium = try simulator.equilibrium(problem.parameters, inputs: problem.inputMatrix)
    try #require(equilibrium.isConverged)
    let oracle = DenseOracle(problem.network, problem.parameters)
    let names = problem.network.groups.flatMap { group in
      (0..<group.size).map { "\(group.name).\($0)" }
    }
    for component in 0..<problem.network.cyclicComponentCount {
      let map = try #require(ComponentMap(equilibrium, component: component, sample: 1))
      for (a, image) in zip(map.activations, map.evaluate(map.activations)) {
        #expect(abs(a - image) <= 1e-10 * max(1, abs(a)))
      }
      // Elsewhere too: the oracle's whole network with the component's activations replaced.
      var a = Array(equilibrium.neuronActivations[row: 1])
      let moved = map.activations.enumerated().map { $1 + 0.1 * Double($0 + 1) }
      let places = map.neurons.map { names.firstIndex(of: $0)! }
      for (place, value) in zip(places, moved) { a[place] = value }
      let z = zip(
        DenseAlgebra.product(oracle.w, a), oracle.drive(problem.inputs[1])
      ).map { $0 + $1 }
      let expected = oracle.activations(z)
      for (place, image) in zip(places, map.evaluate(moved)) {
        #expect(abs(expected[place] - image) <= 1e-9 * max(1, abs(image)))
      }
    }
    let none = ComponentMap(equilibrium, component: problem.network.cyclicComponentCount)
    #expect(none == nil)
  }

  @Test("Both orders of W hold the same entries, and the second is block triangular")
  func orders() throws {
    for seed in 0..<40 {
      let (network, parameters) = try RandomGraphs.make(.wild, seed: UInt64(seed)).compile()
      let topology = NetworkTopology(network)
      let oracle = DenseOracle(network, parameters)
      var file = Set<[Int]>()
      topology.forEachEdge(.file) { file.insert([$0, $1]) }
      #expect(file == Set(oracle.edges.map { [$0.unit, $0.source] }))
      var stageOfNeuron = [Int](repeating: -1, count: network.neuronCount)
      for (index, stage) in topology.stages.enumerated() {
        for neuron in stage.neurons { stageOfNeuron[neuron] = index }
      }
      #expect(!stageOfNeuron.contains(-1))
      var count = 0
      topology.forEachConnection { source, target in
        count += 1
        let isWithin = stageOfNeuron[source] == stageOfNeuron[target]
        #expect(
          stageOfNeuron[source] < stageOfNeuron[target]
            || isWithin && topology.stages[stageOfNeuron[source]].isCyclic)
      }
      #expect(count == network.edgeCount)
      let (cyclic, acyclic) = topology.componentSizes
      #expect(cyclic.values.reduce(0, +) == network.cyclicComponentCount)
      #expect((cyclic.values.reduce(0, +) + acyclic.values.reduce(0, +)) == network.componentCount)
      let sizes = [cyclic, acyclic].flatMap { $0.map { $0.key * $0.value } }
      #expect(sizes.reduce(0, +) == network.neuronCount)
      #expect(
        topology.groupOfNeuron.enumerated().allSatisfy {
          topology.name(ofNeuron: $0).hasPrefix("\(network.groups[$1].name).")
        })
    }
  }

  @Test("Costs are predicted for every cyclic component")
  func costs() throws {
    let (network, _) = try RandomGraphs.make(.tame, seed: 3).compile()
    let costs = CostPrediction(network).components
    #expect(costs.map(\.size) == ComponentMap.sizes(network))
    #expect(costs.allSatisfy { $0.sweepSeconds > 0 && ($0.factorizationSeconds ?? 1) > 0 })
  }
}
