/// How a benchmark is run.
struct Settings: Sendable {
  var rounds: Int
  /// Seconds after which a contestant's times so far must do.
  var budget: Double
  var threads: Int
  /// Seconds for any one run of a peer.
  var limit: Double
  /// The tolerance of everybody, in the maximum norm.
  var tolerance = 1e-10
  /// The backends of the library, `automatic` first.
  var backends: [String]
  /// The Python that runs the peers; `nil` to run without them.
  var python: String?
  /// Seconds between contestants, where some are peers; see ``Race``.
  var rest: Double { python == nil ? 0 : 0.25 }
  /// The largest number of neurons in a race.
  var largest: Int
}
