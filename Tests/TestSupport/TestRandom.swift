/// SplitMix64 (Steele, Lea & Flood, OOPSLA 2014): the same numbers in every run and on every platform.
public struct TestRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator; each seed has its own sequence.
  public init(_ seed: UInt64) { state = seed }

  /// The next word.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform on [lower, upper).
  public mutating func number(_ lower: Double, _ upper: Double) -> Double {
    Double.random(in: lower..<upper, using: &self)
  }

  /// Uniform on [−1, 1].
  public mutating func symmetricUnit() -> Double { Double.random(in: -1...1, using: &self) }

  /// Uniform among the numbers of the range.
  public mutating func integer(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &self)
  }

  /// True with the given probability.
  public mutating func chance(_ probability: Double) -> Bool { number(0, 1) < probability }

  /// One of the elements, each with the same probability.
  public mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[integer(0...elements.count - 1)]
  }

  /// Numbers that are uniform on [lower, upper).
  public mutating func vector(
    _ count: Int, _ lower: Double = -1, _ upper: Double = 1
  ) -> [Double] {
    (0..<count).map { _ in number(lower, upper) }
  }

  /// Numbers that are uniform on [−1, 1), the same for the same count.
  public static func vector(_ count: Int) -> [Double] {
    var random = TestRandom(UInt64(count))
    return random.vector(count)
  }
}
