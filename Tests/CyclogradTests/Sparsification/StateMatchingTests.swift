import Foundation
import TestSupport
import Testing

@testable import Cyclograd

@Suite("State matching gives rows few weights, and says what that costs")
struct StateMatchingTests {
  private let network: Network
  private let teacher: Parameters
  private let samples: SampleTable
  private let simulator: Simulator

  init() throws {
    let graph = Graph("teacher", seed: 4) {
      Group("x", size: 5, role: .input, bias: .frozen(.constant(0)))
      Group("h", size: 7, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("k", size: 4, activation: .relu, bias: .frozen(.constant(0.1)))
      Group("y", size: 2, role: .output, bias: .uniform(-0.2...0.2))
      Connection("x", to: "h", weight: .normal(0.6))
      Connection("h", to: "h", weight: .normal(0.15))
      Connection("h", to: "k", weight: .normal(0.5))
      Connection("k", to: "h", weight: .normal(0.1))
      Connection("k", to: "y", weight: .normal(0.5))
      Connection("h", to: "y", weight: .normal(0.5))
    }
    (network, teacher) = try graph.compile()
    var random = TestRandom(6)
    let inputs = Matrix((0..<120).map { _ in (0..<5).map { _ in random.number(-1, 1) } })
    simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13, threads: 2))
    samples = try SampleTable(
      inputs: inputs, targets: simulator.equilibrium(teacher, inputs: inputs).outputs)
  }

  private func matching(onlyCycles: Bool = false) throws -> StateMatching {
    try StateMatching(simulator, teacher, on: samples, onlyCycles: onlyCycles)
  }

  @Test("With all of the norm the student is the teacher")
  func whole() throws {
    for refits in [false, true] {
      let student = try matching().student(.share(1), refits: refits, loss: .halfSquaredError)
      for (a, b) in zip(student.parameters.values, teacher.values) { #expect(abs(a - b) < 1e-7) }
      #expect(student.report.weightsAfter == student.report.weightsBefore)
      #expect(student.report.weightsBefore == 5 * 7 + 42 + 28 + 28)
      #expect(student.report.stateError < 1e-8 && student.report.predictedError < 1e-8)
      #expect(student.report.readouts.map(\.group) == ["y"] && student.report.failed == 0)
    }
  }

  /// The network with the edges that a pattern allows, at 0, in the order of the file.
  private func padded(
    _ pattern: StateMatching.Pattern
  ) throws -> (network: Network, parameters: Parameters, added: [Rewiring.Edge]) {
    let added = try StateMatching.absentEdges(of: network, for: pattern)
    let layout = network.parameterLayout
    var graph = Graph("padded", seed: 4) {
      for group in network.groups { group }
    }
    let names = network.layout.entries.flatMap { entry in
      (0..<entry.group.size).map { NeuronReference(entry.group.name, $0) }
    }
    for row in 0..<names.count {
      for place in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
        let value = teacher.values[Int(layout.weights[place])]
        graph.edges.append(
          Edge(
            names[Int(layout.columns[place])], to: names[row],
            weight: ParameterRule(.constant(value))))
      }
    }
    for edge in added {
      graph.edges.append(
        Edge(names[Int(edge.column)], to: names[edge.row], weight: ParameterRule(.constant(0))))
    }
    var (result, parameters) = try graph.compile()
    let other = result.parameterLayout
    for row in names.indices {
      parameters.values[Int(other.biases[row])] = teacher.values[Int(layout.biases[row])]
    }
    return (result, parameters, added)
  }

  @Test(
    "Other patterns: which edges may come, and without a bound rows are least squares over them")
  func patterns() throws {
    // x 0...4, h 5...11, k 12...15; x → h, h → h, h → k, k → h are connected, all of it fully.
    #expect(try padded(.any).added.isEmpty && padded(.acyclic).added.isEmpty)
    let graph = Graph("sparse", seed: 2) {
      Group("x", size: 3, role: .input, bias: .frozen(.constant(0)))
      Group("h", size: 8, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", .inDegree(2), weight: .normal(0.7))
      Connection("h", to: "h", .inDegree(3), weight: .normal(0.3))
      Connection("h", to: "y", weight: .normal(0.5))
    }
    let (network, parameters) = try graph.compile()
    let other = try StateMatchingTests(network, parameters)
    for pattern in [StateMatching.Pattern.any, .acyclic] {
      let padded = try other.padded(pattern)
      let there = Set(padded.added.map { [$0.row, Int($0.column)] })
      for row in 3..<11 {
        let own = network.parameterLayout
        let columns = own.columns[own.rowStarts[row]..<own.rowStarts[row + 1]].map { Int($0) }
        for column in 0..<11 {
          let mayCome =
            column != row && !columns.contains(column)
            && (pattern == .any || column < row)
          #expect(there.contains([row, column]) == mayCome, "\(pattern) \(row) \(column)")
        }
      }
      let inputs = other.samples.inputs
      let simulator = try Simulator(padded.network, options: SolverOptions(tolerance: 1e-13))
      let outputs = try simulator.equilibrium(padded.parameters, inputs: inputs).outputs
      for (a, b) in zip(outputs.elements, other.samples.targets.elements) {
        #expect(abs(a - b) < 1e-10)
      }
      let matching = try StateMatching(
        simulator, padded.parameters, on: other.samples, pattern: pattern)
      let student = try matching.student(.absolute(1e9), target: .nothing, loss: .halfSquaredError)
      // Normal equations by elimination are the oracle.
      let z = try simulator.equilibrium(padded.parameters, inputs: inputs)
      let layout = padded.network.parameterLayout
      for row in 3..<11 {
        let places = Array(layout.rowStarts[row]..<layout.rowStarts[row + 1])
        let loop = places.first { Int(layout.columns[$0]) == row }
        let allowed = places.filter {
          let column = Int(layout.columns[$0])
          return column != row && (pattern == .any || column < row)
        }
        func activation(_ column: Int, _ sample: Int) -> Double {
          let neuron = (0..<padded.network.neuronCount).first {
            Int(padded.network.fileNeuron[$0]) == column
          }!
          return z.activations[neuron * inputs.rows + sample]
        }
        func value(_ place: Int, _ of: Parameters) -> Double {
          of.values[Int(layout.weights[place])]
        }
        // What the row has to give: all that it gave, but what stays.
        let stays = pattern == .any ? [loop].compactMap(\.self) : []
        var worst = 0.0
        let bias = Int(layout.biases[row])
        for column in allowed.map({ Int(layout.columns[$0]) }) + [-1] {
          var slope = 0.0
          for sample in 0..<inputs.rows {
            var rest = student.parameters.values[bias] - padded.parameters.values[bias]
            for place in places {
              let difference =
                value(place, student.parameters) - value(place, padded.parameters)
              rest += difference * activation(Int(layout.columns[place]), sample)
            }
            slope += rest * (column < 0 ? 1 : activation(column, sample))
          }
          worst = max(worst, abs(slope))
        }
        #expect(worst < 1e-7, "\(pattern), row \(row)")
        for place in places where !allowed.contains(place) {
          #expect(
            value(place, student.parameters)
              == (stays.contains(place) ? value(place, padded.parameters) : 0))
        }
      }
      // A bound is kept, and few weights are left.
      let few = try matching.student(.keep(0.5), target: .nothing, loss: .halfSquaredError)
      // Loops are not matched, but go where there is to be no cycle.
      #expect(few.report.weightsBefore <= 40 && few.report.weightsBefore > 32)
      #expect(2 * few.report.weightsAfter <= few.report.weightsBefore)
      #expect(few.report.predictedError < 1 && few.report.predictedError > 0)
    }
  }

  @Test(
    "No cycle is left where softmax groups are part of it: each is one place in the order",
    arguments: 0..<8)
  func acyclicSoftmax(seed: Int) throws {
    let names = seed.isMultiple(of: 2) ? ["h", "s", "k"] : ["s", "k", "h"]
    let graph = Graph("softmax", seed: UInt64(seed)) {
      Group("x", size: 3, role: .input, bias: .frozen(.constant(0)))
      for name in names {
        Group(
          name, size: 4, activation: name == "s" ? .softmax : .tanh, bias: .uniform(-0.5...0.5))
      }
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(0.7))
      for source in names {
        for target in names { Connection(source, to: target, .inDegree(2), weight: .normal(0.2)) }
      }
      Connection("h", to: "y", weight: .normal(0.5))
    }
    let (network, parameters) = try graph.compile()
    #expect(network.stages.contains { $0.isCyclic })
    let other = try StateMatchingTests(network, parameters)
    let padded = try other.padded(.acyclic)
    let student = try StateMatching(
      Simulator(padded.network, options: SolverOptions(tolerance: 1e-13)), padded.parameters,
      on: other.samples, pattern: .acyclic
    ).student(.share(0.8), target: .nothing, loss: .halfSquaredError)
    #expect(student.report.weightsAfter > 0)
    let layout = padded.network.parameterLayout
    let neurons = network.layout.entries.flatMap { entry in
      (0..<entry.group.size).map { NeuronReference(entry.group.name, $0) }
    }
    var left = Graph("left") {
      for group in padded.network.groups { group }
    }
    for row in neurons.indices {
      for place in layout.rowStarts[row]..<layout.rowStarts[row + 1]
      where student.parameters.values[Int(layout.weights[place])] != 0 {
        left.edges.append(Edge(neurons[Int(layout.columns[place])], to: neurons[row]))
      }
    }
    #expect(try !left.compile().network.stages.contains(where: \.isCyclic))
  }

  private init(_ network: Network, _ parameters: Parameters) throws {
    (self.network, teacher) = (network, parameters)
    var random = TestRandom(6)
    let inputs = Matrix((0..<120).map { _ in random.vector(network.inputCount) })
    simulator = try Simulator(network, options: SolverOptions(tolerance: 1e-13))
    samples = try SampleTable(
      inputs: inputs, targets: simulator.equilibrium(parameters, inputs: inputs).outputs)
  }

  @Test("Frozen groups of parameters stay")
  func frozen() throws {
    let matching = try StateMatching(
      simulator, teacher, on: samples,
      parameterGroups: [
        ParameterGroup("x", ParameterSelection(.weights, from: "x"), isFrozen: true)
      ])
    let student = try matching.student(.share(0.3), target: .nothing, loss: .halfSquaredError)
    #expect(student.report.weightsBefore == 42 + 28 + 28 && student.report.weightsAfter < 60)
    var count = 0
    network.forEachParameter(of: ParameterSelection(.weights, from: "x")) { parameter in
      #expect(student.parameters.values[parameter] == teacher.values[parameter])
      count += 1
    }
    #expect(count == 35)
  }

  /// The optimality conditions of each row, from the teacher's states themselves.
  @Test("Every row is the minimum within its ball", arguments: [0.1, 0.4, 0.8], [false, true])
  func optimal(share: Double, onlyCycles: Bool) throws {
    let matching = try matching(onlyCycles: onlyCycles)
    let student = try matching.student(.share(share), target: .nothing, loss: .halfSquaredError)
    let equilibrium = try simulator.equilibrium(teacher, inputs: samples.inputs)
    let count = samples.count
    func activation(_ neuron: Int, _ sample: Int) -> Double {
      equilibrium.activations[neuron * count + sample]
    }
    var squares = 0.0
    for row in matching.matched.rows {
      let neurons = row.columns.map { matching.matched.sources[$0] }
      let free = row.freeColumns.map {
        $0 < matching.matched.sources.count ? matching.matched.sources[$0] : nil
      }
      func change(_ parameter: Int) -> Double {
        student.parameters.values[parameter] - teacher.values[parameter]
      }
      let rest = (0..<count).map { sample in
        -zip(neurons, row.parameters).reduce(0) { $0 + activation($1.0, sample) * change($1.1) }
          - zip(free, row.freeParameters).reduce(0) { sum, edge in
            sum + (edge.0.map { activation($0, sample) } ?? 1) * change(edge.1)
          }
      }
      squares += rest.reduce(0) { $0 + $1 * $1 }
      let size = rest.reduce(0) { $0 + abs($1) } + 1e-9
      for neuron in free {
        var c = 0.0
        for sample in 0..<count {
          c += rest[sample] * (neuron.map { activation($0, sample) } ?? 1)
        }
        #expect(abs(c) < 1e-8 * size * 10)
      }
      let correlations = neurons.map { neuron in
        (0..<count).reduce(0) { $0 + rest[$1] * activation(neuron, $1) }
      }
      let largest = correlations.map { abs($0) }.max() ?? 0
      let values = row.parameters.map { student.parameters.values[$0] }
      for (c, value) in zip(correlations, values) where value != 0 {
        #expect(abs(c - (value > 0 ? largest : -largest)) < 1e-7 * size)
      }
      let norm = values.reduce(0) { $0 + abs($1) }
      let bound = share * row.parameters.reduce(0) { $0 + abs(teacher.values[$1]) }
      #expect(norm <= bound * (1 + 1e-9))
      // The bound is met, unless the minimum lies inside.
      #expect(abs(norm - bound) < 1e-9 || largest < 1e-7 * size)
    }
    let all = try matching.solve(.share(share), refits: false).reduce(0) { $0 + $1.squares }
    #expect(abs(all - squares) < 1e-8 * squares)
    let size = try matching.solve(.share(share), refits: false).reduce(0) { $0 + $1.size }
    #expect(abs(student.report.predictedError - (squares / size).squareRoot()) < 1e-8)
  }

  @Test(
    "As many weights are left as asked for, and not many fewer", arguments: [0.1, 0.25, 0.5, 0.9])
  func keep(part: Double) throws {
    let student = try matching().student(.keep(part), loss: .halfSquaredError)
    let budget = Int(part * 133)
    #expect(student.report.weightsAfter <= budget && student.report.weightsAfter >= budget - 4)
    let zeros = student.parameters.values.count { $0 == 0 }
    #expect(zeros >= 133 - budget)
    #expect(throws: CyclogradError.self) {
      _ = try matching().student(.keep(0.01), loss: .halfSquaredError)
    }
    for wrong in [StateMatching.Radius.keep(0), .keep(2), .share(-1), .absolute(.nan)] {
      #expect(throws: CyclogradError.self) {
        _ = try matching().student(wrong, loss: .halfSquaredError)
      }
    }
  }

  @Test("The state error is that of the student's own equilibria; readouts are fitted at these")
  func report() throws {
    let matching = try matching()
    let student = try matching.student(.absolute(0.7), refits: true, loss: .halfSquaredError)
    let (old, new) = (
      try simulator.equilibrium(teacher, inputs: samples.inputs),
      try simulator.equilibrium(student.parameters, inputs: samples.inputs)
    )
    let names = network.groupOfNeuron.map { network.groups[$0].name }
    var (error, size) = (0.0, 0.0)
    // Inputs stay what they are.
    for k in 0..<network.neuronCount where names[k] != "y" && names[k] != "x" {
      for sample in 0..<samples.count {
        let (a, b) = (
          old.activations[k * samples.count + sample], new.activations[k * samples.count + sample]
        )
        error += (a - b) * (a - b)
        size += a * a
      }
    }
    #expect(student.report.stateError > 0.01)
    #expect(abs(student.report.stateError - (error / size).squareRoot()) < 1e-12)
    let (_, fit) = try ReadoutFit("y").fitted(
      simulator, student.parameters, on: samples, loss: .halfSquaredError)
    #expect(abs(fit.residual - student.report.readouts[0].residual) < 1e-12)
    let taught = try matching.student(
      .absolute(0.7), refits: true, target: .teacher, loss: .halfSquaredError)
    // Here the targets are the teacher's outputs.
    for (a, b) in zip(taught.parameters.values, student.parameters.values) {
      #expect(abs(a - b) < 1e-9)
    }
    let less = try matching.student(.absolute(0.7), loss: .halfSquaredError)
    let more = try matching.student(.absolute(1.4), loss: .halfSquaredError)
    #expect(more.report.predictedError < less.report.predictedError)
    #expect(student.report.predictedError < less.report.predictedError)
  }

  /// h keeps its loops and what k shares with it, k all of its edges within cycles but none of those from x.
  @Test(
    "Within a ball rows of cycles have no more than its radius, with all edges that stay",
    arguments: 1..<13, [false, true])
  func ball(seed: Int, onlyCycles: Bool) throws {
    let graph = Graph("kept", seed: UInt64(seed)) {
      Group("x", size: 3, role: .input, bias: .frozen(.constant(0)))
      Group("h", size: 4, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("k", size: 4, activation: .tanh, bias: .uniform(-0.5...0.5))
      Group("y", size: 1, role: .output)
      Connection("x", to: "h", weight: .normal(0.6))
      Connection("x", to: "k", weight: .normal(0.6))
      Connection("h", to: "h", weight: .normal(0.3))
      Connection("h", to: "k", weight: .normal(0.1).shared("s"))
      Connection("k", to: "h", weight: .shared("s"))
      Connection("k", to: "k", weight: .normal(0.05))
      Connection("h", to: "y", weight: .normal(0.5))
    }
    let (network, parameters) = try graph.compile()
    let other = try StateMatchingTests(network, parameters)
    let matching = try StateMatching(
      other.simulator, parameters, on: other.samples, onlyCycles: onlyCycles,
      parameterGroups: [
        ParameterGroup("k", ParameterSelection(.weights, from: "k", to: "k"), isFrozen: true)
      ])
    let layout = network.parameterLayout
    let (h, cycles) = (3..<7, 3..<11)
    /// The sum of |weights| within cycles of each row, of all edges or of those that stay.
    func sums(_ parameters: Parameters, ofKept: Bool) -> [Double] {
      let values = layout.weightValues(parameters)
      return cycles.map { row in
        var sum = 0.0
        for place in layout.rowStarts[row]..<layout.rowStarts[row + 1] {
          let source = Int(layout.columns[place])
          let stays = source == row || !h.contains(source) || !h.contains(row)
          if cycles.contains(source), stays || !ofKept { sum += abs(values[place]) }
        }
        return sum
      }
    }
    let kept = sums(parameters, ofKept: true)
    let most = try #require(kept.max())
    let radius = 1.1 * most
    let student = try matching.student(
      .absolute(radius), target: .nothing, loss: .halfSquaredError)
    for sum in sums(student.parameters, ofKept: false) { #expect(sum <= radius * (1 + 1e-9)) }
    #expect(sums(student.parameters, ofKept: true) == kept)
    // The teacher's rows go beyond.
    #expect(sums(parameters, ofKept: false).contains { $0 > radius })
    let error = #expect(throws: CyclogradError.self) {
      _ = try matching.student(.absolute(most * (1 - 1e-9)), loss: .halfSquaredError)
    }
    let neuron = network.neuronNames[cycles.lowerBound + (kept.firstIndex(of: most) ?? 0)]
    #expect(error?.code == .invalidOption && error?.location.subject == "neuron \(neuron)")
  }

  @Test("A loop beyond the ball is named, whether or not anything else of its row is matched")
  func loop() throws {
    for hasInput in [false, true] {
      var graph = Graph("loop") {
        Group("x", size: 1, role: .input, bias: .frozen(.constant(0)))
        Group("h", size: 2, activation: .tanh)
        Group("y", size: 1, role: .output)
        Connection("h", to: "y", weight: ParameterRule(.constant(1)))
      }
      func edge(_ source: NeuronReference, _ target: Int, _ weight: Double) -> Edge {
        Edge(source, to: .init("h", target), weight: ParameterRule(.constant(weight)))
      }
      graph.edges = [edge(.init("h", 0), 0, 1.6), edge(.init("x", 0), 1, 1)]
      if hasInput { graph.edges += [edge(.init("x", 0), 0, 0.5), edge(.init("h", 1), 0, 0.3)] }
      let (network, parameters) = try graph.compile()
      let inputs = Matrix([[0.5], [1], [-1], [0.2], [-0.3]])
      let matching = try StateMatching(
        Simulator(network), parameters,
        on: SampleTable(inputs: inputs, targets: Matrix([[1], [2], [3], [4], [5]])))
      let error = #expect(throws: CyclogradError.self) {
        _ = try matching.student(.absolute(0.5), target: .nothing, loss: .halfSquaredError)
      }
      #expect(error?.location.subject == "neuron h.0" && error?.message.contains("1.6") == true)
      // A share bounds what is matched alone.
      _ = try matching.student(.share(0.5), target: .nothing, loss: .halfSquaredError)
      _ = try matching.student(.absolute(1.7), target: .nothing, loss: .halfSquaredError)
    }
  }

  @Test("Threads do not matter, bit for bit")
  func threads() throws {
    let one = try StateMatching(
      Simulator(network, options: SolverOptions(tolerance: 1e-13)), teacher, on: samples)
    #expect(
      try one.student(.share(0.3), loss: .halfSquaredError).parameters
        == matching().student(.share(0.3), loss: .halfSquaredError).parameters)
  }

  @Test("A row may not copy its own state: the case in which any pattern would")
  func collapse() throws {
    let graph = Graph("relu") {
      Group("u", size: 1, role: .input, bias: .frozen(.constant(0)))
      Group("x", size: 1, role: .output, activation: .relu, bias: .frozen(.constant(0)))
      Connection("u", to: "x", weight: ParameterRule(.constant(2)))
    }
    let (network, parameters) = try graph.compile()
    let inputs = Matrix([[0.5], [1], [2]])
    let matching = try StateMatching(
      Simulator(network), parameters,
      on: SampleTable(inputs: inputs, targets: Matrix([[1], [2], [4]])))
    let student = try matching.student(.absolute(0.9), loss: .halfSquaredError)
    let outputs = try Simulator(network).equilibrium(student.parameters, inputs: inputs).outputs
    for (output, input) in zip(outputs.elements, inputs.elements) {
      #expect(abs(output - 0.9 * input) < 1e-12)
    }
  }

  @Test("Shared and frozen weights stay; groups that there are not are named")
  func fixed() throws {
    let problem = try TrainingProblem()
    let simulator = try problem.simulator()
    let matching = try StateMatching(simulator, problem.parameters, on: problem.table)
    let student = try matching.student(.share(0.3), target: .nothing, loss: .halfSquaredError)
    let changed = Set(matching.matched.rows.flatMap { $0.parameters + $0.freeParameters })
    for index in problem.parameters.values.indices where !changed.contains(index) {
      #expect(student.parameters.values[index] == problem.parameters.values[index])
    }
    #expect(matching.weightCount == 12)
    #expect {
      _ = try StateMatching(simulator, problem.parameters, on: problem.table, groups: ["z"])
    } throws: {
      "\($0)".contains("no group 'z'")
    }
    #expect {
      _ = try StateMatching(simulator, problem.parameters, on: problem.table, groups: ["k"])
    } throws: {
      "\($0)".contains("no weights to be matched")
    }
    #expect(throws: CyclogradError.self) {
      _ = try StateMatching(simulator, problem.parameters, on: problem.table, readouts: ["h"])
    }
    let error = #expect(throws: CyclogradError.self) {
      _ = try StateMatching(
        self.simulator, teacher, on: samples, groups: ["h", "y"], readouts: ["y"])
    }
    #expect(error?.code == .invalidOption && error?.message.contains("'y'") == true)
  }
}
