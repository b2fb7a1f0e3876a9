/// The present place on a path that a ``ContinuationSolver`` follows, and the direction in which it goes on.
final class ContinuationPath {
  enum Kind: CaseIterable {
    case fixedPoint, newton, newtonBackward
  }

  private let workspace: ComponentWorkspace
  private let linearization: JacobianFactorization
  /// z − G(z), as ``ComponentWorkspace/residual(into:)`` leaves it.
  let r: UnsafeMutableBufferPointer<Double>
  private let start: UnsafeMutableBufferPointer<Double>
  private let before: UnsafeMutableBufferPointer<Double>
  private let tangent: UnsafeMutableBufferPointer<Double>
  private let right: UnsafeMutableBufferPointer<Double>
  private let step: UnsafeMutableBufferPointer<Double>
  private let turn: UnsafeMutableBufferPointer<Double>
  /// F(z₀)
  private let residualAtStart: UnsafeMutableBufferPointer<Double>
  private var kind = Kind.fixedPoint
  /// Whether the path has come back to where it began.
  private(set) var isClosed = false
  private(set) var lambda = 0.0
  private var lambdaBefore = 0.0
  private var tangentLambda = 1.0
  private var count: Double { Double(max(1, r.count)) }
  /// What is small or large is so beside this.
  private let scale: Double
  /// Per unit where its activation has kinks.
  private let kinks: [[Double]]
  /// The kink that the last prediction stopped short of.
  private var next: (unit: Int, kink: Double)?
  /// A kink nearer than this is crossed; corrections are more accurate.
  private var nearness: Double { 1e-6 * max(scale, size) }

  init(
    _ workspace: ComponentWorkspace, _ method: DirectMethod, _ vectors: [ComponentWorkspace.Vector]
  ) throws {
    self.workspace = workspace
    linearization = try workspace.memory.factorization(method)
    scale = workspace.unitScale
    (r, start, before, tangent) = (vectors[0], vectors[1], vectors[2], vectors[3])
    (right, step, turn, residualAtStart) = (vectors[4], vectors[5], vectors[6], vectors[7])
    start.copy(from: workspace.z)
    kinks = workspace.component.unitActivations.map(\.kinks)
  }

  /// max |z|
  private var size: Double { workspace.z.largest }

  /// The same beside the natural unit of states, at least 1.
  var relativeSize: Double { max(1, size / scale) }

  /// Sets out from z₀, λ = 0; false where there is no direction.
  func begin(_ kind: Kind) -> Bool {
    self.kind = kind
    isClosed = false
    returnToStart()
    _ = workspace.residual(into: residualAtStart)
    r.copy(from: residualAtStart)
    next = nil
    for s in r.indices { tangent[s] = 0 }
    tangentLambda = kind == .newtonBackward ? -1 : 1
    if kind == .fixedPoint {
      for s in r.indices { turn[s] = -r[s] }
    } else {
      do {
        try linearization.factor(workspace)
        try solveTurn()
      } catch {
        return false
      }
    }
    setTangent()
    // A unit that starts at a kink belongs to the side that it moves to.
    for (s, places) in kinks.enumerated() where places.contains(before[s]) {
      before[s] += (tangent[s] < 0 ? -1 : 1) * nearness
    }
    return true
  }

  func returnToStart() {
    workspace.z.copy(from: start)
    before.copy(from: start)
    lambda = 0
    lambdaBefore = 0
  }

  /// (turn, 1), scaled to length 1 and pointing forward.
  private func setTangent() {
    var square = 1.0
    var product = tangentLambda
    for s in turn.indices {
      square += turn[s] * turn[s] / count
      product += turn[s] * tangent[s] / count
    }
    let factor = (product < 0 ? -1 : 1) / square.squareRoot()
    for s in turn.indices { tangent[s] = factor * turn[s] }
    tangentLambda = factor
  }

  /// Goes on along the tangent, but not beyond the first kink.
  func predict(_ wanted: Double) {
    let z = workspace.z
    var length = wanted
    next = nil
    for (s, places) in kinks.enumerated() where tangent[s] != 0 {
      for kink in places {
        let distance = (kink - before[s]) / tangent[s]
        if distance > 0, distance < length {
          length = distance
          next = (s, kink)
        }
      }
    }
    for s in z.indices { z[s] = before[s] + length * tangent[s] }
    lambda = lambdaBefore + length * tangentLambda
    if let next { z[next.unit] = shortOfKink(next) }
  }

  /// Moves z back to where the prediction meets λ = 1.
  func arrive() {
    guard tangentLambda > 0 else { return }
    let length = (1 - lambdaBefore) / tangentLambda
    for s in tangent.indices { workspace.z[s] = before[s] + length * tangent[s] }
  }

