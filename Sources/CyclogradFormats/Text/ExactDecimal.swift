/// `significand × 10^exponent`, rounded once, to the nearest number, ties to even.
enum ExactDecimal {
  private static let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
  ]

  /// 5^27 is the largest that fits into 63 bits.
  private static let powersOfFive: [UInt64] = (0...27).map { (0..<$0).reduce(1) { p, _ in p * 5 } }

  /// Nothing for exponents beyond ±27, which need longer arithmetic than this.
  @inline(__always)
  static func value(_ significand: UInt64, exponent: Int) -> Double? {
    // Both operands are exact here, so the one operation rounds correctly.
    if significand <= 1 << 53, exponent >= -22, exponent <= 22 {
      let exact = Double(significand)
      return exponent < 0 ? exact / powersOfTen[-exponent] : exact * powersOfTen[exponent]
    }
    return wide(significand, exponent: exponent)
  }

  @inline(never)
  private static func wide(_ significand: UInt64, exponent: Int) -> Double? {
    guard significand != 0 else { return 0 }
    guard exponent >= -27, exponent <= 27 else { return nil }
    let five = powersOfFive[abs(exponent)]
    return exponent < 0
      ? quotient(significand, five, exponent) : product(significand, five, exponent)
  }

  private static func product(_ significand: UInt64, _ five: UInt64, _ exponent: Int) -> Double {
    let (high, low) = significand.multipliedFullWidth(by: five)
    guard high != 0 else { return scaled(low, by: exponent) }
    let shift = high.leadingZeroBitCount
    let top = shift == 0 ? high : high << shift | low >> (64 - shift)
    let isInexact = low << shift != 0
    return scaled(top | (isInexact ? 1 : 0), by: exponent + 64 - shift)
  }

  private static func quotient(_ significand: UInt64, _ five: UInt64, _ exponent: Int) -> Double {
    let shift = significand.leadingZeroBitCount
    let fiveShift = five.leadingZeroBitCount
    // Halved, the dividend is below the divisor, so that the quotient fits; it has 62 bits or more.
    let dividend = significand << shift
    let (result, remainder) = (five << fiveShift).dividingFullWidth((dividend >> 1, dividend << 63))
    return scaled(
      result | (remainder != 0 ? 1 : 0), by: exponent - shift + fiveShift + 1 - 64)
  }

  /// The lowest bit may stand for all that was cut off: it is far below the rounding position.
  private static func scaled(_ bits: UInt64, by power: Int) -> Double {
    Double(bits) * Double(sign: .plus, exponent: power, significand: 1)
  }
}
