/// An array from a NumPy file, its elements converted to 64-bit floats.
public struct NumpyArray: Hashable, Sendable {
  /// The extent in each dimension; none for a single number. What reads matrices refuses more than two.
  public let shape: [Int]
  /// The elements, the last index running fastest, whatever the order in the file.
  public let elements: [Double]

  /// Creates an array.
  ///
  /// - Precondition: there are as many elements as the shape says.
  public init(shape: [Int], elements: [Double]) {
    precondition(
      shape.allSatisfy { $0 >= 0 } && shape.reduce(1, *) == elements.count,
      "an array of shape \(shape) with \(elements.count) elements")
    self.shape = shape
    self.elements = elements
  }
}
