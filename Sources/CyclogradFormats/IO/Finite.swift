/// Looks for NaN and infinities, many numbers at a time.
enum Finite {
  static func all(_ numbers: [Double]) -> Bool {
    // A number times 0 is 0, except for those that are not finite.
    var sum: SIMD4<Double> = .zero
    numbers.withUnsafeBufferPointer { numbers in
      for start in stride(from: 0, to: numbers.count & ~3, by: 4) {
        sum +=
          0
          * SIMD4(
            numbers[start], numbers[start + 1], numbers[start + 2], numbers[start + 3])
      }
    }
    return sum == .zero && numbers[(numbers.count & ~3)...].allSatisfy(\.isFinite)
  }
}
