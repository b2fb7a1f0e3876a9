import SparseAlgebra

/// The weights within a component in the order of Wᵀ, so that products with it read them one after the
/// other.
///
/// Filling it costs about as much as two products; only methods that sweep often use it.
final class TransposedWeights {
  private let component: Component
  private let values: UnsafeMutablePointer<Double>
  private let edges: Range<Int>

  init(_ component: Component) {
    self.component = component
    let network = component.network
    edges =
      Int(
        network.outStarts[component.neurons.lowerBound])..<Int(
        network.outStarts[component.neurons.upperBound])
    values = .allocate(capacity: max(1, edges.count))
    values.initialize(repeating: 0, count: max(1, edges.count))
  }

  deinit { values.deallocate() }

  /// Copies the weights, which are W's values in CSR order.
  func fill(_ weights: UnsafePointer<Double>, threads: Int) {
    let values = values - edges.lowerBound
    component.network.outEdges.withUnsafeBufferPointer { places in
      Parallel.forEachPart(of: edges, Parallel.pieces(edges.count), threads: threads) { _, part in
        for edge in part { values[edge] = weights[Int(places[edge])] }
      }
    }
  }

  /// Calls `body` with the component's rows of Wᵀ.
  func withRows(_ body: (SparseRows) -> Void) {
    component.network.withTransposedRows(
      component.neurons, .inner(component), values, transposed: values - edges.lowerBound,
      order: component.transposedRowOrder, body)
  }
}
