import Foundation

/// One run's seconds.
struct Timing: Sendable, Equatable {
  /// For the equilibrium of all samples; `nil` where the run is a training step.
  var equilibrium: Double?
  /// For loss, adjoint and all derivatives; `nil` where the run is a training step.
  var gradient: Double?
  /// For everything.
  var total: Double
  /// Iterations forward and backward, of the sample that took the most.
  var iterations: [Int] = []

  init(equilibrium: Double, gradient: Double, iterations: [Int] = []) {
    self.equilibrium = equilibrium
    self.gradient = gradient
    total = equilibrium + gradient
    self.iterations = iterations
  }

  init(total: Double, iterations: [Int] = []) {
    self.total = total
    self.iterations = iterations
  }
}

/// What is compared before any time is believed: named vectors in file order.
struct Answer: Sendable {
  var vectors: [(name: String, values: [Double])]

  /// The largest difference of an element from another answer's, relative to the largest element of
  /// any vector, because a derivative that is nothing beside the others need not be known to many
  /// digits; infinite where the answers have other vectors, and NaN counts as that.
  func difference(from other: Answer) -> Double {
    guard vectors.map(\.name) == other.vectors.map(\.name) else { return .infinity }
    var scale = 1e-300
    var worst = 0.0
    for (own, theirs) in zip(vectors, other.vectors) {
      guard own.values.count == theirs.values.count else { return .infinity }
      for (a, b) in zip(own.values, theirs.values) {
        guard a.isFinite, b.isFinite else { return .infinity }
        scale = max(scale, abs(b))
        worst = max(worst, abs(a - b))
      }
    }
    return worst / scale
  }
}

/// Why a contestant takes no part, or no further part.
struct Withdrawal: Error, Equatable {
  var reason: String
}

/// Someone who solves a problem again and again, each time from a cold start.
protocol Contestant: AnyObject {
  var name: String { get }
  /// Whether the contestant is a program in another language.
  var isPeer: Bool { get }
  /// Solves the problem once.
  func run() throws -> Timing
  /// What the last run found.
  func answer() throws -> Answer
}
