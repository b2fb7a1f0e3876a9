/// The words of a line, without an allocation for them.
struct MatrixMarketWords {
  private var next: UnsafePointer<UInt8>
  private let end: UnsafePointer<UInt8>

  init(_ line: UnsafeBufferPointer<UInt8>) {
    // An empty buffer may be without an address; any address serves to say that nothing is left.
    next = line.baseAddress ?? UnsafePointer(bitPattern: 1)!
    end = next + line.count
  }

  /// The next word; empty after the last one.
  mutating func word() -> UnsafeBufferPointer<UInt8> {
    while next < end, Self.isBlank(next.pointee) { next += 1 }
    let start = next
    while next < end, !Self.isBlank(next.pointee) { next += 1 }
    return UnsafeBufferPointer(start: start, count: next - start)
  }

  /// How many words a line has.
  static func number(_ line: UnsafeBufferPointer<UInt8>) -> Int {
    var words = MatrixMarketWords(line)
    var count = 0
    while !words.word().isEmpty { count += 1 }
    return count
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  /// The number that a word of nothing but digits stands for.
  static func count(_ word: UnsafeBufferPointer<UInt8>) -> Int? {
    if word.isEmpty { return nil }
    var result = 0
    for byte in word {
      let digit = byte &- UInt8(ascii: "0")
      guard digit <= 9 else { return nil }
      let (tenfold, overflow) = result.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tenfold.addingReportingOverflow(Int(digit))
      if overflow || carry { return nil }
      result = sum
    }
    return result
  }

  static func isInteger(_ word: UnsafeBufferPointer<UInt8>) -> Bool {
    let sign = word.first == UInt8(ascii: "-") || word.first == UInt8(ascii: "+") ? 1 : 0
    return word.count > sign && word.dropFirst(sign).allSatisfy { (48...57).contains($0) }
  }
}
