/// Counts line feeds, eight bytes at a time.
enum LineFeeds {
  private static let lows: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  private static let lineFeeds: UInt64 = 0x0A0A_0A0A_0A0A_0A0A

  static func count(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard let base = bytes.baseAddress else { return 0 }
    var total = 0
    var place = 0
    while bytes.count - place >= 8 {
      // Zero where a line feed was; adding never carries from one byte into the next.
      let word = base.loadUnaligned(fromByteOffset: place, as: UInt64.self) ^ lineFeeds
      total &+= (~((word & lows) &+ lows | word | lows)).nonzeroBitCount
      place += 8
    }
    while place < bytes.count {
      if bytes[place] == 10 { total += 1 }
      place += 1
    }
    return total
  }
}
