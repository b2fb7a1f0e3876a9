/// Which random streams serve a part of a graph, where these are not those of its own position.
///
/// A part that came from another graph keeps the numbers that it had there: the streams of that
/// graph's seed and of the part's position in it, and the fan-in that it had there.
public struct DrawOrigin: Hashable, Sendable {
  /// The seed.
  public var seed: UInt64
  /// The position: of a connection, of an edge, or of a group's first unit among all units.
  public var position: Int
  /// The instance that it came in, under its full name; a law that is scaled by the fan-in counts the edges that came in
  /// it alone. Empty for a graph that came in without a name; `nil`: all edges count.
  public var instance: String?

  /// Creates an origin.
  public init(seed: UInt64, position: Int, instance: String? = nil) {
    self.seed = seed
    self.position = position
    self.instance = instance
  }
}
