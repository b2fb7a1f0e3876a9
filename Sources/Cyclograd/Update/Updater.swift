import SparseAlgebra

/// Brings the equilibrium of one sample up to date after a change in a few inputs, weights or biases.
///
/// The residual of a unit changes only where its row, its bias, its input or the activation of one of its sources
/// does. So neurons are evaluated anew from the changed ones on, in the order of the condensation, and a neuron passes on
/// what it has changed by only where its residual is not negligible (Southwell's relaxation, by rounds; as pushes for
/// PageRank in Andersen, Chung & Lang 2006). The work is in proportion to the edges of the neurons that move. A cyclic
/// component in which the change spreads everywhere is left to the backend's solver.
final class Updater {
  let schedule: Schedule
  var network: Network { schedule.network }
  let topology: UpdateTopology
  let state: StateVectors
  let workspaces: [ComponentWorkspace]
  var active: ActiveSet
  /// Room for z, a and slopes of what is evaluated together.
  private let room: UnsafeMutablePointer<Double>
  /// The neurons of a round.
  var waiting: [Int32] = []
  /// Edges and rows that were visited in the present component.
  var work = 0

  /// What becomes of a state.
  enum Outcome {
    case settled(SampleEvidence)
    /// Too much changes, or too much is unknown: the sample is to be solved as any other.
    case tooMuch
  }

  /// A residual below this part of the tolerance is left where it is.
  private static let negligible = 0.1
  /// How often what was left is looked at once more.
  private static let mostPasses = 4

  init(_ schedule: Schedule, _ state: StateVectors, _ workspaces: [ComponentWorkspace]) {
    self.schedule = schedule
    self.state = state
    self.workspaces = workspaces
    topology = schedule.updateTopology
    active = ActiveSet(schedule.network)
    room = .allocate(capacity: 3 * topology.mostTogether)
    room.initialize(repeating: 0, count: 3 * topology.mostTogether)
  }

  deinit {
    active.deallocate()
    room.deallocate()
  }

  /// What belongs to one sample; z and a lie `stride` apart.
  struct Problem {
    var weights: UnsafePointer<Double>
    var parameters: UnsafePointer<Double>
    var inputs: UnsafePointer<Double>?
    var z: UnsafeMutablePointer<Double>
    var activation: UnsafeMutablePointer<Double>
    var stride: Int
  }

  /// Moves z and a, which were an equilibrium before the change.
  ///
  /// - Parameters:
  ///   - units: those whose row, bias or input has changed.
  ///   - known: what was known of the equilibrium before.
  func update(
    _ problem: Problem, changed units: some Sequence<Int>, after known: SampleEvidence,
    _ options: SolverOptions
  ) throws -> Outcome {
    defer { active.clear() }
    return try state.withWeights(problem.weights) {
      for s in units { touch(s, problem, options) }
      var evidence = SampleEvidence(
        status: .converged, residual: known.residual, detail: Self.name,
        components: options.listsComponents ? known.components : [])
      for _ in 0..<Self.mostPasses {
        var stage = 0
        while active.waitingCount > 0 {
          while !active.isWaiting(stage: stage) { stage += 1 }
          try state.context.checkCancellation()
          guard try settle(stage, problem, options, &evidence) else { return .tooMuch }
          stage += 1
        }
        guard let largest = remeasureTouched(problem, options) else { return .tooMuch }
        if active.waitingCount == 0 {
          evidence.residual = max(known.residual, largest)
          return .settled(evidence)
        }
      }
      return .tooMuch
    }
  }

  /// What evidence calls it.
  static let name = "active set"

  // MARK: Units

  /// Knows a unit's residual from now on.
  private func touch(_ s: Int, _ problem: Problem, _ options: SolverOptions) {
    meet(s, problem)
    enqueue(s, options)
  }

  /// Knows a unit's residual, if that is not known yet.
  private func meet(_ s: Int, _ problem: Problem) {
    if active.touch(s) { measure(s, problem) }
  }

  /// Computes W a + b + x̂ − z of a unit, and what it is relative to.
  private func measure(_ s: Int, _ problem: Problem) {
    let (sum, size) = drive(s, upTo: network.inEdges(of: s).upperBound, problem)
    let z = problem.z[s * problem.stride]
    active.residual[s] = sum - z
    active.scale[s] = min(size + abs(z), .greatestFiniteMagnitude)
  }

