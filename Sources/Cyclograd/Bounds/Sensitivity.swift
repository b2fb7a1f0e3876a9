import Synchronization

/// The matrix S of global sensitivities, |δy| ≤ S |δu| for every pair of inputs, at whatever distance (El Ghaoui, Gu,
/// Travacca, Askari & Tsai 2021, (4.8)), by its norms, rows and columns.
///
/// S itself is never formed: ‖S‖∞ is one solution of the comparison graph, ‖S‖₁ one adjoint, ‖S‖₂ a power iteration of
/// both. Nothing is computed that is not asked for. Every number is verified with outward rounding.
///
/// Where cyclic components are not proved to contract but to be monotone, I − (W + Wᵀ)/2 ⪰ m I, their activations move by
/// ‖δa‖₂ ≤ ‖δu‖₂ / m (Pabbaraju, Winston & Kolter 2021), and S is made from that and 2-norms of weights.
public struct Sensitivity: Sendable {
  /// A number that lies between two others, for certain where that is said.
  public struct Enclosure: Hashable, Sendable {
    /// A lower bound.
    public var lower: Double
    /// An upper bound.
    public var upper: Double
    /// Whether the bounds are proved; otherwise they are an estimate.
    public var isProved: Bool
  }

  /// The network.
  public let network: Network
  /// The outputs that are rows of S, by their number among the network's.
  public let outputs: [Int]
  /// The inputs that are columns.
  public let inputs: [Int]
  private let graph: ComparisonGraph
  private let monotone = MonotoneGraph()

  /// Prepares the comparison graph.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - parameters: its weights; biases do not matter.
  ///   - outputs: the rows of S; `nil`: all outputs.
  ///   - inputs: the columns of S; `nil`: all inputs. Constant inputs are best left out.
  ///   - threads: how many threads may work at once.
  /// - Throws: ``CyclogradError``: `not-applicable` where an activation has no bound of its slope, so that S does not
  ///   exist, and without inputs; `invalid-option` for numbers of inputs or outputs that there are not.
  public init(
    _ network: Network, _ parameters: Parameters, outputs: [Int]? = nil, inputs: [Int]? = nil,
    threads: Int = 1
  ) throws {
    try network.check(parameters)
    self.network = network
    self.outputs = outputs ?? Array(0..<network.outputCount)
    self.inputs = inputs ?? Array(0..<network.inputCount)
    for (numbers, count, what) in [
      (self.outputs, network.outputCount, "output"), (self.inputs, network.inputCount, "input"),
    ] {
      if let number = numbers.first(where: { !(0..<count).contains($0) }) {
        throw CyclogradError(
          .invalidOption, "there is no \(what) \(number)",
          advice: "the network has \(count) of them, from 0")
      }
      guard !numbers.isEmpty else {
        throw CyclogradError(
          count == 0 ? .notApplicable : .invalidOption,
          count == 0 ? "the network has no \(what)s" : "no \(what)s are named",
          advice: "sensitivities are of outputs to inputs")
      }
      guard Set(numbers).count == numbers.count else {
        throw CyclogradError(
          .invalidOption, "an \(what) is named twice", advice: "name each once")
      }
    }
    let network = try network.writtenOut()
    do {
      graph = try ComparisonGraph(network, network.weights(parameters), threads: threads)
    } catch {
      throw CyclogradError(
        .notApplicable, error.reason,
        advice: "sensitivities need activations with bounded slopes")
    }
  }

  /// By the comparison graph, or else by that in which monotone components have reaches.
  private func proved<Result>(_ body: (ComparisonGraph) throws -> Result) throws -> Result {
    do {
      do {
        return try body(graph)
      } catch let error as NoCertificate {
        guard let other = try monotone.graph(like: graph) else { throw error }
        return try body(other)
      }
    } catch let error as NoCertificate {
      throw CyclogradError(
        .notApplicable, error.reason,
        advice: "S exists only where it is; bounds around samples may exist all the same")
    }
  }

  private func forward(_ v: [Double], _ graph: ComparisonGraph) throws -> ComparisonGraph.Solution {
    var drive = [Double](repeating: 0, count: network.unitCount)
    for (j, value) in zip(inputs, v) { drive[Int(network.inputUnits[j])] = value }
    return try graph.solve([drive])[0]
  }

  private func outputs(of solution: [Double]) -> [Double] {
    outputs.map { solution[Int(network.outputNeurons[$0])] }
  }

  private func backward(
    _ rows: [[Double]], _ graph: ComparisonGraph
  ) throws -> [ComparisonGraph.Solution] {
    try graph.solveTransposed(
      rows.map { row in
        var functional = [Double](repeating: 0, count: network.neuronCount)
        for (i, value) in zip(outputs, row) { functional[Int(network.outputNeurons[i])] += value }
        return functional
      })
  }

  private func inputs(
    of solution: ComparisonGraph.Solution, _ graph: ComparisonGraph
  ) -> (lower: [Double], upper: [Double]) {
    let units = inputs.map { Int(network.inputUnits[$0]) }
    return (
      units.map {
        graph.atUnit($0, solution.lower, sum: Rounding.sumDown, product: Rounding.productDown)
      },
      units.map {
        graph.atUnit($0, solution.upper, sum: Rounding.sumUp, product: Rounding.productUp)
      }
    )
  }

