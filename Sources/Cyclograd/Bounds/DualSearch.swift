/// Looks for multipliers with a small dual bound over one box: a row of a ``SlopeSystem``, plus multiples of the rows of
/// unstable units' states.
///
/// First slopes of unstable units by the sign of ν (Zhang, Weng, Chen, Hsieh & Daniel 2018): the chord's where ν f is concave,
/// that of a tangent where it is convex. From there the bound, which is convex in the multiples, can be brought down
/// by its subgradients (as Xu et al. 2021 do with slopes; Kingma & Ba 2015 for the steps). What is found is trusted in nothing.
struct DualSearch {
  typealias Step = MultiplierRows.Step

  let system: SlopeSystem
  let terms: DualTerms
  private let rows: MultiplierRows
  /// What an unstable unit by itself can be: ends and kinks, with f there.
  private struct Choice {
    var place: Int
    var unit: Int
    var points: [(z: Double, value: Double)]
    var low: Double { points[0].z }
    var high: Double { points[1].z }
    /// f is convex for 1, concave for −1, linear for 0 and `nil` otherwise.
    var bend: Int?
    var slopes: (low: Double, high: Double)
  }
  private let choices: [Choice]
  private let bendable: [Int]
  private let choiceOfPlace: [Int]
  /// The most numbers that one step of the search may go through.
  private static let mostNumbers = 1 << 22

