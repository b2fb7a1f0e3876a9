import SparseAlgebra
import Synchronization

/// A part of a network that is solved as one system, everything upstream of it being known: a
/// cyclic component, or the whole network.
///
/// It holds what follows from the topology alone, so that all workers can share it.
public final class Component: Sendable {
  let network: Network
  /// Positions in condensation order.
  let neurons: Range<Int>
  let units: Range<Int>
  let runs: Range<Int32>
  /// For each unit of the component, where in its row of W the edges from within begin.
  let innerStarts: [Int32]
  /// The edges within.
  public let edgeCount: Int
  /// An order of the units' rows of W, edges within the component counted.
  let rowOrder: RowOrder?
  /// The component that this one is a copy of, whose analyses serve both.
  private let original: Component?
  /// Whether it is the whole network rather than a cyclic component.
  private let isWhole: Bool
  private let structure = Mutex<JacobianPattern?>(nil)
  /// Those of W's rows and of Wᵀ's, once they were asked for.
  private let knownBundles = Mutex<[Bool: RowBundles?]>([:])
  private let knownTiles = Mutex<MatrixTiles?>(nil)
  private let knownLayers = Mutex<[Range<Int>]??>(nil)
  private let knownCore = Mutex<LinearCore??>(nil)
  private let knownOutRows = AtomicLazyReference<OutRows>()

  /// The number of neurons.
  public var neuronCount: Int { neurons.count }
  /// The number of units.
  public var unitCount: Int { units.count }

  /// One of its neurons, `group.index`.
  var firstName: String { network.name(atPosition: neurons.lowerBound) }

  /// Whether every neuron has one unit and its activation depends on that unit alone.
  let isElementwise: Bool
  /// Whether a softmax group is among the neurons.
  let hasSoftmax: Bool
  /// Whether all activations are positively homogeneous, so that states scale with what drives them.
  let isHomogeneous: Bool

  /// The component of a cyclic stage.
  ///
  /// - Parameter original: the component of the stage that this one is a copy of; its analyses serve both.
  init(_ network: Network, stage: Network.Stage, copyOf original: Component? = nil) {
    self.network = network
    runs = stage.runs
    isElementwise = network.isElementwise(stage.runs)
    isHomogeneous = network.isHomogeneous(stage.runs)
    hasSoftmax = network.hasSoftmax(stage.runs)
    isWhole = false
    let firstNeuron = Int(stage.neurons.lowerBound)
    let endNeuron = Int(stage.neurons.upperBound)
    neurons = firstNeuron..<endNeuron
    let units = Int(network.unitStarts[firstNeuron])..<Int(network.unitStarts[endNeuron])
    self.units = units
    // Rows are sorted, and nothing downstream feeds a component, so its own edges come last in
    // each row; in the transpose they come first.
    var edges = 0
    innerStarts = units.map { s in
      let row = network.inEdges(of: s)
      let start = row.partitioningIndex { network.sourceNeuron(of: $0, into: s) >= firstNeuron }
      edges += row.upperBound - start
      return Int32(start)
    }
    edgeCount = edges
    self.original = original
    rowOrder = original.map(\.rowOrder) ?? Self.rowOrder(network, units, innerStarts)
  }

  /// The whole network as one system; no rows of it share entries.
  init(whole network: Network) {
    self.network = network
    original = nil
    runs = 0..<Int32(network.runs.count)
    isElementwise = network.isElementwise(runs)
    isHomogeneous = network.isHomogeneous(runs)
    hasSoftmax = network.hasSoftmax(runs)
    isWhole = true
    neurons = 0..<network.neuronCount
    units = 0..<network.unitCount
    innerStarts = Array(network.rows.starts.dropLast())
    edgeCount = network.edgeCount
    rowOrder = Self.rowOrder(network, units, innerStarts)
  }

  private static func rowOrder(
    _ network: Network, _ units: Range<Int>, _ innerStarts: [Int32]
  ) -> RowOrder? {
    RowOrder(units.count) {
      network.inEdges(of: units.lowerBound + $0).upperBound - Int(innerStarts[$0])
    }
  }

