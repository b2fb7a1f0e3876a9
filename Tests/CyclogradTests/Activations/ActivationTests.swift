import Foundation
import Testing

@testable import Cyclograd

@Suite("Activations and their slopes")
struct ActivationTests {
  static let all: [Activation] =
    ReferenceActivation.all + [
      .leakyReLU(), .leakyReLU(slope: -1.5), .leakyReLU(slope: 2), .leakyReLU(slope: 0), .elu(),
      .elu(alpha: 2), .elu(alpha: -0.5), .elu(alpha: 0), .clamp(), .clamp(lower: 0.5, upper: 0.5),
      .clamp(lower: -2, upper: -1),
    ]

  static let extremes: [Double] = [
    0, .leastNonzeroMagnitude, 0x1p-1030, .leastNormalMagnitude, 1e-300, 1e-160, 1e-20, 1e-9, 1e-3,
    0.5, 1, 36.7, 100, 700, 745, 800, 1e8, 1e150, 1e160, 1e300, .greatestFiniteMagnitude,
  ].flatMap { [$0, -$0] }

  static let grid = (-4000...4000).map { Double($0) / 100 + 0.0013 } + extremes

  @Test("Values and slopes agree with extended precision over the whole range", arguments: all)
  func extended(_ activation: Activation) {
    for z in Self.grid {
      let (value, slope) = activation.evaluate(z)
      // e^(−z²/2) has the error of z² besides its own, and the slopes of two activations cancel.
      let argument = activation == .gelu ? z * z * 2e-16 : 0
      let cancels = [.silu, .gelu].contains(activation) ? 1.0 : 0
      let valueError = Self.error(
        value, Double(ExtendedActivation.value(activation, Extended(z))), 0)
      let slopeError = Self.error(
        slope, Double(ExtendedActivation.slope(activation, Extended(z))), cancels)
      #expect(valueError <= 2e-15 + argument, "\(activation) at \(z): \(value)")
      #expect(slopeError <= 2e-15 + argument, "slope of \(activation) at \(z): \(slope)")
    }
  }

  /// |x − y| relative to |y| (or to `floor`), where numbers that underflow count as their spacing.
  private static func error(_ x: Double, _ y: Double, _ floor: Double) -> Double {
    if x == y { return 0 }
    let scale = max(abs(y), floor)
    // Squares of numbers beyond 1e154 overflow and those of slopes below 1e-154 underflow.
    if abs(x - y) < 1e-305 { return 0 }
    return scale.isFinite ? abs(x - y) / scale : .infinity
  }

  @Test("Slopes agree with central differences", arguments: all)
  func differences(_ activation: Activation) {
    let h = 1e-3
    for i in -100...100 {
      let z = Double(i) / 17 + 0.0123
      // Not across a kink or a pole.
      let kinks: [Double] =
        switch activation {
        case .relu, .leakyReLU, .elu, .reciprocal, .softsign: [0]
        case .clamp(let lower, let upper): [lower, upper]
        default: []
        }
      if kinks.contains(where: { abs($0 - z) < 0.5 }) { continue }
      func f(_ z: Double) -> Double { activation.evaluate(z).value }
      let difference = (8 * (f(z + h) - f(z - h)) - (f(z + 2 * h) - f(z - 2 * h))) / (12 * h)
      let slope = activation.evaluate(z).slope
      #expect(abs(slope - difference) <= 1e-9 * max(1, abs(slope)), "\(activation) at \(z)")
    }
  }

