import Testing

@testable import SparseAlgebra

@Suite("Entries taken tile by tile")
struct MatrixTilesTests {
  /// A square matrix whose first column is a vector's `first`, and its transpose.
  private struct Problem {
    let order: Int
    let first: Int
    private(set) var starts: [Int32] = [0]
    private(set) var columns: [Int32] = []
    let values: [Double]
    private(set) var transposedStarts: [Int32] = [0]
    private(set) var transposedColumns: [Int32] = []
    private(set) var places: [Int32] = []
    var random: TestRandom

    /// Rows of any length, with hubs on both sides, and none in between.
    init(order: Int, first: Int, entries: Int, seed: UInt64) {
      (self.order, self.first) = (order, first)
      random = TestRandom(seed)
      var rows = [Set<Int>](repeating: [], count: order)
      for _ in 0..<(order > 0 ? entries : 0) {
        let isHub = Bool.random(using: &random)
        let row = Int.random(in: 0..<(isHub ? max(1, order / 50) : order), using: &random)
        let column = Int.random(
          in: 0..<(Int.random(in: 0..<9, using: &random) == 0 ? max(1, order / 90) : order),
          using: &random)
        if row % 7 != 3 { rows[row].insert(column) }
      }
      var all: [[(row: Int, entry: Int)]] = Array(repeating: [], count: order)
      for (row, found) in rows.enumerated() {
        for column in found.sorted() {
          all[column].append((row, columns.count))
          columns.append(Int32(column + first))
        }
        starts.append(Int32(columns.count))
      }
      for column in all {
        for (row, entry) in column {
          transposedColumns.append(Int32(row + first))
          places.append(Int32(entry))
        }
        transposedStarts.append(Int32(transposedColumns.count))
      }
      var random = random
      values = columns.map { _ in .random(in: -1...1, using: &random) }
      self.random = random
    }

    mutating func vector() -> [Double] {
      (0..<order).map { _ in .random(in: -2...2, using: &random) }
    }

    func withRows(_ body: (SparseRows) -> Void) {
      Self.withRows(starts, columns, nil, values, body)
    }

    func withTransposedRows(_ body: (SparseRows) -> Void) {
      Self.withRows(transposedStarts, transposedColumns, places, values, body)
    }

    private static func withRows(
      _ starts: [Int32], _ columns: [Int32], _ places: [Int32]?, _ values: [Double],
      _ body: (SparseRows) -> Void
    ) {
      starts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          (places ?? []).withUnsafeBufferPointer { order in
            values.withUnsafeBufferPointer { values in
              let nothing = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
              defer { nothing.deallocate() }
              body(
                SparseRows(
                  begin: starts.baseAddress!, end: starts.baseAddress! + 1,
                  columns: columns.baseAddress ?? UnsafePointer(nothing),
                  places: places == nil ? nil : order.baseAddress, values: values.baseAddress))
            }
          }
        }
      }
    }
  }

  /// What products and steps with some rows come to.
  private struct Outcome: Equatable {
    var product: [Double]
    var next: [Double]
    var unmeasured: [Double]
    var adjoint: [Double]
    var measures: [Double] = []
  }

  private func run(
    _ rows: SparseRows, _ problem: Problem, _ vectors: [[Double]], parts: [Range<Int>]
  ) -> Outcome {
    let (x, drive, z, slope) = (vectors[0], vectors[1], vectors[2], vectors[3])
    let nothing = [Double](repeating: .nan, count: problem.order)
    var result = Outcome(product: drive, next: nothing, unmeasured: nothing, adjoint: nothing)
    let room = [Double](repeating: .nan, count: problem.first) + x + [.nan]
    var most = [Double](repeating: 0, count: 7)
    for part in parts {
      let measured = SparseKernelTests.Measured(1)
      SparseKernels.addProduct(rows, rows: part, x: room, to: &result.product)
      SparseKernels.step(
        rows, rows: part, a: room, drive: drive, z: z, running: [-1], next: &result.next,
        change: measured.change(least: [1e-300]), lanes: 1)
      var found = [measured.values[0], measured.values[1], measured.values[2]]
      SparseKernels.step(
        rows, rows: part, a: room, drive: drive, z: z, running: [-1], next: &result.unmeasured,
        change: measured.change(least: nil), lanes: 1)
      var (largest, scale) = (-1.0, -1.0)
      SparseKernels.adjointStep(
        rows, rows: part, x: room, source: drive, slope: slope, d: z, running: [-1],
        next: &result.adjoint, largest: &largest, scale: &scale, lanes: 1)
      found += [measured.values[0], measured.values[1], largest, scale]
      most = zip(most, found).map { $0 > $1 ? $0 : $1 }
    }
    result.measures = most
    return result
  }

  /// Fills twice, since what is filled is filled again.
  private func withTiles(
    _ problem: Problem, isTransposed: Bool, _ body: (SparseRows, MatrixTiles) -> Void
  ) {
    problem.withRows { rows in
      let tiles = MatrixTiles(rows, order: problem.order, firstColumn: problem.first) {
        count, body in
        for tile in (0..<count).reversed() { body(tile) }
      }
      var values = [Double](repeating: .nan, count: tiles.valueCount)
      for _ in 0..<2 {
        for tile in 0..<tiles.count { tiles.fill(tile, of: rows, into: &values) }
      }
      values.withUnsafeMutableBufferPointer { values in
        tiles.withRows(
          isTransposed: isTransposed, first: problem.first, shift: 0, values: values.baseAddress!
        ) { body($0, tiles) }
      }
    }
  }

  @Test(
    "products and steps are those of plain rows to the last bit, in both directions",
    arguments: [(1, 0, 1), (255, 3, 900), (256, 0, 0), (700, 1, 5000), (9000, 17, 60_000)])
  func steps(order: Int, first: Int, entries: Int) {
    for seed in UInt64(0)..<3 {
      var problem = Problem(order: order, first: first, entries: entries, seed: seed)
      let vectors = (0..<4).map { _ in problem.vector() }
      for isTransposed in [false, true] {
        var plain: Outcome?
        let all = [0..<order]
        if isTransposed {
          problem.withTransposedRows { plain = run($0, problem, vectors, parts: all) }
        } else {
          problem.withRows { plain = run($0, problem, vectors, parts: all) }
        }
        withTiles(problem, isTransposed: isTransposed) { rows, tiles in
          #expect(run(rows, problem, vectors, parts: all) == plain)
          let parts = stride(from: 0, to: order, by: tiles.height).map {
            $0..<min(order, $0 + tiles.height)
          }
          #expect(run(rows, problem, vectors, parts: parts.reversed()) == plain)
        }
      }
    }
  }

  @Test("what is not finite shows", arguments: [Double.nan, .infinity, -.infinity])
  func notFinite(value: Double) {
    var problem = Problem(order: 300, first: 0, entries: 2000, seed: 5)
    let x = problem.vector()
    withTiles(problem, isTransposed: false) { rows, _ in
      for row in [0, 255, 256, 299] {
        var z = x
        z[row] = value
        let found = run(rows, problem, [x, x, z, x], parts: [0..<300])
        #expect(!found.measures[0].isFinite && !found.measures[2].isFinite)
      }
    }
  }

  @Test("the height of tiles is a power of two between 256 and 65,536")
  func heights() {
    for order in [0, 1, 8192, 8193, 100_000, 1_000_000, 1_048_577, 30_000_000] {
      let height = MatrixTiles.height(order: order)
      #expect(height.nonzeroBitCount == 1 && (256...65536).contains(height))
      #expect(height * 33 >= min(order, 65536 * 32))
    }
  }
}
