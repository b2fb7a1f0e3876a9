import Testing

@testable import SparseAlgebra

@Suite("Rows taken eight at a time")
struct RowBundlesTests {
  /// What rows look like.
  enum Shape: CaseIterable {
    /// Eight neighbours on a grid, fewer along its edge.
    case grid
    /// All columns.
    case dense
    /// Few rows, a fifth of all columns, at random.
    case small
    /// As many entries in every row, at random.
    case regular
    /// Grids and random rows in turn, some of them empty.
    case mixed
  }

  /// Rows, in an order of their own where `isOrdered`, and vectors.
  struct Problem {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    var order: [Int32]?
    let count: Int
    var random: TestRandom

    init(_ shape: Shape, isOrdered: Bool, seed: UInt64) {
      random = TestRandom(seed)
      let width = 22
      count = shape == .small ? 50 : 4 * width * (shape == .mixed ? 4 : 1) + 3
      for row in 0..<count {
        var found: Set<Int> = []
        func draw(_ number: Int) {
          for _ in 0..<number { found.insert(.random(in: 0..<count, using: &random)) }
        }
        switch shape {
        case .dense: found = Set(0..<count)
        case .small: draw(10)
        case .regular: while found.count < 7 { draw(1) }
        case .grid, .mixed:
          if shape == .mixed, row / 40 % 2 == 1 {
            draw(row % 5)
            break
          }
          for offset in [-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1] {
            let column = row + offset
            if (0..<count).contains(column), abs(column % width - row % width) <= 1 {
              found.insert(column)
            }
          }
        }
        columns += found.sorted().map(Int32.init)
        starts.append(Int32(columns.count))
      }
      values = columns.map { _ in .random(in: -1...1, using: &random) }
      if isOrdered {
        order = (0..<count).map(Int32.init)
        for start in stride(from: 0, to: count, by: 32) {
          order![start..<min(start + 32, count)].sort {
            let (a, b) = (
              starts[Int($0) + 1] - starts[Int($0)], starts[Int($1) + 1] - starts[Int($1)]
            )
            return a != b ? a < b : $0 < $1
          }
        }
      }
    }

    /// The same with |values|.
    var magnitudes: Problem {
      var result = self
      result.values = values.map(abs)
      return result
    }

    mutating func vector() -> [Double] {
      (0..<count).map { _ in .random(in: -2...2, using: &random) }
    }