  /// Whether the component is a system of linear equations.
  var isAffine: Bool {
    runs.allSatisfy {
      switch network.evaluations[Int(network.runs[Int($0)].group)] {
      case .single(let activation): activation.isAffine
      case .softmax, .product, .max, .select: false
      }
    }
  }

  /// The largest Lipschitz constant of its activations; `nil` where one has none, or neurons have several units.
  var lipschitzConstant: Double? {
    var largest = 0.0
    for index in runs {
      guard case .single(let activation) = network.evaluations[Int(network.runs[Int(index)].group)],
        let constant = activation.lipschitzConstant
      else { return nil }
      largest = max(largest, constant)
    }
    return largest
  }

  /// Whether its rows are so long that mixing iterates is little beside a sweep.
  var hasLongRows: Bool {
    isElementwise && edgeCount >= 12 * LaneMixing.window * unitCount
  }

  /// The activation of each unit.
  var unitActivations: [Activation] {
    runs.flatMap { index in
      let run = network.runs[Int(index)]
      let units = network.layout.entries[Int(run.group)].group.units.map(\.activation)
      return run.neurons.flatMap { _ in units }
    }
  }

  /// How the rows of W, or of Wᵀ, are taken eight at a time; `nil` where they are not. Found once.
  ///
  /// A whole network that is treated as one system is left as it is: sums of its residual are measured by other means,
  /// too, and neurons that feed nothing must not be read.
  func bundles(isTransposed: Bool, _ context: ExecutionContext = .serial) -> RowBundles? {
    if isWhole { return nil }
    if let original { return original.bundles(isTransposed: isTransposed, context) }
    return knownBundles.withLock { known in
      if let found = known[isTransposed] { return found }
      var bundles: RowBundles?
      let noWeights = UnsafeMutablePointer<Double>.allocate(capacity: 1)
      defer { noWeights.deallocate() }
      withSweepRows(isTransposed: isTransposed, noWeights) {
        bundles = RowBundles(
          $0, rowCount: isTransposed ? neuronCount : unitCount,
          columnRange: storedColumns(isTransposed: isTransposed)
        ) { count, body in
          context.forEachPart(of: 0..<count, count) { index, _ in body(index) }
        }
      }
      known[isTransposed] = bundles
      return bundles
    }
  }

  /// Whether rows are taken tile by tile where they are not taken eight at a time.
  var hasTiles: Bool {
    isElementwise && edgeCount > 0 && unitCount >= MatrixTiles.fewestRows
  }

  /// Ranges of rows that begin at multiples of this many are ranges of places in the order in which sweeps take them.
  var sweepGrain: Int {
    if hasTiles { return MatrixTiles.height(order: unitCount) }
    let hasOrder =
      max(unitCount, neuronCount) >= RowOrder.fewestRows
      && (rowOrder != nil || outRows.order != nil)
    return hasOrder ? RowOrder.window : RowBundles.size
  }

  /// How the component's entries are divided into tiles. Found once.
  func tiles(_ context: ExecutionContext) -> MatrixTiles {
    if let original { return original.tiles(context) }
    let firstColumn = storedColumns(isTransposed: false).lowerBound
    return knownTiles.withLock { known in
      if let known { return known }
      let noWeights = UnsafeMutablePointer<Double>.allocate(capacity: 1)
      defer { noWeights.deallocate() }
      var tiles: MatrixTiles?
      network.withRows(units, .inner(self), noWeights) { rows in
        tiles = MatrixTiles(rows, order: unitCount, firstColumn: firstColumn) {
          count, body in
          context.forEachPart(of: 0..<count, count) { index, _ in body(index) }
        }
      }
      known = tiles
      return tiles!
    }
  }

  /// The edges within the component that enter one of its units, counted from its first.
  @inline(__always)
  func innerEdges(of row: Int) -> Range<Int> {
    Int(innerStarts[row])..<network.inEdges(of: units.lowerBound + row).upperBound
  }

