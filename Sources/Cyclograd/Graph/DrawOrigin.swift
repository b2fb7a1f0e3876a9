/// Which random streams serve a part of a graph, where these are not those of its own position.
///
/// A part that came from another graph keeps the numbers that it had there: the streams of that
/// graph's seed and of the part's position in it.
public struct DrawOrigin: Hashable, Sendable {
  /// The seed.
  public var seed: UInt64
  /// The position: of a connection, of an edge, or of a group's first unit among all units.
  public var position: Int

  /// Creates an origin.
  public init(seed: UInt64, position: Int) {
    self.seed = seed
    self.position = position
  }
}
