import SparseAlgebra

/// A dual bound as a function of the multiples of unstable units' rows, which it is convex in, in plain arithmetic: brought
/// down by its subgradients, in steps that Adam measures (Kingma & Ba 2015).
struct DualDescent {
  typealias Step = MultiplierRows.Step

  private let search: DualSearch
  private let row: Int
  private let sign: Double
  /// The multiples, for each choice.
  private var theta: [Double]
  private var slope: [Double]
  // Of all units, and of all unstable ones.
  private var g: [Double]
  private var point: [Double]
  private var nu: [Double]
  private var values: [Double]
  /// The rows of choices in g, and in what the system has between unstable units.
  private let ofUnits: DenseRows
  private let between: DenseRows

  init(_ search: DualSearch, _ row: Int, sign: Double, from start: [Step]) {
    (self.search, self.row, self.sign) = (search, row, sign)
    let system = search.system
    theta = Array(repeating: 0, count: search.choices.count)
    for step in start {
      let index = search.choiceOfPlace[step.row - system.functionals.count]
      if index >= 0 { theta[index] = step.factor }
    }
    slope = theta
    let (units, unstable) = (system.rows.unitCount, system.unstable.count)
    g = Array(repeating: 0, count: units)
    point = g
    nu = Array(repeating: 0, count: unstable)
    values = nu
    let places = search.choices.map { Int32(system.row(ofState: $0.place)) }
    ofUnits = DenseRows(places, stride: units, width: units)
    between = DenseRows(places, stride: unstable, width: unstable)
  }

  /// Better multiples than those of the start by the estimate without rounding; `nil` if none are found.
  ///
  /// - Complexity: for each step two products with the rows of unstable units.
  mutating func run(_ count: Int) -> [Step]? {
    let first = evaluate()
    guard first.isFinite else { return nil }
    var best = first
    var found: [Double]?
    // Multiples are measured by ν, which slopes would be multiplied with.
    let sizes = search.choices.map { nu[$0.place].magnitude }
    let largest = sizes.max() ?? 0
    guard largest > 0 else { return nil }
    let scale = sizes.map { max($0, 0.01 * largest) }
    var (mean, square) = (theta.map { _ in 0.0 }, theta.map { _ in 0.0 })
    var (a, b) = (1.0, 1.0)
    for step in 1...count {
      let rate = 0.25 * (1 - Double(step - 1) / Double(count)) + 0.01
      (a, b) = (a * 0.8, b * 0.95)
      for index in theta.indices {
        let d = slope[index] * scale[index]
        mean[index] = 0.8 * mean[index] + 0.2 * d
        square[index] = 0.95 * square[index] + 0.05 * d * d
        guard square[index] > 0 else { continue }
        theta[index] -=
          rate * scale[index] * (mean[index] / (1 - a))
          / (square[index] / (1 - b)).squareRoot()
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

  /// The bound, with its slopes by the multiples.
  private mutating func evaluate() -> Double {
    let (system, rows) = (search.system, search.system.rows)
    var total = drive(rows)
    nu = system.nu(row, sign: sign)
    system.addBetween(between, theta, to: &nu)
    let ownUnit = rows.ownUnits[row]
    for choice in search.choices {
      let value = nu[choice.place]
      let weight = g[choice.unit] - (choice.unit == ownUnit ? sign : 0)
      var most = -Double.infinity
      var at = choice.points[0]
      for candidate in choice.points {
        let term = value * candidate.value - weight * candidate.z
        if term > most { (most, at) = (term, candidate) }
      }
      total += most
      values[choice.place] = at.value
      point[choice.unit] -= at.z
    }
    slope = products(ofUnits, rows.g, point)
    for (index, value) in products(between, system.between, values).enumerated() {
      slope[index] += value
    }
    return total
  }

  /// g of the multiples, and the largest gᵀ(b + x̂), with b + x̂ there as the point.
  private mutating func drive(_ rows: MultiplierRows) -> Double {
    let (units, ofUnits, theta, sign, row) = (rows.unitCount, ofUnits, theta, sign, row)
    let terms = search.terms
    return g.withUnsafeMutableBufferPointer { g in
      point.withUnsafeMutableBufferPointer { point in
        rows.g.withUnsafeBufferPointer { all in
          guard let first = all.baseAddress, let target = g.baseAddress else { return }
          for s in 0..<units { target[s] = sign * first[row * units + s] }
          ofUnits.add(of: first, times: theta, to: target)
        }
        return terms.driveMiddle.withUnsafeBufferPointer { middle in
          terms.driveReach.withUnsafeBufferPointer { reach in
            var total = 0.0
            for s in 0..<units {
              let x = middle[s] + (g[s] >= 0 ? reach[s] : -reach[s])
              point[s] = x
              total += g[s] * x
            }
            return total
          }
        }
      }
    }
  }

  private func products(_ rows: DenseRows, _ values: [Double], _ x: [Double]) -> [Double] {
    [Double](unsafeUninitializedCapacity: rows.places.count) { result, count in
      values.withUnsafeBufferPointer { values in
        x.withUnsafeBufferPointer { x in
          guard let first = values.baseAddress, let x = x.baseAddress,
            let target = result.baseAddress
          else { return }
          rows.multiply(first, by: x, into: target)
          count = rows.places.count
        }
      }
    }
  }
}
