/// The values of Wᵀ in its own order, so that products with it read them one after the other.
///
/// Filling it costs about as much as two sweeps; only methods that sweep often use it.
final class TransposedWeights {
  let values: UnsafeMutablePointer<Double>
  private let network: Network

  init(_ network: Network) {
    self.network = network
    values = .allocate(capacity: max(1, network.edgeCount))
    values.initialize(repeating: 0, count: max(1, network.edgeCount))
  }

  deinit { values.deallocate() }

  /// Copies the weights of the edges that leave some neurons.
  func fill(_ neurons: Range<Int>, _ weights: UnsafePointer<Double>, threads: Int) {
    let edges =
      Int(network.outStarts[neurons.lowerBound])..<Int(network.outStarts[neurons.upperBound])
    network.outEdges.withUnsafeBufferPointer { places in
      Parallel.forEachPart(of: edges, Parallel.pieces(edges.count), threads: threads) { _, part in
        for edge in part { values[edge] = weights[Int(places[edge])] }
      }
    }
  }
}
