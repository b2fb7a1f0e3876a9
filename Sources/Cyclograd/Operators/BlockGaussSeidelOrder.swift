import SparseAlgebra

/// The blocks of Gauss–Seidel's order in the common sweeps of a component: a block's rows are computed with
/// what the blocks before it have just got. They are its layers, if it has such (``LayerOrder``), or else equal parts of a large
/// one.
///
/// A block is computed as a whole by all threads before the next begins, so that results do not depend on
/// their number. Where connections run all over a component, this takes about two thirds of the plain sweeps
/// (Ortega & Rheinboldt 1970, section 7.4; Bertsekas & Tsitsiklis 1989, section 2.6), and where they run
/// within blocks about as many.
struct BlockGaussSeidelOrder {
  /// Indices of neurons within the component, in the order in which they are taken.
  let ranges: [Range<Int>]
  /// Those of their units.
  let unitRanges: [Range<Int>]
  private let piecesPerBlock: Int

  /// Into how many pieces all blocks together are divided.
  var pieceCount: Int { ranges.count * piecesPerBlock }

  /// The numbers of a block's pieces.
  func pieces(_ block: Int) -> Range<Int> {
    block * piecesPerBlock..<(block + 1) * piecesPerBlock
  }

  private static let most = 8
  /// Smaller blocks save little, and rows are moved within such.
  private static let fewestNeurons = RowOrder.window
  /// Rows with so many entries take so long that fewer make a block, of so many entries.
  private static let denseEdges = 64
  private static let fewestEdges = 2048

  private static func isDense(_ component: Component) -> Bool {
    component.edgeCount >= denseEdges * component.neuronCount
      && component.sweepGrain == RowBundles.size
  }

  /// How many neurons a block of such a component has at least.
  private static func fewest(_ component: Component) -> Int {
    let count = max(
      3 * RowBundles.size, fewestEdges * component.neuronCount / component.edgeCount)
    return (count + RowBundles.size - 1) / RowBundles.size * RowBundles.size
  }

  /// What results are called that such sweeps have led to.
  static let name = "gauss-seidel by blocks"

  /// - Parameter core: the matrix that is meant, where it is not that of all units.
  /// - Returns: `nil` where blocks do not pay.
  init?(_ component: Component, core: LinearCore? = nil, lanes: Int) {
    let neurons = component.neuronCount
    let grain = core?.grain ?? component.sweepGrain
    if let layers = component.layers,
      core == nil || layers.allSatisfy({ $0.lowerBound.isMultiple(of: grain) })
    {
      ranges = layers
    } else {
      let isDense = core == nil && Self.isDense(component)
      let fewest = isDense ? Self.fewest(component) : Self.fewestNeurons
      guard core != nil || component.isElementwise, neurons >= 2 * fewest else { return nil }
      let starts = Self.starts(
        neurons, grain: grain, fewest: fewest, step: isDense ? grain : max(fewest, grain),
        hasTiles: core?.hasTiles ?? component.hasTiles)
      guard Self.crossingShare(component, core, starts) > 0.5 else { return nil }
      ranges = zip(starts, starts.dropFirst()).map { $0..<$1 }
    }
    unitRanges = component.isElementwise ? ranges : ranges.map(component.units(of:))
    piecesPerBlock = max(
      1,
      min(
        Parallel.mostPieces / ranges.count,
        Parallel.pieces((component.edgeCount + 4 * neurons) / ranges.count * lanes)))
  }

  /// Where blocks begin, and the last ends: always the same for a component, since iterates depend on it.
  private static func starts(
    _ neurons: Int, grain: Int, fewest: Int, step: Int, hasTiles: Bool
  ) -> [Int] {
    let grain = max(fewest, grain)
    let grains = (neurons + grain - 1) / grain
    if !hasTiles {
      let count = min(most, neurons / grain)
      return (0..<count).map { neurons * $0 / count / step * step } + [neurons]
    }
    // A block's tiles are shared out evenly between two threads, or four.
    let tiles = ((grains + most - 1) / most + 1) / 2 * 2
    let count = max(2, min(most, (grains + tiles / 2) / tiles))
    return (0..<count).map { $0 * tiles * grain } + [neurons]
  }

  /// About which part of the edges come from another block, by some rows of each block.
  private static func crossingShare(
    _ component: Component, _ core: LinearCore?, _ starts: [Int]
  ) -> Double {
    var (edges, crossing) = (0, 0)
    for (start, end) in zip(starts, starts.dropFirst()) {
      for neuron in stride(from: start, to: end, by: max(1, (end - start) / 64)) {
        let row = core.map { Int($0.units[neuron]) } ?? neuron
        for edge in component.innerEdges(of: row) {
          edges += 1
          if !(start..<end).contains(component.innerSource(of: edge, into: row)) { crossing += 1 }
        }
      }
    }
    return Double(crossing) / Double(max(1, edges))
  }
}

extension Component {
  /// The order of blocks for some number of lanes; `nil` where blocks do not pay.
  func blockOrder(lanes: Int) -> BlockGaussSeidelOrder? {
    BlockGaussSeidelOrder(self, lanes: lanes)
  }
}
