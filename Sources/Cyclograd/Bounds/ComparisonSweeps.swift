/// M = Γ|W| of a whole network, or its transpose, with entries rounded outward, and solutions of s = M s + b by plain sweeps,
/// stage by stage.
///
/// The products that prove a bound also find it: from 0, sweeps that are rounded downward stay below s; where
/// M w + b < w holds, rounded upward, w lies above s and the spectral radius of M is below 1. So it needs no other solver
/// where sweeps come to an end soon, however large the network is.
struct ComparisonSweeps: Sendable {
  struct Stage {
    var neurons: Range<Int>
    /// Groups of neurons each of which gets the sum over the group: softmax, and stages with a reach.
    var pools: [Range<Int>]
    var isCyclic: Bool
    /// The most entries of a row.
    var mostTerms: Int
  }

  let count: Int
  var starts: [Int32]
  /// Where the entries of each row begin that come from its own cyclic stage; what others give does not change while it is
  /// swept.
  var inner: [Int32]
  var columns: [Int32]
  private(set) var up: [Double]
  private var down: [Double]
  /// In the order in which they are solved.
  private(set) var stages: [Stage]
  /// Whether sums over pools are taken of what is multiplied, instead of the product.
  let isTransposed: Bool
  let threads: Int
  /// What ``above(_:)`` keeps.
  let inverses = StageInverses()

  static let least = 0x1p-300

  /// So many sweeps of one stage are cheaper than another way.
  private static let mostSweeps = 400

