import Foundation
import Testing

@testable import Cyclograd

@Suite("Intervals contain what they stand for")
struct IntervalTests {
  @Test("sums, products and quotients, with underflow, overflow and signs")
  func arithmetic() {
    var random = TestRandom(1)
    let special = [0, -0.0, 1, -1, 0x1p-1074, -0x1p-1074, 1e-200, 1e200, .greatestFiniteMagnitude]
    func draw() -> Double {
      random.chance(0.3)
        ? random.pick(special) : random.number(-1, 1) * pow(10, random.number(-20, 20))
    }
    func holds(_ x: Interval, _ exact: Extended) -> Bool {
      Extended(x.lower) <= exact && exact <= Extended(x.upper)
    }
    for _ in 0..<20_000 {
      let (a, b) = (draw(), draw())
      let x = Interval(min(a, b), max(a, b))
      let (c, d) = (draw(), draw())
      let y = Interval(min(c, d), max(c, d))
      for p in [a, b] {
        for q in [c, d] {
          #expect(holds(x + y, Extended(p) + Extended(q)))
          #expect(holds(x - y, Extended(p) - Extended(q)))
          #expect(holds(x * y, Extended(p) * Extended(q)))
          #expect(holds(p * y, Extended(p) * Extended(q)))
          if q != 0 { #expect(holds(x / y, Extended(p) / Extended(q))) }
        }
      }
      #expect(holds(Interval(abs(a)).squareRoot, Extended(abs(a)).squareRoot()))
    }
    #expect(Interval(1) / Interval(-1, 1) == .everything)
    #expect(Interval(.nan) + Interval(1) == .everything)
  }

  static let activations =
    ReferenceActivation.all + [
      .leakyReLU(slope: -0.3), .leakyReLU(slope: 1), .elu(alpha: -0.5), .elu(alpha: 1),
      .clamp(lower: 0.25, upper: 0.25),
    ]

  @Test(
    "values and slopes of activations on random intervals", .tags(.slow), .unlessFast,
    arguments: activations)
  func activation(_ activation: Activation) throws {
    var random = TestRandom(2)
    for _ in 0..<4_000 {
      let centre = random.number(-1, 1) * pow(10, random.number(-9, 2.7))
      let width = random.chance(0.3) ? 0 : pow(10, random.number(-16, 1))
      let z = Interval(centre - width, centre + width)
      guard let found = activation.enclosure(on: z) else {
        #expect(activation == .reciprocal && z.lower <= 0 && z.upper >= 0)
        continue
      }
      let points =
        [z.lower, z.upper, centre] + (0..<3).map { _ in random.number(z.lower, z.upper.nextUp) }
      for p in points {
        let value = ExtendedActivation.value(activation, Extended(p))
        #expect(Extended(found.value.lower) <= value && value <= Extended(found.value.upper))
        let slope = ExtendedActivation.slope(activation, Extended(p))
        if found.isSmooth || p != 0 {
          let slack = 1e-18 * abs(slope)
          #expect(Extended(found.slope.lower) - slack <= slope)
          #expect(slope <= Extended(found.slope.upper) + slack)
        }
        for q in points where abs(p - q) > 1e-3 {
          let secant =
            (value - ExtendedActivation.value(activation, Extended(q)))
            / (Extended(p) - Extended(q))
          #expect(Extended(found.slope.lower) <= secant + 1e-12)
          #expect(secant - 1e-12 <= Extended(found.slope.upper))
        }
      }
      if width == 0, found.isSmooth {
        // An enclosure that is always valid, but never of use, would not do.
        let size = max(1, abs(found.value.middle), abs(centre))
        #expect(found.value.upper - found.value.lower <= 1e-13 * size)
        #expect(found.slope.upper - found.slope.lower <= 1e-13 * max(size, found.slope.magnitude))
      }
    }
  }
}
