import Foundation
import Testing

@testable import SparseAlgebra

@Suite("Vector functions keep their precision, whatever the place of a number")
struct VectorMathTests {
  private func evaluate(
    _ function: VectorMath.Function, _ z: [Double]
  ) -> (values: [Double], derivatives: [Double]) {
    var values = [Double](repeating: 7, count: z.count)
    var derivatives = values
    values.withUnsafeMutableBufferPointer { values in
      derivatives.withUnsafeMutableBufferPointer { derivatives in
        VectorMath.evaluate(
          function, z, count: z.count, value: values.baseAddress!,
          derivative: derivatives.baseAddress!)
      }
    }
    return (values, derivatives)
  }

  /// All magnitudes, near 0, around 1 and far out, of both signs.
  private static let samples: [Double] = {
    var generator = TestRandom(11)
    var result: [Double] = [0.5, 1, 2, 22, 354, 372, 709, 745, 1e300]
    for index in 0..<40_000 {
      let unit = Double(generator.next() >> 11) * 0x1p-53
      switch index % 4 {
      case 0: result.append(3 * unit)
      case 1: result.append(40 * unit)
      case 2: result.append(800 * unit)
      default:
        let exponent = Int(generator.next() % 2000) - 1000
        result.append(Double(sign: .plus, exponent: exponent, significand: 1 + unit))
      }
    }
    return result + result.map { -$0 }
  }()

  #if arch(x86_64)
    private typealias Wide = Float80
  #else
    private typealias Wide = Double
  #endif

  private func reference(_ function: VectorMath.Function, _ z: Double) -> (Wide, Wide) {
    let x = Wide(z)
    switch function {
    case .tanh:
      let e = exp(-2 * abs(x))
      return (Foundation.tanh(x), 4 * e / ((1 + e) * (1 + e)))
    case .logistic:
      let e = exp(-abs(x))
      return ((z < 0 ? e : 1) / (1 + e), e / ((1 + e) * (1 + e)))
    case .arctan: return (atan(x), 1 / (1 + x * x))
    case .relu: return (max(x, 0), z > 0 ? 1 : 0)
    case .leakyReLU(let slope): return z > 0 ? (x, 1) : (Wide(slope * z), Wide(slope))
    case .clamp(let lower, let upper):
      return (min(max(x, Wide(lower)), Wide(upper)), z > lower && z < upper ? 1 : 0)
    }
  }

  private func ulps(_ found: Double, _ exact: Wide) -> Double {
    let rounded = Double(exact)
    if found == rounded { return 0 }
    return Double(abs(Wide(found) - exact)) / rounded.ulp
  }

  private static let piecewiseLinear: [VectorMath.Function] = [
    .relu, .leakyReLU(slope: 0.01), .leakyReLU(slope: 0), .clamp(lower: -2, upper: 3),
  ]

  @Test("Piecewise linear functions are exact", arguments: piecewiseLinear)
  func exactness(function: VectorMath.Function) {
    let samples = Self.samples + [0, -0.0, -2, 3, .infinity]
    let found = evaluate(function, samples)
    for (index, z) in samples.enumerated() {
      let (value, derivative) = reference(function, z)
      #expect(
        found.values[index] == Double(value) && found.derivatives[index] == Double(derivative))
    }
    let odd = evaluate(function, Array(repeating: .nan, count: 11))
    #expect(odd.values.allSatisfy { $0.isNaN })
    let lowest = evaluate(function, Array(repeating: -.infinity, count: 11)).values
    switch function {
    case .leakyReLU(let slope): #expect(lowest.allSatisfy { $0 == (slope == 0 ? 0 : -.infinity) })
    case .clamp(let lower, _): #expect(lowest.allSatisfy { $0 == lower })
    default: #expect(lowest.allSatisfy { $0 == 0 && $0.sign == .plus })
    }
  }

  @Test("Errors are below 4 ulp", arguments: [VectorMath.Function.tanh, .logistic, .arctan])
  func accuracy(function: VectorMath.Function) {
    let found = evaluate(function, Self.samples)
    var worst = (value: 0.0, derivative: 0.0)
    for (index, z) in Self.samples.enumerated() {
      let (value, derivative) = reference(function, z)
      worst.value = max(worst.value, ulps(found.values[index], value))
      worst.derivative = max(worst.derivative, ulps(found.derivatives[index], derivative))
    }
    #expect(worst.value < 4)
    #expect(worst.derivative < 4)
  }

  @Test("Zeros, infinities, NaN and subnormals come out as they should")
  func special() {
    let subnormal = -Double.leastNonzeroMagnitude * 1e13
    let z: [Double] = [0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, subnormal]
    let tanh = evaluate(.tanh, z)
    #expect(tanh.values[0].sign == .plus && tanh.values[1].sign == .minus)
    #expect(tanh.values[2] == 1 && tanh.values[3] == -1 && tanh.values[4].isNaN)
    #expect(tanh.values[5] == .leastNonzeroMagnitude && tanh.values[6] == subnormal)
    #expect(Array(tanh.derivatives[0...3]) == [1, 1, 0, 0] && tanh.derivatives[4].isNaN)
    let logistic = evaluate(.logistic, z)
    #expect(Array(logistic.values[0...3]) == [0.5, 0.5, 1, 0] && logistic.values[4].isNaN)
    #expect(Array(logistic.derivatives[0...3]) == [0.25, 0.25, 0, 0])
    let arctan = evaluate(.arctan, z)
    #expect(arctan.values[0].sign == .plus && arctan.values[1].sign == .minus)
    #expect(arctan.values[2] == .pi / 2 && arctan.values[3] == -.pi / 2)
    #expect(arctan.values[4].isNaN && arctan.derivatives[4].isNaN)
    #expect(arctan.values[6] == subnormal && arctan.derivatives[2] == 0)
  }

  @Test("A number's result does not depend on its place or on its neighbours")
  func places() {
    for function in [.tanh, .logistic, .arctan] + Self.piecewiseLinear {
      let whole = evaluate(function, Self.samples)
      for length in 1...70 {
        let first = length * 97
        let part = evaluate(function, Array(Self.samples[first..<first + length]))
        #expect(part.values == Array(whole.values[first..<first + length]))
        #expect(part.derivatives == Array(whole.derivatives[first..<first + length]))
      }
    }
  }
}