  func accept() {
    // A path that comes back through z₀ is a loop.
    let share = lambdaBefore / (lambdaBefore - lambda)
    if share > 0, share < 1 {
      isClosed = start.indices.allSatisfy { s in
        abs(before[s] + share * (workspace.z[s] - before[s]) - start[s]) <= 1e-3 * max(scale, size)
      }
    }
    before.copy(from: workspace.z)
    lambdaBefore = lambda
    setTangent()
  }

  func reject() {
    workspace.z.copy(from: before)
    lambda = lambdaBefore
  }

  /// Next to a kink, on the side from which it is approached.
  private func shortOfKink(_ next: (unit: Int, kink: Double)) -> Double {
    next.kink - (tangent[next.unit] > 0 ? 0.5 : -0.5) * nearness
  }

  /// Whether the last accepted place is all but at a kink.
  var isAtKink: Bool {
    guard let next else { return false }
    return abs(next.kink - before[next.unit]) <= nearness
  }

  /// Whether no unit has come to another side of a kink.
  private var keepsSides: Bool {
    for (s, places) in kinks.enumerated() {
      for kink in places where (workspace.z[s] > kink) != (before[s] > kink) { return false }
    }
    return true
  }

  /// Goes to the other side of a kink, and on from there; false where there is no direction.
  func cross() -> Bool {
    guard let (s, kink) = next else { return false }
    let way = tangent[s] > 0 ? 1.0 : -1
    before[s] = kink + way * nearness
    reject()
    _ = workspace.residual(into: r)
    do {
      try linearization.factor(workspace, shift: shift)
      try solveTurn()
    } catch {
      return false
    }
    setTangent()
    // The unit leaves the kink on the side that it has come to.
    if tangent[s] * way < 0 {
      for i in tangent.indices { tangent[i] = -tangent[i] }
      tangentLambda = -tangentLambda
    }
    next = nil
    return true
  }

  /// H_z is I − W Dᵀ / (1 + shift).
  private var shift: Double { kind == .fixedPoint ? max(0, 1 / max(lambda, 1e-12) - 1) : 0 }

  /// The direction (turn, 1) of the path: H_z turn = −H_λ.
  private func solveTurn() throws {
    let z = workspace.z
    let shift = shift
    for s in z.indices {
      right[s] = -(kind == .fixedPoint ? start[s] - z[s] + r[s] : residualAtStart[s])
    }
    try linearization.solveState(workspace, rho: right, shift: shift, step: turn)
    for s in z.indices { turn[s] *= 1 + shift }
  }

  /// The correction with H_z step = −H.
  private func solveStep() throws {
    let z = workspace.z
    let shift = shift
    for s in z.indices {
      right[s] =
        kind == .fixedPoint
        ? -(z[s] - lambda * (z[s] - r[s]) - (1 - lambda) * start[s])
        : -(r[s] - (1 - lambda) * residualAtStart[s])
    }
    try linearization.solveState(workspace, rho: right, shift: shift, step: step)
    for s in z.indices { step[s] *= 1 + shift }
  }

  /// Newton's method on H = 0 in the plane through the prediction, orthogonal to the tangent, or where the
  /// prediction has come to a kink, there; false where it does not settle, or leaves the piece of the path
  /// between two kinks.
  func correct(_ limit: Int, _ progress: (_ residual: Double) -> Void) -> Bool {
    let z = workspace.z
    var last = Double.infinity
    for correction in 1...limit {
      let residual = workspace.residual(into: r)
      guard residual.isFinite, kind != .fixedPoint || lambda > 0, abs(lambda) < 1e4 else {
        return false
      }
      progress(residual)
      do {
        try linearization.factor(workspace, shift: shift)
        try solveStep()
        try solveTurn()
      } catch {
        return false
      }
      var along = 0.0
      var across = tangentLambda
      for s in z.indices {
        along += tangent[s] * step[s] / count
        across += tangent[s] * turn[s] / count
      }
      var change = -along / across
      if let next {
        change = (shortOfKink(next) - z[next.unit] - step[next.unit]) / turn[next.unit]
      }
      var largest = 0.0
      for s in z.indices {
        let move = step[s] + change * turn[s]
        z[s] += move
        largest = max(largest, abs(move))
      }
      lambda += change
      largest = max(abs(change), largest / max(scale, size))
      guard largest.isFinite else { return false }
      if largest < 1e-9 { return lambda < 1 && keepsSides }
      if correction > 2, largest > 0.9 * last { return false }
      last = largest
    }
    return false
  }
}
