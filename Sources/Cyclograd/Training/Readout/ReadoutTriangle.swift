import SparseAlgebra

/// The triangle R of samples for which the same outputs have targets: with a column for each activation, one of ones, and one
/// for each of these targets it has the same products of columns as the samples themselves.
struct ReadoutTriangle {
  /// The outputs that have targets, in ascending order.
  let outputs: [Int]
  /// How many samples were taken in.
  private(set) var samples = 0
  private let sources: Int
  private var values: [Double] = []
  /// Rows that wait, one after the other, so that many are brought in at once.
  private var waiting: [Double] = []

  init(sources: Int, outputs: [Int]) { (self.sources, self.outputs) = (sources, outputs) }

  private var width: Int { sources + 1 + outputs.count }

  /// The number of its rows, once nothing waits.
  var height: Int { values.count / width }

  /// How many rows wait at least before they are brought in.
  private static let fewest = 1024

  /// Takes a sample in: its activations, 1, and its targets.
  mutating func append(_ body: (inout [Double]) -> Void) throws {
    body(&waiting)
    samples += 1
    if waiting.count >= max(width, Self.fewest) * width { try reduce() }
  }

  /// Brings in what waits.
  mutating func reduce() throws {
    guard !waiting.isEmpty else { return }
    let (width, height, more) = (width, height, waiting.count / width)
    var block = [Double](repeating: 0, count: (height + more) * width)
    for column in 0..<width {
      let start = column * (height + more)
      for row in 0..<height { block[start + row] = values[column * height + row] }
      for row in 0..<more { block[start + height + row] = waiting[row * width + column] }
    }
    values = try LeastSquares.triangle(block, rows: height + more, columns: width)
    waiting.removeAll(keepingCapacity: true)
  }

  /// The column of a source, or that of ones after the last.
  func column(_ index: Int) -> ArraySlice<Double> {
    values[index * height..<(index + 1) * height]
  }

  /// The column of an output's targets.
  func target(_ output: Int) -> ArraySlice<Double> {
    column(sources + 1 + (outputs.firstIndex(of: output) ?? 0))
  }
}
