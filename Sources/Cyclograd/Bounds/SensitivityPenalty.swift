/// ‖S‖∞, the largest sum of a row of global sensitivities, as a penalty of training: its value and its gradient by the
/// parameters.
///
/// It costs one solution s of the comparison graph and one adjoint r: the derivative by a weight is
/// r of the target · Γ · s of the source · sign of the weight, and 0 where the weight is 0.
public struct SensitivityPenalty: Sendable {
  private let linear: LinearizedGraph
  private let inputs: [Int]
  private var network: Network { linear.source }

  /// Prepares the penalty of a network.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - inputs: the inputs that count; `nil`: all. Leave constant inputs out.
  ///   - threads: how many threads may work at once.
  public init(_ network: Network, inputs: [Int]? = nil, threads: Int = 1) throws {
    linear = try LinearizedGraph(network, tolerance: 1e-12, threads: threads)
    self.inputs = inputs ?? Array(0..<network.inputCount)
  }

  /// ‖S‖∞ to nearest, and its derivatives in the order of ``Parameters/values``.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-applicable` where there is no such norm: an unbounded slope, or
  ///   λ_PF(Γ|W|) not below 1.
  /// - Complexity: a solution and an adjoint of the comparison graph.
  public func callAsFunction(
    _ parameters: Parameters
  ) throws -> (value: Double, gradient: [Double]) {
    try network.check(parameters)
    let weights = network.weights(parameters)
    let graph: ComparisonGraph
    do {
      graph = try ComparisonGraph(network, weights, linear: linear)
    } catch {
      throw CyclogradError(
        .notApplicable, error.reason, advice: "leave this penalty out")
    }
    var drive = [Double](repeating: 0, count: network.unitCount)
    for j in inputs { drive[Int(network.inputUnits[j])] = 1 }
    let right = graph.matrix.times(
      [Double](repeating: 0, count: network.neuronCount), drive: drive, sum: +, product: *)
    let state = try linear.solve(graph.parameters(linear), drives: Matrix([right]))
      .requireConverged()
    let s = state.neuronActivations[row: 0].prefix(network.neuronCount)
    guard s.allSatisfy({ $0 >= -1e-9 && $0.isFinite }) else {
      throw CyclogradError(
        .notApplicable, "the Perron-Frobenius eigenvalue of Γ|W| is not below 1",
        advice: "keep weights within balls, or scale them down")
    }
    let sums = network.outputNeurons.map { s[Int($0)] }
    guard let row = sums.indices.max(by: { sums[$0] < sums[$1] }) else { return (0, []) }
    var v = Matrix(rows: 1, columns: network.neuronCount)
    v[0, Int(network.outputNeurons[row])] = 1
    let derivatives = try linear.simulator.gradient(outputDerivatives: v, at: state)
    let ofEdges = linear.pullBack(
      derivatives.parameters, graph.slopes, weights: weights, absolute: true)
    var gradient = [Double](repeating: 0, count: network.parameterCount)
    for (edge, value) in ofEdges.enumerated() {
      gradient[network.parameter(ofEdge: edge)] += value * network.factor(ofEdge: edge)
    }
    return (sums[row], gradient)
  }
}
