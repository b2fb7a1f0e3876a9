import TestSupport
import Testing

@testable import Cyclograd

@Suite("Second and third derivatives of activations", .tags(.slow), .unlessFast)
struct ActivationDerivativeTests {
  private static let algebraic: [Activation] = [.arctan, .asinh, .softsign, .reciprocal]

  /// Where everything can still be had in extended precision.
  private static func grid(_ activation: Activation) -> [Double] {
    let most =
      Extended.self == Double.self ? 300 : algebraic.contains(activation) ? .infinity : 1e4
    return stride(from: -40, through: 40, by: 0.053)
      + ActivationTests.extremes.filter { abs($0) <= most }
  }

  private static func higher(_ activation: Activation, _ z: Double) throws -> (Double, Double) {
    let found = try #require(activation.derivatives(at: z))
    return (found.second, found.third)
  }

  @Test(
    "agree to 13 digits with Taylor arithmetic in extended precision, saturated or not",
    arguments: ActivationTests.all)
  func taylor(_ activation: Activation) throws {
    for z in Self.grid(activation) {
      // The mean of both sides, by definition; at the pole nothing is defined.
      if z == 0, [.softsign, .reciprocal].contains(activation) { continue }
      let found = try Self.higher(activation, z)
      // Near a zero of the derivative, its size a little further counts.
      let step = Extended(0.2 / (1 + abs(z)))
      let jets = [Extended(z), Extended(z) - step, Extended(z) + step].map {
        ReferenceActivation.value(activation, .variable(at: $0))
      }
      for (k, value) in [(2, found.0), (3, found.1)] {
        let exact = jets[0].derivative(k)
        let scale = jets.map { abs($0.derivative(k)) }.max() ?? 0
        if abs(exact) > Extended(Double.greatestFiniteMagnitude) {
          #expect(value.magnitude == .infinity, "f\(k) of \(activation) at \(z)")
        } else {
          let error = abs(Extended(value) - exact)
          #expect(
            error <= 1e-13 * scale || error < 1e-305,
            "f\(k) of \(activation) at \(z): \(value), not \(Double(exact))")
        }
      }
    }
  }

  @Test("agree with differences of the slope", arguments: ActivationTests.all)
  func differences(_ activation: Activation) throws {
    let h = Extended(1e-4)
    for i in -120...120 {
      let z = Double(i) / 23 + 0.0123
      let isSmooth = (activation.slopeKinks + (activation == .reciprocal ? [0] : [])).allSatisfy {
        abs($0 - z) > 0.3
      }
      guard isSmooth else { continue }
      func slope(_ steps: Extended) -> Extended {
        ExtendedActivation.slope(activation, Extended(z) + steps * h)
      }
      let (second, third) = try Self.higher(activation, z)
      let first = Double((slope(1) - slope(-1)) / (2 * h))
      let difference = Double((slope(1) - 2 * slope(0) + slope(-1)) / (h * h))
      #expect(abs(second - first) <= 1e-6 * max(1, abs(second)), "\(activation) at \(z)")
      if Extended.self != Double.self {
        #expect(abs(third - difference) <= 1e-5 * max(1, abs(third)), "\(activation) at \(z)")
      }
    }
  }

  @Test(
    "Value and slope are those that equilibria are computed with", arguments: ActivationTests.all)
  func sameBits(_ activation: Activation) throws {
    let z = ActivationTests.grid
    var value = [Double](repeating: 0, count: z.count)
    var slope = value
    activation.evaluate(z.count, z: z, value: &value, slope: &slope)
    let differing = z.indices.filter { i in
      guard let found = activation.derivatives(at: z[i]) else { return true }
      return found.value.bitPattern != value[i].bitPattern
        || found.first.bitPattern != slope[i].bitPattern
    }
    #expect(differing.isEmpty, "\(activation) at \(differing.map { z[$0] })")
  }

  @Test("NaN gives NaN, and infinities give limits", arguments: ActivationTests.all)
  func limits(_ activation: Activation) throws {
    let atNaN = try #require(activation.derivatives(at: .nan))
    #expect([atNaN.value, atNaN.first, atNaN.second, atNaN.third].allSatisfy { $0.isNaN })
    for z in [Double.infinity, -.infinity] {
      let found = try #require(activation.derivatives(at: z))
      if activation == .cos {
        #expect([found.first, found.second, found.third].allSatisfy { $0.isNaN })
        continue
      }
      #expect(found.second == 0 && found.third == 0)
      let far = try #require(activation.derivatives(at: z > 0 ? 1e300 : -1e300))
      #expect(found.first == far.first || abs(far.first) < 1e-299)
      #expect(
        found.value == far.value || found.value.isInfinite || abs(found.value - far.value) < 1e-15)
      #expect(abs(far.second) < 1e-299 && abs(far.third) < 1e-299)
    }
  }

  @Test("At kinks all orders follow the branch that the slope takes")
  func kinks() throws {
    func at(_ activation: Activation, _ z: Double) throws -> [Double] {
      let found = try #require(activation.derivatives(at: z))
      return [found.value, found.first, found.second, found.third]
    }
    for zero in [0.0, -0.0] {
      #expect(try at(.relu, zero) == [0, 0, 0, 0])
      #expect(try at(.leakyReLU(slope: 0.3), zero) == [0, 0.3, 0, 0])
      #expect(try at(.elu(alpha: 0.7), zero) == [0, 0.7, 0.7, 0.7])
      #expect(try at(.elu(), zero) == [0, 1, 1, 1])
      #expect(try at(.softsign, zero) == [0, 1, 0, 6])
    }
    #expect(try at(.clamp(lower: -0.5, upper: 2), -0.5) == [-0.5, 0, 0, 0])
    #expect(try at(.clamp(lower: -0.5, upper: 2), 2) == [2, 0, 0, 0])
    #expect(try at(.reciprocal, 0) == [.infinity, -.infinity, .infinity, -.infinity])
    #expect(try at(.reciprocal, -0.0) == [-.infinity, -.infinity, -.infinity, -.infinity])
  }

  @Test("Softmax is not a function of one number")
  func softmax() { #expect(Activation.softmax.derivatives(at: 0) == nil) }
}
