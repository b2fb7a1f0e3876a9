/// How far compressed data may expand before they are taken for an attack on the memory.
enum ExpansionLimit {
  /// Deflate cannot do better: a match of 258 bytes takes two bits at least.
  static let possibleRatio = 1032
  static let ratio = 200
  /// Below this size any ratio is harmless.
  static let harmless = 1 << 26

  static func allows(_ expanded: Int, from compressed: Int) -> Bool {
    expanded <= harmless || expanded / ratio <= compressed
  }

  static let reason =
    "expands more than \(ratio)-fold to over \(harmless >> 20) MiB, which is refused"
  static let advice = "if this is right, save it without compression"
}
