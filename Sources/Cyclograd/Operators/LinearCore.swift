import SparseAlgebra

/// The square matrix of a component whose neurons multiply one linear unit, which the edges from within enter, with
/// units that nothing within feeds: all components of tangent networks but selections are such.
///
/// While its equilibrium is sought the other units are known factors c. So a = c (W a + drive), and its adjoint is
/// d = c (Wᵀ d + source): the same step, with rows of W in one case and of Wᵀ in the other, a row and a column for each
/// neuron. It holds what follows from the topology alone.
final class LinearCore: Sendable {
  private unowned let component: Component
  /// For each neuron the unit that edges from within enter; both are counted from the component's first.
  let units: [Int32]
  /// Where the rows of W begin and end, among the network's.
  private let begin: [Int32]
  private let end: [Int32]
  /// Wᵀ with a column for each neuron, and which entry of W each of its entries is.
  private let transposedStarts: [Int32]
  private let transposedColumns: [Int32]
  private let transposedPlaces: [Int32]
  private let tiles: MatrixTiles?

  /// Ranges of rows begin at multiples of this many.
  var grain: Int { tiles?.height ?? RowBundles.size }
  var hasTiles: Bool { tiles != nil }

  /// - Returns: `nil` for other components.
  /// - Complexity: O(edges).
  init?(_ component: Component, _ context: ExecutionContext) {
    guard let units = Self.units(component) else { return nil }
    (self.component, self.units) = (component, units)
    let rows = units.map { component.innerEdges(of: Int($0)) }
    begin = rows.map { Int32($0.lowerBound) }
    end = rows.map { Int32($0.upperBound) }
    var starts = [Int32](repeating: 0, count: rows.count + 1)
    for (unit, row) in zip(units, rows) {
      for edge in row { starts[component.innerSource(of: edge, into: Int(unit)) + 1] += 1 }
    }
    for index in rows.indices { starts[index + 1] += starts[index] }
    var columns = [Int32](repeating: 0, count: Int(starts[rows.count]))
    var places = columns
    var next = starts
    for (neuron, row) in rows.enumerated() {
      for edge in row {
        let source = component.innerSource(of: edge, into: Int(units[neuron]))
        columns[Int(next[source])] = Int32(neuron)
        places[Int(next[source])] = Int32(edge)
        next[source] += 1
      }
    }
    (transposedStarts, transposedColumns, transposedPlaces) = (starts, columns, places)
    guard rows.count >= MatrixTiles.fewestRows else {
      tiles = nil
      return
    }
    let network = component.network
    tiles = Self.withRows(network, begin, end, component.units.lowerBound, nil) { rows in
      MatrixTiles(
        rows, order: units.count,
        firstColumn: component.storedColumns(isTransposed: false).lowerBound
      ) { count, body in
        context.forEachPart(of: 0..<count, count) { index, _ in body(index) }
      }
    }
  }

  /// The units that edges from within enter, one for each neuron and linear; `nil` where it is otherwise.
  private static func units(_ component: Component) -> [Int32]? {
    let network = component.network
    var units: [Int32] = []
    for index in component.runs {
      let run = network.runs[Int(index)]
      let activations: [Activation]
      switch network.evaluations[Int(run.group)] {
      case .single(let activation): activations = [activation]
      case .product(let all): activations = all
      case .softmax, .max, .select: return nil
      }
      for neuron in run.neurons {
        let first = Int(network.unitStarts[Int(neuron)]) - component.units.lowerBound
        var entered: Int?
        for unit in activations.indices where !component.innerEdges(of: first + unit).isEmpty {
          guard entered == nil, activations[unit] == .identity else { return nil }
          entered = unit
        }
        guard let entered else { return nil }
        units.append(Int32(first + entered))
      }
    }
    return units
  }

  /// Calls `body` with rows of W, or of Wᵀ, and with how far before a vector over the component's neurons they expect the
  /// vector that they are multiplied with to begin.
  func withRows(
    _ state: StateVectors, isTransposed: Bool, _ body: (SparseRows, _ offset: Int) -> Void
  ) {
    let offset = isTransposed ? 0 : component.neurons.lowerBound
    withPlainRows(state.weights, isTransposed: isTransposed) { rows in
      guard state.lanes == 1, let tiles else { return body(rows, offset) }
      let values = state.tiled.values(tiles.valueCount, of: component, call: state.callCount) {
        values in
        withPlainRows(state.weights, isTransposed: false) { rows in
          state.context.forEachPart(of: 0..<tiles.count, tiles.count) { tile, _ in
            tiles.fill(tile, of: rows, into: values)
          }
        }
      }
      let first =
        isTransposed ? 0 : component.storedColumns(isTransposed: false).lowerBound
      tiles.withRows(rows, isTransposed: isTransposed, first: first, values: values) {
        body($0, offset)
      }
    }
  }

  private func withPlainRows(
    _ weights: UnsafePointer<Double>, isTransposed: Bool, _ body: (SparseRows) -> Void
  ) {
    guard isTransposed else {
      return Self.withRows(
        component.network, begin, end, component.units.lowerBound, weights, body)
    }
    transposedStarts.withUnsafeBufferPointer { starts in
      transposedColumns.withUnsafeBufferPointer { columns in
        transposedPlaces.withUnsafeBufferPointer { places in
          guard let start = starts.baseAddress, let columns = columns.baseAddress else { return }
          body(
            SparseRows(
              begin: start, end: start + 1, columns: columns, places: places.baseAddress,
              values: weights))
        }
      }
    }
  }

  private static func withRows<Result>(
    _ network: Network, _ begin: [Int32], _ end: [Int32], _ firstUnit: Int,
    _ weights: UnsafePointer<Double>?, _ body: (SparseRows) -> Result
  ) -> Result {
    network.rows.columns.withUnsafeBufferPointer { columns in
      begin.withUnsafeBufferPointer { begin in
        end.withUnsafeBufferPointer { end in
          body(
            SparseRows(
              begin: begin.baseAddress!, end: end.baseAddress!, columns: columns.baseAddress!,
              values: weights, shift: network.rows.shift(firstUnit)))
        }
      }
    }
  }
}
