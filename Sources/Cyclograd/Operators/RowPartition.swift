import SparseAlgebra

/// How the rows of one component's sweep with one sample are shared out among threads, and room for
/// what each part measures.
final class StepParts {
  private let rows: Range<Int>
  private let pieces: Int
  private let storage: UnsafeMutablePointer<Double>
  /// The largest change in each part.
  var largest: UnsafeMutablePointer<Double> { storage }
  /// The largest entry in each part.
  var scale: UnsafeMutablePointer<Double> { storage + pieces }
  /// Parts are ranges of rows whatever their order.
  private let grain: Int
  /// The one lane runs.
  let running: UnsafeMutablePointer<Int64>

  init(_ component: Component) {
    rows = 0..<component.unitCount
    grain = component.rowOrder == nil ? RowBundles.size : RowOrder.window
    pieces = Parallel.pieces(component.edgeCount + 4 * component.unitCount)
    storage = .allocate(capacity: 2 * pieces)
    storage.initialize(repeating: 0, count: 2 * pieces)
    running = .allocate(capacity: 1)
    running.initialize(to: -1)
  }

  deinit {
    storage.deallocate()
    running.deallocate()
  }

  func run(_ threads: Int, _ body: (_ piece: Int, Range<Int>) -> Void) {
    Parallel.forEachPart(of: rows, pieces, threads: threads, grain: grain, body)
  }

  /// The largest of what the parts have measured; NaN if one is.
  func reduced(_ values: UnsafePointer<Double>) -> Double {
    var result = 0.0
    for piece in 0..<pieces where !(values[piece] <= result) {
      if values[piece].isNaN { return .nan }
      result = values[piece]
    }
    return result
  }
}