  /// The neuron that such an edge comes from, counted from the component's first.
  @inline(__always)
  func innerSource(of edge: Int, into row: Int) -> Int {
    network.sourceNeuron(of: edge, into: units.lowerBound + row) - neurons.lowerBound
  }

  /// What follows from its neurons' rows of Wᵀ. Found once; not needed while sweeps take tiles.
  var outRows: OutRows {
    if let found = knownOutRows.load() { return found }
    return knownOutRows.storeIfNil(
      OutRows(
        network.transpose, neurons, before: units.upperBound,
        order: original.map(\.outRows.order)))
  }

  /// Its neurons, or its units, as the columns of its rows of W, or of Wᵀ, are stored.
  func storedColumns(isTransposed: Bool) -> Range<Int> {
    let shift = columnShift(isTransposed: isTransposed)
    let columns = isTransposed ? units : neurons
    return columns.lowerBound - shift..<columns.upperBound - shift
  }

  /// What is added to stored columns of its rows of W, or of Wᵀ.
  func columnShift(isTransposed: Bool) -> Int {
    isTransposed
      ? network.transposeShift(of: neurons.lowerBound) : network.rows.shift(units.lowerBound)
  }

  /// The units of some neurons, both counted from the component's first.
  func units(of neurons: Range<Int>) -> Range<Int> {
    let first = self.neurons.lowerBound
    let start = Int(network.unitStarts[first + neurons.lowerBound])
    let end = Int(network.unitStarts[first + neurons.upperBound])
    return start - units.lowerBound..<end - units.lowerBound
  }

  /// Its layers, in the order in which sweeps go through them (see ``LayerOrder``). Found once.
  var layers: [Range<Int>]? {
    if isWhole { return nil }
    if let original { return original.layers }
    return knownLayers.withLock { known in
      if let known { return known }
      let layers = LayerOrder.ranges(self)
      known = .some(layers)
      return layers
    }
  }

  /// Its matrix as one of neurons, if it is linear in units of several; found once.
  func linearCore(_ context: ExecutionContext) -> LinearCore? {
    if isWhole || isElementwise { return nil }
    return knownCore.withLock { known in
      if let known { return known }
      let core = LinearCore(self, context)
      known = .some(core)
      return core
    }
  }

  /// The matrix of the component's linear systems; analysed once.
  func jacobianPattern() throws -> JacobianPattern {
    if let original { return try original.jacobianPattern() }
    return try structure.withLock { structure in
      if let structure { return structure }
      let made = try JacobianPattern(self)
      structure = made
      return made
    }
  }
}

extension Network {
  /// The components of the cyclic stages, in their order; copies share the analyses of the first.
  var components: [Component] {
    var result: [Component] = []
    var number: [Int32: Int] = [:]
    for (index, stage) in stages.enumerated() where stage.isCyclic {
      number[Int32(index)] = result.count
      result.append(
        Component(self, stage: stage, copyOf: number[stage.original].map { result[$0] }))
    }
    return result
  }
}

extension Network {
  fileprivate func isElementwise(_ runs: Range<Int32>) -> Bool {
    runs.allSatisfy {
      if case .single = evaluations[Int(self.runs[Int($0)].group)] { true } else { false }
    }
  }
}

extension Network {
  fileprivate func hasSoftmax(_ runs: Range<Int32>) -> Bool {
    runs.contains { evaluations[Int(self.runs[Int($0)].group)].isSoftmax }
  }

  fileprivate func isHomogeneous(_ runs: Range<Int32>) -> Bool {
    runs.allSatisfy {
      switch evaluations[Int(self.runs[Int($0)].group)] {
      case .single(let activation): activation.isPositivelyHomogeneous
      case .max(let activations): activations.allSatisfy(\.isPositivelyHomogeneous)
      case .product, .softmax, .select: false
      }
    }
  }
}
