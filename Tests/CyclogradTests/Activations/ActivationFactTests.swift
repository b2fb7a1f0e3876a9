import Testing

@testable import Cyclograd

@Suite("What activations know about themselves")
struct ActivationFactTests {
  static let all =
    ActivationTests.all + [.clamp(lower: 0, upper: 0), .leakyReLU(slope: 1), .leakyReLU(slope: -1)]

  /// Dense where functions bend, next to zero, and far out.
  static let grid: [Double] = {
    var result = (-20_000...20_000).map { Double($0) / 1000 }
    result += [1e-12, -1e-12, 100, -100, 1e4, -1e4, 1e8, -1e8]
    return result
  }()

  private static func largest(
    _ activation: Activation, _ part: (Activation.Derivatives) -> Double
  ) -> Double {
    grid.filter { activation != .reciprocal || $0 != 0 }.reduce(0) {
      max($0, activation.derivatives(at: $1).map(part)?.magnitude ?? .nan)
    }
  }

  /// By how much f⁽ᵏ⁾ jumps at a number.
  private static func jump(
    _ activation: Activation, _ z: Double, _ part: (Activation.Derivatives) -> Double
  ) -> Double {
    let sides = [z + 1e-12, z - 1e-12].compactMap { activation.derivatives(at: $0).map(part) }
    return abs(sides[0] - sides[1])
  }

  @Test("The Lipschitz constant of the slope is reached and never exceeded", arguments: all)
  func slope(_ activation: Activation) {
    guard let constant = activation.slopeLipschitzConstant else {
      #expect(!activation.kinks.isEmpty || activation == .reciprocal)
      return
    }
    #expect(activation.kinks.isEmpty)
    let largest = Self.largest(activation) { $0.second }
    #expect(largest <= constant * (1 + 1e-15))
    #expect(largest >= constant * (1 - 1e-6), "\(activation): \(largest)")
    let steepest = zip(Self.grid, Self.grid.dropFirst(7)).reduce(0) { steepest, pair in
      let change = activation.evaluate(pair.0).slope - activation.evaluate(pair.1).slope
      return max(steepest, (abs(change) - 4e-16) / abs(pair.0 - pair.1))
    }
    #expect(steepest <= constant * (1 + 1e-15))
  }

  @Test(
    "The Lipschitz constant of the second derivative is reached and never exceeded", arguments: all)
  func secondDerivative(_ activation: Activation) {
    guard let constant = activation.secondDerivativeLipschitzConstant else {
      let jumps = activation.slopeKinks.contains {
        Self.jump(activation, $0) { $0.second } > 1e-3
      }
      #expect(jumps || activation == .reciprocal)
      return
    }
    let largest = Self.largest(activation) { $0.third }
    #expect(largest <= constant * (1 + 1e-15))
    #expect(largest >= constant * (1 - 1e-6), "\(activation): \(largest)")
    for z in activation.slopeKinks {
      #expect(Self.jump(activation, z) { $0.second } == 0, "\(activation)")
    }
  }

  @Test(
    "Kinks are where the slope jumps, and slopes have theirs where the second derivative does too",
    arguments: all)
  func kinks(_ activation: Activation) {
    let places = Set(
      [0, -2, -1, -0.6, 0.5, 0.8, 1, 2, 0.3] + activation.kinks + activation.slopeKinks)
    for z in places where activation != .reciprocal || z != 0 {
      let slopeJumps = Self.jump(activation, z) { $0.first } > 1e-6
      let secondJumps = Self.jump(activation, z) { $0.second } > 1e-6
      #expect(activation.kinks.contains(z) == slopeJumps, "\(activation) at \(z)")
      #expect(
        activation.slopeKinks.contains(z) == (slopeJumps || secondJumps), "\(activation) at \(z)")
    }
  }

  @Test("Homogeneity, bounds and the ramp are as on a grid", arguments: all)
  func grid(_ activation: Activation) {
    let grid = Self.grid.filter { activation != .reciprocal || $0 != 0 }
    func f(_ z: Double) -> Double { activation.evaluate(z).value }
    let isHomogeneous = grid.allSatisfy { z in
      [0.5, 4].allSatisfy { abs(f($0 * z) - $0 * f(z)) <= 1e-15 * abs(z) }
    }
    #expect(activation.isPositivelyHomogeneous == isHomogeneous, "\(activation)")
    #expect(activation.isAboveRamp == grid.allSatisfy { f($0) >= max($0, 0) }, "\(activation)")
    let largest = grid.reduce(0) { max($0, abs(f($1))) }
    if let bound = activation.valueBound {
      #expect(largest <= bound && largest >= bound * (1 - 1e-6), "\(activation): \(largest)")
    } else {
      // asinh grows slowest.
      #expect(largest > 15, "\(activation)")
    }
  }
}
