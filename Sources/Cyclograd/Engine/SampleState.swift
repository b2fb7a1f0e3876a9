import SparseAlgebra

/// The vectors of one sample that one worker computes with, over the whole network.
///
/// It is refilled for each sample and allocates nothing after it was made.
final class SampleState {
  let network: Network
  /// z, per unit.
  let z: UnsafeMutablePointer<Double>
  /// a, per neuron.
  let activation: UnsafeMutablePointer<Double>
  /// ∂a/∂z, per unit; see ``UnitEvaluation``.
  let slope: UnsafeMutablePointer<Double>
  /// b + x̂, and within a component also what comes from outside it; per unit.
  let drive: UnsafeMutablePointer<Double>
  /// g + Wᵀ d, per neuron.
  let lambda: UnsafeMutablePointer<Double>
  /// ∂E/∂z, per unit.
  let d: UnsafeMutablePointer<Double>
  /// W's values in CSR order, for the length of a call.
  private(set) var weights: UnsafePointer<Double>
  /// How many times weights were bound; what was made of them is known by it.
  private(set) var callCount = 0
  /// Where W's weights within a component are laid out for sweeps, and those of Wᵀ.
  let room = SweepRoom()
  let transposedRoom = SweepRoom()
  private let storage: VectorStorage
  private let noWeights: UnsafeMutablePointer<Double>

  init(_ network: Network) {
    self.network = network
    let units = network.unitCount
    let neurons = network.neuronCount
    storage = VectorStorage(count: 4 * units + 2 * neurons)
    z = storage.start
    slope = z + units
    drive = slope + units
    d = drive + units
    activation = d + units
    lambda = activation + neurons
    noWeights = .allocate(capacity: 1)
    weights = UnsafePointer(noWeights)
  }

  deinit {
    noWeights.deallocate()
  }

  /// Runs `body` with the weights bound.
  func withWeights<Result>(
    _ weights: UnsafePointer<Double>, _ body: () throws -> Result
  ) rethrows -> Result {
    self.weights = weights
    callCount += 1
    defer { self.weights = UnsafePointer(noWeights) }
    return try body()
  }

  /// y += W a for all units.
  func addWholeProduct(to y: UnsafeMutablePointer<Double>) {
    network.withRows(0..<network.unitCount, .all, weights) {
      SparseKernels.addProduct($0, rows: 0..<network.unitCount, x: activation, to: y)
    }
  }

  /// y += Wᵀ d for all neurons.
  func addWholeTransposedProduct(to y: UnsafeMutablePointer<Double>) {
    network.withRows(0..<network.unitCount, .all, weights) {
      SparseKernels.addTransposedProduct($0, rows: network.unitCount, x: d, to: y)
    }
  }

  /// y += W x for a component's units, over the edges within it; `x` is over the whole network, `y`
  /// begins at the component's first unit.
  func addInnerProduct(
    _ component: Component, of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    network.withRows(component.units, .inner(component), weights) {
      SparseKernels.addProduct($0, rows: 0..<component.unitCount, x: x, to: y)
    }
  }

  /// y += Wᵀ x for a component's neurons, over the edges within it; `x` is over the whole network,
  /// `y` begins at the component's first neuron.
  func addInnerTransposedProduct(
    _ component: Component, of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    network.withRows(component.units, .inner(component), weights) {
      SparseKernels.addTransposedProduct(
        $0, rows: component.unitCount, x: x + component.units.lowerBound,
        to: y - component.neurons.lowerBound)
    }
  }
}
