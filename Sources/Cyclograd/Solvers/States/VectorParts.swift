/// Joins what several processes have found of vectors of which each holds a part.
///
/// All processes get the same numbers, so that they take the same decisions.
package struct VectorParts {
  /// Replaces numbers by their sums over all processes.
  package var add: (UnsafeMutableBufferPointer<Double>) -> Void
  /// The largest of all processes' numbers; infinite where one is NaN.
  package var largest: (Double) -> Double

  package init(
    add: @escaping (UnsafeMutableBufferPointer<Double>) -> Void,
    largest: @escaping (Double) -> Double
  ) {
    self.add = add
    self.largest = largest
  }
}