  /// b + x̂ and the edges of a row before `end`, and the sum of the terms' magnitudes.
  func drive(
    _ s: Int, upTo end: Int, _ problem: Problem
  ) -> (sum: Double, size: Double) {
    var sum = problem.parameters[Int(network.biasParameter[s])] * network.factor(ofBias: s)
    let column = Int(topology.inputColumn[s])
    if column >= 0, let inputs = problem.inputs { sum += inputs[column] }
    var size = abs(sum)
    let start = network.inEdges(of: s).lowerBound
    let activation = problem.activation + network.rows.shift(s) * problem.stride
    network.rows.columns.withUnsafeBufferPointer { columns in
      for edge in start..<end {
        let term = problem.weights[edge] * activation[Int(columns[edge]) * problem.stride]
        sum += term
        size += abs(term)
      }
    }
    work += end - start + 1
    return (sum, size)
  }

  /// Lets a unit's neuron wait, if its residual matters.
  private func enqueue(_ s: Int, _ options: SolverOptions) {
    // What is not finite does.
    if abs(active.residual[s]) <= Self.negligible * options.tolerance * active.scale[s] { return }
    let k = network.neuronOfUnit[s]
    let run = network.runs[Int(topology.runOfNeuron[Int(k)])]
    let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
    active.enqueue(
      isSoftmax ? run.neurons.lowerBound : k, stage: Int(topology.stageOfNeuron[Int(k)]))
  }

  /// The largest residual of the touched units, computed anew; those that exceed the tolerance wait again.
  /// `nil` where something is not finite.
  private func remeasureTouched(_ problem: Problem, _ options: SolverOptions) -> Double? {
    var largest = 0.0
    for s in active.touched.lazy.map({ Int($0) }) {
      measure(s, problem)
      let r = active.residual[s]
      let relative = r == 0 ? 0 : abs(r) / active.scale[s]
      guard relative.isFinite else { return nil }
      largest = max(largest, relative)
      if relative > options.tolerance { enqueue(s, options) }
    }
    return largest
  }

  // MARK: Stages

  /// Evaluates what waits in a stage until nothing does; `false` where that is too much.
  private func settle(
    _ index: Int, _ problem: Problem, _ options: SolverOptions, _ evidence: inout SampleEvidence
  ) throws -> Bool {
    if network.stages[index].isCyclic {
      return try settleComponent(index, problem, options, &evidence)
    }
    active.dequeue(stage: index, into: &waiting)
    for k in waiting { guard move(Int(k), problem, options) else { return false } }
    return true
  }

  /// Gives a neuron, or a softmax group from its first neuron on, the state that its sources ask for, and tells its
  /// targets; `false` if something is not finite.
  func move(_ k: Int, _ problem: Problem, _ options: SolverOptions) -> Bool {
    let run = network.runs[Int(topology.runOfNeuron[k])]
    let evaluation = network.evaluations[Int(run.group)]
    let neurons = k..<(evaluation.isSoftmax ? Int(run.neurons.upperBound) : k + 1)
    let units = Int(network.unitStarts[k])..<Int(network.unitStarts[neurons.upperBound])
    let mostTogether = topology.mostTogether
    let (z, a) = (room, room + mostTogether)
    for s in units {
      meet(s, problem)
      let new = problem.z[s * problem.stride] + active.residual[s]
      guard new.isFinite else { return false }
      active.residual[s] = 0
      problem.z[s * problem.stride] = new
      z[s - units.lowerBound] = new
    }
    evaluation.evaluate(
      neurons.count, lanes: 1, isValueOnly: true, z: z, activation: a,
      slope: room + 2 * mostTogether)
    // Residuals that are met for the first time are computed at the activations before.
    for neuron in neurons {
      let change = a[neuron - k] - problem.activation[neuron * problem.stride]
      guard change.isFinite else { return false }
      if change != 0 {
        push(
          change, from: neuron, along: network.transpose.edges(of: neuron), problem, options)
      }
    }
    for neuron in neurons { problem.activation[neuron * problem.stride] = a[neuron - k] }
    return true
  }

  /// Tells the targets of some edges, which leave one neuron, by how much its activation changes.
  func push(
    _ change: Double, from neuron: Int, along edges: Range<Int>, _ problem: Problem,
    _ options: SolverOptions
  ) {
    let transpose = network.transpose
    let shift = transpose.rows.shift(neuron)
    transpose.rows.columns.withUnsafeBufferPointer { targets in
      transpose.places.withUnsafeBufferPointer { places in
        for edge in edges {
          let s = Int(targets[edge]) + shift
          meet(s, problem)
          active.residual[s] += problem.weights[Int(places[edge])] * change
          enqueue(s, options)
        }
      }
    }
    work += edges.count
  }
}
