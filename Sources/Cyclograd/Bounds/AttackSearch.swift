import Synchronization

/// The best inputs so far.
struct AttackSearch {
  let parameters: Parameters
  let box: InputBox
  let simulator: Simulator
  let targets: [Int]
  private(set) var rows: [Attack.Row]
  private let isSolved: [Bool]

  init(
    parameters: Parameters, box: InputBox, simulator: Simulator, targets: [Int],
    first: Equilibrium
  ) {
    self.parameters = parameters
    self.box = box
    self.simulator = simulator
    self.targets = targets
    let outputs = first.outputs
    isSolved = first.evidence.map { $0.status == .converged }
    rows = targets.enumerated().map { sample, target in
      let values = Array(outputs[row: sample])
      return Attack.Row(
        target: target, input: Array(box.samples[row: sample]), before: values, after: values,
        margin: Self.margin(values, target).value,
        reason: first.evidence[sample].status == .converged
          ? nil
          : "no equilibrium was found: "
            + (first.evidence[sample].detail ?? first.evidence[sample].status.rawValue))
    }
  }

  /// The largest margin and its class.
  static func margin(_ outputs: [Double], _ target: Int) -> (value: Double, output: Int) {
    var best = (value: -Double.infinity, output: target == 0 ? 1 : 0)
    for (j, value) in outputs.enumerated() where j != target {
      let margin = value - outputs[target]
      if margin > best.value { best = (margin, j) }
    }
    return best
  }

  /// Solves candidates, one for each sample, and keeps those that are better.
  @discardableResult mutating func take(
    _ candidates: Matrix, _ kind: Attack.Kind
  ) throws -> Equilibrium {
    let found = try simulator.equilibrium(parameters, inputs: candidates)
    let outputs = found.outputs
    for sample in rows.indices where isSolved[sample] {
      guard found.evidence[sample].status == .converged else { continue }
      let values = Array(outputs[row: sample])
      let margin = Self.margin(values, targets[sample]).value
      guard margin > rows[sample].margin else { continue }
      rows[sample].margin = margin
      rows[sample].after = values
      rows[sample].input = Array(candidates[row: sample])
      rows[sample].kind = kind
    }
    return found
  }

  /// ∂ (a_j − a_t) / ∂x for one class j of each sample; zeros where there is none.
  private func gradient(_ equilibrium: Equilibrium, of classes: [Int]) throws -> Matrix {
    var v = Matrix(rows: rows.count, columns: simulator.network.outputCount)
    for sample in rows.indices {
      v[sample, classes[sample]] += 1
      v[sample, targets[sample]] -= 1
    }
    let outcome = try simulator.differentiate(
      .outputs(v), at: equilibrium, skippingFailures: true)
    var inputs =
      outcome.gradient?.inputs
      ?? Matrix(rows: rows.count, columns: simulator.network.inputCount)
    for index in inputs.elements.indices where !inputs.elements[index].isFinite {
      inputs.elements[index] = 0
    }
    return inputs
  }

  /// The corner of a sample's box that a direction points to; where few inputs change, those with the largest gain.
  private func corner(_ sample: Int, _ direction: ArraySlice<Double>) -> [Double] {
    var x = Array(box.samples[row: sample])
    let moves = direction.enumerated().map { j, g in
      let end = g > 0 ? box.upper[sample, j] : (g < 0 ? box.lower[sample, j] : x[j])
      return (j: j, end: end, gain: g * (end - x[j]))
    }
    let chosen =
      box.changes.map { changes in
        moves.sorted { ($0.gain, $1.j) > ($1.gain, $0.j) }.prefix(changes)
      } ?? moves[...]
    for move in chosen { x[move.j] = move.end }
    return x
  }

  /// The classes of each sample by their margins, the nearest first.
  private func classes(_ rank: Int, _ equilibrium: Equilibrium) -> [Int] {
    let outputs = equilibrium.outputs
    return rows.indices.map { sample in
      let values = Array(outputs[row: sample])
      let others = values.indices.filter { $0 != targets[sample] }
        .sorted { (values[$0], $1) > (values[$1], $0) }
      return others[min(rank, others.count - 1)]
    }
  }

  mutating func byGradient() throws {
    let start = try simulator.equilibrium(parameters, inputs: box.samples)
    for rank in 0..<min(3, simulator.network.outputCount - 1) {
      let slopes = try gradient(start, of: classes(rank, start))
      try take(Matrix(rows.indices.map { corner($0, slopes[row: $0]) }), .gradient)
    }
  }

