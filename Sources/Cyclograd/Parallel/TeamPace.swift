/// Decides for how long a ``ThreadTeam``'s caller does without its helpers, in nanoseconds of one clock.
///
/// On a busy machine a helper loses its processor in the middle of a piece, and everybody waits for a time slice of
/// somebody else's. That costs more than the helper brings where pieces are short. So after each such delay the
/// caller works alone for several times as long as it lasted, and longer the more often it happens, so that delays take a
/// small share of the time.
struct TeamPace {
  /// Until when the caller is to work alone.
  private(set) var aloneUntil: UInt64 = 0
  private var patience = fewest
  private var punctual: UInt64 = 0

  /// A wait is a delay when it is as long as several pieces and this.
  static let grace: UInt64 = 100_000
  /// For how many times a delay's length the caller works alone, after the first and after many.
  private static let fewest: UInt64 = 4
  private static let most: UInt64 = 64
  /// After so long without delays the machine counts as quiet.
  private static let quiet: UInt64 = 50_000_000

  /// Takes note of shared work.
  ///
  /// - Parameters:
  ///   - pieces: how many the caller has done itself.
  ///   - worked: how long that took it.
  ///   - waited: how long it waited for the others then.
  ///   - now: the end of the wait.
  mutating func record(pieces: Int, worked: UInt64, waited: UInt64, now: UInt64) {
    let usual = worked / UInt64(max(1, pieces))
    if waited > 4 * usual + Self.grace {
      aloneUntil = now + patience * waited
      patience = min(2 * patience, Self.most)
      punctual = 0
    } else {
      punctual += worked + waited
      if punctual >= Self.quiet { patience = Self.fewest }
    }
  }
}
