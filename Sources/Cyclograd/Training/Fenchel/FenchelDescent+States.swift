extension FenchelDescent {
  /// The activations of all neurons by sample, in an order of the library's own: what it can be continued from.
  ///
  /// - Complexity: O(samples · neurons).
  public var states: [Int: [Double]] {
    var result: [Int: [Double]] = [:]
    for (number, block) in blocks.enumerated() {
      for lane in 0..<block.count {
        result[number * FenchelBlock.size + lane] = (0..<simulator.network.neuronCount).map {
          block.activations[$0 * block.count + lane]
        }
      }
    }
    return result
  }

  /// Checks states to continue from.
  ///
  /// Only unknowns have to be finite: other activations follow from these, and those of the readout are NaN where a
  /// sample had no equilibrium.
  static func check(
    _ states: [Int: [Double]], _ equations: FenchelEquations, samples: Int
  ) throws(CyclogradError) {
    let network = equations.network
    for sample in states.keys.sorted() {
      guard let state = states[sample] else { continue }
      let place = CyclogradError.Location(subject: "states, sample \(sample)")
      guard (0..<samples).contains(sample) else {
        throw CyclogradError(
          .shapeMismatch, "there are \(samples) samples, counted from 0", at: place,
          advice: "give states of the samples of the descent alone")
      }
      guard state.count == network.neuronCount else {
        throw CyclogradError(
          .shapeMismatch,
          "\(state.count) activations for a network of \(network.neuronCount) neurons", at: place,
          advice: "give one activation for each neuron")
      }
      if let unit = equations.units.first(where: { !state[$0.neuron].isFinite }) {
        throw CyclogradError(
          .invalidValue,
          "the activation of \(network.name(atPosition: unit.neuron)) is \(state[unit.neuron])",
          at: place,
          advice: "give finite activations, or leave the sample out to begin at its equilibrium")
      }
    }
  }

  /// The activations that some samples begin with, neuron-major: those that are given, and else those of equilibria.
  static func start(
    _ states: [Int: [Double]], of samples: [Int], inputs: Matrix, _ simulator: Simulator,
    _ parameters: Parameters
  ) throws -> [Double] {
    let (neurons, count) = (simulator.network.neuronCount, samples.count)
    var result = [Double](repeating: 0, count: neurons * count)
    var missing: [Int] = []
    for (lane, sample) in samples.enumerated() {
      guard let state = states[sample] else {
        missing.append(lane)
        continue
      }
      for k in 0..<neurons { result[k * count + lane] = state[k] }
    }
    if missing.isEmpty { return result }
    let found = try simulator.equilibrium(parameters, inputs: inputs.selecting(rows: missing))
      .activations
    for (place, lane) in missing.enumerated() {
      for k in 0..<neurons { result[k * count + lane] = found[k * missing.count + place] }
    }
    return result
  }
}
