import Synchronization

/// How far the equilibria of two sets of parameters of one network lie apart at most, over all inputs of a box: the
/// proved cost of rounding weights, of leaving some out, or of any other change.
///
/// With a⁰ of the one and a of the other, a − a⁰ is driven by ΔW a⁰ + Δb, so that |a − a⁰| is at most the solution of
/// v = Γ(|W| v + |ΔW||a⁰| + |Δb|), where |a⁰| is bounded over the box. El Ghaoui et al. 2021, Theorem 5.1, says this
/// with |A⁰ + E| and x⁰ where |A⁰| + E and |x⁰| are needed.
public struct ModelError: Sendable {
  /// One sample.
  public struct Row: Sendable {
    /// Bounds of |Δa| of each output.
    public var outputs: [Double]
    /// Bounds of |Δa| of all neurons in file order.
    public var neurons: [Double]
    /// Which equilibria of the parameters that are compared with are meant; those of the changed ones are unique.
    public var scope: BoundScope?
    /// Why there are none; the bounds are then infinite.
    public var reason: String?

    /// The same as bounds of the differences of outputs.
    public var bounds: Bounds.Row {
      var row = Bounds.Row(count: outputs.count, reason: reason ?? "")
      guard reason == nil else { return row }
      row.reason = nil
      row.scope = scope
      row.lower = outputs.map { -$0 }
      row.upper = outputs
      row.lowerMethods = outputs.map { _ in .box }
      row.upperMethods = row.lowerMethods
      return row
    }
  }

  /// One for each sample of the box.
  public let rows: [Row]

  /// Bounds the difference over a box.
  ///
  /// - Parameters:
  ///   - changed: the parameters of which equilibria are asked.
  ///   - parameters: those that they are compared with.
  ///   - box: the inputs, the same for both; a radius of 0 is one input.
  ///   - simulator: finds equilibria of `parameters`.
  ///   - threads: how many samples are treated at once.
  /// - Throws: ``CyclogradError`` for parameters or samples that do not fit the network.
  /// - Complexity: that of interval bounds of each sample and two solutions of the comparison graph.
  public init(
    of changed: Parameters, against parameters: Parameters, over box: InputBox,
    by simulator: Simulator, threads: Int = 1
  ) throws {
    let network = try simulator.network.writtenOut()
    try network.check(changed)
    let task = try BoundTask(
      parameters, box, (0..<box.samples.rows).map { _ in [] }, simulator)
    let weights = network.weights(changed)
    let comparison: ComparisonGraph?
    var refusal: String?
    do {
      comparison = try ComparisonGraph(network, weights)
    } catch {
      comparison = nil
      refusal = error.reason
    }
    let biases = network.biases(changed)
    let change = ParameterChange(
      network: network, weights: zip(weights, task.solver.products.weights).map(Self.distance),
      biases: zip(biases, task.solver.biases).map(Self.distance))
    let results = Mutex([Row?](repeating: nil, count: box.samples.rows))
    let reason = refusal
    try Parallel.forEach(box.samples.rows, threads: threads) { _, sample in
      let row: Row
      do {
        guard let comparison else { throw NoCertificate(reason: reason ?? "") }
        row = try Self.row(sample, task, change, comparison)
      } catch let error as NoCertificate {
        row = Row(
          outputs: Array(repeating: .infinity, count: network.outputCount),
          neurons: Array(repeating: .infinity, count: network.neuronCount),
          reason: error.reason)
      }
      results.withLock { $0[sample] = row }
    }
    rows = results.withLock { $0.map { $0! } }
  }

  private static func distance(_ x: Double, _ y: Double) -> Double {
    x == y ? 0 : (x - y).magnitude.nextUp
  }

  private struct ParameterChange: Sendable {
    var network: Network
    var weights: [Double]
    var biases: [Double]
  }

  private static func row(
    _ sample: Int, _ task: BoundTask, _ change: ParameterChange, _ comparison: ComparisonGraph
  ) throws -> Row {
    let network = change.network
    let evidence = task.centers.evidence[sample]
    guard evidence.status == .converged else {
      throw NoCertificate(
        reason: "no equilibrium was found: \(evidence.detail ?? evidence.status.rawValue)")
    }
    var start = try task.solver.start(task.box.row(sample), center: task.center(sample))
    do { try start.bounds.propagate() } catch is EmptyBox {
      throw NoCertificate(reason: "no state within the first box solves the equations")
    }
    var drive = change.biases
    for s in 0..<network.unitCount {
      for e in network.inEdges(of: s) {
        drive[s] = Rounding.sumUp(
          drive[s],
          Rounding.productUp(
            change.weights[e],
            start.bounds.box.activation[network.sourceNeuron(of: e, into: s)].magnitude
          ))
      }
    }
    let difference = try comparison.above(drive)
    return Row(
      outputs: network.outputNeurons.map { difference[Int($0)] },
      neurons: network.position.map { difference[Int($0)] }, scope: start.scope)
  }
}

/// How numbers are stored with fewer digits.
public enum StorageFormat: String, Sendable, CaseIterable {
  /// IEEE 754, 32 bits.
  case single
  /// IEEE 754, 16 bits.
  case half
  /// 255 steps between ± the largest weight.
  case eightBit = "8-bit"
}

extension Parameters {
  /// The same, each number rounded to a format.
  ///
  /// - Throws: ``CyclogradError`` with the code `invalid-value` for a number beyond the format's range.
  public func rounded(to format: StorageFormat) throws(CyclogradError) -> Parameters {
    let largest = values.map(\.magnitude).max() ?? 0
    let step = largest / 127
    let result = values.map { value -> Double in
      switch format {
      case .single: return Double(Float(value))
      case .half: return Self.half(value)
      case .eightBit: return step > 0 ? (value / step).rounded() * step : 0
      }
    }
    guard result.allSatisfy(\.isFinite) else {
      throw CyclogradError(
        .invalidValue, "the parameter \(largest) is beyond the range of \(format.rawValue)",
        advice: "take a format with a larger range")
    }
    return Parameters(result)
  }

  /// The same without the numbers that are smaller than a threshold.
  public func pruned(below threshold: Double) -> Parameters {
    Parameters(values.map { $0.magnitude < threshold ? 0 : $0 })
  }

  /// To nearest with 11 bits, subnormal numbers included; infinite from 65,520 on.
  private static func half(_ value: Double) -> Double {
    guard value != 0, value.isFinite else { return value }
    let exponent = max(value.exponent, -14)
    let unit = Double(sign: .plus, exponent: exponent - 10, significand: 1)
    let rounded = (value / unit).rounded(.toNearestOrEven) * unit
    return rounded.magnitude > 65_504 ? .infinity : rounded
  }
}
