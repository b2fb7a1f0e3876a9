import Foundation
import Testing

@testable import Cyclograd

@Suite("Global certificates")
struct GlobalCertificateTests {
  /// n neurons, fully connected among themselves, with weights row by row.
  private func full(_ weights: [[Double]], _ activation: Activation) throws
    -> (Network, Parameters)
  {
    let n = weights.count
    return try Graph("full") {
      Group("x", size: 1, role: .input)
      Group("y", size: n, role: .output, activation: activation)
      Edge(NeuronReference("x", 0), to: NeuronReference("y", 0), weight: 1)
      for i in 0..<n {
        for j in 0..<n {
          Edge(
            NeuronReference("y", j), to: NeuronReference("y", i),
            weight: ParameterRule(.constant(weights[i][j])))
        }
      }
    }.compile()
  }

  private func certify(_ weights: [[Double]], _ activation: Activation) throws
    -> GlobalCertificate.Component
  {
    let (network, parameters) = try full(weights, activation)
    return try #require(
      try GlobalCertificate(network, parameters).components.first { $0.theorem != .acyclic })
  }

  @Test("0.999 is proved and 1 is not, with signs and with periods")
  func nearOne() throws {
    for (value, isProved) in [(0.999, true), (1 - 0x1p-40, true), (1.0, false), (1.001, false)] {
      // The eigenvalues of the modulus are ±value.
      let component = try certify([[0, -4 * value], [value / 4, 0]], .cos)
      #expect((component.theorem == .perronFrobenius) == isProved)
      let range = try #require(component.perronFrobenius)
      #expect(range.contains(value))
      #expect(range.upperBound - range.lowerBound <= 1e-3 * range.upperBound)
    }
  }

  @Test("the monotone condition proves large negative feedback and refuses its boundary")
  func monotone() throws {
    #expect(try certify([[-5, 3], [-3, 0.5]], .relu).theorem == .monotone)
    #expect(try certify([[1, 3], [-3, -5]], .relu).theorem == nil)
    // cos has slopes of both signs.
    #expect(try certify([[-5, 3], [-3, 0.5]], .cos).theorem == nil)
  }

  @Test("an unbounded slope gives a reason instead of a bound")
  func unbounded() throws {
    let component = try certify([[0.1]], .reciprocal)
    #expect(component.theorem == nil && component.perronFrobenius == nil)
    #expect(component.reason?.contains("reciprocal") == true)
  }

  @Test(
    "the scaling makes sums of rows less than 1, and leaves the network what it is", .tags(.slow),
    .unlessFast)
  func scaling() throws {
    var random = TestRandom(12)
    var given = 0
    for trial in 0..<60 {
      let n = random.integer(1...6)
      let activation: Activation = [.relu, .leakyReLU(slope: -1.5), .identity, .tanh][trial % 4]
      let slope = trial % 4 == 1 ? 1.5 : 1
      // Rows of very different sizes, so that no norm is below 1 as it is.
      let sizes = (0..<n).map { _ in random.number(-9, 9) }
      let weights = (0..<n).map { i in
        (0..<n).map { j in
          random.number(-1, 1) / (slope * Double(n)) * exp2(sizes[i] - sizes[j])
        }
      }
      let (network, parameters) = try full(weights, activation)
      let component = try #require(
        try GlobalCertificate(network, parameters, scalings: true).components.first {
          $0.theorem != .acyclic
        })
      guard component.theorem == .perronFrobenius else { continue }
      guard trial % 4 < 3 else {
        #expect(component.scaling == nil)
        continue
      }
      // A row of zeros is a component of its own, so only one of all neurons is looked at.
      guard let scaling = component.scaling, scaling.factors.count == n else { continue }
      given += 1
      let v = scaling.factors
      #expect(v.allSatisfy { $0 > 0 } && 1..<2 ~= (v.max() ?? 0))
      #expect(scaling.neurons == (0..<n).map { "y.\($0)" })
      let scaled = weights.indices.map { i in
        weights.indices.map { j in weights[i][j] * v[j] / v[i] }
      }
      let norm = scaled.map { slope * $0.reduce(0) { $0 + abs($1) } }.max() ?? 0
      #expect(norm <= scaling.norm * (1 + 1e-14) && scaling.norm < 1)
      #expect(
        try GlobalCertificate(network, parameters).components.allSatisfy { $0.scaling == nil })
      // a = S a′
      func solve(_ weights: [[Double]], _ drive: [Double]) -> [Double] {
        var a = drive.map { _ in 0.0 }
        for _ in 0..<3000 {
          a = weights.indices.map { i in
            ReferenceActivation.value(activation, DenseAlgebra.dot(weights[i], a) + drive[i])
          }
        }
        return a
      }
      let drive = v.map { $0 * random.number(-1, 1) }
      let a = solve(weights, drive)
      let b = solve(scaled, drive.indices.map { drive[$0] / v[$0] })
      for k in 0..<n { #expect(abs(a[k] / v[k] - b[k]) <= 1e-9 * DenseAlgebra.largest(b)) }
    }
    #expect(given > 20)
  }

  @Test("bounds of rounded operations hold where products underflow and overflow")
  func rounding() {
    let tiny = Double.leastNonzeroMagnitude
    #expect(Rounding.productUp(tiny, 0.25) > 0)
    #expect(Rounding.productDown(tiny, 0.75) == 0)
    #expect(Rounding.sumDown(.greatestFiniteMagnitude, .greatestFiniteMagnitude).isFinite)
    #expect(Rounding.sumUp(1, 0x1p-60) > 1)
  }

  @Test("an attack on random networks finds no second equilibrium and no eigenvalue outside")
  func attack() throws {
    let activations: [Activation] = [.tanh, .relu, .logistic, .softplus, .cos, .softmax, .silu]
    var random = TestRandom(5)
    var proved = 0
    func draw() -> Double { random.number(0, 1) }
    for trial in 0..<AttackSize.networks {
      let n = 1 + trial % 4
      let activation = activations[trial % activations.count]
      let scale = 4 * draw() / Double(n)
      let w = (0..<n).map { _ in (0..<n).map { _ in scale * (2 * draw() - 1) } }
      let (network, parameters) = try full(w, activation)
      let certificate = try GlobalCertificate(network, parameters)
      let component = try #require(certificate.components.first { $0.theorem != .acyclic })
      let bound = activation.slopeBound!
      var m = w.map { row in row.map { bound * abs($0) } }
      if activation == .softmax {
        let sums = (0..<n).map { s in m.reduce(0) { $0 + $1[s] } }
        m = m.map { _ in sums }
      }
      let radius = spectralRadius(m)
      if let range = component.perronFrobenius {
        #expect(radius >= range.lowerBound - 1e-9 && radius <= range.upperBound + 1e-9)
      }
      guard certificate.isWellPosed else { continue }
      proved += 1
      let simulator = try Simulator(network, backend: .named("automatic"))
      var first: [Double]?
      for _ in 0..<4 {
        let start = (0..<network.unitCount).map { _ in 20 * (2 * draw() - 1) }
        let found = try simulator.equilibrium(
          parameters, inputs: Matrix([[0.7]]), start: Matrix([start]))
        guard found.evidence[0].status == .converged else { continue }
        let z = (0..<network.unitCount).map { found.states[0, $0] }
        if let first {
          #expect(zip(first, z).allSatisfy { abs($0 - $1) < 1e-4 * max(1, abs($0)) })
        }
        first = z
      }
      #expect(first != nil)
    }
    #expect(proved > AttackSize.networks / 5)
  }
}

/// The largest eigenvalue of a non-negative matrix by Gelfand's formula ‖Aᵖ‖^(1/p), A = M + I and p = 2⁶⁰ by
/// squaring. Unlike power iteration it does not stall where two eigenvalues are close.
private func spectralRadius(_ m: [[Double]]) -> Double {
  let n = m.count
  var power = (0..<n).map { k in (0..<n).map { m[k][$0] + (k == $0 ? 1 : 0) } }
  var logarithm = 0.0
  var share = 1.0
  for _ in 0..<60 {
    let norm = power.map { $0.reduce(0, +) }.max()!
    logarithm += share * log(norm)
    share /= 2
    let a = power.map { row in row.map { $0 / norm } }
    power = (0..<n).map { k in (0..<n).map { s in (0..<n).reduce(0) { $0 + a[k][$1] * a[$1][s] } } }
  }
  return exp(logarithm) - 1
}
