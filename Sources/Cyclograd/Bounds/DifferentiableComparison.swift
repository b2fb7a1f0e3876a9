/// Solutions s = Γ|W| s + Γu of the comparison graph to nearest, and derivatives of their functions by parameters.
///
/// An adjoint r belongs to a solution s: the derivative by a weight is r of the target · Γ · s of the source · sign of the
/// weight, and 0 where the weight is 0.
struct DifferentiableComparison: Sendable {
  /// A solution with what it came from.
  struct Solution {
    /// Per neuron in condensation order.
    var values: [Double]
    fileprivate var state: Equilibrium
    fileprivate var graph: ComparisonGraph
  }

  let network: Network
  private let linear: LinearizedGraph
  /// u of each unit.
  private let drive: [Double]

  /// - Parameters:
  ///   - inputs: the inputs that are driven.
  ///   - radius: by what.
  init(_ network: Network, inputs: [Int], radius: Double, threads: Int) throws {
    let network = try network.writtenOut()
    self.network = network
    linear = try LinearizedGraph(network, tolerance: 1e-12, threads: threads)
    var drive = [Double](repeating: 0, count: network.unitCount)
    for j in inputs { drive[Int(network.inputUnits[j])] = radius }
    self.drive = drive
  }

  /// - Throws: ``CyclogradError`` with the code `not-applicable` where a slope is unbounded, or λ_PF(Γ|W|) is not below 1.
  func solve(_ parameters: Parameters) throws -> Solution {
    try network.check(parameters)
    let graph: ComparisonGraph
    do {
      graph = try ComparisonGraph(network, network.weights(parameters), linear: linear)
    } catch {
      throw CyclogradError(.notApplicable, error.reason, advice: "leave this penalty out")
    }
    let right = graph.matrix.times(
      [Double](repeating: 0, count: network.neuronCount), drive: drive, sum: +, product: *)
    let state = try solved(graph, Matrix([right]))
    let values = Array(state.neuronActivations[row: 0].prefix(network.neuronCount))
    guard values.allSatisfy({ $0 >= -1e-9 && $0.isFinite }) else { throw Self.eigenvalue }
    try checkUndriven(values, graph)
    return Solution(values: values, state: state, graph: graph)
  }

  /// A cycle that nothing drives solves its equations by 0, whatever its eigenvalue is.
  private func checkUndriven(_ values: [Double], _ graph: ComparisonGraph) throws {
    let isDriven = network.stages.allSatisfy { stage in
      !stage.isCyclic || stage.neurons.allSatisfy { values[Int($0)] > 0 }
    }
    if isDriven { return }
    let everywhere = Matrix([[Double](repeating: 1, count: network.neuronCount)])
    let state = try solved(graph, everywhere)
    let driven = state.neuronActivations[row: 0].prefix(network.neuronCount)
    guard driven.allSatisfy({ $0 >= 1 - 1e-9 && $0.isFinite }) else { throw Self.eigenvalue }
  }

  private func solved(_ graph: ComparisonGraph, _ drives: Matrix) throws -> Equilibrium {
    let state = try linear.solve(graph.parameters(linear), drives: drives)
    guard state.evidence[0].status != .singular else { throw Self.eigenvalue }
    return try state.requireConverged()
  }

  private static let eigenvalue = CyclogradError(
    .notApplicable, "the Perron-Frobenius eigenvalue of Γ|W| is not below 1",
    advice: "keep weights within balls, or scale them down")

  /// Adds the derivatives of Σ cₖ sₖ, times a factor.
  ///
  /// - Parameter c: per neuron in condensation order.
  func addGradient(
    of c: [Double], at solution: Solution, times factor: Double, to gradient: inout [Double]
  ) throws {
    let derivatives = try linear.simulator.gradient(
      outputDerivatives: Matrix([c]), at: solution.state)
    let ofEdges = linear.pullBack(
      derivatives.parameters, solution.graph.slopes, weights: solution.graph.weights,
      absolute: true)
    for (edge, value) in ofEdges.enumerated() {
      gradient[network.parameter(ofEdge: edge)] += factor * value * network.factor(ofEdge: edge)
    }
  }
}
