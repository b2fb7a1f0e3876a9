/// Weights that are divided by their spectral norm where that is larger than a bound (Miyato et al. 2018; Reshniak & Webster
/// 2020, section 2.4.1).
///
/// Training changes weights W; the network has W̃ = W / max(1, σ/α), where σ is the largest singular value of the matrix of all
/// edges from one group to another, as an operator: ties and kernels are written out. So ‖W̃‖₂ ≤ α always.
public struct SpectralNormalisation: Hashable, Sendable {
  /// The group that the edges come from.
  public var source: String
  /// The group that they lead to.
  public var target: String
  /// α.
  public var bound: Double
  /// How many steps of the power method there are before each step of the training; `nil`: until σ has converged.
  public var iterations: Int?
  /// Whether smaller weights are scaled up, so that σ is α always.
  public var isAlways: Bool

  /// Creates a rule.
  public init(
    from source: String, to target: String, bound: Double = 1, iterations: Int? = 1,
    always isAlways: Bool = false
  ) {
    (self.source, self.target, self.bound) = (source, target, bound)
    (self.iterations, self.isAlways) = (iterations, isAlways)
  }

  /// Such as `x to h within 1.0, 1 iteration`.
  public var name: String {
    "\(source) to \(target) within \(bound), "
      + (iterations.map { "\($0) iteration\($0 == 1 ? "" : "s")" } ?? "exact")
      + (isAlways ? ", always" : "")
  }
}

/// A ``SpectralNormalisation`` of one network: a map from trained to effective parameters.
struct SpectralMap: Sendable {
  let rule: SpectralNormalisation
  /// The columns of the matrix: neurons of the source.
  let columnCount: Int
  /// The parameters of the matrix, ascending.
  let members: [Int]
  private let rowCount: Int
  private var rows: [Int32] = []
  private var columns: [Int32] = []
  private var parameters: [Int32] = []
  /// What each edge's parameter is multiplied with; empty where all factors are 1.
  private var factors: [Double] = []

  /// A singular value with its vectors.
  struct Singular {
    var value: Double
    var left: [Double]
    var right: [Double]
  }

  private static let mostIterations = 10_000

  init(_ rule: SpectralNormalisation, of trained: TrainedParameters) throws(CyclogradError) {
    self.rule = rule
    let subject = "normalise \(rule.name)"
    let network = trained.network
    guard rule.bound > 0, rule.bound.isFinite, rule.iterations ?? 1 >= 1 else {
      throw CyclogradError(
        .invalidOption, "the bound is \(rule.bound), with \(rule.iterations ?? 1) iterations",
        at: .init(subject: subject), advice: "give a positive bound, and at least one iteration")
    }
    let selection = ParameterSelection(.weights, from: rule.source, to: rule.target)
    try trained.checkGroups(of: selection, for: subject)
    let layout = network.layout
    guard let source = layout.indexOfGroup[rule.source],
      let target = layout.indexOfGroup[rule.target]
    else { preconditionFailure("the groups were checked") }
    let (from, to) = (layout.entries[source], layout.entries[target])
    columnCount = from.size
    rowCount = to.size * to.unitsPerNeuron
    for index in 0..<to.size {
      for unit in 0..<to.unitsPerNeuron {
        let s = network.unit(fileNeuron: to.firstNeuron + index, unit: unit)
        for e in network.inEdges(of: s) {
          let column =
            Int(network.fileNeuron[network.sourceNeuron(of: e, into: s)]) - from.firstNeuron
          guard 0..<from.size ~= column else { continue }
          rows.append(Int32(index * to.unitsPerNeuron + unit))
          columns.append(Int32(column))
          parameters.append(Int32(network.parameter(ofEdge: e)))
          if network.factors != nil { factors.append(network.factor(ofEdge: e)) }
        }
      }
    }
    members = Set(parameters).map { Int($0) }.sorted()
    guard !members.isEmpty else {
      throw CyclogradError(
        .invalidOption, "no edges lead from '\(rule.source)' to '\(rule.target)'",
        at: .init(subject: subject), advice: "name two groups that are connected")
    }
    guard members.allSatisfy({ trained.rateFactors[$0] > 0 }) else {
      throw CyclogradError(
        .invalidOption, "some of the weights are not trained, so they must not be scaled",
        at: .init(subject: subject), advice: "train all of them, or normalise others")
    }
  }

