/// The map a ↦ A(W a + u) on one cyclic component, whose fixed points are its equilibria; what is upstream
/// stays as it is at a sample.
public struct ComponentMap: Sendable {
  /// The neurons' names, `group.index`.
  public let neurons: [String]
  /// The activations at the sample; not finite where nothing was found.
  public let activations: [Double]
  private let network: Network
  private let stage: Network.Stage
  private let weights: [Double]
  /// b + x̂ and what comes from upstream, for the component's units.
  private let drive: [Double]

  /// How many neurons each cyclic component has, in topological order.
  public static func sizes(_ network: Network) -> [Int] {
    network.stages.filter(\.isCyclic).map(\.neurons.count)
  }

  /// The map of a cyclic component, counted from 0 in topological order.
  ///
  /// - Returns: `nil` if there is no such component, or nothing finite upstream of it.
  public init?(_ equilibrium: Equilibrium, component: Int, sample: Int = 0) {
    let network = equilibrium.network
    let cyclic = network.stages.filter(\.isCyclic)
    guard cyclic.indices.contains(component) else { return nil }
    let stage = cyclic[component]
    let reading = SampleReading(equilibrium, sample: sample)
    let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
    let units =
      Int(network.unitStarts[neurons.lowerBound])..<Int(network.unitStarts[neurons.upperBound])
    drive = units.map { s in
      var sum = reading.drive[s]
      for edge in network.inEdges(of: s)
      where network.sourceNeuron(of: edge, into: s) < Int(stage.neurons.lowerBound) {
        sum += reading.weights[edge] * reading.activation[network.sourceNeuron(of: edge, into: s)]
      }
      return sum
    }
    guard drive.allSatisfy(\.isFinite) else { return nil }
    self.network = network
    self.stage = stage
    weights = reading.weights
    self.neurons = neurons.map { network.name(atPosition: $0) }
    activations = neurons.map { reading.activation[$0] }
  }

  /// A(W a + u); O(edges of the component) time.
  ///
  /// - Parameter a: one number for each neuron.
  public func evaluate(_ a: [Double]) -> [Double] {
    precondition(a.count == neurons.count, "one activation for each neuron")
    let first = Int(stage.neurons.lowerBound)
    let firstUnit = Int(network.unitStarts[first])
    var z = drive
    for place in z.indices {
      let s = firstUnit + place
      for edge in network.inEdges(of: s)
      where network.sourceNeuron(of: edge, into: s) >= Int(stage.neurons.lowerBound) {
        z[place] += weights[edge] * a[network.sourceNeuron(of: edge, into: s) - first]
      }
    }
    var activation = a
    var slope = z
    activation.withUnsafeMutableBufferPointer { activation in
      slope.withUnsafeMutableBufferPointer { slope in
        z.withUnsafeBufferPointer { z in
          guard let z = z.baseAddress, let slope = slope.baseAddress,
            let activation = activation.baseAddress
          else { return }
          network.activate(
            stage.runs, z: z - firstUnit, activation: activation - first, slope: slope - firstUnit)
        }
      }
    }
    return activation
  }
}