  mutating func projected(steps: Int, restarts: Int, seed: UInt64) throws {
    let p = simulator.network.inputCount
    for restart in 0..<restarts {
      let stream = CounterRandom(seed: seed, purpose: .attack, index: restart)
      var x = box.samples
      if restart > 0, box.changes == nil {
        for index in x.elements.indices {
          let share = stream.uniform(index % p)
          x.elements[index] =
            box.lower.elements[index] * (1 - share) + box.upper.elements[index] * share
        }
      }
      var found = try take(x, .projected)
      let others = classes(restart, found)
      for step in 0..<steps {
        let slopes = try gradient(found, of: restart == 0 ? classes(0, found) : others)
        for sample in rows.indices {
          let corner = corner(sample, slopes[row: sample])
          // Frank and Wolfe's way keeps to the box, and where few inputs change, to corners.
          let share = box.changes == nil ? max(0.25, 1 / (1 + 0.5 * Double(step))) : 1
          for j in 0..<p {
            // x + (corner − x) is not always the corner, and an input that does not move must not seem to.
            let moved =
              share == 1 ? corner[j] : x[sample, j] + share * (corner[j] - x[sample, j])
            x[sample, j] = min(box.upper[sample, j], max(box.lower[sample, j], moved))
          }
        }
        found = try take(x, .projected)
      }
    }
  }

  /// An input on the other side of its box; where it is in the middle, at one end.
  private func reflected(_ sample: Int, _ j: Int, fromMiddleTo end: Matrix) -> Double {
    let (x, low, high) = (box.samples[sample, j], box.lower[sample, j], box.upper[sample, j])
    let other = low + (high - x)
    return other == x ? end[sample, j] : min(high, max(low, other))
  }

  /// The samples with the first inputs of an order elsewhere, as many as may change.
  private func moving(_ order: [Int], to place: (_ sample: Int, _ j: Int) -> Double) -> Matrix {
    var x = box.samples
    for sample in rows.indices {
      for j in order.prefix(box.changes ?? order.count) { x[sample, j] = place(sample, j) }
    }
    return x
  }

  mutating func bySensitivity() throws {
    let sensitivity = try Sensitivity(simulator.network, parameters)
    let s = try sensitivity.rows(0..<simulator.network.outputCount)
    let largest = (0..<s.columns).map { j in (0..<s.rows).map { s[$0, j] }.max() ?? 0 }
    let order = largest.indices.sorted { (largest[$0], $1) > (largest[$1], $0) }
    let above = moving(order) { reflected($0, $1, fromMiddleTo: box.upper) }
    let below = moving(order) { reflected($0, $1, fromMiddleTo: box.lower) }
    try take(above, .sensitivity)
    if below != above { try take(below, .sensitivity) }
  }

  mutating func random(restarts: Int, seed: UInt64) throws {
    let p = simulator.network.inputCount
    for restart in 0..<restarts {
      let stream = CounterRandom(seed: seed, purpose: .attack, index: 1000 + restart)
      let keys = (0..<p).map { stream.word($0) }
      let candidates = moving((0..<p).sorted { keys[$0] < keys[$1] }) { sample, j in
        stream.index(p + j, below: 2) == 0 ? box.lower[sample, j] : box.upper[sample, j]
      }
      try take(candidates, .random)
    }
  }

  mutating func byMultipliers(usesProgram: Bool) throws {
    let outputs = simulator.network.outputCount
    let task = try BoundTask(
      parameters, box, targets.map { OutputFunctional.margins(over: $0, of: outputs) }, simulator)
    let found = Mutex([[BoundSolver.WorstInput]](repeating: [], count: rows.count))
    let isSolved = isSolved
    try Parallel.forEach(rows.count, threads: simulator.options.threads) { _, sample in
      guard isSolved[sample], let inputs = try task.worstInputs(sample, usesProgram: usesProgram)
      else { return }
      found.withLock { $0[sample] = inputs }
    }
    let inputs = found.withLock { $0 }
    for rank in 0..<min(3, outputs - 1) {
      try take(
        Matrix(
          rows.indices.map { sample in
            guard rank < inputs[sample].count else { return Array(box.samples[row: sample]) }
            return input(sample, inputs[sample][rank])
          }), usesProgram ? .lp : .dual)
    }
  }

  private func input(_ sample: Int, _ worst: BoundSolver.WorstInput) -> [Double] {
    guard let input = worst.input, box.changes == nil else {
      return corner(sample, worst.direction[...])
    }
    return input.enumerated().map { j, x in
      min(box.upper[sample, j], max(box.lower[sample, j], x))
    }
  }
}
