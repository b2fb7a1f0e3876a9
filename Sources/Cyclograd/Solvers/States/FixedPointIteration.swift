/// The engine under Picard's and Anderson's methods, for states and for adjoints alike: it drives
/// x ← G(x) by its residual, keeps the best iterate, and knows how fast it gets on.
package struct FixedPointIteration {
  /// When plain steps give way to Anderson's.
  package enum Acceleration {
    /// Never.
    case never
    /// From the first step on.
    case always
    /// Once it is seen that plain steps would take long.
    case whenSlow
  }

  /// What happened so far.
  package struct Progress {
    package var iterations = 0
    package var residual = Double.infinity
    /// By what the residual shrinks in one iteration, over the last few; above 1 it grows.
    package var rate = 0.0
    package var isAccelerated = false
    /// Whether the rate says something of what is to come. Under mixing the residual does not fall
    /// evenly, so that takes a while.
    package var isPredictable = false
    /// Whether the present x is the best iterate so far; for those who are told while the iteration runs. False where
    /// mixing has moved on from the iterate that was measured.
    package var isBest = false
    /// Whether the tolerance was met by an iterate that is not running away.
    package var hasConverged = false

    /// How many more iterations a tolerance will take at this rate.
    package func remaining(to tolerance: Double) -> Double {
      if residual <= tolerance { return 0 }
      guard rate < 1 else { return .infinity }
      return (logarithm(tolerance) - logarithm(residual)) / logarithm(max(rate, 1e-300))
    }
  }

  var tolerance: Double
  var limit: Int
  var acceleration: Acceleration
  /// The fraction of a plain step that is taken.
  var damping = 1.0
  /// Whether the residual shrinks as the distance to the fixed point does. Steps whose length grows make it shrink
  /// on the way to infinity, too.
  var isContraction = true
  /// The other processes that hold parts of the vectors; `nil` where there are none.
  var parts: VectorParts?

  package init(
    tolerance: Double, limit: Int, acceleration: Acceleration, parts: VectorParts
  ) {
    self.init(tolerance: tolerance, limit: limit, acceleration: acceleration)
    self.parts = parts
  }

  /// How soon an iterate is looked at again that met the tolerance, but may be running away.
  private static let testInterval = 16
  /// An iterate that has grown so far beyond the first is not on its way to a fixed point.
  private static let divergence = 1e50
  /// Plain steps are kept up if so many more will do.
  private static let shortRun = 40.0

  init(
    tolerance: Double, limit: Int, acceleration: Acceleration, damping: Double = 1,
    isContraction: Bool = true
  ) {
    self.tolerance = tolerance
    self.limit = limit
    self.acceleration = acceleration
    self.damping = damping
    self.isContraction = isContraction
  }

  /// max |x| over the whole vector.
  private func size(_ x: UnsafeMutableBufferPointer<Double>) -> Double {
    parts.map { $0.largest(x.largest) } ?? x.largest
  }

  /// Iterates until the tolerance is met, the limit is reached, `residual` returns NaN, or
  /// `shouldStop` says so; it is asked now and then.
  ///
  /// On return x is the best iterate, unless nothing was finite.
  ///
  /// - Parameters:
  ///   - residual: computes r = x − G(x) at the present x, and its scaled norm.
  ///   - record: is told of every iterate.
  package func run(
    _ x: UnsafeMutableBufferPointer<Double>, r: UnsafeMutableBufferPointer<Double>,
    best: UnsafeMutableBufferPointer<Double>, mixing: () -> AndersonMixing,
    residual: () -> Double, inverseNorm: () -> Double = { 1 }, record: (Progress) -> Void,
    shouldStop: (Progress) -> Bool = { _ in false }
  ) -> Progress {
    var progress = Progress()
    var mixer: AndersonMixing?
    if case .always = acceleration {
      mixer = mixing()
      mixer?.restart()
      progress.isAccelerated = true
    }
    var bestResidual = Double.infinity
    /// Whether the best iterate is the one that the mixer has replaced last; it is copied only if the next is worse.
    var isBestReplaced = false
    var speed = ConvergenceRate()
    var nextTest = 0
    var startSize = 0.0
    while true {
      if startSize == 0 { startSize = size(x) }
      let now = residual()
      progress.residual = now
      progress.isBest = now < bestResidual
      record(progress)
      if isBestReplaced, !(now < bestResidual) { mixer?.copyReplaced(to: best) }
      isBestReplaced = false
      guard now.isFinite else {
        // Overflow after progress: go back and leave the rest to another method.
        if bestResidual.isFinite {
          x.copy(from: best)
          progress.rate = .infinity
          progress.residual = bestResidual
        } else {
          progress.residual = .nan
        }
        return progress
      }
      if now < bestResidual {
        bestResidual = now
        if mixer == nil { best.copy(from: x) } else { isBestReplaced = true }
      } else if let mixer, now > 1e3 * bestResidual {
        // The mixing has gone astray: begin anew from the best.
        x.copy(from: best)
        mixer.restart(mixesAlways: true)
        _ = residual()
      }
      speed.append(now, best: bestResidual, isMixed: mixer != nil)
      (progress.rate, progress.isPredictable) = (speed.rate, speed.isPredictable)
      // The first iterate says nothing of where the next ones go.
      let isJudged = mixer != nil || speed.steps > 0 || now <= SweepProgress.rounding
      if now <= tolerance, isJudged, progress.iterations >= nextTest {
        let distance = distance(progress, x, r, best, mixer, inverseNorm)
        if mixer != nil { progress.isBest = false }
        if distance.map({ $0 <= tolerance.squareRoot() }) ?? true {
          finish(x, best, residual, &progress)
          progress.hasConverged = true
          return progress
        }
        // The residual is small, but what the rate says of the error is not: the state may be
        // running away, where there is no equilibrium. Go on until it is there or out of bounds.
        if mixer == nil, case .whenSlow = acceleration {
          mixer = mixing()
          mixer?.restart()
          progress.isAccelerated = true
          best.copy(from: x)
        }
        if mixer != nil {
          // Under mixing it was copied there for the test.
          bestResidual = now
          if progress.iterations >= limit || shouldStop(progress) {
            // Mixing has moved on to an iterate that was not measured.
            x.copy(from: best)
            break
          }
          nextTest = progress.iterations + Self.testInterval
          progress.iterations += 1
          continue
        }
      }
      if progress.iterations >= limit { break }
      if speed.count == ConvergenceRate.plainWindow + 1 || speed.count % 8 == 0 {
        if shouldStop(progress) { break }
        if size(x) > Self.divergence * startSize {
          if bestResidual.isFinite, !isBestReplaced { x.copy(from: best) }
          progress.residual = bestResidual
          progress.rate = .infinity
          return progress
        }
        if case .whenSlow = acceleration, mixer == nil,
          progress.remaining(to: tolerance) > Self.shortRun
        {
          mixer = mixing()
          mixer?.restart()
          progress.isAccelerated = true
        }
      }
      progress.iterations += 1
      if let mixer {
        mixer.advance(x, residual: r)
      } else {
        for i in 0..<x.count { x[i] -= damping * r[i] }
      }
    }
    if progress.residual > tolerance && bestResidual < progress.residual {
      x.copy(from: best)
      progress.residual = bestResidual
    }
    return progress
  }

  /// How far the fixed point is, relative to its size, as far as can be told; `nil` if nothing
  /// can, because it was met at once. With mixing, x moves on to the next iterate.
  private func distance(
    _ progress: Progress, _ x: UnsafeMutableBufferPointer<Double>,
    _ r: UnsafeMutableBufferPointer<Double>, _ best: UnsafeMutableBufferPointer<Double>,
    _ mixer: AndersonMixing?, _ inverseNorm: () -> Double
  ) -> Double? {
    guard let mixer else {
      if progress.rate == 0 { return nil }
      if !isContraction { return inverseNorm() * max(progress.residual, .ulpOfOne) }
      return progress.rate < 1 ? progress.residual / (1 - progress.rate) : .infinity
    }
    best.copy(from: x)
    // One long step may have led far out, where relative residuals are small, and short ones followed.
    let growth = inverseNorm()
    mixer.advance(x, residual: r, mustMix: true)
    // The residual itself is known only up to rounding.
    return max(mixer.amplification, growth) * max(progress.residual, .ulpOfOne)
  }

  /// Keeps the better one of the iterate that met the tolerance and the one after it.
  private func finish(
    _ x: UnsafeMutableBufferPointer<Double>, _ best: UnsafeMutableBufferPointer<Double>,
    _ residual: () -> Double, _ progress: inout Progress
  ) {
    guard progress.isAccelerated else { return }
    let after = residual()
    if after <= progress.residual {
      progress.residual = after
    } else {
      x.copy(from: best)
      progress.residual = residual()
    }
  }
}
