/// Looks for multipliers with a small dual bound over one box: a row of a ``SlopeSystem``, plus multiples of the rows of
/// unstable units' states.
///
/// First slopes of unstable units by the sign of ν (Zhang, Weng, Chen, Hsieh & Daniel 2018): the chord's where ν f is concave,
/// that of a tangent where it is convex. From there the bound, which is convex in the multiples, can be brought down
/// by its subgradients (as Xu et al. 2021 do with slopes): ``DualDescent``. What is found is trusted in nothing.
struct DualSearch {
  typealias Step = MultiplierRows.Step

  let system: SlopeSystem
  let terms: DualTerms
  /// What an unstable unit by itself can be: ends and kinks, with f there.
  struct Choice {
    var place: Int
    var unit: Int
    var points: [(z: Double, value: Double)]
    var low: Double { points[0].z }
    var high: Double { points[1].z }
    /// f is convex for 1, concave for −1, linear for 0 and `nil` otherwise.
    var bend: Int?
    var slopes: (low: Double, high: Double)
  }
  let choices: [Choice]
  /// The choice of each place of unstable units, or −1.
  let choiceOfPlace: [Int]
  private let bendable: [Int]
  /// The most numbers that one step of the search may go through.
  private static let mostNumbers = 1 << 22

  /// Which tangent stands for a function with one kink where a line is to lie on its convex side.
  enum Tangent: CaseIterable {
    /// That of the longer side.
    case longer
    /// That below the kink.
    case low
    /// That above it.
    case high
  }

  init(_ system: SlopeSystem, _ terms: DualTerms) {
    self.system = system
    self.terms = terms
    var choices: [Choice] = []
    var ofPlace = [Int](repeating: -1, count: system.unstable.count)
    for place in system.alone {
      let unit = system.unstable[place]
      let z = terms.bounds.box.z[unit]
      guard let activation = system.activation(place), z.isFinite else { continue }
      var places = [z.lower, z.upper] + activation.kinks.filter { z.lower < $0 && $0 < z.upper }
      if !activation.isPiecewiseLinear {
        places += (1..<8).map { z.lower + Double($0) / 8 * (z.upper - z.lower) }
      }
      let ends = (activation.evaluate(z.lower), activation.evaluate(z.upper))
      var choice = Choice(
        place: place, unit: unit, points: places.map { ($0, activation.evaluate($0).value) },
        bend: nil, slopes: (ends.0.slope, ends.1.slope))
      if let line = activation.line(on: z) {
        choice.bend = 0
        choice.slopes = (line.slope, line.slope)
      } else if activation.isPiecewiseLinear, activation.kinks == [0] {
        choice.bend = choice.slopes.low < choice.slopes.high ? 1 : -1
      }
      guard choice.points.allSatisfy(\.value.isFinite) else { continue }
      ofPlace[place] = choices.count
      choices.append(choice)
    }
    self.choices = choices
    choiceOfPlace = ofPlace
    bendable = choices.indices.filter { choices[$0].bend != nil }.map { choices[$0].place }
  }

  /// Steps to slopes by the sign of ν; `nil` where they are not found.
  private func chosen(_ row: Int, sign: Double, _ tangent: Tangent) -> [Step]? {
    system.steps(row, sign: sign, at: bendable) { place, nu in
      let choice = choices[choiceOfPlace[place]]
      guard let bend = choice.bend, bend != 0 else { return choice.slopes.low }
      if (nu > 0) == (bend > 0) {
        return (choice.points[1].value - choice.points[0].value) / (choice.high - choice.low)
      }
      let isHigh = tangent == .longer ? choice.high > -choice.low : tangent == .high
      return isHigh ? choice.slopes.high : choice.slopes.low
    }
  }

  /// What was found for one functional.
  struct Found: Sendable {
    /// Proved.
    var upper: Double
    var steps: [Step]
  }

  /// The least bound of a row times a sign that is found.
  ///
  /// - Parameters:
  ///   - starts: more places to begin at.
  ///   - tangents: with which to begin.
  ///   - descents: steps down from the best beginning.
  ///   - goal: a bound below it is good enough.
  ///   - room: is overwritten.
  func bound(
    _ row: Int, sign: Double, starts: [[Step]] = [], tangents: [Tangent] = [.longer],
    descents: Int = 0, goal: Double = -.infinity, room: inout Multipliers
  ) -> Found {
    var best = Found(upper: .infinity, steps: [])
    func take(_ steps: [Step]) {
      system.rows.sum(row, sign: sign, steps, into: &room)
      let upper = terms.upperBound(room)
      if upper < best.upper { best = Found(upper: upper, steps: steps) }
    }
    for steps in starts { take(steps) }
    for tangent in tangents where best.upper >= goal {
      if let steps = chosen(row, sign: sign, tangent) { take(steps) }
    }
    // The simplest one counts only where estimates may be wrong.
    if best.upper == .infinity || !terms.isSimple { take([]) }
    let size = system.rows.unitCount * max(1, choices.count)
    if descents > 0, best.upper >= goal, !choices.isEmpty, size <= Self.mostNumbers,
      best.upper.isFinite
    {
      var descent = DualDescent(self, row, sign: sign, from: best.steps)
      if let lower = descent.run(descents) { take(lower) }
    }
    return best
  }
}

extension SlopeSystem {
  /// Narrows the states of unstable units by dual bounds with multipliers of their own, all over the same box, and again
  /// where that has helped.
  ///
  /// - Parameters:
  ///   - tangents: with which to begin.
  ///   - descents: steps down for each end of each state.
  func narrowByDuality(
    _ bounds: inout SampleBounds, rounds: Int, tangents: [DualSearch.Tangent] = [.longer],
    descents: Int = 0
  ) throws {
    var room = Multipliers(units: rows.unitCount, neurons: rows.neuronCount)
    for _ in 0..<rounds {
      let search = DualSearch(self, DualTerms(bounds))
      var found: [(unit: Int, z: Interval)] = []
      for (place, s) in unstable.enumerated() {
        let z = bounds.box.z[s]
        guard z.lower < z.upper, !(z.isFinite && activation(place)?.line(on: z) != nil) else {
          continue
        }
        let row = row(ofState: place)
        func end(_ sign: Double) -> Double {
          search.bound(row, sign: sign, tangents: tangents, descents: descents, room: &room).upper
        }
        let (upper, lower) = (end(1), -end(-1))
        guard lower <= upper else { throw EmptyBox() }
        found.append((s, Interval(lower, upper)))
      }
      var gain = 0.0
      for (s, z) in found { gain = max(gain, try bounds.narrow(s, to: z)) }
      guard gain > 0 else { return }
      try bounds.box.activate(0..<Int32(network.runs.count))
      if gain < 0.02 { return }
    }
  }
}
