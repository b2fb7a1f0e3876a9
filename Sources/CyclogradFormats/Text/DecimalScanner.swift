/// Reads decimal numbers from bytes, exactly rounded, whatever the process's locale.
enum DecimalScanner {
  /// The number that starts at the cursor, which moves past it; `nil` if there is none.
  ///
  /// The caller checks what follows the number. Numbers too large become infinite.
  @inline(__always)
  static func scan(
    _ cursor: inout UnsafePointer<UInt8>, end: UnsafePointer<UInt8>
  ) -> Double? {
    var next = cursor
    guard next < end else { return nil }
    let isNegative = next.pointee == UInt8(ascii: "-")
    if isNegative || next.pointee == UInt8(ascii: "+") { next += 1 }

    let first = next
    var significand: UInt64 = 0
    appendDigits(&significand, &next, end)
    var digits = next - first
    var exponent = 0
    if next < end, next.pointee == UInt8(ascii: ".") {
      next += 1
      let fraction = next
      appendDigits(&significand, &next, end)
      exponent = fraction - next
      digits -= exponent
    }
    guard digits > 0 else {
      next = first
      guard let word = scanWord(&next, end) else { return nil }
      cursor = next
      return isNegative ? -word : word
    }
    let mantissaEnd = next
    if next < end, next.pointee | 0x20 == UInt8(ascii: "e") {
      guard let explicit = scanExponent(&next, end) else { return nil }
      exponent += explicit
    }

    let magnitude: Double
    if digits <= 19, let value = ExactDecimal.value(significand, exponent: exponent) {
      magnitude = value
    } else {
      magnitude =
        long(UnsafeBufferPointer(start: first, count: mantissaEnd - first), exponent)
        ?? whole(UnsafeBufferPointer(start: first, count: next - first))
    }
    cursor = next
    return isNegative ? -magnitude : magnitude
  }

  /// The number that the bytes spell, without anything before or after it.
  static func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
    guard var cursor = bytes.baseAddress else { return nil }
    let end = cursor + bytes.count
    guard let value = scan(&cursor, end: end), cursor == end else { return nil }
    return value
  }

  /// Digits beyond the nineteenth overflow; the caller counts them.
  @inline(__always)
  private static func appendDigits(
    _ significand: inout UInt64, _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) {
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      if digit > 9 { return }
      significand = significand &* 10 &+ UInt64(digit)
      next += 1
    }
  }

  /// The exponent after `e`; no mantissa is long enough to make up for one beyond 10^15.
  @inline(__always)
  private static func scanExponent(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> Int? {
    next += 1
    guard next < end else { return nil }
    let isNegative = next.pointee == UInt8(ascii: "-")
    if isNegative || next.pointee == UInt8(ascii: "+") { next += 1 }
    let first = next
    var exponent = 0
    while next < end {
      let digit = next.pointee &- UInt8(ascii: "0")
      if digit > 9 { break }
      if exponent < 1_000_000_000_000_000 { exponent = exponent * 10 + Int(digit) }
      next += 1
    }
    guard next > first else { return nil }
    return isNegative ? -exponent : exponent
  }

  /// More than 19 digits: cutting off the rest changes nothing if rounding up gives the same number.
  @inline(never)
  private static func long(_ mantissa: UnsafeBufferPointer<UInt8>, _ exponent: Int) -> Double? {
    var significand: UInt64 = 0
    var kept = 0
    var cut = 0
    for byte in mantissa where byte != UInt8(ascii: ".") {
      if kept == 19 {
        cut += 1
      } else {
        significand = significand * 10 + UInt64(byte - UInt8(ascii: "0"))
        if significand != 0 { kept += 1 }
      }
    }
    guard let below = ExactDecimal.value(significand, exponent: exponent + cut) else { return nil }
    if cut == 0 { return below }
    return ExactDecimal.value(significand + 1, exponent: exponent + cut) == below ? below : nil
  }

  /// The standard library's own parser, which is exact for every length and exponent.
  @inline(never)
  private static func whole(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
    guard let value = Double(String(decoding: bytes, as: UTF8.self)) else {
      preconditionFailure("a decimal number that was already checked")
    }
    return value
  }

  @inline(never)
  private static func scanWord(
    _ next: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> Double? {
    let words: [(StaticString, Double)] = [
      ("infinity", .infinity), ("inf", .infinity), ("nan", .nan),
    ]
    for (word, value) in words where end - next >= word.utf8CodeUnitCount {
      let matches = (0..<word.utf8CodeUnitCount).allSatisfy {
        next[$0] | 0x20 == word.utf8Start[$0]
      }
      if matches {
        next += word.utf8CodeUnitCount
        return value
      }
    }
    return nil
  }
}
