import SparseAlgebra

/// The weights within a component as sweeps of one sample read them fastest: in bundles of rows where rows go together
/// (see ``SparseAlgebra/RowBundles``), otherwise in tiles where the component is large (see
/// ``SparseAlgebra/MatrixTiles``), which serve W and Wᵀ alike, and those of Wᵀ in the order of its entries where it is
/// small.
///
/// Filling it costs about as much as two sweeps, and finding the layout, once for a network, as much as some ten; only
/// methods that sweep often use it. The components of a worker share the buffers, so that the copies of many small ones stay
/// in the caches.
struct PackedWeights {
  private enum Layout {
    case bundles(RowBundles)
    case tiles(MatrixTiles)
    case transposedEntries
  }

  private let component: Component
  private let isTransposed: Bool
  private let layout: Layout

  /// - Returns: `nil` where sweeps over the weights as they are do as well.
  init?(_ component: Component, isTransposed: Bool, _ context: ExecutionContext) {
    self.component = component
    self.isTransposed = isTransposed
    if isTransposed, component.takesTilesWithoutTranspose(context) {
      layout = .tiles(component.tiles(context))
    } else if let bundles = component.bundles(isTransposed: isTransposed, context) {
      layout = .bundles(bundles)
    } else if component.hasTiles {
      layout = .tiles(component.tiles(context))
    } else if isTransposed, component.hasContiguousOutEdges {
      layout = .transposedEntries
    } else {
      return nil
    }
  }

  /// Wᵀ in the order of its entries: several lanes take one entry at a time, but fetching each from its place in W would
  /// take as long as what is done with it, and hides that rows are dense.
  ///
  /// - Returns: `nil` where the entries do not stand together.
  init?(transposedEntriesOf component: Component) {
    guard component.hasContiguousOutEdges else { return nil }
    self.component = component
    isTransposed = true
    layout = .transposedEntries
  }

  /// Calls `body` with the component's rows of W, or of Wᵀ; weights that this call has not copied yet are copied first.
  func withRows(_ state: StateVectors, _ body: (SparseRows) -> Void) {
    let ordered = isTransposed ? state.transposedPacked : state.packed
    let call = state.callCount
    switch layout {
    case .bundles(let bundles):
      let values = ordered.values(bundles.valueCount, of: component, call: call) {
        fill(bundles, state, $0)
      }
      component.withSweepRows(isTransposed: isTransposed, state.weights) {
        bundles.withRows($0, values: values, body)
      }
    case .tiles(let tiles):
      let values = state.tiled.values(tiles.valueCount, of: component, call: call) {
        fill(tiles, state, $0)
      }
      let first = component.storedColumns(isTransposed: isTransposed).lowerBound
      tiles.withRows(
        isTransposed: isTransposed, first: first,
        shift: component.columnShift(isTransposed: isTransposed), values: values, body)
    case .transposedEntries:
      let values = ordered.values(edges.count, of: component, call: call) { copy(state, $0) }
      component.withSweepRows(
        isTransposed: true, state.weights, transposed: values - edges.lowerBound, body)
    }
  }

  private func fill(
    _ bundles: RowBundles, _ state: StateVectors, _ values: UnsafeMutablePointer<Double>
  ) {
    let pieces = Parallel.pieces(component.edgeCount)
    component.withSweepRows(isTransposed: isTransposed, state.weights) { rows in
      state.forEachPart(of: 0..<bundles.count, pieces) { _, part in
        bundles.fill(part, of: rows, into: values)
      }
    }
  }

  private func fill(
    _ tiles: MatrixTiles, _ state: StateVectors, _ values: UnsafeMutablePointer<Double>
  ) {
    component.network.withRows(component.units, .inner(component), state.weights) { rows in
      state.forEachPart(of: 0..<tiles.count, tiles.count) { tile, _ in
        tiles.fill(tile, of: rows, into: values)
      }
    }
  }

  // MARK: Wᵀ entry by entry

  /// Where the component's entries of Wᵀ stand; those that leave it are among them.
  private var edges: Range<Int> {
    let network = component.network
    let transpose = network.transpose
    return transpose.edges(of: component.neurons.lowerBound)
      .lowerBound..<transpose.edges(of: component.neurons.upperBound - 1).upperBound
  }

  private func copy(_ state: StateVectors, _ target: UnsafeMutablePointer<Double>) {
    let values = target - edges.lowerBound
    let weights = state.weights
    component.network.transpose.places.withUnsafeBufferPointer { places in
      state.forEachPart(of: edges, Parallel.pieces(edges.count)) { _, part in
        for edge in part { values[edge] = weights[Int(places[edge])] }
      }
    }
  }
}

/// Where one component's ``PackedWeights`` stand at a time, so that those of many small components stay in the caches.
final class PackedWeightsBuffer {
  private var storage = VectorStorage(count: 0)
  private var capacity = 0
  private var owner: ObjectIdentifier?
  private var call = 0

  /// More numbers, a quarter of a gigabyte, are not kept while a caller needs the room for as many of its own.
  private static let mostKept = 1 << 25

  /// The numbers of an owner, a component or the core of one, which `fill` sets where they are not those of this call; what it
  /// leaves is 0.
  func values(
    _ count: Int, of owner: AnyObject, call: Int,
    fill: (UnsafeMutablePointer<Double>) -> Void
  ) -> UnsafeMutablePointer<Double> {
    let isOwner = self.owner == ObjectIdentifier(owner)
    if isOwner, self.call == call { return storage.start }
    if capacity < count {
      storage = VectorStorage(count: count)
      capacity = count
    } else if !isOwner {
      storage.start.update(repeating: 0, count: count)
    }
    self.owner = ObjectIdentifier(owner)
    self.call = call
    fill(storage.start)
    return storage.start
  }

  /// Gives back what is large; the next sweeps lay it out again.
  func giveBackLargeRoom() {
    guard capacity > Self.mostKept else { return }
    storage = VectorStorage(count: 0)
    (capacity, owner) = (0, nil)
  }
}

extension Component {
  /// Whether tiles serve Wᵀ where it would have to be found first to see whether its rows go together.
  fileprivate func takesTilesWithoutTranspose(_ context: ExecutionContext) -> Bool {
    network.transposes.betweenStages != nil && hasTiles
      && bundles(isTransposed: false, context) == nil
  }

  /// Whether the entries of its neurons' rows of Wᵀ stand one after the other.
  fileprivate var hasContiguousOutEdges: Bool {
    let transpose = network.transpose
    return neurons.dropFirst().allSatisfy {
      transpose.edges(of: $0).lowerBound == transpose.edges(of: $0 - 1).upperBound
    }
  }

  /// The component's rows of W, or of Wᵀ, in the order in which sweeps take them.
  ///
  /// - Parameter transposed: the weights in the order of Wᵀ's entries, where there are such.
  func withSweepRows(
    isTransposed: Bool, _ weights: UnsafePointer<Double>,
    transposed: UnsafePointer<Double>? = nil, _ body: (SparseRows) -> Void
  ) {
    if isTransposed {
      network.withTransposedRows(
        neurons, .inner(self), weights, transposed: transposed, order: outRows.order, body)
    } else {
      network.withRows(units, .inner(self), weights, order: rowOrder, body)
    }
  }
}
