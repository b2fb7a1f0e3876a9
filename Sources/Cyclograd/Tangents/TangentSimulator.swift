/// A tangent network with what solves it, from equilibria of the primal on.
struct TangentSimulator: Sendable {
  let network: TangentNetwork
  let simulator: Simulator
  /// Which unit of the tangent each unit of the primal is, both in the order of evaluation.
  private let units: [Int32]
  /// The same for neurons.
  private let neurons: [Int32]

  /// Compiles the tangent.
  ///
  /// - Parameters:
  ///   - primal: the network that is differentiated.
  ///   - other: whose backend and options count.
  /// - Throws: ``CyclogradError`` as ``Network/tangent(by:of:)`` does, and for a backend that cannot treat the tangent.
  init(
    of primal: Network, by seed: TangentSeed, of outputs: [String]? = nil, like other: Simulator
  ) throws {
    network = try primal.tangent(by: seed, of: outputs)
    simulator = try Simulator(
      network.network, backend: other.backend, options: other.options, executor: other.executor)
    if let reason = simulator.unsuitability {
      throw CyclogradError(
        .invalidOption, "the backend \(simulator.backend.name) cannot treat the tangent: \(reason)",
        advice: "use the backend automatic")
    }
    // In files the primal's units come first.
    var units = [Int32](repeating: 0, count: primal.unitCount)
    for (own, unit) in zip(primal.unitsInFileOrder, simulator.network.unitsInFileOrder) {
      units[Int(own)] = unit
    }
    self.units = units
    let position = simulator.network.position
    neurons = primal.fileNeuron.map { position[Int($0)] }
  }

  /// The part of states that is the primal's, with the evidence for all of them.
  func primal(of states: Equilibrium, _ parameters: Parameters) -> Equilibrium {
    let (count, inputs) = (states.sampleCount, network.primal.inputCount)
    func part(_ vector: [Double], _ places: [Int32]) -> [Double] {
      vector.withUnsafeBufferPointer { vector in
        [Double](unsafeUninitializedCapacity: places.count * count) { result, filled in
          for (row, place) in places.enumerated() {
            for b in 0..<count { result[row * count + b] = vector[Int(place) * count + b] }
          }
          filled = places.count * count
        }
      }
    }
    return Equilibrium(
      network: network.primal, parameters: parameters,
      inputs: Matrix(
        rows: count, columns: inputs,
        elements: (0..<count).flatMap { states.inputs[row: $0].prefix(inputs) }),
      evidence: states.evidence, z: part(states.z, units),
      activations: part(states.activations, neurons))
  }

  /// The states at an equilibrium of the primal, along the part of a direction that the tangent is by.
  ///
  /// - Throws: ``CyclogradError`` `not-converged` if there are none.
  func equilibrium(along direction: Tangent, at primal: Equilibrium) throws -> Equilibrium {
    let isByInputs = network.seed == .inputs
    let parameters = try network.parameters(
      primal.parameters, direction: isByInputs ? nil : direction.parameters)
    var inputs = primal.inputs
    if isByInputs, let changes = direction.inputs {
      inputs = Matrix(
        rows: inputs.rows, columns: 2 * inputs.columns,
        elements: (0..<inputs.rows).flatMap { Array(inputs[row: $0]) + Array(changes[row: $0]) })
    }
    return try equilibrium(parameters, inputs: inputs, from: primal).requireConverged()
  }

  /// The states for inputs that begin with those of the primal.
  ///
  /// - Parameters:
  ///   - parameters: those of the tangent.
  ///   - inputs: one or several rows for each of the primal's samples.
  ///   - primal: where the primal's units start; everything else, which follows from them, starts at 0.
  func equilibrium(
    _ parameters: Parameters, inputs: Matrix, from primal: Equilibrium
  ) throws -> Equilibrium {
    let (rows, samples) = (inputs.rows, primal.sampleCount)
    let count = rows / max(1, samples)
    var z = [Double](repeating: 0, count: simulator.network.unitCount * rows)
    z.withUnsafeMutableBufferPointer { z in
      primal.z.withUnsafeBufferPointer { known in
        for (s, unit) in units.enumerated() {
          for row in 0..<rows { z[Int(unit) * rows + row] = known[s * samples + row / count] }
        }
      }
    }
    return try simulator.equilibrium(
      parameters, inputs: inputs, from: Simulator.StartStates(z: z, count: rows))
  }
}

extension Simulator {
  /// The equilibrium, if it is one of this network and every sample has converged.
  func convergedOwn(_ equilibrium: Equilibrium) throws(CyclogradError) -> Equilibrium {
    try equilibrium.require(network)
    return try equilibrium.requireConverged()
  }
}
