extension UnsafeMutableBufferPointer<Double> {
  /// Copies another vector of the same length.
  func copy(from other: UnsafeMutableBufferPointer<Double>) {
    guard let source = other.baseAddress else { return }
    baseAddress?.update(from: source, count: Swift.min(count, other.count))
  }
}
