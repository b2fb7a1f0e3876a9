import Glibc
import Testing

@testable import CyclogradFormats

@Suite("Decimal numbers are read exactly")
struct DecimalScannerTests {
  private func number(_ text: String) -> Double? {
    Array(text.utf8).withUnsafeBufferPointer { DecimalScanner.number($0) }
  }

  private func expectExact(_ text: String) {
    let value = number(text)
    #expect(
      value?.bitPattern == Double(text)?.bitPattern, "\(text) gave \(String(describing: value))")
    #expect(value?.bitPattern == strtod(text, nil).bitPattern, "\(text)")
  }

  @Test(.tags(.slow), .unlessFast) func randomDecimalsMatchTheStandardLibrary() {
    var random = TestRandom(1)
    for _ in 0..<100_000 { expectExact(decimal(&random)) }
  }

  private func decimal(_ random: inout TestRandom) -> String {
    let count = Int.random(in: 1...30, using: &random)
    var text = ["", "-", "+"].randomElement(using: &random)!
    let point = Int.random(in: -1...count, using: &random)
    for place in 0..<count {
      if place == point { text += "." }
      text += String(Int.random(in: 0...9, using: &random))
    }
    switch Int.random(in: 0...5, using: &random) {
    case 0, 1: break
    case 2: text += "e\(Int.random(in: -40...40, using: &random))"
    case 3: text += "E\(Int.random(in: -345 ... -290, using: &random))"
    case 4: text += "e+\(Int.random(in: 280...310, using: &random))"
    default: text += "e\(Int.random(in: -100_000...100_000, using: &random))"
    }
    return text
  }

  @Test func shortestDecimalsOfRandomBitPatternsComeBack() {
    var random = TestRandom(2)
    for _ in 0..<50_000 {
      let value = Double(bitPattern: random.next())
      if value.isFinite { #expect(number("\(value)")?.bitPattern == value.bitPattern) }
      let small = Double.random(in: -1000...1000, using: &random)
      #expect(number("\(small)")?.bitPattern == small.bitPattern)
    }
  }

  @Test func numbersHalfwayBetweenTwoDoublesRoundToEven() {
    var random = TestRandom(3)
    for _ in 0..<20_000 {
      // 54 bits, the last one set, end exactly between two neighbours.
      let bits = random.next() >> 10 | 1 << 53 | 1
      let power = Int.random(in: 0...27, using: &random)
      expectExact("\(bits)")
      expectExact("\(bits)e\(power)")
      expectExact("\(bits)e-\(power)")
      expectExact("\(bits).00000000000000000000000000001")
      expectExact("\(UInt64(bits) * 5)e-\(power)")
    }
  }

  @Test(arguments: [
    "0", "-0", "1.", ".5", "1e5", "1E+05", "5e-324", "2.4703282292062327e-324",
    "2.4703282292062328e-324", "1.7976931348623157e308", "1.7976931348623159e308", "1e400",
    "-1e400", "1e-400", "0e999999999999999999999", "1e999999999999999999999",
    "0.0000000000000000000000000000000000000000000000001", "9007199254740993",
    "18446744073709551615", "18446744073709551616", "9999999999999999999", "1e22", "1e23", "1e-23",
    "8.5e-23", "123456789012345678901234567890e-30", "0000000000000000000000000000001.5",
    "2.2250738585072011e-308", "179769313486231580793728971405301e276",
  ])
  func edgeCases(_ text: String) { expectExact(text) }

  @Test func longMantissasAndExponentsCancel() {
    let zeros = String(repeating: "0", count: 2_000_000)
    #expect(number("0.\(zeros)1e2000001") == 1)
    #expect(number("1\(zeros)e-2000000") == 1)
    #expect(number("0.\(zeros)1e20000001") == .infinity)
  }

  @Test(arguments: ["nan", "NaN", "-nan", "inf", "Inf", "+INFINITY", "-inf"])
  func namesOfNonFiniteNumbers(_ text: String) {
    let value = number(text)
    #expect(value.map { !$0.isFinite } == true)
    #expect(value?.isNaN == text.lowercased().contains("nan"))
    #expect(value.map { $0 < 0 } == (text == "-inf"))
  }

  @Test(arguments: [
    "", "+", "-", ".", "-.", "e5", "1e", "1e+", "1e-", "0x10", "0x1p3", "1,5", "1_000", "1 2", " 1",
    "1 ", "--1", "+-1", "1.2.3", "1e5.5", "1d5", "1f", "nano", "in", "infinit", "−1", "١", "½",
    "1\u{0}",
  ])
  func otherTextIsNotANumber(_ text: String) { #expect(number(text) == nil) }
}
