/// ‖S‖∞, the largest sum of a row of global sensitivities, as a penalty of training: its value and its gradient by the
/// parameters.
///
/// It costs one solution and one adjoint of the comparison graph.
public struct SensitivityPenalty: Sendable {
  private let comparison: DifferentiableComparison

  /// Prepares the penalty of a network.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - inputs: the inputs that count; `nil`: all. Leave constant inputs out.
  ///   - threads: how many threads may work at once.
  public init(_ network: Network, inputs: [Int]? = nil, threads: Int = 1) throws {
    comparison = try DifferentiableComparison(
      network, inputs: inputs ?? Array(0..<network.inputCount), radius: 1, threads: threads)
  }

  /// ‖S‖∞ to nearest, and its derivatives in the order of ``Parameters/values``.
  ///
  /// - Throws: ``CyclogradError`` with the code `not-applicable` where there is no such norm: an unbounded slope, or
  ///   λ_PF(Γ|W|) not below 1.
  /// - Complexity: a solution and an adjoint of the comparison graph.
  public func callAsFunction(
    _ parameters: Parameters
  ) throws -> (value: Double, gradient: [Double]) {
    let network = comparison.network
    let solution = try comparison.solve(parameters)
    var gradient = [Double](repeating: 0, count: network.parameterCount)
    let sums = network.outputNeurons.map { solution.values[Int($0)] }
    guard let row = sums.indices.max(by: { sums[$0] < sums[$1] }) else { return (0, gradient) }
    var c = [Double](repeating: 0, count: network.neuronCount)
    c[Int(network.outputNeurons[row])] = 1
    try comparison.addGradient(of: c, at: solution, times: 1, to: &gradient)
    return (sums[row], gradient)
  }
}
