import Cyclograd
import TestSupport
import Testing

/// An equilibrium can be stable for one dynamics and not for another one.
@Suite("Stability by iteration and in the rate model")
struct StabilityTests {
  private func stability(_ weights: [Double], size: Int) throws -> Stability {
    let (network, parameters) = try Graph("linear") {
      Group("y", size: size, role: .output)
      Connection("y", to: "y", weight: .frozen(.list(weights)))
    }.compile()
    let equilibrium = try Simulator(network, backend: .direct).equilibrium(
      parameters, inputs: Matrix(rows: 1, columns: 0))
    return try equilibrium.stabilities()[0]
  }

  private static let examples: [([Double], radius: Double, abscissa: Double)] = [
    ([0.5], 0.5, 0.5), ([-3], 3, -3), ([2], 2, 2),
    // ±2i: iteration turns outwards, the rate model inwards.
    ([0, -2, 2, 0], 2, 0), ([0.9, -2, 2, 0.9], 4.81.squareRoot(), 0.9),
    ([1.1, -0.1, 0.1, 1.1], 1.22.squareRoot(), 1.1),
  ]

  @Test("Eigenvalues that are known", arguments: examples)
  func known(_ weights: [Double], _ radius: Double, _ abscissa: Double) throws {
    let found = try stability(weights, size: weights.count == 1 ? 1 : 2)
    #expect(abs(found.radius.value - radius) < 1e-12)
    #expect(abs(found.abscissa.value - abscissa) < 1e-12)
    #expect(found.radius.isStable == (radius < 1))
    #expect(found.abscissa.isStable == (abscissa < 1))
    #expect(!found.abscissa.isEstimate)
  }

  @Test("Neurons outside cycles count with the eigenvalue 0")
  func outside() throws {
    let (network, parameters) = try Graph("inhibited") {
      Group("x", size: 1, role: .input)
      Group("y", size: 1, role: .output)
      Connection("x", to: "y", weight: 1)
      Connection("y", to: "y", weight: -3)
    }.compile()
    let equilibrium = try Simulator(network, backend: .direct).equilibrium(
      parameters, inputs: Matrix([[1]]))
    #expect(try equilibrium.stabilities()[0].abscissa.value == 0)
  }

  /// The rate model itself is the oracle: small disturbances are followed by small steps in time.
  @Test("Disturbances of the rate model decay where the criterion says so")
  func oracle() throws {
    var random = TestRandom(5)
    var verdicts: Set<Bool> = []
    for trial in 0..<20 {
      let n = 5
      let weights = (0..<n * n).map { _ in random.number(-1.2, 1.2) }
      let (network, parameters) = try Graph("rates") {
        Group("y", size: n, role: .output, activation: .tanh)
        Connection("y", to: "y", weight: .frozen(.list(weights)))
      }.compile()
      let equilibrium = try Simulator(network, backend: .direct).equilibrium(
        parameters, inputs: Matrix(rows: 1, columns: 0))
      let abscissa = try equilibrium.stabilities()[0].abscissa
      guard equilibrium.states.elements.allSatisfy({ abs($0) < 1e-9 }),
        abs(abscissa.value - 1) > 0.1
      else { continue }
      // At z = 0 the slopes are 1, so that the linear model is dz/dt = (W − I) z.
      var z = (0..<n).map { _ in random.number(-1, 1) }
      let step = 0.01
      for _ in 0..<20_000 {
        z = (0..<n).map { i in
          let sum = (0..<n).reduce(0) { $0 + weights[i * n + $1] * z[$1] }
          return z[i] + step * (sum - z[i])
        }
        let size = z.map { abs($0) }.max() ?? 0
        if size > 1e6 || size < 1e-6 { break }
      }
      #expect((z.map { abs($0) }.max() ?? 0 < 1) == abscissa.isStable, "trial \(trial)")
      verdicts.insert(abscissa.isStable == true)
    }
    #expect(verdicts.count == 2)
  }

  @Test("Both are estimates for a large component, and say so")
  func large() throws {
    let n = SpectralRadius.largestDense + 20
    // Neurons that inhibit themselves and excite all: −2 is an eigenvalue n − 1 times, and −0.5 once.
    let weights = (0..<n * n).map { 1.5 / Double(n) - ($0 % (n + 1) == 0 ? 2 : 0) }
    let found = try stability(weights, size: n)
    #expect(found.radius.isEstimate && found.abscissa.isEstimate)
    #expect(abs(found.radius.value - 2) < 1e-6)
    #expect(abs(found.abscissa.value + 0.5) < 1e-6)
    #expect(found.radius.isStable == false && found.abscissa.isStable == true)
  }

  @Test(
    "Where all eigenvalues are as far out, no large component is called stable that is not",
    arguments: [400, 1_000], [0.5, 0.95, 1.01, 1.1, 1e-170])
  func rings(size: Int, weight: Double) throws {
    let (network, parameters) = try ring(size, weight: weight)
    let found = try Simulator(network).equilibrium(
      parameters, inputs: Matrix([Array(repeating: 0, count: size)])
    ).stabilities()[0]
    #expect(abs(found.radius.value / weight - 1) < 0.02, "\(found)")
    #expect(found.radius.value >= abs(found.abscissa.value) * (1 - 1e-12), "\(found)")
    #expect(found.radius.isStable != (weight > 1) && found.abscissa.isStable != (weight > 1))
    if weight > 1 { #expect(found.radius.isStable == false) }
  }
}
