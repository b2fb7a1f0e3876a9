extension UnsafeBufferPointer<Double> {
  /// ‖x‖₂, also where squares overflow or vanish: a vector times a power of two has its norm times that. NaN or infinite
  /// where a number is.
  public var euclideanNorm: Double {
    var sum = 0.0
    for value in self { sum += value * value }
    if sum.isNaN || (0x1p-800...0x1p1000).contains(sum) { return sum.squareRoot() }
    var largest = 0.0
    for value in self { largest = Swift.max(largest, abs(value)) }
    guard largest > 0, largest.isFinite else { return largest }
    let unit = largest.binade
    sum = 0
    for value in self { sum += (value / unit) * (value / unit) }
    return unit * sum.squareRoot()
  }
}

extension [Double] {
  /// ‖x‖₂, also where squares overflow or vanish.
  public var euclideanNorm: Double { withUnsafeBufferPointer(\.euclideanNorm) }
}
