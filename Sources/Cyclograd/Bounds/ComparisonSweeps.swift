/// M = Γ|W| of a whole network, or its transpose, with entries rounded outward, and solutions of s = M s + b by plain sweeps,
/// stage by stage.
///
/// The products that prove a bound also find it: from 0, sweeps that are rounded downward stay below s; where
/// M w + b < w holds, rounded upward, w lies above s and the spectral radius of M is below 1. So it needs no other solver
/// where sweeps come to an end soon, however large the network is.
struct ComparisonSweeps: Sendable {
  private struct Stage {
    var neurons: Range<Int>
    /// Groups of neurons each of which gets the sum over the group: softmax.
    var pools: [Range<Int>]
    var isCyclic: Bool
    /// The most entries of a row.
    var mostTerms: Int
  }

  private let count: Int
  private var starts: [Int32]
  private var columns: [Int32]
  private var up: [Double]
  private var down: [Double]
  /// In the order in which they are solved.
  private var stages: [Stage]
  /// Whether sums over pools are taken of what is multiplied, instead of the product.
  private let isTransposed: Bool
  private let threads: Int

  /// So many sweeps of one stage are cheaper than another way.
  private static let mostSweeps = 400

  /// - Parameter slopes: Γ of each unit.
  init(_ network: Network, weights: [Double], slopes: [Double], threads: Int) {
    count = network.neuronCount
    isTransposed = false
    self.threads = threads
    starts = [0]
    (columns, up, down) = ([], [], [])
    starts.reserveCapacity(count + 1)
    columns.reserveCapacity(network.edgeCount)
    up.reserveCapacity(network.edgeCount)
    down.reserveCapacity(network.edgeCount)
    for k in 0..<count {
      for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
        let slope = slopes[s]
        for e in Int(network.rowStarts[s])..<Int(network.rowStarts[s + 1]) {
          let weight = weights[e].magnitude
          guard weight != 0, slope != 0 else { continue }
          columns.append(network.columns[e])
          up.append(slope == 1 ? weight : Rounding.productUp(slope, weight))
          down.append(slope == 1 ? weight : Rounding.productDown(slope, weight))
        }
      }
      starts.append(Int32(columns.count))
    }
    let rowStarts = starts
    stages = network.stages.map { stage in
      let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
      let pools = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)].filter {
        network.evaluations[Int($0.group)].isSoftmax
      }
      return Stage(
        neurons: neurons,
        pools: pools.map { Int($0.neurons.lowerBound)..<Int($0.neurons.upperBound) },
        isCyclic: stage.isCyclic, mostTerms: Self.mostTerms(rowStarts, neurons, pools.count))
    }
  }

  /// The transpose of another one.
  init(transposeOf other: ComparisonSweeps) {
    (count, isTransposed, threads) = (other.count, true, other.threads)
    var starts = [Int32](repeating: 0, count: count + 1)
    for j in other.columns { starts[Int(j) + 1] += 1 }
    for j in 0..<count { starts[j + 1] += starts[j] }
    var next = starts
    var columns = [Int32](repeating: 0, count: other.columns.count)
    var up = [Double](repeating: 0, count: columns.count)
    var down = up
    for k in 0..<count {
      for entry in Int(other.starts[k])..<Int(other.starts[k + 1]) {
        let j = Int(other.columns[entry])
        let place = Int(next[j])
        next[j] += 1
        columns[place] = Int32(k)
        up[place] = other.up[entry]
        down[place] = other.down[entry]
      }
    }
    (self.starts, self.columns, self.up, self.down) = (starts, columns, up, down)
    stages = other.stages.reversed().map { stage in
      var stage = stage
      stage.mostTerms = Self.mostTerms(starts, stage.neurons, stage.pools.count)
      return stage
    }
  }

  private static func mostTerms(_ starts: [Int32], _ neurons: Range<Int>, _ pools: Int) -> Int {
    let most = neurons.reduce(0) { max($0, Int(starts[$1 + 1] - starts[$1])) }
    return most + (pools > 0 ? neurons.count : 0) + 2
  }

  /// Encloses the solution s of s = M s + b, `least` ≤ b ≤ `most`; `nil` where sweeps take too long or do not end.
  ///
  /// - Complexity: O(entries) for acyclic parts, times the sweeps for cyclic ones.
  func enclose(_ least: [Double], _ most: [Double]) -> ComparisonGraph.Solution? {
    let (below, above, next, drive) = (Vector(count), Vector(count), Room(count), Room(count))
    return least.withUnsafeBufferPointer { least in
      most.withUnsafeBufferPointer { most in
        for stage in stages {
          guard stage.isCyclic else {
            sweep(stage, Downward.self, down, least, from: below, into: next.buffer)
            take(stage, Downward.self, next.buffer, into: below)
            sweep(stage, Upward.self, up, most, from: above, into: next.buffer)
            take(stage, Upward.self, next.buffer, into: above)
            continue
          }
          guard raise(stage, least, below, next.buffer),
            lower(stage, most, below, above, next.buffer, drive.buffer)
          else { return nil }
        }
        return .init(lower: Array(below.values.buffer), upper: Array(above.values.buffer))
      }
    }
  }

  /// Sweeps upward from 0, rounded downward.
  private func raise(
    _ stage: Stage, _ least: UnsafeBufferPointer<Double>, _ below: Vector, _ next: Buffer
  ) -> Bool {
    let values = below.values.buffer
    var earlier = Double.infinity
    for round in 0..<Self.mostSweeps {
      sweep(stage, Downward.self, down, least, from: below, into: next)
      var largest = 0.0
      for k in stage.neurons { largest = max(largest, next[k]) }
      let floor = largest * 0x1p-60
      var change = 0.0
      for k in stage.neurons {
        let step = next[k] - values[k]
        if step > floor { change = max(change, step / next[k]) }
      }
      take(stage, Downward.self, next, into: below)
      guard largest.isFinite, !change.isNaN else { return false }
      if change <= 0x1p-46 { return true }
      // What shrinks too slowly is known early.
      if round % 32 == 31 {
        if change > earlier * 0.35 { return false }
        earlier = change
      }
    }
    return false
  }

  /// Finds w above the solution of a stage: the solution for a slightly larger b, of which M w + b < w is proved.
  private func lower(
    _ stage: Stage, _ most: UnsafeBufferPointer<Double>, _ below: Vector, _ above: Vector,
    _ next: Buffer, _ drive: Buffer
  ) -> Bool {
    let (low, high) = (below.values.buffer, above.values.buffer)
    for k in stage.neurons { next[k] = low[k] }
    take(stage, Upward.self, next, into: above)
    let largest = stage.neurons.reduce(0.0) { max($0, low[$1], most[$1]) }
    let floor = largest == 0 ? 1 : largest * 0x1p-60
    var share = max(0x1p-46, Double(stage.mostTerms) * 0x1p-49)
    for _ in 0..<8 {
      for k in stage.neurons { drive[k] = most[k] + share * max(low[k], floor) }
      var hasSettled = false
      for _ in 0..<Self.mostSweeps where !hasSettled {
        sweep(stage, Nearest.self, up, UnsafeBufferPointer(drive), from: above, into: next)
        hasSettled = stage.neurons.allSatisfy { next[$0] - high[$0] <= (drive[$0] - most[$0]) / 8 }
        take(stage, Upward.self, next, into: above)
      }
      guard hasSettled else { return false }
      sweep(stage, Upward.self, up, most, from: above, into: next)
      if stage.neurons.allSatisfy({ next[$0] < high[$0] }) {
        guard largest == 0, isUndriven(stage, above) else {
          narrow(stage, most, above, next)
          return true
        }
        // Nothing drives it, and there is one solution.
        for k in stage.neurons { next[k] = 0 }
        take(stage, Upward.self, next, into: above)
        return true
      }
      share *= 8
    }
    return false
  }

  /// Whether nothing comes from stages before this one.
  private func isUndriven(_ stage: Stage, _ above: Vector) -> Bool {
    stage.neurons.allSatisfy { k in
      (Int(starts[k])..<Int(starts[k + 1])).allSatisfy {
        let j = Int(columns[$0])
        return stage.neurons.contains(j) || above.multiplied.buffer[j] == 0
      }
    }
  }

  /// What such a vector is mapped to is one, too, and nearer.
  private func narrow(
    _ stage: Stage, _ most: UnsafeBufferPointer<Double>, _ above: Vector, _ next: Buffer
  ) {
    let values = above.values.buffer
    for _ in 0..<40 {
      sweep(stage, Upward.self, up, most, from: above, into: next)
      var gain = 0.0
      for k in stage.neurons {
        // No larger than before, whatever rounding does.
        next[k] = min(next[k], values[k])
        if values[k] > 0 { gain = max(gain, (values[k] - next[k]) / values[k]) }
      }
      take(stage, Upward.self, next, into: above)
      guard gain > 0x1p-47 else { break }
    }
  }

  // MARK: One sweep

  private typealias Buffer = UnsafeMutableBufferPointer<Double>

  /// Memory that sweeps write to, row by row, without copies.
  private final class Room {
    let buffer: Buffer

    init(_ count: Int) {
      buffer = .allocate(capacity: count)
      buffer.initialize(repeating: 0)
    }

    deinit { buffer.deallocate() }
  }

  /// A vector, and what a product multiplies: the vector itself, or its sums over pools.
  private final class Vector {
    let values: Room
    let multiplied: Room

    init(_ count: Int) { (values, multiplied) = (Room(count), Room(count)) }
  }

  /// Takes what a sweep has written.
  private func take<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ next: Buffer, into vector: Vector
  ) {
    let (values, multiplied) = (vector.values.buffer, vector.multiplied.buffer)
    for k in stage.neurons {
      values[k] = next[k]
      multiplied[k] = next[k]
    }
    guard isTransposed else { return }
    for pool in stage.pools {
      let total = pool.reduce(0.0) { A.sum($0, values[$1]) }
      for k in pool { multiplied[k] = total }
    }
  }

  /// M v + b on the neurons of a stage.
  private func sweep<A: SweepArithmetic>(
    _ stage: Stage, _ arithmetic: A.Type, _ entries: [Double], _ b: UnsafeBufferPointer<Double>,
    from vector: Vector, into result: Buffer
  ) {
    let range = stage.neurons
    let pieces = Parallel.pieces(Int(starts[range.upperBound] - starts[range.lowerBound]))
    nonisolated(unsafe) let (v, b, result) = (vector.multiplied.buffer, b, result)
    let isPooled = !isTransposed && !stage.pools.isEmpty
    // The body throws nothing.
    try? Parallel.forEach(pieces, threads: threads) { _, piece in
      rows(
        Parallel.part(piece, pieces, of: range, 1), arithmetic, entries, v, isPooled ? nil : b,
        result)
    }
    guard isPooled else { return }
    for pool in stage.pools {
      let total = pool.reduce(0.0) { A.sum($0, result[$1]) }
      for k in pool { result[k] = total }
    }
    for k in range where b[k] != 0 { result[k] = A.sum(result[k], b[k]) }
  }

  private func rows<A: SweepArithmetic>(
    _ range: Range<Int>, _ arithmetic: A.Type, _ entries: [Double], _ v: Buffer,
    _ b: UnsafeBufferPointer<Double>?, _ result: Buffer
  ) {
    starts.withUnsafeBufferPointer { starts in
      columns.withUnsafeBufferPointer { columns in
        entries.withUnsafeBufferPointer { entries in
          for k in range {
            var sum = b?[k] ?? 0
            for entry in Int(starts[k])..<Int(starts[k + 1]) {
              let x = v[Int(columns[entry])]
              if x != 0 { sum = A.sum(sum, A.product(entries[entry], x)) }
            }
            result[k] = sum
          }
        }
      }
    }
  }
}
