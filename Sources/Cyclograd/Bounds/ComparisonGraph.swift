import Synchronization

/// The comparison graph a = Γ (|W| a + u) of a network: bounds of how far two states lie apart whose units are driven
/// by numbers that lie at most u apart (El Ghaoui, Gu, Travacca, Askari & Tsai 2021, (4.6) and (4.8)).
///
/// Where v > 0 has M v < v, rounded upward, the
/// spectral radius of M = Γ|W| is below 1 (Collatz 1942, Wielandt 1950); then s = M s + Γu has one solution, every
/// w with M w + Γu ≤ w lies above it, and every w ≥ 0 with M w + Γu ≥ w below it. Plain sweeps find such vectors where
/// they come to an end soon (``ComparisonSweeps``). Otherwise solutions come from the simulator, which is trusted in
/// nothing: both are checked by one product each, rounded outward, of w = s̃ ± ε v.
struct ComparisonGraph: Sendable {
  let network: Network
  let weights: [Double]
  let matrix: ComparisonMatrix
  let slopes: LinearizedGraph.Slopes
  private let forward: ComparisonSweeps
  /// Neurons whose drives are summed: softmax groups, and stages with a reach; ascending.
  private let pools: [Range<Int>]
  private let hasReaches: Bool
  let threads: Int
  private let lazy: Lazy

  /// 1/m of cyclic stages that are monotone and not proved to contract, by their number.
  static func reaches(_ network: Network, _ weights: [Double]) -> [Int: Double] {
    var result: [Int: Double] = [:]
    for (number, stage) in network.stages.enumerated() where stage.isCyclic {
      if let matrix = try? ComparisonMatrix(network, weights: weights, stage: stage),
        PerronFrobeniusInterval(matrix).upper < 1
      {
        continue
      }
      if let modulus = MonotoneCondition.modulus(network, weights, stage) {
        result[number] = Rounding.quotientUp(1, modulus)
      }
    }
    return result
  }

  /// What is made when it is first needed.
  private final class Lazy: Sendable {
    let transposed = Mutex<ComparisonSweeps?>(nil)
    let linear: Mutex<LinearizedGraph?>
    let parameters = Mutex<Parameters?>(nil)

    init(_ linear: LinearizedGraph?) { self.linear = Mutex(linear) }
  }

  /// Bounds of one solution, per neuron in condensation order.
  struct Solution: Sendable {
    var lower: [Double]
    var upper: [Double]
  }

