import SparseAlgebra

/// The weights within a component as sweeps of one sample read them fastest: in bundles of rows where rows go together
/// (see ``SparseAlgebra/RowBundles``), those of Wᵀ otherwise in the order of its entries.
///
/// Filling it costs about as much as two sweeps, and finding the bundles, once for a network, as much as some ten; only
/// methods that sweep often use it. The components of a worker share the buffer, so that the copies of many small ones stay
/// in the caches.
struct PackedWeights {
  private let component: Component
  private let isTransposed: Bool
  private let bundles: RowBundles?
  /// How many numbers they are.
  private let count: Int

  /// Where the component's entries of Wᵀ stand; those that leave it are among them.
  private var edges: Range<Int> {
    let network = component.network
    return Int(
      network.outStarts[component.neurons.lowerBound])..<Int(
        network.outStarts[component.neurons.upperBound])
  }

  /// - Returns: `nil` where sweeps over the weights as they are do as well.
  init?(_ component: Component, isTransposed: Bool) {
    self.component = component
    self.isTransposed = isTransposed
    bundles = component.bundles(isTransposed: isTransposed)
    guard bundles != nil || isTransposed else { return nil }
    let starts = component.network.outStarts
    count =
      bundles?.valueCount
      ?? Int(
        starts[component.neurons.upperBound] - starts[component.neurons.lowerBound])
  }

  /// Calls `body` with the component's rows of W, or of Wᵀ; weights that this call has not copied yet are copied first.
  func withRows(_ state: StateVectors, _ body: (SparseRows) -> Void) {
    let buffer = isTransposed ? state.transposedPacked : state.packed
    let values = buffer.values(count, of: component, call: state.callCount) { values in
      if let bundles {
        fill(bundles, state, values)
      } else {
        copy(state, values)
      }
    }
    if let bundles {
      component.withSweepRows(isTransposed: isTransposed, state.weights) {
        bundles.withRows($0, values: values, body)
      }
    } else {
      component.withSweepRows(
        isTransposed: true, state.weights, transposed: values - edges.lowerBound, body)
    }
  }

  private func fill(
    _ bundles: RowBundles, _ state: StateVectors, _ values: UnsafeMutablePointer<Double>
  ) {
    let pieces = Parallel.pieces(component.edgeCount)
    component.withSweepRows(isTransposed: isTransposed, state.weights) { rows in
      state.context.forEachPart(of: 0..<bundles.count, pieces) { _, part in
        bundles.fill(part, of: rows, into: values)
      }
    }
  }

  private func copy(_ state: StateVectors, _ target: UnsafeMutablePointer<Double>) {
    let values = target - edges.lowerBound
    let weights = state.weights
    component.network.outEdges.withUnsafeBufferPointer { places in
      state.context.forEachPart(of: edges, Parallel.pieces(edges.count)) { _, part in
        for edge in part { values[edge] = weights[Int(places[edge])] }
      }
    }
  }
}

/// Where one component's ``PackedWeights`` stand at a time, so that those of many small components stay in the caches.
final class PackedWeightsBuffer {
  private var storage: UnsafeMutableBufferPointer<Double> = .allocate(capacity: 0)
  private var owner: ObjectIdentifier?
  private var call = 0

  deinit { storage.deallocate() }

  /// The numbers of a component, which `fill` sets where they are not those of this call; what it leaves is 0.
  func values(
    _ count: Int, of component: Component, call: Int,
    fill: (UnsafeMutablePointer<Double>) -> Void
  ) -> UnsafeMutablePointer<Double> {
    let isOwner = owner == ObjectIdentifier(component)
    if isOwner, self.call == call, let values = storage.baseAddress { return values }
    if storage.count < max(1, count) {
      storage.deallocate()
      storage = .allocate(capacity: max(1, count))
      storage.initialize(repeating: 0)
    } else if !isOwner {
      storage[..<count].update(repeating: 0)
    }
    owner = ObjectIdentifier(component)
    self.call = call
    let values = storage.baseAddress!
    fill(values)
    return values
  }
}

extension Component {
  /// The component's rows of W, or of Wᵀ, in the order in which sweeps take them.
  ///
  /// - Parameter transposed: the weights in the order of Wᵀ's entries, where there are such.
  func withSweepRows(
    isTransposed: Bool, _ weights: UnsafePointer<Double>,
    transposed: UnsafePointer<Double>? = nil, _ body: (SparseRows) -> Void
  ) {
    if isTransposed {
      network.withTransposedRows(
        neurons, .inner(self), weights, transposed: transposed, order: transposedRowOrder, body)
    } else {
      network.withRows(units, .inner(self), weights, order: rowOrder, body)
    }
  }
}