  /// - Parameters:
  ///   - slopes: Γ of each unit.
  ///   - reaches: for stages by their number 1/m, where ‖δa‖₂ ≤ ‖δu‖₂ / m stands in place of Γ|W|.
  init(
    _ network: Network, weights: [Double], slopes: [Double], reaches: [Int: Double] = [:],
    threads: Int
  ) {
    count = network.neuronCount
    isTransposed = false
    self.threads = threads
    starts = [0]
    (inner, columns, up, down, stages) = ([], [], [], [], [])
    starts.reserveCapacity(count + 1)
    columns.reserveCapacity(network.edgeCount)
    up.reserveCapacity(network.edgeCount)
    down.reserveCapacity(network.edgeCount)
    let pools = NormPools(network, reaches)
    for (number, stage) in network.stages.enumerated() {
      if let reach = reaches[number] {
        append(pools.reached(stage, weights, times: reach))
        for _ in stage.neurons {
          inner.append(Int32(columns.count))
          starts.append(Int32(columns.count))
        }
        continue
      }
      for k in Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound) {
        if !reaches.isEmpty {
          append(pools.rows(of: k, weights, slopes) { !stage.neurons.contains($0) })
        } else {
          append(k, network, weights, slopes) { !stage.isCyclic || !stage.neurons.contains($0) }
        }
        inner.append(Int32(columns.count))
        if stage.isCyclic { append(k, network, weights, slopes, where: stage.neurons.contains) }
        starts.append(Int32(columns.count))
      }
    }
    let rowStarts = starts
    stages = network.stages.enumerated().map { number, stage in
      let neurons = Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound)
      guard reaches[number] == nil else {
        return Stage(
          neurons: neurons, pools: [neurons], isCyclic: false,
          mostTerms: Self.mostTerms(rowStarts, neurons, 1))
      }
      let pools = network.runs[Int(stage.runs.lowerBound)..<Int(stage.runs.upperBound)].filter {
        network.evaluations[Int($0.group)].isSoftmax
      }
      return Stage(
        neurons: neurons,
        pools: pools.map { Int($0.neurons.lowerBound)..<Int($0.neurons.upperBound) },
        isCyclic: stage.isCyclic, mostTerms: Self.mostTerms(rowStarts, neurons, pools.count))
    }
  }

  /// Appends the entries of a row from some neurons.
  private mutating func append(
    _ k: Int, _ network: Network, _ weights: [Double], _ slopes: [Double],
    where isMeant: (Int32) -> Bool
  ) {
    for s in Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1]) {
      let slope = slopes[s]
      for e in network.inEdges(of: s) {
        let weight = weights[e].magnitude
        guard weight != 0, slope != 0, isMeant(Int32(network.sourceNeuron(of: e, into: s))) else {
          continue
        }
        columns.append(Int32(network.sourceNeuron(of: e, into: s)))
        // So large that no product of ``above(_:)`` vanishes by underflow.
        up.append(max(Self.least, slope == 1 ? weight : Rounding.productUp(slope, weight)))
        down.append(slope == 1 ? weight : Rounding.productDown(slope, weight))
      }
    }
  }

  private mutating func append(_ entries: [NormPools.Entry]) {
    for entry in entries {
      columns.append(entry.column)
      up.append(entry.up)
      down.append(entry.down)
    }
  }

  /// The transpose of another one.
  init(transposeOf other: ComparisonSweeps) {
    (count, isTransposed, threads) = (other.count, true, other.threads)
    var starts = [Int32](repeating: 0, count: count + 1)
    for j in other.columns { starts[Int(j) + 1] += 1 }
    for j in 0..<count { starts[j + 1] += starts[j] }
    var columns = [Int32](repeating: 0, count: other.columns.count)
    var up = [Double](repeating: 0, count: columns.count)
    var down = up
    // First what comes from other stages, then the rest: both in the order of the rows.
    var next = starts
    var inner = [Int32](repeating: 0, count: count)
    for isInner in [false, true] {
      for k in 0..<count {
        let split = Int(other.inner[k])
        for entry in isInner ? split..<Int(other.starts[k + 1]) : Int(other.starts[k])..<split {
          let j = Int(other.columns[entry])
          let place = Int(next[j])
          next[j] += 1
          columns[place] = Int32(k)
          up[place] = other.up[entry]
          down[place] = other.down[entry]
        }
      }
      if !isInner { for j in 0..<count { inner[j] = next[j] } }
    }
    self.inner = inner
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
    let (below, above, next) = (Vector(count), Vector(count), Room(count))
    let (given, extra) = (Room(count), Room(count))
    return least.withUnsafeBufferPointer { least in
      most.withUnsafeBufferPointer { most in
        for stage in stages {
          enter(stage, Downward.self, down, least, from: below, into: given.buffer)
          guard stage.isCyclic else {
            finish(stage, Downward.self, least, nil, given.buffer)
            take(stage, Downward.self, given.buffer, into: below)
            enter(stage, Upward.self, up, most, from: above, into: given.buffer)
            finish(stage, Upward.self, most, nil, given.buffer)
            take(stage, Upward.self, given.buffer, into: above)
            continue
          }
          guard raise(stage, least, given.buffer, below, next.buffer) else { return nil }
          enter(stage, Upward.self, up, most, from: above, into: given.buffer)
          guard lower(stage, most, given.buffer, below, above, next.buffer, extra.buffer) else {
            return nil
          }
        }
        return .init(lower: Array(below.values.buffer), upper: Array(above.values.buffer))
      }
    }
  }

  /// Sweeps upward from 0, rounded downward.
  private func raise(
    _ stage: Stage, _ least: UnsafeBufferPointer<Double>, _ given: Buffer, _ below: Vector,
    _ next: Buffer
  ) -> Bool {
    let values = below.values.buffer
    var earlier = Double.infinity
    for round in 0..<Self.mostSweeps {
      sweep(stage, Downward.self, down, least, given, from: below, into: next)
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
    _ stage: Stage, _ most: UnsafeBufferPointer<Double>, _ given: Buffer, _ below: Vector,
    _ above: Vector, _ next: Buffer, _ extra: Buffer
  ) -> Bool {
    let (low, high) = (below.values.buffer, above.values.buffer)
    for k in stage.neurons { next[k] = low[k] }
    take(stage, Upward.self, next, into: above)
    let largest = stage.neurons.reduce(0.0) { max($0, low[$1], most[$1]) }
    let floor = largest == 0 ? 1 : largest * 0x1p-60
    var share = max(0x1p-46, Double(stage.mostTerms) * 0x1p-49)
    for _ in 0..<8 {
      for k in stage.neurons { extra[k] = share * max(low[k], floor) }
      var hasSettled = false
      for _ in 0..<Self.mostSweeps where !hasSettled {
        sweep(stage, Nearest.self, up, most, given, extra, from: above, into: next)
        hasSettled = stage.neurons.allSatisfy { next[$0] - high[$0] <= extra[$0] / 8 }
        take(stage, Upward.self, next, into: above)
      }
      guard hasSettled else { return false }
      sweep(stage, Upward.self, up, most, given, from: above, into: next)
      if stage.neurons.allSatisfy({ next[$0] < high[$0] }) {
        guard largest == 0, isUndriven(stage, above) else {
          narrow(stage, most, given, above, next)
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
      (Int(starts[k])..<Int(inner[k])).allSatisfy {
        above.multiplied.buffer[Int(columns[$0])] == 0
      }
    }
  }

  /// What such a vector is mapped to is one, too, and nearer.
  private func narrow(
    _ stage: Stage, _ most: UnsafeBufferPointer<Double>, _ given: Buffer, _ above: Vector,
    _ next: Buffer
  ) {
    let values = above.values.buffer
    for _ in 0..<40 {
      sweep(stage, Upward.self, up, most, given, from: above, into: next)
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
}
