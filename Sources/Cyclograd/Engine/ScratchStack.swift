/// Vectors of one length that are lent and given back in the reverse order, so that nothing is allocated once the
/// deepest nesting has been reached.
///
/// A solver that calls another cannot meet its vectors there: each gets what nobody else holds.
final class ScratchStack {
  typealias Vector = UnsafeMutableBufferPointer<Double>

  private let length: Int
  private var vectors: [Vector] = []
  private var used = 0

  init(length: Int) { self.length = length }

  deinit {
    for vector in vectors { vector.deallocate() }
  }

  /// A vector until ``giveBack(_:)``; its content is undefined.
  func lend() -> Vector {
    if used == vectors.count {
      let vector = Vector.allocate(capacity: length)
      vector.initialize(repeating: 0)
      vectors.append(vector)
    }
    used += 1
    return vectors[used - 1]
  }

  /// Takes back the last `count` vectors.
  func giveBack(_ count: Int) { used -= count }
}

extension ComponentWorkspace {
  /// A vector of the workspace's: over its units or its neurons.
  public typealias Vector = UnsafeMutableBufferPointer<Double>

  /// Runs `body` with a vector over units of its own; what it holds at first is undefined.
  ///
  /// Vectors are lent from a stack: calls may be nested, also through other solvers, and allocate nothing once they
  /// were made so deep.
  public func withScratch<Result>(_ body: (Vector) throws -> Result) rethrows -> Result {
    defer { unitScratch.giveBack(1) }
    return try body(unitScratch.lend())
  }

  /// Runs `body` with two vectors over units of its own.
  public func withScratch<Result>(_ body: (Vector, Vector) throws -> Result) rethrows -> Result {
    defer { unitScratch.giveBack(2) }
    return try body(unitScratch.lend(), unitScratch.lend())
  }

  /// Runs `body` with three vectors over units of its own.
  public func withScratch<Result>(
    _ body: (Vector, Vector, Vector) throws -> Result
  ) rethrows -> Result {
    defer { unitScratch.giveBack(3) }
    return try body(unitScratch.lend(), unitScratch.lend(), unitScratch.lend())
  }

  /// Runs `body` with a vector over neurons of its own.
  public func withNeuronScratch<Result>(_ body: (Vector) throws -> Result) rethrows -> Result {
    defer { neuronScratch.giveBack(1) }
    return try body(neuronScratch.lend())
  }
}
