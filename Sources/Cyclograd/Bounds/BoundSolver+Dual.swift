extension BoundSolver {
  /// What is asked for.
  struct Request {
    var methods: Set<BoundMethod>
    var functionals: [Functional]
    /// Whether upper bounds alone are wanted; lower ones then cost nothing, and may be weaker.
    var isOneSided = false
    /// Where upper bounds are good enough, so that work goes to those that are not below; `nil` if all are to be good.
    var goal: Double?
  }

  /// Bounds of each functional with the methods that gave them.
  struct Answer: Sendable {
    var lower: [Double]
    var upper: [Double]
    var lowerMethods: [BoundMethod?]
    var upperMethods: [BoundMethod?]

    init(_ count: Int) {
      lower = Array(repeating: -.infinity, count: count)
      upper = Array(repeating: .infinity, count: count)
      lowerMethods = Array(repeating: nil, count: count)
      upperMethods = lowerMethods
    }

    mutating func take(_ index: Int, _ found: Interval, by method: BoundMethod) {
      if found.lower > lower[index] {
        lower[index] = found.lower
        lowerMethods[index] = method
      }
      if found.upper < upper[index] {
        upper[index] = found.upper
        upperMethods[index] = method
      }
    }
  }

  /// Each method first gives what it gives alone, so that all of them together are never worse; then they share what
  /// they know of states.
  func refine(_ start: inout Start, _ request: Request, _ answer: inout Answer) throws {
    let methods = request.methods
    let slopes = try start.bounds.chordSlopes()
    let system = try SlopeSystem(start.bounds, linear, of: request.functionals, slopes)
    var bounds = start.bounds
    if methods.contains(.slopes) {
      if !system.unstable.isEmpty {
        try system.narrow(&bounds, isCentered: false)
        try bounds.propagate(sweeps: 10)
        try system.narrow(&bounds, isCentered: true)
      }
      // Without them the box is what it was.
      let slopes = system.unstable.isEmpty ? slopes : try bounds.chordSlopes()
      for index in request.functionals.indices {
        answer.take(index, system.enclosure(index, bounds, slopes), by: .slopes)
      }
    }
    guard methods.contains(.dual) else {
      start.bounds = bounds
      return
    }
    try system.narrowByDuality(&start.bounds, rounds: Effort.first.rounds)
    var steps = takeDual(system, start.bounds, request, &answer, starts: [])
    guard !system.unstable.isEmpty else { return }
    if methods.contains(.slopes) {
      var gain = 0.0
      for s in system.unstable {
        gain = max(gain, try start.bounds.narrow(s, to: bounds.box.z[s]))
      }
      if gain > 0.001 {
        try start.bounds.box.activate(0..<Int32(network.runs.count))
        try system.narrowByDuality(&start.bounds, rounds: 1)
        steps = takeDual(system, start.bounds, request, &answer, starts: steps)
      }
    }
    for effort in [Effort.multiples, .states] {
      let excess = excess(request, answer, start.bounds)
      guard excess > 0, excess < effort.mostExcess else { return }
      if effort.stateDescents > 0 {
        try system.narrowByDuality(
          &start.bounds, rounds: effort.rounds, tangents: DualSearch.Tangent.allCases,
          descents: effort.stateDescents)
      }
      steps = takeDual(
        system, start.bounds, request, &answer, starts: steps, effort: effort)
    }
  }

  /// How hard multipliers are looked for.
  private struct Effort {
    /// By which share bounds may have to come down for it.
    var mostExcess = Double.infinity
    var tangents = DualSearch.Tangent.allCases
    /// How often the states of unstable units are narrowed, and the steps for each of their ends.
    var rounds = 0
    var stateDescents = 0
    /// The steps for each functional: where all bounds are to be good, and where only those that are to be below a goal.
    var descents = 0
    var goalDescents = 48

    /// What everything gets.
    static let first = Effort(tangents: [.longer], rounds: 3, descents: 12, goalDescents: 0)
    /// Better multiples.
    static let multiples = Effort(mostExcess: 0.8)
    /// And better multiples of the states of unstable units.
    static let states = Effort(mostExcess: 0.5, rounds: 2, stateDescents: 10)
  }

  /// By which share of their distance from the value at the centre upper bounds have to come down to reach the goal: 0 where they
  /// are below it, 1 or more where none can be.
  private func excess(_ request: Request, _ answer: Answer, _ bounds: SampleBounds) -> Double {
    guard let goal = request.goal else { return 0 }
    var most = 0.0
    for (functional, upper) in zip(request.functionals, answer.upper)
    where !functional.neurons.isEmpty && upper >= goal {
      let center = bounds.atCenter(functional).middle
      most = max(
        most, center < goal && upper.isFinite ? (upper - goal).nextUp / (upper - center) : 1)
    }
    return most
  }

  /// - Parameter starts: what was found on a larger box, upper bounds before lower ones.
  private func takeDual(
    _ system: SlopeSystem, _ bounds: SampleBounds, _ request: Request, _ answer: inout Answer,
    starts: [[MultiplierRows.Step]], effort: Effort = .first
  ) -> [[MultiplierRows.Step]] {
    let search = DualSearch(system, DualTerms(bounds))
    var room = Multipliers(units: network.unitCount, neurons: network.neuronCount)
    var steps: [[MultiplierRows.Step]] = []
    for (index, functional) in request.functionals.enumerated() {
      let signs = request.isOneSided ? [1.0] : [1, -1]
      if functional.neurons.isEmpty {
        answer.take(index, .zero, by: .dual)
        steps += signs.map { _ in [] }
        continue
      }
      if let goal = request.goal, !starts.isEmpty, answer.upper[index] < goal {
        steps += starts[steps.count..<steps.count + signs.count]
        continue
      }
      var ends = (lower: -Double.infinity, upper: Double.infinity)
      for sign in signs {
        // What is too large at the centre stays so.
        let isWanted =
          request.goal.map { sign > 0 && bounds.atCenter(functional).middle < $0 } ?? true
        let found = search.bound(
          index, sign: sign, starts: starts.isEmpty ? [] : [starts[steps.count]],
          tangents: isWanted ? effort.tangents : [.longer],
          descents: request.goal == nil ? effort.descents : isWanted ? effort.goalDescents : 0,
          goal: request.goal ?? -.infinity, room: &room)
        steps.append(found.steps)
        if sign > 0 { ends.upper = found.upper } else { ends.lower = -found.upper }
      }
      answer.take(index, Interval(ends.lower, ends.upper), by: .dual)
    }
    return steps
  }
}