  init(_ system: SlopeSystem, _ terms: DualTerms) {
    self.system = system
    self.terms = terms
    rows = system.rows
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
  func chosen(_ row: Int, sign: Double) -> [Step]? {
    system.steps(row, sign: sign, at: bendable) { place, nu in
      let choice = choices[choiceOfPlace[place]]
      guard let bend = choice.bend, bend != 0 else { return choice.slopes.low }
      if (nu > 0) == (bend > 0) {
        return (choice.points[1].value - choice.points[0].value) / (choice.high - choice.low)
      }
      return choice.high > -choice.low ? choice.slopes.high : choice.slopes.low
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
  ///   - descents: steps down from the best beginning.
  ///   - goal: a bound below it is good enough.
  ///   - room: is overwritten.
  func bound(
    _ row: Int, sign: Double, starts: [[Step]] = [], descents: Int = 0,
    goal: Double = -.infinity, room: inout Multipliers
  ) -> Found {
    var candidates = starts
    if let steps = chosen(row, sign: sign) { candidates.append(steps) }
    candidates.append([])
    var best = Found(upper: .infinity, steps: [])
    func take(_ steps: [Step]) {
      rows.sum(row, sign: sign, steps, into: &room)
      let upper = terms.upperBound(room)
      if upper < best.upper { best = Found(upper: upper, steps: steps) }
    }
    // The simplest one counts only where estimates may be wrong.
    for steps in candidates.dropLast(candidates.count > 1 && terms.isSimple ? 1 : 0) { take(steps) }
    let size = rows.unitCount * max(1, choices.count)
    if descents > 0, best.upper >= goal, !choices.isEmpty, size <= Self.mostNumbers,
      best.upper.isFinite,
      let lower = descend(row, sign, best.steps, descents)
    {
      take(lower)
    }
    return best
  }

  /// Better multiples than the given ones by the estimate without rounding; `nil` if none are found.
  private func descend(_ row: Int, _ sign: Double, _ start: [Step], _ count: Int) -> [Step]? {
    var search = Descent(self, row, sign, start)
    return search.run(count)
  }

  /// A bound as a function of the multiples, in plain arithmetic.
  private struct Descent {
    let search: DualSearch
    let row: Int
    let sign: Double
    var theta: [Double]
    private var g: [Double]
    private var nu: [Double]
    private var point: [Double]
    private var values: [Double]
    private var slope: [Double]

    init(_ search: DualSearch, _ row: Int, _ sign: Double, _ start: [Step]) {
      (self.search, self.row, self.sign) = (search, row, sign)
      theta = Array(repeating: 0, count: search.choices.count)
      for step in start {
        let index = search.choiceOfPlace[step.row - search.system.functionals.count]
        if index >= 0 { theta[index] = step.factor }
      }
      g = Array(repeating: 0, count: search.rows.unitCount)
      point = g
      nu = Array(repeating: 0, count: search.choices.count)
      (values, slope) = (nu, nu)
    }

    mutating func run(_ count: Int) -> [Step]? {
      let first = evaluate()
      guard first.isFinite else { return nil }
      var best = first
      var found: [Double]?
      // Multiples are measured by ν, which slopes would be multiplied with.
      let largest = nu.reduce(0) { max($0, $1.magnitude) }
      guard largest > 0 else { return nil }
      let scale = nu.map { max($0.magnitude, 0.01 * largest) }
      var (mean, square) = (theta.map { _ in 0.0 }, theta.map { _ in 0.0 })
      for step in 1...count {
        let rate = 0.25 * (1 - Double(step - 1) / Double(count)) + 0.01
        let (a, b) = (1 - pow(0.8, step), 1 - pow(0.95, step))
        for index in theta.indices {
          let d = slope[index] * scale[index]
          mean[index] = 0.8 * mean[index] + 0.2 * d
          square[index] = 0.95 * square[index] + 0.05 * d * d
          guard square[index] > 0 else { continue }
          theta[index] -= rate * scale[index] * (mean[index] / a) / (square[index] / b).squareRoot()
        }
        let value = evaluate()
        guard value.isFinite else { break }
        if value < best {
          best = value
          found = theta
        }
      }
      guard let found, best < first - 1e-9 * (1 + first.magnitude) else { return nil }
      return found.indices.compactMap { index in
        found[index] == 0
          ? nil
          : Step(row: search.system.row(ofState: search.choices[index].place), factor: found[index])
      }
    }

    private func pow(_ x: Double, _ n: Int) -> Double { (0..<n).reduce(1) { y, _ in y * x } }

    /// The bound, with its slopes by the multiples.
    private mutating func evaluate() -> Double {
      let (rows, system, terms) = (search.rows, search.system, search.terms)
      let (units, neurons) = (rows.unitCount, rows.neuronCount)
      let choices = search.choices
      let states = system.functionals.count
      var total = 0.0
      rows.g.withUnsafeBufferPointer { all in
        g.withUnsafeMutableBufferPointer { g in
          point.withUnsafeMutableBufferPointer { point in
            let own = all.baseAddress! + row * units
            for s in 0..<units { g[s] = sign * own[s] }
            for (index, choice) in choices.enumerated() where theta[index] != 0 {
              let (other, factor) = (
                all.baseAddress! + (states + choice.place) * units, theta[index]
              )
              for s in 0..<units { g[s] += factor * other[s] }
            }
            terms.driveMiddle.withUnsafeBufferPointer { middle in
              terms.driveReach.withUnsafeBufferPointer { reach in
                for s in 0..<units {
                  let x = middle[s] + (g[s] >= 0 ? reach[s] : -reach[s])
                  point[s] = x
                  total += g[s] * x
                }
              }
            }
          }
        }
      }
      let ownUnit = rows.ownUnits[row]
      for (index, choice) in choices.enumerated() {
        var value = sign * rows.nu[row * neurons + system.neuron(choice.place)]
        for (other, factor) in theta.enumerated() where factor != 0 {
          value +=
            factor * system.between[choices[other].place * system.unstable.count + choice.place]
        }
        nu[index] = value
        let weight = g[choice.unit] - (choice.unit == ownUnit ? sign : 0)
        var most = -Double.infinity
        var at = choice.points[0]
        for candidate in choice.points {
          let term = value * candidate.value - weight * candidate.z
          if term > most { (most, at) = (term, candidate) }
        }
        total += most
        values[index] = at.value
        point[choice.unit] -= at.z
      }
      for (index, choice) in choices.enumerated() {
        var sum = dot(rows.g, (states + choice.place) * units, point)
        let first = choice.place * system.unstable.count
        for (other, value) in values.enumerated() {
          sum += value * system.between[first + choices[other].place]
        }
        slope[index] = sum
      }
      return total
    }

    private func dot(_ x: [Double], _ offset: Int, _ y: [Double]) -> Double {
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          var sums = SIMD8<Double>.zero
          var index = 0
          while index + 8 <= y.count {
            let a = UnsafeRawPointer(x.baseAddress! + offset + index)
              .loadUnaligned(as: SIMD8<Double>.self)
            let b = UnsafeRawPointer(y.baseAddress! + index).loadUnaligned(as: SIMD8<Double>.self)
            sums += a * b
            index += 8
          }
          var sum = sums.sum()
          while index < y.count {
            sum += x[offset + index] * y[index]
            index += 1
          }
          return sum
        }
      }
    }
  }
}

extension SlopeSystem {
  /// Narrows the states of unstable units by dual bounds with multipliers of their own, all over the same box, and again
  /// where that has helped.
  ///
  /// - Parameter descents: steps down for each end of each state.
  func narrowByDuality(
    _ bounds: inout SampleBounds, rounds: Int, descents: Int = 0
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
        let upper = search.bound(row, sign: 1, descents: descents, room: &room).upper
        let lower = -search.bound(row, sign: -1, descents: descents, room: &room).upper
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
