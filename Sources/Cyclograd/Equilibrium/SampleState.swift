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
  private let storage: UnsafeMutablePointer<Double>
  private let noWeights: UnsafeMutablePointer<Double>

  init(_ network: Network) {
    self.network = network
    let units = network.unitCount
    let neurons = network.neuronCount
    storage = .allocate(capacity: 4 * units + 2 * neurons)
    storage.initialize(repeating: 0, count: 4 * units + 2 * neurons)
    z = storage
    slope = z + units
    drive = slope + units
    d = drive + units
    activation = d + units
    lambda = activation + neurons
    noWeights = .allocate(capacity: 1)
    weights = UnsafePointer(noWeights)
  }

  deinit {
    storage.deallocate()
    noWeights.deallocate()
  }

  /// Runs `body` with the weights bound.
  func withWeights<Result>(
    _ weights: UnsafePointer<Double>, _ body: () throws -> Result
  ) rethrows -> Result {
    self.weights = weights
    defer { self.weights = UnsafePointer(noWeights) }
    return try body()
  }

  /// Which part of each row of W, or of its transpose, a product runs over.
  private enum Part {
    case all
    case inner(Component)
    case outer(Component)
  }

  /// y += W a for units of a range; `y` begins at the range's first unit.
  func addProduct(units: Range<Int>, to y: UnsafeMutablePointer<Double>) {
    addProduct(units, .all, of: activation, to: y)
  }

  /// y += W x for a component's units, over the edges within it; `x` is over the whole network.
  func addInnerProduct(
    _ component: Component, of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    addProduct(component.units, .inner(component), of: x, to: y)
  }

  /// y += W a for a component's units, over the edges that come from upstream.
  func addOuterProduct(_ component: Component, to y: UnsafeMutablePointer<Double>) {
    addProduct(component.units, .outer(component), of: activation, to: y)
  }

  /// y += Wᵀ d for all neurons.
  func addWholeTransposedProduct(to y: UnsafeMutablePointer<Double>) {
    scatterProduct(0..<network.unitCount, .all, of: d, to: y)
  }

  /// y += Wᵀ d for neurons of a range; `y` begins at the range's first neuron.
  func addTransposedProduct(neurons: Range<Int>, to y: UnsafeMutablePointer<Double>) {
    addTransposedProduct(neurons, .all, of: d, to: y)
  }

  /// y += Wᵀ x for a component's neurons, over the edges within it; `x` is over the whole network.
  func addInnerTransposedProduct(
    _ component: Component, of x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>
  ) {
    scatterProduct(
      component.units, .inner(component), of: x + component.units.lowerBound,
      to: y - component.neurons.lowerBound)
  }

  /// y += Wᵀ d for a component's neurons, over the edges that lead downstream.
  func addOuterTransposedProduct(_ component: Component, to y: UnsafeMutablePointer<Double>) {
    addTransposedProduct(component.neurons, .outer(component), of: d, to: y)
  }

  private func addProduct(
    _ units: Range<Int>, _ part: Part, of x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    guard !units.isEmpty, network.edgeCount > 0 else { return }
    network.columns.withUnsafeBufferPointer { columns in
      Self.withBounds(network.rowStarts, units, part, split: \.innerStarts, innerFirst: false) {
        SparseKernels.addProduct(
          rows: 0..<units.count, begin: $0, end: $1, columns: columns.baseAddress!,
          values: weights, x: x, to: y)
      }
    }
  }

  /// y += Wᵀ x over rows of W; `x` begins at the range's first unit, `y` at neuron 0.
  private func scatterProduct(
    _ units: Range<Int>, _ part: Part, of x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    guard !units.isEmpty, network.edgeCount > 0 else { return }
    network.columns.withUnsafeBufferPointer { columns in
      Self.withBounds(network.rowStarts, units, part, split: \.innerStarts, innerFirst: false) {
        SparseKernels.addTransposedProduct(
          rows: 0..<units.count, begin: $0, end: $1, columns: columns.baseAddress!,
          values: weights, x: x, to: y)
      }
    }
  }

  private func addTransposedProduct(
    _ neurons: Range<Int>, _ part: Part, of x: UnsafePointer<Double>,
    to y: UnsafeMutablePointer<Double>
  ) {
    guard !neurons.isEmpty, network.edgeCount > 0 else { return }
    network.outUnits.withUnsafeBufferPointer { units in
      network.outEdges.withUnsafeBufferPointer { edges in
        Self.withBounds(network.outStarts, neurons, part, split: \.outerStarts, innerFirst: true) {
          SparseKernels.addGatheredProduct(
            rows: 0..<neurons.count, begin: $0, end: $1, columns: units.baseAddress!,
            places: edges.baseAddress!, values: weights, x: x, to: y)
        }
      }
    }
  }

  /// Where the wanted part of each row begins and ends, counted from the range's first row.
  private static func withBounds(
    _ starts: [Int32], _ rows: Range<Int>, _ part: Part, split: (Component) -> [Int32],
    innerFirst: Bool, _ body: (UnsafePointer<Int32>, UnsafePointer<Int32>) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      let begin = starts.baseAddress! + rows.lowerBound
      let end = begin + 1
      switch part {
      case .all: body(begin, end)
      case .inner(let component):
        split(component).withUnsafeBufferPointer {
          innerFirst ? body(begin, $0.baseAddress!) : body($0.baseAddress!, end)
        }
      case .outer(let component):
        split(component).withUnsafeBufferPointer {
          innerFirst ? body($0.baseAddress!, end) : body(begin, $0.baseAddress!)
        }
      }
    }
  }
}