  /// ‖S‖∞, the largest sum of a row: how far an output moves at most where no input moves by more than 1.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-applicable` where λ_PF(Γ|W|) is not proved to be below 1, nor components
  ///   to be monotone where it is not.
  /// - Complexity: two solutions of the comparison graph.
  public func infinityNorm() throws -> Enclosure {
    try proved { graph in
      let sums = try forward(inputs.map { _ in 1 }, graph)
      return Enclosure(
        lower: outputs(of: sums.lower).max() ?? 0, upper: outputs(of: sums.upper).max() ?? 0,
        isProved: true)
    }
  }

  /// ‖S‖₁, the largest sum of a column.
  ///
  /// - Throws: ``CyclogradError`` as ``infinityNorm()`` does.
  /// - Complexity: two adjoints of the comparison graph.
  public func oneNorm() throws -> Enclosure {
    try proved { graph in
      let sums = inputs(of: try backward([outputs.map { _ in 1 }], graph)[0], graph)
      return Enclosure(
        lower: sums.lower.max() ?? 0, upper: sums.upper.max() ?? 0, isProved: true)
    }
  }

  /// ‖S‖₂, by power iteration on SᵀS, enclosed by quotients of Collatz and Wielandt.
  ///
  /// - Parameter iterations: the most steps; more make the enclosure narrower.
  /// - Throws: ``CyclogradError`` as ``infinityNorm()`` does.
  /// - Complexity: two solutions and two adjoints of the comparison graph a step.
  public func twoNorm(iterations: Int = 60) throws -> Enclosure {
    try proved { graph in
      var v = [Double](repeating: 1, count: inputs.count)
      var result = Enclosure(lower: 0, upper: .infinity, isProved: true)
      for _ in 0..<iterations {
        let y = try forward(v, graph)
        let rows = outputs(of: y.upper)
        let image = inputs(of: try backward([rows], graph)[0], graph).upper
        var most = 0.0
        for (high, value) in zip(image, v) {
          most = max(most, high == 0 ? 0 : Rounding.quotientUp(high, value))
        }
        result.upper = min(result.upper, most.squareRoot().nextUp)
        // ‖S v‖ / ‖v‖ is never more than the norm.
        let low = outputs(of: y.lower).reduce(0) {
          Rounding.sumDown($0, Rounding.productDown($1, $1))
        }
        let size = v.reduce(0) { Rounding.sumUp($0, Rounding.productUp($1, $1)) }
        result.lower = max(
          result.lower, max(0, Rounding.quotientDown(low, size).squareRoot().nextDown))
        guard let largest = image.max(), largest > 0 else {
          return Enclosure(lower: 0, upper: 0, isProved: true)
        }
        if result.upper - result.lower <= 1e-9 * result.upper { break }
        // Small parts are kept above 0, or their quotients would say nothing.
        v = image.map { max($0 / largest, 1e-12) }
      }
      return result
    }
  }

  /// Upper bounds of some rows of S: for each of these outputs one number for each input.
  ///
  /// - Parameter rows: places in ``outputs``.
  /// - Throws: ``CyclogradError`` as ``infinityNorm()`` does.
  /// - Complexity: two adjoints of the comparison graph for each row.
  public func rows(_ rows: Range<Int>) throws -> Matrix {
    try proved { graph in
      let found = try backward(
        rows.map { row in outputs.indices.map { $0 == row ? 1 : 0 } }, graph)
      return Matrix(found.map { inputs(of: $0, graph).upper })
    }
  }

  /// Upper bounds of some columns of S: for each of these inputs one number for each output.
  ///
  /// - Parameter columns: places in ``inputs``.
  /// - Throws: ``CyclogradError`` as ``infinityNorm()`` does.
  /// - Complexity: two solutions of the comparison graph for each column.
  public func columns(_ columns: Range<Int>) throws -> Matrix {
    try proved { graph in
      Matrix(
        try columns.map { column in
          outputs(of: try forward(inputs.indices.map { $0 == column ? 1 : 0 }, graph).upper)
        })
    }
  }
}

/// The comparison graph with reaches of monotone components, made when it is first needed.
private final class MonotoneGraph: Sendable {
  private let known = Mutex<ComparisonGraph??>(nil)

  /// `nil` where no component has one.
  func graph(like plain: ComparisonGraph) throws(NoCertificate) -> ComparisonGraph? {
    if let found = known.withLock({ $0 }) { return found }
    let reaches = ComparisonGraph.reaches(plain.network, plain.weights)
    var made: ComparisonGraph?
    if !reaches.isEmpty {
      made = try ComparisonGraph(
        plain.network, plain.weights, reaches: reaches, threads: plain.threads)
    }
    let result = made
    known.withLock { $0 = .some(result) }
    return result
  }
}

extension CyclogradError.Code {
  /// A theorem or method whose conditions the network does not meet.
  public static let notApplicable = CyclogradError.Code(rawValue: "not-applicable")
}
