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
  /// W, and Wᵀ with a column for each neuron, whose entries are taken from W.
  private let matrix: Entries
  private let transposed: Entries
  /// For one sample: rows are taken eight at a time where they go together, or else tile by tile.
  private let bundles: RowBundles?
  private let transposedBundles: RowBundles?
  private let tiles: MatrixTiles?

  /// Ranges of rows begin at multiples of this many.
  var grain: Int {
    tiles?.height
      ?? (matrix.order == nil && transposed.order == nil ? RowBundles.size : RowOrder.window)
  }
  var hasTiles: Bool { tiles != nil }

  /// - Returns: `nil` for other components.
  /// - Complexity: O(edges).
  init?(_ component: Component, _ context: ExecutionContext) {
    guard let units = Self.units(component) else { return nil }
    (self.component, self.units) = (component, units)
    let rows = units.map { component.innerEdges(of: Int($0)) }
    let network = component.network
    let matrix = Entries(
      begin: rows.map { Int32($0.lowerBound) }, end: rows.map { Int32($0.upperBound) },
      columns: network.rows.columns, shift: network.rows.shift(component.units.lowerBound))
    let transposed = Entries(transposing: rows) {
      component.innerSource(of: $0, into: Int(units[$1]))
    }
    let stored = component.storedColumns(isTransposed: false)
    bundles = matrix.bundles(stored)
    transposedBundles = transposed.bundles(0..<rows.count)
    (self.matrix, self.transposed) = (matrix, transposed)
    guard rows.count >= MatrixTiles.fewestRows else {
      tiles = nil
      return
    }
    tiles = matrix.withoutWeights { plain in
      MatrixTiles(plain, order: rows.count, firstColumn: stored.lowerBound) { count, body in
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

  /// Calls `body` with the number of each neuron and its ``units``.
  @inline(__always)
  func forEachUnit(_ body: (_ k: Int, _ unit: Int) -> Void) {
    units.withUnsafeBufferPointer { units in
      for k in units.indices { body(k, Int(units[k])) }
    }
  }

  /// Calls `body` with rows of W, or of Wᵀ, and with how far before a vector over the component's neurons they expect the
  /// vector that they are multiplied with to begin.
  ///
  /// - Parameter room: for the numbers of bundles.
  func withRows(
    _ state: StateVectors, isTransposed: Bool, _ room: PackedWeightsBuffer,
    _ body: (SparseRows, _ offset: Int) -> Void
  ) {
    let offset = isTransposed ? 0 : component.neurons.lowerBound
    let (call, context) = (state.callCount, state.context)
    (isTransposed ? transposed : matrix).withRows(state.weights) { rows in
      if state.lanes == 1, let bundles = isTransposed ? transposedBundles : bundles {
        let values = room.values(bundles.valueCount, of: self, call: call) { values in
          let pieces = Parallel.pieces(transposed.columns.count)
          context.forEachPart(of: 0..<bundles.count, pieces) { _, part in
            bundles.fill(part, of: rows, into: values)
          }
        }
        bundles.withRows(rows, values: values) { body($0, offset) }
      } else if state.lanes == 1, let tiles {
        let values = state.tiled.values(tiles.valueCount, of: self, call: call) { values in
          matrix.withRows(state.weights) { rows in
            context.forEachPart(of: 0..<tiles.count, tiles.count) { tile, _ in
              tiles.fill(tile, of: rows, into: values)
            }
          }
        }
        let first = isTransposed ? 0 : component.storedColumns(isTransposed: false).lowerBound
        let shift = isTransposed ? 0 : component.columnShift(isTransposed: false)
        tiles.withRows(isTransposed: isTransposed, first: first, shift: shift, values: values) {
          body($0, offset)
        }
      } else {
        body(rows, offset)
      }
    }
  }
}

extension LinearCore {
  /// The places of a matrix's entries, and the order in which its rows are taken.
  private struct Entries {
    let begin: [Int32]
    let end: [Int32]
    let columns: [Int32]
    /// Which of the weights an entry is; `nil` where each is its own.
    let places: [Int32]?
    let order: RowOrder?
    let shift: Int

    init(begin: [Int32], end: [Int32], columns: [Int32], places: [Int32]? = nil, shift: Int = 0) {
      (self.begin, self.end, self.columns) = (begin, end, columns)
      (self.places, self.shift) = (places, shift)
      order = RowOrder(begin.count) { Int(end[$0] - begin[$0]) }
    }

    /// - Parameters:
    ///   - rows: the edges of each row of a square matrix.
    ///   - column: the column of an edge of a row.
    init(transposing rows: [Range<Int>], _ column: (_ edge: Int, _ row: Int) -> Int) {
      var starts = [Int32](repeating: 0, count: rows.count + 1)
      for (row, edges) in rows.enumerated() {
        for edge in edges { starts[column(edge, row) + 1] += 1 }
      }
      for index in rows.indices { starts[index + 1] += starts[index] }
      var columns = [Int32](repeating: 0, count: Int(starts[rows.count]))
      var places = columns
      var next = starts
      for (row, edges) in rows.enumerated() {
        for edge in edges {
          let place = column(edge, row)
          columns[Int(next[place])] = Int32(row)
          places[Int(next[place])] = Int32(edge)
          next[place] += 1
        }
      }
      self.init(
        begin: Array(starts.dropLast()), end: Array(starts.dropFirst()), columns: columns,
        places: places)
    }

    func withRows<Result>(
      _ weights: UnsafePointer<Double>, _ body: (SparseRows) -> Result
    ) -> Result {
      begin.withUnsafeBufferPointer { begin in
        end.withUnsafeBufferPointer { end in
          columns.withUnsafeBufferPointer { columns in
            (places ?? []).withUnsafeBufferPointer { entries in
              (order?.rows ?? []).withUnsafeBufferPointer { rows in
                body(
                  SparseRows(
                    begin: begin.baseAddress!, end: end.baseAddress!,
                    columns: columns.baseAddress!,
                    places: places == nil ? nil : entries.baseAddress, values: weights,
                    order: order == nil ? nil : rows.baseAddress, shift: shift))
              }
            }
          }
        }
      }
    }

    /// For analyses, which read no weights.
    func withoutWeights<Result>(_ body: (SparseRows) -> Result) -> Result {
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 1) {
        withRows(UnsafePointer($0.baseAddress!), body)
      }
    }

    func bundles(_ columnRange: Range<Int>) -> RowBundles? {
      withoutWeights { RowBundles($0, rowCount: begin.count, columnRange: columnRange) }
    }
  }
}
