import Foundation
import Testing

@testable import Cyclograd

@Suite("Random numbers are part of the graph file's format")
struct RandomNumberTests {
  @Test("Words agree with the definition, written down once more")
  func definition() {
    // An independent SplitMix64 whose state is set, and which is then asked for the next word.
    func mix(_ state: UInt64) -> UInt64 {
      var random = TestRandom(state &- 0x9E37_79B9_7F4A_7C15)
      return random.next()
    }
    let gamma: UInt64 = 0x9E37_79B9_7F4A_7C15
    for seed: UInt64 in [0, 1, 42, .max] {
      for (purpose, number) in [
        (CounterRandom.Purpose.pattern, 1), (.weights, 2), (.edgeWeight, 3), (.bias, 4),
        (.inputs, 5), (.targets, 6), (.check, 7),
      ] as [(CounterRandom.Purpose, UInt64)] {
        for index in [0, 1, 1000] {
          let key = mix(mix(seed &+ gamma &* number) &+ gamma &* UInt64(index + 1))
          let stream = CounterRandom(seed: seed, purpose: purpose, index: index)
          for n in [0, 1, 2, 1_000_000] {
            #expect(stream.word(n) == mix(key &+ gamma &* UInt64(n + 1)))
          }
        }
      }
    }
  }

  @Test("Golden values: a change here changes every seeded graph")
  func golden() {
    let stream = CounterRandom(seed: 1, purpose: .weights, index: 0)
    #expect((0..<4).map { stream.word($0) } == Self.words)
    #expect((0..<3).map { stream.uniform($0) } == Self.uniforms)
    #expect((0..<3).map { stream.normal($0) } == Self.normals)
    #expect((0..<6).map { stream.index($0, below: 10) } == Self.indices)
  }

  static let words: [UInt64] = [
    448_761_784_217_584_677, 16_204_237_901_347_015_106, 494_736_747_722_850_289,
    16_959_613_052_525_252_367,
  ]
  static let uniforms: [Double] = [
    0.024327425068858766, 0.8784334968056192, 0.02681973283447625,
  ]
  static let normals: [Double] = [
    -1.9716038256574602, 1.1671915901139678, -1.9297367364794962,
  ]
  static let indices = [0, 8, 0, 9, 1, 8]

  @Test("Uniform, normal and index have the right laws")
  func laws() {
    let count = 100_000
    let stream = CounterRandom(seed: 7, purpose: .inputs, index: 3)
    var cells = [Int](repeating: 0, count: 100)
    var indices = [Int](repeating: 0, count: 7)
    var moments = (0.0, 0.0, 0.0, 0.0)
    var serial = 0.0
    for n in 0..<count {
      let u = stream.uniform(n)
      cells[Int(u * 100)] += 1
      indices[stream.index(n, below: 7)] += 1
      let x = stream.normal(n)
      moments = (
        moments.0 + x, moments.1 + x * x, moments.2 + x * x * x, moments.3 + x * x * x * x
      )
      serial += (u - 0.5) * (stream.uniform(n + 1) - 0.5)
    }
    func chiSquare(_ counts: [Int]) -> Double {
      let mean = Double(count) / Double(counts.count)
      return counts.reduce(0) { $0 + pow(Double($1) - mean, 2) / mean }
    }
    // 5 sigma beyond the mean of χ² with 99 and 6 degrees of freedom.
    #expect(chiSquare(cells) < 99 + 5 * (2.0 * 99).squareRoot())
    #expect(chiSquare(indices) < 6 + 5 * (2.0 * 6).squareRoot())
    let n = Double(count)
    #expect(abs(moments.0 / n) < 5 / n.squareRoot())
    #expect(abs(moments.1 / n - 1) < 5 * (2 / n).squareRoot())
    #expect(abs(moments.2 / n) < 5 * (15 / n).squareRoot())
    #expect(abs(moments.3 / n - 3) < 5 * (96 / n).squareRoot())
    #expect(abs(serial / n) < 5 / 12 / n.squareRoot())
  }

  @Test("The inverse normal distribution function against erfc")
  func inverse() {
    var p = [0.5, 0.075, 0.925, 0.0749999, 0.9250001, 1 - 0x1p-53, 0x1p-54, 1e-300, 1e-11, 1.4e-11]
    for i in 1..<2000 { p.append(Double(i) / 2000) }
    for i in 1..<300 { p.append(pow(10, -Double(i))) }
    for p in p {
      let x = NormalDistribution.inverse(p)
      // Φ(x) in the tail that keeps its digits, and what the rounding of x alone does to it.
      let tail = Double(erfc(Extended(abs(x)) / Extended(2).squareRoot()) / 2)
      let given = p < 0.5 ? p : 1 - p
      #expect(abs(tail - given) / given <= 1e-14 + x * x * 8e-16, "\(p)")
      #expect(p == 0.5 ? x == 0 : (x < 0) == (p < 0.5))
    }
    for i in 1..<500 {
      let p = Double(i) / 1000
      #expect(abs(NormalDistribution.inverse(p) + NormalDistribution.inverse(1 - p)) < 1e-14)
    }
  }

  @Test("The portable logarithm against the library's")
  func logarithm() {
    var random = TestRandom(5)
    var points = [1, 2, 0.5, 2.0.squareRoot(), 0.5.squareRoot(), 1.0.nextUp, 1.0.nextDown]
    points += [.leastNormalMagnitude, .greatestFiniteMagnitude, 0x1p-53, 1 - 0x1p-53, 10, 1e-300]
    for _ in 0..<3000 {
      points.append(random.number(0, 1))
      points.append(exp(random.number(-700, 700)))
      points.append(random.number(0.99, 1.01))
    }
    for x in points {
      let exact = log(Extended(x))
      let error = abs(Extended(portableLog(x)) - exact)
      #expect(Double(error) <= 3 * Double(exact).ulp, "\(x)")
    }
    #expect(portableLog(1) == 0)
  }
}
