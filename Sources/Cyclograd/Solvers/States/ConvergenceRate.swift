/// How fast residuals fall, from the last few of them; it takes the same room however many there are.
struct ConvergenceRate {
  /// Over how many plain steps the rate is taken.
  static let plainWindow = 3
  /// Over how many steps it is taken under mixing.
  static let mixingWindow = 32

  private static let room = mixingWindow + 1

  /// By what the residual shrinks in one iteration, over the last few; above 1 it grows.
  private(set) var rate = 0.0
  /// Whether the rate says something of what is to come.
  private(set) var isPredictable = false
  /// How many residuals there were.
  private(set) var count = 0
  /// The number of the first residual under mixing.
  private var firstMixed: Int?
  private var first = 0.0
  /// The last residuals, and the best up to each; number n is at n modulo ``room``.
  private var residuals = [Double](repeating: 0, count: ConvergenceRate.room)
  private var bests = [Double](repeating: 0, count: ConvergenceRate.room)

  /// How many steps were taken in the present way, plain or under mixing.
  var steps: Int { count - 1 - (firstMixed ?? 0) }

  /// Takes the next residual.
  ///
  /// - Parameters:
  ///   - best: the smallest residual so far.
  ///   - isMixed: whether mixing makes the steps from here on; once it does, it always will.
  mutating func append(_ residual: Double, best: Double, isMixed: Bool) {
    if count == 0 { first = residual }
    if isMixed, firstMixed == nil { firstMixed = count }
    residuals[count % Self.room] = residual
    bests[count % Self.room] = best
    count += 1
    let window = isMixed ? min(steps, Self.mixingWindow) : Self.plainWindow
    isPredictable = steps >= (isMixed ? Self.mixingWindow / 2 : window)
    if window > 0, steps >= window {
      // Residuals under mixing jump; against one that has, the best would always look like progress.
      let before = (isMixed ? bests : residuals)[(count - 1 - window) % Self.room]
      let after = isMixed ? best : residual
      rate = power(after / max(before, 1e-300), 1 / Double(window))
    } else if !isMixed, steps > 0 {
      rate = power(residual / max(first, 1e-300), 1 / Double(steps))
    }
  }
}
