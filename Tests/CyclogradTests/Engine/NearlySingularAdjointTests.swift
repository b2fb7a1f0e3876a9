import Cyclograd
import TestSupport
import Testing

@Suite(
  "A derivative that exists is not refused, however near a singular matrix is", .tags(.slow),
  .unlessFast)
struct NearlySingularAdjointTests {
  typealias Singular = SingularAdjointTests

  /// d with (I − D Wᵀ) d = D g in extended precision, for weights as they are rounded.
  static func expected(_ network: SingularNetwork, _ g: [Double], _ factor: Double) -> [Extended] {
    let isCycle = network.entries.count == network.size
    if isCycle {
      return ExtendedAlgebra.adjointOfCycle(network.entries.map { $0.weight * factor }, g)
    }
    if network.size > 200 { return neighbors(network.size, 0.5 * factor, g) }
    return ExtendedAlgebra.adjoint(
      network.entries.map { ($0.target, $0.source, $0.weight * factor) }, g)
  }

  /// On a ring of two neighbours the answer to g = 1 in one place falls off as qᵏ on both sides.
  private static func neighbors(_ size: Int, _ weight: Double, _ g: [Double]) -> [Extended] {
    let s = 2 * Extended(weight)
    let q = (1 - (1 - s * s).squareRoot()) / s
    var powers: [Extended] = [1]
    for _ in 0..<size { powers.append(powers.last! * q) }
    let first = 1 + powers[size] - s * (powers[1] + powers[size - 1])
    var d = [Extended](repeating: 0, count: size)
    for (place, g) in g.enumerated() where g != 0 {
      for k in 0..<size {
        let distance = (k + size - place) % size
        d[k] += Extended(g) * (powers[distance] + powers[size - distance]) / first
      }
    }
    return d
  }

  /// The largest error, each relative to its own entry, or to the largest one where it should be 0.
  static func error(_ found: some Sequence<Double>, _ expected: some Sequence<Extended>) -> Double {
    let largest = expected.reduce(Extended(0)) { max($0, abs($1)) }
    return zip(found, expected).reduce(0.0) { worst, pair in
      let scale = pair.1 == 0 ? largest : abs(pair.1)
      let error = Double(abs(Extended(pair.0) - pair.1) / scale)
      return error.isNaN ? .infinity : max(worst, error)
    }
  }

  /// Gradient, Jacobian and derivative along a direction against the oracle.
  static func compare(
    _ network: SingularNetwork, _ backend: String, times factor: Double, within limit: Double
  ) throws {
    let problem = try AdjointAtZero(network, backend, times: factor)
    let expected = expected(network, problem.g, factor)
    let count = network.terminals
    let outcome = try problem.differentiate()
    #expect(outcome.evidence[0].status == .converged, "\(network): \(outcome.evidence[0])")
    if let gradient = outcome.gradient {
      let error = error(gradient.inputs.elements, expected.prefix(count))
      #expect(error < limit, "\(network), gradient: \(error)")
    }
    guard backend == "automatic" else { return }
    // Jᵀ g = d for the Jacobian J; along the first input J v is its first column.
    let jacobian = try problem.equilibrium.jacobians()[0]
    let products = (0..<count).map { column in
      (0..<count).reduce(0.0) { $0 + jacobian[$1, column] * problem.g[$1] }
    }
    let jacobianError = error(products, expected.prefix(count))
    #expect(jacobianError < limit, "\(network), Jacobian: \(jacobianError)")
    var direction = Matrix(rows: 1, columns: count)
    direction[0, 0] = 1
    let change = try problem.equilibrium.jvp(Tangent(inputs: direction))
    let column = (0..<count).map { jacobian[$0, 0] }
    #expect(relativeDifference(change.elements, column) < limit, "\(network), along a direction")
  }

  @Test("Weights that are smaller by a billionth", arguments: Singular.direct)
  func near(backend: String) throws {
    for network in Singular.networks(backend) {
      try Self.compare(network, backend, times: 1 - 1e-9, within: 1e-5)
    }
  }

  @Test("Eigenvalues on the unit circle other than 1", arguments: Singular.direct)
  func minusOne(backend: String) throws {
    guard backend != "cholmod" else { return }
    for size in [1, 3, 17, 33] {
      try Self.compare(.negativeRing(size), backend, times: 1, within: 1e-12)
    }
  }

  @Test("Weights of very different sizes are harmless", arguments: Singular.direct)
  func unbalanced(backend: String) throws {
    guard backend != "cholmod" else { return }
    for (first, second) in [(1e9, 5e-10), (5e-10, 1e9), (1e12, -1e-12), (1e150, 1e-151)] {
      let network = SingularNetwork.cycle(
        "two neurons of weights \(first) and \(second)", [first, second], isCritical: false)
      try Self.compare(network, backend, times: 1, within: 1e-12)
    }
  }

  @Test(
    "An iteration's answer says that it knows nothing of the condition, or that it is bad",
    arguments: Singular.iterative)
  func remark(backend: String) throws {
    // Half the weights are below 1 in a norm, which proves the matrix regular.
    let harmless = try AdjointAtZero(.neighbors(17), backend, times: 0.5).differentiate()
    #expect(harmless.gradient != nil && harmless.evidence[0].condition != .unknown)
    for factor in [1 - 1e-9] {
      let outcome = try AdjointAtZero(.neighbors(17), backend, times: factor).differentiate()
      #expect(outcome.gradient != nil || factor > 0.5, "\(outcome.evidence[0])")
      #expect(
        outcome.gradient == nil || outcome.evidence[0].saysThatConditionIsUnknown
          || outcome.evidence[0].condition?.isRemarkable == true,
        "\(factor): \(outcome.evidence[0])")
    }
  }
}