  /// - Parameters:
  ///   - linear: the linearized graph, if there is one already.
  ///   - reaches: for stages by their number 1/m, where ‖δa‖₂ ≤ ‖δu‖₂ / m stands in place of Γ|W|.
  /// - Throws: ``NoCertificate`` where an activation has no bound of its slope.
  init(
    _ network: Network, _ weights: [Double], linear: LinearizedGraph? = nil,
    reaches: [Int: Double] = [:], threads: Int = 1
  ) throws(NoCertificate) {
    self.network = network
    self.weights = weights
    matrix = try ComparisonMatrix(whole: network, weights: weights)
    var slopes = LinearizedGraph.Slopes(network)
    var ofUnits = [Double](repeating: 0, count: network.unitCount)
    var pools: [Range<Int>] = []
    let inputs = Set(network.inputUnits)
    for run in network.runs {
      let bounds = try network.slopeBounds(
        of: run, movedBy: 0..<network.neuronCount, inputs: inputs)
      let isSoftmax = network.evaluations[Int(run.group)].isSoftmax
      if isSoftmax { pools.append(Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)) }
      for k in Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound) {
        let first = Int(network.unitStarts[k])
        for (index, bound) in bounds.enumerated() {
          ofUnits[first + index] = bound
          if isSoftmax {
            slopes.pooled[first + index] = bound
          } else {
            slopes.own[first + index] = bound
          }
        }
        if isSoftmax { slopes.link[k] = 1 }
      }
    }
    for (number, reach) in reaches {
      let stage = network.stages[number]
      pools.append(Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound))
      for s in network.units(of: stage) { (slopes.own[s], slopes.pooled[s]) = (0, reach) }
      for k in stage.neurons { slopes.link[Int(k)] = 1 }
    }
    self.pools = pools.sorted { $0.lowerBound < $1.lowerBound }
    self.slopes = slopes
    hasReaches = !reaches.isEmpty
    self.threads = threads
    forward = ComparisonSweeps(
      network, weights: weights, slopes: ofUnits, reaches: reaches, threads: threads)
    lazy = Lazy(linear)
  }

  private var transposed: ComparisonSweeps {
    lazy.transposed.withLock { known in
      let sweeps = known ?? ComparisonSweeps(transposeOf: forward)
      known = sweeps
      return sweeps
    }
  }

  private func linear() throws -> LinearizedGraph {
    try lazy.linear.withLock { known in
      let linear = try known ?? LinearizedGraph(network)
      known = linear
      return linear
    }
  }

  /// Γ|W| as weights of the linearized graph.
  func parameters(_ linear: LinearizedGraph) -> Parameters {
    lazy.parameters.withLock { known in
      let parameters = known ?? linear.parameters(slopes, weights: weights, absolute: true)
      known = parameters
      return parameters
    }
  }

  /// (Γᵀ t)_s: how much a unit's drive counts where its neurons count t.
  func atUnit(
    _ s: Int, _ t: [Double], sum: (Double, Double) -> Double, product: (Double, Double) -> Double
  ) -> Double {
    let k = Int(network.neuronOfUnit[s])
    guard slopes.link[k] != 0 else { return product(slopes.own[s], t[k]) }
    let pool = pools[pools.partitioningIndex { $0.upperBound > k }]
    return product(slopes.pooled[s], pool.reduce(0.0) { sum($0, t[$1]) })
  }

  /// Γu, per neuron.
  private func driven<A: SweepArithmetic>(_ u: [Double], _ arithmetic: A.Type) -> [Double] {
    var result = [Double](repeating: 0, count: network.neuronCount)
    for s in u.indices where u[s] != 0 {
      let k = Int(network.neuronOfUnit[s])
      let slope = slopes.link[k] != 0 ? slopes.pooled[s] : slopes.own[s]
      result[k] = A.sum(result[k], slope == 1 ? u[s] : A.product(slope, u[s]))
    }
    for pool in pools {
      let total = pool.reduce(0.0) { A.sum($0, result[$1]) }
      for k in pool { result[k] = total }
    }
    return result
  }

  /// Encloses (I − M)⁻¹ Γu for each row u ≥ 0, per unit in condensation order.
  ///
  /// - Throws: ``NoCertificate`` where M is not proved to have a spectral radius below 1.
  func solve(_ drives: [[Double]]) throws -> [Solution] {
    try drives.map { drive in
      let (least, most) = (driven(drive, Downward.self), driven(drive, Upward.self))
      try Self.check(most)
      if let solution = forward.enclose(least, most) { return solution }
      guard !hasReaches else { throw Self.noProof }
      // Γu to nearest; it enters the proof again, rounded.
      let linear = try linear()
      let parameters = parameters(linear)
      return try enclose([driven(drive, Nearest.self)]) {
        try linear.solve(parameters, drives: $0)
      } image: { row, v, sum, product in
        matrix.times(v, drive: row.map { _ in drive }, sum: sum, product: product)
      }[0]
    }
  }

  /// An upper bound of (I − M)⁻¹ Γu for u ≥ 0; faster than both bounds where many are wanted.
  ///
  /// - Throws: ``NoCertificate`` where M is not proved to have a spectral radius below 1.
  func above(_ drive: [Double]) throws -> [Double] {
    let most = driven(drive, Upward.self)
    try Self.check(most)
    return try forward.above(most) ?? solve([drive])[0].upper
  }

  /// Encloses (I − M)⁻ᵀ c for each row c ≥ 0, per neuron in condensation order.
  func solveTransposed(_ functionals: [[Double]]) throws -> [Solution] {
    let transposed = transposed
    return try functionals.map { functional in
      try Self.check(functional)
      if let solution = transposed.enclose(functional, functional) { return solution }
      guard !hasReaches else { throw Self.noProof }
      let linear = try linear()
      let parameters = parameters(linear)
      return try enclose([functional]) { rows in
        try linear.solveTransposed(parameters, rows)
      } image: { row, v, sum, product in
        let reached = matrix.transposedTimes(v, sum: sum, product: product)
        guard row != nil else { return reached }
        return zip(reached, functional).map { $1 == 0 ? $0 : ($0 == 0 ? $1 : sum($0, $1)) }
      }[0]
    }
  }

  private static let noProof = NoCertificate(
    reason: "the Perron-Frobenius eigenvalue of Γ|W| is not proved to be below 1")

  private static func check(_ right: [Double]) throws(NoCertificate) {
    guard right.allSatisfy(\.isFinite) else {
      throw NoCertificate(reason: "a number of the box is not finite")
    }
  }

  private func enclose(
    _ right: [[Double]], _ solve: (Matrix) throws -> Equilibrium,
    image: (Int?, [Double], (Double, Double) -> Double, (Double, Double) -> Double) -> [Double]
  ) throws -> [Solution] {
    try enclose(
      right, { (rows: Matrix) in try solve(rows).requireConverged().neuronActivations },
      image: image)
  }

  private func enclose(
    _ right: [[Double]], _ solve: (Matrix) throws -> Matrix,
    image: (Int?, [Double], (Double, Double) -> Double, (Double, Double) -> Double) -> [Double]
  ) throws -> [Solution] {
    guard let largest = right.joined().max() else {
      return right.map { _ in .init(lower: [], upper: []) }
    }
    guard largest.isFinite else { throw NoCertificate(reason: "a number of the box is not finite") }
    let count = network.neuronCount
    let noProof = Self.noProof
    func solved(_ rows: [[Double]]) throws -> [[Double]] {
      do {
        let found = try solve(Matrix(rows))
        return (0..<rows.count).map { Array(found[row: $0].prefix(count)) }
      } catch is CyclogradError {
        throw noProof
      }
    }
    var states = try solved(right)
    // What a solver's tolerance leaves over would widen the enclosure; once more takes most of it away.
    let rest = states.enumerated().map { row, state in
      zip(zip(right[row], state), image(nil, state, +, *)).map { ($0.0 - $0.1) + $1 }
    }
    if rest.joined().contains(where: { $0 != 0 }) {
      for (row, correction) in try solved(rest).enumerated() {
        for k in correction.indices { states[row][k] += correction[k] }
      }
    }
    // The second solution is what the first may be enlarged by; the floor reaches what nothing drives.
    let floor = max(largest, 1) * 0x1p-900
    let shapes = try solved(states.map { $0.map { max(0, $0) + floor } })
    return try (0..<right.count).map { row in
      let v = shapes[row]
      guard v.allSatisfy({ $0 > 0 && $0.isFinite }) else { throw noProof }
      let moved = image(nil, v, Rounding.sumUp, Rounding.productUp)
      guard zip(moved, v).allSatisfy({ $0 < $1 }) else { throw noProof }
      let inflated = Self.search { share in
        let most = (0..<count).map { (max(0, states[row][$0]) + share * v[$0]).nextUp }
        let moved = image(row, most, Rounding.sumUp, Rounding.productUp)
        return zip(moved, most).allSatisfy { $0 <= $1 } ? most : nil
      }
      guard var upper = inflated else { throw noProof }
      var lower =
        Self.search { share in
          let least = (0..<count).map { max(0, (states[row][$0] - share * v[$0]).nextDown) }
          let moved = image(row, least, Rounding.sumDown, Rounding.productDown)
          return zip(moved, least).allSatisfy { $0 >= $1 } ? least : nil
        } ?? [Double](repeating: 0, count: count)
      // What such a vector is mapped to is one, too, and nearer.
      upper = Self.narrowed(upper) { image(row, $0, Rounding.sumUp, Rounding.productUp) }
      lower = Self.narrowed(lower) { image(row, $0, Rounding.sumDown, Rounding.productDown) }
      return Solution(lower: lower, upper: upper)
    }
  }

  /// The first vector that holds, with shares from rounding errors upward.
  private static func search(_ vector: (_ share: Double) -> [Double]?) -> [Double]? {
    var share = 0x1p-51
    while share < 1 {
      if let found = vector(share) { return found }
      share *= 4
    }
    return nil
  }

  /// Maps a vector until that changes it by no more than rounding does.
  private static func narrowed(_ start: [Double], _ image: ([Double]) -> [Double]) -> [Double] {
    var best = start
    for _ in 0..<40 {
      let next = image(best)
      let gain = zip(best, next).contains { abs($0 - $1) > 0x1p-44 * $0 }
      guard gain else { break }
      best = next
    }
    return best
  }
}