    func withRows<Result>(_ body: (SparseRows) -> Result) -> Result {
      starts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          values.withUnsafeBufferPointer { values in
            (order ?? []).withUnsafeBufferPointer { buffer in
              body(
                SparseRows(
                  begin: starts.baseAddress!, end: starts.baseAddress! + 1,
                  columns: columns.baseAddress!, values: values.baseAddress!,
                  order: order == nil ? nil : buffer.baseAddress))
            }
          }
        }
      }
    }

    /// The same in bundles.
    func withBundles(_ bundles: RowBundles, _ body: (SparseRows) -> Void) {
      var packed = [Double](repeating: 0, count: bundles.valueCount)
      withRows { rows in
        // Twice, and in parts: what is filled is filled again.
        for _ in 0..<2 {
          let middle = bundles.count / 2
          bundles.fill(0..<middle, of: rows, into: &packed)
          bundles.fill(middle..<bundles.count, of: rows, into: &packed)
        }
        bundles.withRows(rows, values: packed, body)
      }
    }

    /// start + Σ values[e] x[columns[e]], one product after the other.
    func product(_ x: [Double], start: [Double]) -> [Double] {
      (0..<count).map { row in
        (starts[row]..<starts[row + 1]).reduce(start[row] + 0) {
          $0 + values[Int($1)] * x[Int(columns[Int($1)])]
        }
      }
    }
  }

  static let parts: [Range<Int>] = [0..<3, 3..<11, 11..<16, 16..<48]

  private func make(_ problem: Problem) -> RowBundles? {
    problem.withRows { RowBundles($0, rowCount: problem.count, columnRange: 0..<problem.count) }
  }

  @Test("steps are those by definition", arguments: Shape.allCases, [false, true])
  func steps(shape: Shape, isOrdered: Bool) throws {
    for seed in UInt64(0)..<5 {
      var problem = Problem(shape, isOrdered: isOrdered, seed: seed)
      let bundles = try #require(make(problem))
      #expect(bundles.valueCount > 0)
      let vectors = (0..<4).map { _ in problem.vector() }
      let (x, drive, z, slope) = (vectors[0], vectors[1], vectors[2], vectors[3])
      let sums = problem.product(x, start: drive)
      let scales = problem.magnitudes.product(
        x.map(abs), start: zip(z, drive).map { abs($0) + abs($1) })
      var next = [Double](repeating: .nan, count: problem.count)
      var back = next
      var (largest, change, scale) = (0.0, 0.0, 0.0)
      let measured = SparseKernelTests.Measured(1)
      problem.withBundles(bundles) { rows in
        for part in Self.parts + [48..<problem.count] {
          var (moved, widest) = (-1.0, -1.0)
          SparseKernels.step(
            rows, rows: part, a: x, drive: drive, z: z, running: [-1], next: &next,
            change: measured.change(least: [1e-300]), lanes: 1)
          let most = measured.values[2]
          SparseKernels.adjointStep(
            rows, rows: part, x: x, source: drive, slope: slope, d: z, running: [-1], next: &back,
            largest: &moved, scale: &widest, lanes: 1)
          (largest, change) = (max(largest, most), max(change, moved))
          scale = max(scale, widest)
        }
      }
      var expected = (largest: 0.0, change: 0.0, scale: 0.0)
      for row in 0..<problem.count {
        // In bundles a row comes to the same, to the last bit.
        #expect(next[row] == sums[row])
        #expect(back[row] == slope[row] * sums[row])
        expected.largest = max(expected.largest, abs(next[row] - z[row]) / scales[row])
        expected.change = max(expected.change, abs(back[row] - z[row]))
        expected.scale = max(expected.scale, abs(back[row]), abs(z[row]))
      }
      #expect(largest == expected.largest && change == expected.change && scale == expected.scale)
    }
  }

  @Test("what is not finite shows", arguments: [Double.nan, .infinity])
  func notFinite(value: Double) throws {
    var problem = Problem(.grid, isOrdered: false, seed: 3)
    let bundles = try #require(make(problem))
    let x = problem.vector()
    for row in 0..<problem.count {
      var z = x
      z[row] = value
      var next = x
      var (largest, scale) = (0.0, 0.0)
      let measured = SparseKernelTests.Measured(1)
      problem.withBundles(bundles) { rows in
        SparseKernels.step(
          rows, rows: 0..<problem.count, a: x, drive: x, z: z, running: [-1], next: &next,
          change: measured.change(least: [1e-300]), lanes: 1)
        #expect(measured.values[0].isNaN && measured.values[2].isNaN)
        SparseKernels.adjointStep(
          rows, rows: 0..<problem.count, x: x, source: x, slope: x, d: z, running: [-1],
          next: &next, largest: &largest, scale: &scale, lanes: 1)
        #expect(!largest.isFinite)
      }
    }
  }

  @Test("numbers outside the columns' range are never read")
  func range() throws {
    var problem = Problem(.grid, isOrdered: false, seed: 4)
    let bundles = try #require(make(problem))
    let x = problem.vector()
    let room = [Double](repeating: .nan, count: 40) + x + [Double](repeating: .nan, count: 40)
    var next = x
    let measured = SparseKernelTests.Measured(1)
    room.withUnsafeBufferPointer { room in
      problem.withBundles(bundles) {
        SparseKernels.step(
          $0, rows: 0..<problem.count, a: room.baseAddress! + 40, drive: x, z: x, running: [-1],
          next: &next, change: measured.change(least: nil), lanes: 1)
      }
    }
    #expect(next.allSatisfy(\.isFinite) && measured.values[0].isFinite)
  }

  @Test("long rows without gaps are left as they are")
  func longRows() {
    let starts = (0...300).map { Int32($0 * 300) }
    let columns = (0..<90_000).map { Int32($0 % 300) }
    starts.withUnsafeBufferPointer { starts in
      columns.withUnsafeBufferPointer { columns in
        let rows = SparseRows(
          begin: starts.baseAddress!, end: starts.baseAddress! + 1, columns: columns.baseAddress!)
        #expect(RowBundles(rows, rowCount: 300, columnRange: 0..<300) == nil)
      }
    }
  }

  @Test("a few long rows between those that are looked at beforehand count, too")
  func hubs() {
    let count = 8200
    func make(hubEvery: Int?) -> RowBundles? {
      var starts: [Int32] = [0]
      var columns: [Int32] = []
      for row in 0..<count {
        if let hubEvery, row % hubEvery == 45 {
          columns += stride(from: 0, to: Int32(count), by: 3)
        } else {
          columns += [row * 31 % count, row * 71 % count].map { Int32($0) }.sorted()
        }
        starts.append(Int32(columns.count))
      }
      return starts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          RowBundles(
            SparseRows(
              begin: starts.baseAddress!, end: starts.baseAddress! + 1,
              columns: columns.baseAddress!), rowCount: count, columnRange: 0..<count)
        }
      }
    }
    #expect(make(hubEvery: nil) != nil)
    #expect(make(hubEvery: 1024) == nil)
  }

  @Test("they are left out where they would not pay")
  func none() {
    // A thousand rows of very different lengths, at random.
    var random = TestRandom(6)
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    for row in 0..<1000 {
      let count = row % 8 == 0 ? 40 : 2
      columns += Set((0..<count).map { _ in Int32.random(in: 0..<1000, using: &random) }).sorted()
      starts.append(Int32(columns.count))
    }
    starts.withUnsafeBufferPointer { starts in
      columns.withUnsafeBufferPointer { columns in
        let rows = SparseRows(
          begin: starts.baseAddress!, end: starts.baseAddress! + 1, columns: columns.baseAddress!)
        #expect(RowBundles(rows, rowCount: 1000, columnRange: 0..<1000) == nil)
        #expect(RowBundles(rows, rowCount: 7, columnRange: 0..<1000) == nil)
        #expect(RowBundles(rows, rowCount: 0, columnRange: 0..<0) == nil)
      }
    }
  }
}
