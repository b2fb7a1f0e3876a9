import SparseAlgebra
import Testing

@Suite("Products with sparse rows, for one sample and for several side by side")
struct SparseKernelTests {
  /// A random matrix whose rows are empty, short, long, or without gaps.
  struct Problem {
    var starts: [Int32] = [0]
    var columns: [Int32] = []
    var values: [Double] = []
    let rowCount: Int
    let columnCount: Int
    var random: TestRandom

    init(rows: Int, columns columnCount: Int, seed: UInt64) {
      rowCount = rows
      self.columnCount = columnCount
      random = TestRandom(seed)
      for row in 0..<rows {
        let isDense = row % 4 == 3
        let first = Int.random(in: 0...columnCount / 2, using: &random)
        for column in 0..<columnCount {
          let isHere =
            isDense
            ? column >= first : Double.random(in: 0...1, using: &random) < Double(row % 3) / 4
          if isHere {
            columns.append(Int32(column))
            values.append(.random(in: -1...1, using: &random))
          }
        }
        starts.append(Int32(columns.count))
      }
    }

    mutating func vector(_ count: Int) -> [Double] {
      (0..<count).map { _ in .random(in: -2...2, using: &random) }
    }

    /// The same with |values|.
    var magnitudes: Problem {
      var result = self
      result.values = values.map(abs)
      return result
    }

    func withRows<Result>(places: [Int32]? = nil, _ body: (SparseRows) -> Result) -> Result {
      starts.withUnsafeBufferPointer { starts in
        columns.withUnsafeBufferPointer { columns in
          values.withUnsafeBufferPointer { values in
            (places ?? []).withUnsafeBufferPointer { buffer in
              body(
                SparseRows(
                  begin: starts.baseAddress!, end: starts.baseAddress! + 1,
                  columns: columns.baseAddress!, places: places == nil ? nil : buffer.baseAddress,
                  values: values.baseAddress!))
            }
          }
        }
      }
    }

    /// start + A x by definition, one lane: one product after the other.
    func product(_ x: [Double], start: [Double], lanes: Int, lane: Int) -> [Double] {
      (0..<rowCount).map { row in
        (starts[row]..<starts[row + 1]).reduce(start[row * lanes + lane] + 0) {
          $0 + values[Int($1)] * x[Int(columns[Int($1)]) * lanes + lane]
        }
      }
    }
  }

  /// A place for what steps measure: changes, sizes and errors, one after the other.
  final class Measured {
    let values: UnsafeMutablePointer<Double>
    private let least: UnsafeMutablePointer<Double>
    private let lanes: Int

    init(_ lanes: Int) {
      self.lanes = lanes
      values = .allocate(capacity: 3 * lanes)
      values.initialize(repeating: -1, count: 3 * lanes)
      least = .allocate(capacity: lanes)
      least.initialize(repeating: 0, count: lanes)
    }

    deinit {
      values.deallocate()
      least.deallocate()
    }

    func change(least given: [Double]?) -> StepChange {
      if let given { for (lane, value) in given.enumerated() { least[lane] = value } }
      return StepChange(
        change: values, size: values + lanes,
        error: given == nil ? nil : (values + 2 * lanes, UnsafePointer(least)))
    }
  }

