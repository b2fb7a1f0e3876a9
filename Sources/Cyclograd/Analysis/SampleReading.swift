/// One sample of an equilibrium with everything that follows from its z: activations, slopes, weights.
struct SampleReading {
  let network: Network
  /// W's values in CSR order.
  let weights: [Double]
  /// b + x̂, per unit.
  let drive: [Double]
  /// Per neuron.
  let activation: [Double]
  /// Per unit; see ``UnitEvaluation``.
  let slope: [Double]

  init(_ equilibrium: Equilibrium, sample: Int) {
    let network = equilibrium.network
    let count = equilibrium.sampleCount
    self.network = network
    weights = network.weights(equilibrium.parameters)
    var drive = network.biases(equilibrium.parameters)
    for (column, s) in network.inputUnits.enumerated() {
      drive[Int(s)] += equilibrium.inputs[sample, column]
    }
    self.drive = drive
    let z = (0..<network.unitCount).map { equilibrium.z[$0 * count + sample] }
    var activation = [Double](repeating: 0, count: network.neuronCount)
    var slope = [Double](repeating: 0, count: network.unitCount)
    network.activate(0..<Int32(network.runs.count), z: z, activation: &activation, slope: &slope)
    self.activation = activation
    self.slope = slope
  }
}