  @Test("NaN gives NaN, and infinities their limit or NaN", arguments: all)
  func notFinite(_ activation: Activation) {
    #expect(activation.evaluate(.nan).value.isNaN)
    for z in [Double.infinity, -Double.infinity] {
      let (value, slope) = activation.evaluate(z)
      let far = activation.evaluate(z > 0 ? 1e300 : -1e300)
      #expect(
        value.isNaN || value == z || abs(value) == .infinity || abs(value - far.value) < 1e-12)
      #expect(slope.isNaN || abs(slope - far.slope) < 1e-12)
    }
  }

  @Test("SiLU, GELU and softsign have their limits at infinity")
  func limits() {
    let infinity = Double.infinity
    for activation in [Activation.silu, .gelu] {
      #expect(activation.evaluate(infinity) == (infinity, 1))
      #expect(activation.evaluate(-infinity) == (0, 0))
    }
    #expect(Activation.softsign.evaluate(infinity) == (1, 0))
    #expect(Activation.softsign.evaluate(-infinity) == (-1, 0))
    for activation in [Activation.silu, .gelu, .softsign] {
      #expect(activation.evaluate(.nan).value.isNaN)
    }
  }

  @Test("Signs of zero and corners")
  func corners() {
    #expect(Activation.relu.evaluate(0) == (0, 0))
    #expect(Activation.relu.evaluate(-0.0).slope == 0)
    #expect(Activation.leakyReLU().evaluate(0).slope == 0.01)
    #expect(Activation.clamp().evaluate(0) == (0, 0))
    #expect(Activation.clamp().evaluate(1) == (1, 0))
    #expect(Activation.reciprocal.evaluate(0).value == .infinity)
    #expect(Activation.reciprocal.evaluate(-0.0).value == -.infinity)
    #expect(Activation.logistic.evaluate(0) == (0.5, 0.25))
    #expect(Activation.softplus.evaluate(0) == (log(2), 0.5))
    #expect(Activation.tanh.evaluate(-0.0).value.sign == .minus)
    #expect(Activation.asinh.evaluate(-0.0).value.sign == .minus)
  }

  @Test("Lipschitz constants are reached and never exceeded", arguments: all)
  func lipschitz(_ activation: Activation) {
    var largest = 0.0
    var smallest = Double.infinity
    for i in -20000...20000 {
      let slope = activation.evaluate(Double(i) / 400 - 1e-9).slope
      largest = max(largest, abs(slope))
      smallest = min(smallest, slope)
    }
    for z in Self.grid where z != 0 || activation != .reciprocal {
      let slope = activation.evaluate(z).slope
      largest = max(largest, abs(slope))
      smallest = min(smallest, slope)
    }
    if let constant = activation.lipschitzConstant {
      #expect(largest <= constant.nextUp, "\(activation)")
      #expect(largest >= constant * (1 - 1e-5), "\(activation): \(largest)")
    } else {
      #expect(activation == .reciprocal)
      #expect(largest > 1e12)
    }
    #expect(activation.isNondecreasing == (smallest >= 0), "\(activation): \(smallest)")
  }

  @Test("Softmax: a distribution, whatever the size of z")
  func softmax() {
    let cases: [[Double]] = [
      [0], [1, 2, 3], [1e300, -1e300], [-1e300, -1e300, -1e300], [800, 801, -5], [0x1p-1060, 0],
    ]
    for z in cases {
      var a = [Double](repeating: .nan, count: z.count)
      var slope = a
      UnitEvaluation.softmax.evaluate(z.count, z: z, activation: &a, slope: &slope)
      let top = z.max()!
      let terms = z.map { exp(Extended($0) - Extended(top)) }
      let sum = terms.reduce(0, +)
      for (ours, term) in zip(a, terms) { #expect(abs(ours - Double(term / sum)) <= 4e-16) }
      #expect(slope == a)
      #expect(abs(a.reduce(0, +) - 1) <= 4e-16)
      // The row sums of |∂a/∂z| are 2 a (1 − a) ≤ ½.
      for a in a { #expect(2 * a * (1 - a) <= Activation.softmax.lipschitzConstant!) }
    }
    for bad in [Double.nan, .infinity] {
      var a = [0.0, 0, 0]
      var slope = a
      UnitEvaluation.softmax.evaluate(3, z: [0, bad, 1], activation: &a, slope: &slope)
      #expect(a.contains { $0.isNaN })
    }
    #expect(!Activation.softmax.isNondecreasing)
  }

  @Test("Product and max of several units")
  func severalUnits() {
    func evaluate(_ evaluation: UnitEvaluation, _ z: [Double]) -> (a: Double, slope: [Double]) {
      var a = [Double.nan]
      var slope = [Double](repeating: .nan, count: z.count)
      evaluation.evaluate(1, z: z, activation: &a, slope: &slope)
      return (a[0], slope)
    }
    let product = UnitEvaluation.product([.identity, .complement, .identity])
    #expect(evaluate(product, [2, 3, 5]) == (-20, [-10, -10, -4]))
    #expect(evaluate(product, [0, 3, 5]) == (0, [-10, 0, 0]))
    #expect(evaluate(product, [0, 3, 0]) == (0, [0, 0, 0]))
    #expect(evaluate(product, [.nan, 3, 0]).a.isNaN)
    let maximum = UnitEvaluation.max([.identity, .complement, .identity])
    #expect(evaluate(maximum, [2, 3, 5]) == (5, [0, 0, 1]))
    #expect(evaluate(maximum, [2, -3, 3]) == (4, [0, -1, 0]))
    // The first of equal ones counts.
    #expect(evaluate(maximum, [2, -1, 2]) == (2, [1, 0, 0]))
    for place in 0..<3 {
      var z = [1.0, 2, 3]
      z[place] = .nan
      #expect(evaluate(maximum, z).a.isNaN)
    }
  }
}