  /// Where the power method starts.
  func start(seed: UInt64, index: Int) -> [Double] {
    let random = CounterRandom(seed: seed, purpose: .normalisation, index: index)
    return Self.unit((0..<columnCount).map { random.normal($0) }).vector
  }

  /// Some steps of the power method: v ← Wᵀ W v, of length 1.
  func advanced(_ v: [Double], _ values: [Double], steps: Int) -> [Double] {
    var v = v
    for _ in 0..<steps {
      let (next, length) = Self.unit(transposed(image(v, values), values))
      guard length > 0 else { break }
      v = next
    }
    return v
  }

  /// ‖W v‖ with its vectors.
  func singular(_ v: [Double], _ values: [Double]) -> Singular {
    let (u, length) = Self.unit(image(v, values))
    return Singular(value: length, left: u, right: v)
  }

  /// The largest singular value and its vectors, which take longer to converge; where the second largest is almost as
  /// large, they are some of the space of both.
  func converged(from start: [Double], _ values: [Double]) -> Singular {
    var found = singular(advanced(start, values, steps: 2), values)
    for _ in 0..<Self.mostIterations {
      let next = singular(advanced(found.right, values, steps: 1), values)
      let change = zip(next.right, found.right).reduce(0) { max($0, abs($1.0 - $1.1)) }
      found = next
      if change <= 1e-15 { break }
    }
    return found
  }

  /// What weights are multiplied with.
  func factor(_ sigma: Double) -> Double {
    guard sigma > 0 else { return 1 }
    return sigma > rule.bound || rule.isAlways ? rule.bound / sigma : 1
  }

  /// Turns derivatives by effective parameters into those by trained ones: α/σ (G − ⟨G, W⟩/σ · u vᵀ), on the edges that
  /// there are, ties summed. It is exact for v as it is.
  func pullBack(_ gradient: inout [Double], _ values: [Double], _ singular: Singular) {
    let scale = factor(singular.value)
    guard singular.value > rule.bound || rule.isAlways, singular.value > 0 else { return }
    var product = 0.0
    for p in members { product += gradient[p] * values[p] }
    for p in members { gradient[p] *= scale }
    let shift = scale * product / singular.value
    for edge in rows.indices {
      gradient[Int(parameters[edge])] -=
        shift * factor(ofEdge: edge) * singular.left[Int(rows[edge])]
        * singular.right[Int(columns[edge])]
    }
  }

  private func factor(ofEdge edge: Int) -> Double { factors.isEmpty ? 1 : factors[edge] }

  private func weight(_ edge: Int, _ values: [Double]) -> Double {
    factor(ofEdge: edge) * values[Int(parameters[edge])]
  }

  private func image(_ v: [Double], _ values: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: rowCount)
    for edge in rows.indices {
      result[Int(rows[edge])] += weight(edge, values) * v[Int(columns[edge])]
    }
    return result
  }

  private func transposed(_ u: [Double], _ values: [Double]) -> [Double] {
    var result = [Double](repeating: 0, count: columnCount)
    for edge in rows.indices {
      result[Int(columns[edge])] += weight(edge, values) * u[Int(rows[edge])]
    }
    return result
  }

  private static func unit(_ x: [Double]) -> (vector: [Double], length: Double) {
    let largest = x.reduce(0) { max($0, abs($1)) }
    guard largest > 0, largest.isFinite else { return (x, largest) }
    // Scaled, so that squares neither overflow nor vanish.
    let length =
      largest * x.reduce(0.0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot()
    return (x.map { $0 / length }, length)
  }
}
