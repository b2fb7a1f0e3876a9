import SparseAlgebra

extension UnsafeMutableBufferPointer<Double> {
  /// Copies another vector of the same length.
  func copy(from other: UnsafeMutableBufferPointer<Double>) {
    guard let source = other.baseAddress else { return }
    baseAddress?.update(from: source, count: Swift.min(count, other.count))
  }

  /// max |x|; infinite where a number is NaN.
  var largest: Double {
    var result = 0.0
    for value in self {
      let size = abs(value)
      if !(size <= result) { result = size.isNaN ? .infinity : size }
    }
    return result
  }

  /// ‖x‖₂, also where squares overflow or vanish.
  var norm: Double { UnsafeBufferPointer(self).euclideanNorm }
}