  static func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-13 * max(1, abs(b)) }

  @Test("A x by definition", arguments: SparseKernels.laneCounts, [1, 2, 3] as [UInt64])
  func product(lanes: Int, seed: UInt64) {
    var problem = Problem(rows: 41, columns: 37, seed: seed)
    let x = problem.vector(37 * lanes)
    let start = problem.vector(41 * lanes)
    var y = start
    problem.withRows { SparseKernels.addProduct($0, rows: 0..<41, x: x, to: &y, lanes: lanes) }
    for lane in 0..<lanes {
      let expected = problem.product(x, start: start, lanes: lanes, lane: lane)
      for row in 0..<41 {
        #expect(y[row * lanes + lane].bitPattern == expected[row].bitPattern)
      }
    }
    // In parts, and with the values behind places, it is the same to the last bit.
    var parts = start
    problem.withRows { rows in
      for part in [0..<7, 7..<7, 7..<40, 40..<41] {
        SparseKernels.addProduct(rows, rows: part, x: x, to: &parts, lanes: lanes)
      }
    }
    #expect(parts == y)
    var placed = start
    problem.withRows(places: problem.values.indices.map(Int32.init)) {
      SparseKernels.addProduct($0, rows: 0..<41, x: x, to: &placed, lanes: lanes)
    }
    #expect(placed == y)
  }

  @Test("A lane depends neither on its neighbours nor on how many they are")
  func independence() {
    var problem = Problem(rows: 30, columns: 23, seed: 5)
    let columns = (0..<16).map { _ in problem.vector(23) }
    func run(_ lanes: Int, _ choice: [Int]) -> [[Double]] {
      let x = (0..<23).flatMap { c in choice.map { columns[$0][c] } }
      var y = [Double](repeating: 0.5, count: 30 * lanes)
      problem.withRows { SparseKernels.addProduct($0, rows: 0..<30, x: x, to: &y, lanes: lanes) }
      return choice.indices.map { lane in (0..<30).map { y[$0 * lanes + lane] } }
    }
    let wide = run(16, Array(0..<16))
    #expect(run(8, Array(0..<8)) == Array(wide[0..<8]))
    #expect(run(8, [3, 9, 3, 15, 0, 1, 2, 4])[1] == wide[9])
    for lane in 0..<16 { #expect(run(1, [lane])[0] == wide[lane]) }
  }

  @Test("Aᵀ x by definition, without the rows whose x is 0")
  func transposed() {
    var problem = Problem(rows: 29, columns: 31, seed: 8)
    var x = problem.vector(29)
    x[3] = 0
    x[4] = 0
    let start = problem.vector(31)
    var y = start
    problem.withRows { SparseKernels.addTransposedProduct($0, rows: 29, x: x, to: &y) }
    var expected = start
    for row in 0..<29 {
      for e in problem.starts[row]..<problem.starts[row + 1] {
        expected[Int(problem.columns[Int(e)])] += problem.values[Int(e)] * x[row]
      }
    }
    #expect(y == expected)
  }

  @Test("Outer products by definition", arguments: [1, 2, 7, 8, 15, 16, 17, 40])
  func outer(samples: Int) {
    var problem = Problem(rows: 19, columns: 21, seed: 9)
    let u = problem.vector(19 * samples)
    let x = problem.vector(21 * samples)
    var result = [Double](repeating: .nan, count: problem.values.count)
    problem.withRows {
      SparseKernels.setOuterProduct(
        $0, rows: 19, u: u, x: x, samples: samples, factor: 0.25, result: &result)
    }
    for row in 0..<19 {
      for e in problem.starts[row]..<problem.starts[row + 1] {
        let column = Int(problem.columns[Int(e)])
        let sum = (0..<samples).reduce(0) { $0 + u[row * samples + $1] * x[column * samples + $1] }
        #expect(Self.isClose(result[Int(e)], 0.25 * sum))
      }
    }
    // Added to fewer numbers, entry after entry.
    let targets = result.indices.map { Int32($0 % 5) }
    let factors = result.indices.map { Double($0 % 3) - 1 }
    for isScaled in [false, true] {
      var expected = (0..<5).map { Double($0) }
      for e in result.indices {
        expected[Int(targets[e])] += isScaled ? result[e] * factors[e] : result[e]
      }
      var sums = (0..<5).map { Double($0) }
      problem.withRows {
        SparseKernels.addOuterProduct(
          $0, rows: 19, u: u, x: x, samples: samples, factor: 0.25, targets: targets,
          factors: isScaled ? factors : nil, to: &sums)
      }
      #expect(sums == expected)
    }
  }

  @Test("Steps by definition, with lanes that stand still", arguments: SparseKernels.laneCounts)
  func step(lanes: Int) {
    var problem = Problem(rows: 33, columns: 33, seed: 10)
    let a = problem.vector(33 * lanes)
    let drive = problem.vector(33 * lanes)
    let z = problem.vector(33 * lanes)
    let running = (0..<lanes).map { Int64(lanes == 1 || $0 % 3 != 1 ? -1 : 0) }
    var next = [Double](repeating: .nan, count: 33 * lanes)
    let magnitudes = problem.magnitudes
    let least = (0..<lanes).map { [1e-300, 2.5][$0 % 2] }
    let measured = Measured(lanes)
    for measuresError in [false, true] {
      problem.withRows {
        SparseKernels.step(
          $0, rows: 0..<33, a: a, drive: drive, z: z, running: running, next: &next,
          change: measured.change(least: measuresError ? least : nil), lanes: lanes)
      }
      for lane in 0..<lanes {
        let expected = problem.product(a, start: drive, lanes: lanes, lane: lane)
        let scales = magnitudes.product(
          a.map(abs), start: zip(z, drive).map { abs($0) + abs($1) }, lanes: lanes, lane: lane)
        var (change, size, error) = (0.0, 0.0, 0.0)
        for row in 0..<33 {
          let old = z[row * lanes + lane]
          change = max(change, abs(expected[row] - old))
          size = max(size, abs(expected[row]))
          error = max(error, abs(expected[row] - old) / max(scales[row], least[lane]))
          let wanted = running[lane] == 0 ? old : expected[row]
          #expect(next[row * lanes + lane] == wanted)
        }
        #expect(measured.values[lane] == change && measured.values[lanes + lane] == size)
        if measuresError { #expect(measured.values[2 * lanes + lane] == error) }
      }
    }
  }

  @Test(
    "Adjoint steps by definition, with lanes that stand still", arguments: SparseKernels.laneCounts)
  func adjointStep(lanes: Int) {
    var problem = Problem(rows: 33, columns: 33, seed: 11)
    let x = problem.vector(33 * lanes)
    let source = problem.vector(33 * lanes)
    let slope = problem.vector(33 * lanes)
    let d = problem.vector(33 * lanes)
    let running = (0..<lanes).map { Int64(lanes == 1 || $0 % 3 != 1 ? -1 : 0) }
    var next = [Double](repeating: .nan, count: 33 * lanes)
    var largest = [Double](repeating: -1, count: lanes)
    var scale = largest
    problem.withRows {
      SparseKernels.adjointStep(
        $0, rows: 0..<33, x: x, source: source, slope: slope, d: d, running: running, next: &next,
        largest: &largest, scale: &scale, lanes: lanes)
    }
    for lane in 0..<lanes {
      let sums = problem.product(x, start: source, lanes: lanes, lane: lane)
      var most = 0.0
      var widest = 0.0
      for row in 0..<33 {
        let old = d[row * lanes + lane]
        let now = slope[row * lanes + lane] * sums[row]
        most = max(most, abs(now - old))
        widest = max(widest, abs(now), abs(old))
        #expect(next[row * lanes + lane] == (running[lane] == 0 ? old : now))
      }
      #expect(largest[lane] == most && scale[lane] == widest)
    }
  }

  @Test(
    "What is not finite in one lane shows there and nowhere else",
    arguments: SparseKernels.laneCounts, [Double.nan, .infinity])
  func notFinite(lanes: Int, value: Double) {
    var problem = Problem(rows: 33, columns: 33, seed: 12)
    let a = problem.vector(33 * lanes)
    var z = problem.vector(33 * lanes)
    z[7 * lanes + lanes / 2] = value
    let running = [Int64](repeating: -1, count: lanes)
    var next = a
    var largest = [Double](repeating: 0, count: lanes)
    var scale = largest
    let measured = Measured(lanes)
    problem.withRows {
      SparseKernels.step(
        $0, rows: 0..<33, a: a, drive: a, z: z, running: running, next: &next,
        change: measured.change(least: Array(repeating: 1e-300, count: lanes)), lanes: lanes)
    }
    for lane in 0..<lanes {
      #expect(measured.values[lane].isNaN == (lane == lanes / 2))
      #expect(measured.values[2 * lanes + lane].isNaN == (lane == lanes / 2))
    }
    problem.withRows {
      SparseKernels.adjointStep(
        $0, rows: 0..<33, x: a, source: a, slope: a, d: z, running: running, next: &next,
        largest: &largest, scale: &scale, lanes: lanes)
    }
    for lane in 0..<lanes { #expect(!largest[lane].isFinite == (lane == lanes / 2)) }
  }
}
