import SparseAlgebra

/// The linear program whose unknowns are inputs, states and activations within a sample's box, and whose rows are
/// z = W a + b + x̂ and what is linear and true of a = A(z) there.
///
/// A unit that is linear on its interval has no activation of its own. The graph of any other is held between
/// parallel lines in several directions: for a function that is linear between kinks, such as ReLU, leaky ReLU or a
/// clamp, these are the faces of its convex hull, the triangle. A maximum lies above all of its units, and below the
/// chord of each over the largest of their lower ends. Products and softmax are held between two parallel planes.
///
/// Nothing depends on it that is proved: a solution's duals are multipliers of ``SampleBounds``.
struct LinearRelaxation {
  /// The most coefficients of a program; beyond, it takes longer than what it gains.
  static let mostCoefficients = 400_000

  private struct Affine {
    var constant = 0.0
    var terms: [(column: Int, value: Double)] = []
  }

  private let bounds: SampleBounds
  private var program = LinearProgram()
  /// a of each neuron.
  private var activations: [Affine]
  /// What each input adds to its centre.
  private var inputs: [Affine]
  /// The row z = W a + b + x̂ of each unit, or −1 for those that only pass an input on.
  private var rows: [Int]
  private let solver: LinearProgramSolver

  /// - Throws: ``NoCertificate`` where the program is too large or cannot be set up.
  init(_ bounds: SampleBounds) throws(NoCertificate) {
    self.bounds = bounds
    let network = bounds.network
    guard network.edgeCount <= Self.mostCoefficients else {
      throw NoCertificate(
        reason: "a linear program with \(network.edgeCount) coefficients takes too long; those "
          + "with \(Self.mostCoefficients) are solved")
    }
    activations = Array(repeating: Affine(), count: network.neuronCount)
    inputs = Array(repeating: Affine(), count: bounds.inputs.center.count)
    rows = Array(repeating: -1, count: network.unitCount)
    var program = LinearProgram()
    Self.addInputs(bounds.inputs, &program, &inputs)
    var states = [Int](repeating: -1, count: network.unitCount)
    for s in 0..<network.unitCount {
      let k = Int(network.neuronOfUnit[s])
      if network.passesInputOn(k) {
        let j = Int(bounds.inputOfUnit[s])
        if j >= 0 { activations[k] = inputs[j] }
        activations[k].constant = bounds.biases[s] + (j >= 0 ? bounds.inputs.center[j] : 0)
      } else {
        states[s] = program.addColumn(bounds.box.z[s].lower, bounds.box.z[s].upper)
      }
    }
    for run in network.runs {
      for k in run.neurons.map(Int.init) where states[Int(network.unitStarts[k])] >= 0 {
        activations[k] = Self.activation(k, run, bounds, states, &program)
      }
    }
    for s in 0..<network.unitCount where states[s] >= 0 {
      var terms = [(column: states[s], value: 1.0)]
      var rest = bounds.biases[s]
      for e in network.inEdges(of: s) {
        let source = activations[network.sourceNeuron(of: e, into: s)]
        rest += bounds.weights[e] * source.constant
        terms += source.terms.map { ($0.column, -bounds.weights[e] * $0.value) }
      }
      let j = Int(bounds.inputOfUnit[s])
      if j >= 0 {
        rest += bounds.inputs.center[j]
        terms += inputs[j].terms.map { ($0.column, -$0.value) }
      }
      rows[s] = program.addRow(rest, rest, terms)
    }
    self.program = program
    do { solver = try LinearProgramSolver(program) } catch {
      throw NoCertificate(reason: error.message)
    }
  }

  /// A column for each input that can move; where few may, two, for both sides, and a row that counts.
  private static func addInputs(
    _ box: InputBox.Row, _ program: inout LinearProgram, _ inputs: inout [Affine]
  ) {
    var count: [(column: Int, value: Double)] = []
    for j in box.center.indices where box.down[j] > 0 || box.up[j] > 0 {
      if box.changes == nil {
        inputs[j].terms = [(program.addColumn(-box.down[j], box.up[j]), 1)]
        continue
      }
      for side in [-box.down[j], box.up[j]] where side != 0 {
        let column = program.addColumn(0, 1)
        inputs[j].terms.append((column, side))
        count.append((column, 1))
      }
    }
    if let changes = box.changes { program.addRow(-.infinity, Double(changes), count) }
  }

  /// a as a function of columns, with rows for what is known of it.
  private static func activation(
    _ k: Int, _ run: Network.ActivationRun, _ bounds: SampleBounds, _ states: [Int],
    _ program: inout LinearProgram
  ) -> Affine {
    let network = bounds.network
    let units = Int(network.unitStarts[k])..<Int(network.unitStarts[k + 1])
    let range = bounds.box.activation[k]
    switch network.evaluations[Int(run.group)] {
    case .single(let activation):
      return value(
        of: activation, on: bounds.box.z[units.lowerBound], at: states[units.lowerBound], &program)
    case .max(let functions):
      return maximum(of: functions, units, range, bounds, states, &program)
    case .product, .softmax:
      let column = program.addColumn(range.lower, range.upper)
      let neurons: Range<Int>
      if case .softmax = network.evaluations[Int(run.group)] {
        neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
      } else {
        neurons = k..<k + 1
      }
      let band = bounds.band(of: k, among: neurons)
      if band.range.isFinite {
        program.addRow(
          band.range.lower, band.range.upper,
          [(column, 1)] + band.slopes.map { (states[$0.unit], -$0.slope) })
      }
      return Affine(terms: [(column, 1)])
    case .select:
      return Affine(terms: [(program.addColumn(range.lower, range.upper), 1)])
    }
  }

  /// f(z) on an interval.
  private static func value(
    of activation: Activation, on z: Interval, at state: Int, _ program: inout LinearProgram
  ) -> Affine {
    let (low, high) = (activation.evaluate(z.lower), activation.evaluate(z.upper))
    guard z.lower < z.upper else { return Affine(constant: low.value) }
    let chord = (high.value - low.value) / (z.upper - z.lower)
    var slopes: [Double] = []
    if activation.isPiecewiseLinear || activation.isAffine {
      let inner = activation.kinks.filter { z.lower < $0 && $0 < z.upper }
      if inner.isEmpty {
        let slope = activation.evaluate(z.middle).slope
        return Affine(
          constant: activation.evaluate(z.middle).value - slope * z.middle,
          terms: [(state, slope)])
      }
      let points = [z.lower] + inner.sorted() + [z.upper]
      for (index, x) in points.enumerated() {
        for y in points.dropFirst(index + 1) {
          slopes.append((activation.evaluate(y).value - activation.evaluate(x).value) / (y - x))
        }
      }
    } else {
      slopes = [chord, low.slope, high.slope, activation.evaluate(z.middle).slope]
    }
    guard let range = activation.enclosure(on: z)?.value else {
      return Affine(terms: [(program.addColumn(-.infinity, .infinity), 1)])
    }
    let column = program.addColumn(range.lower, range.upper)
    // In one order, so that answers are the same every time.
    for slope in Set(slopes.filter(\.isFinite)).sorted() where slope != 0 {
      let most = activation.maximum(of: .one, minus: Interval(slope), on: z)
      let least = -activation.maximum(of: -.one, minus: Interval(-slope), on: z)
      program.addRow(least, most, [(column, 1), (state, -slope)])
    }
    return Affine(terms: [(column, 1)])
  }

  /// max f_s(z_s): above each, and below what is linear in them and true at all corners.
  private static func maximum(
    of functions: [Activation], _ units: Range<Int>, _ range: Interval, _ bounds: SampleBounds,
    _ states: [Int], _ program: inout LinearProgram
  ) -> Affine {
    let ranges = zip(functions, units).map { function, s in
      function.enclosure(on: bounds.box.z[s])?.value ?? .everything
    }
    let floor = ranges.map(\.lower).max() ?? 0
    let rivals = ranges.indices.filter { ranges[$0].upper > floor || ranges[$0].lower == floor }
    let values = rivals.map { index in
      let s = units.lowerBound + index
      return value(of: functions[index], on: bounds.box.z[s], at: states[s], &program)
    }
    if values.count == 1 { return values[0] }
    let column = program.addColumn(range.lower, range.upper)
    var sum = floor
    var terms = [(column: column, value: 1.0)]
    for (index, value) in zip(rivals, values) {
      program.addRow(
        value.constant, .infinity, [(column, 1)] + value.terms.map { ($0.column, -$0.value) })
      let reach = ranges[index]
      guard reach.upper > floor, reach.upper > reach.lower else { continue }
      let share = (reach.upper - floor) / (reach.upper - reach.lower)
      sum += share * (value.constant - reach.lower)
      terms += value.terms.map { ($0.column, -share * $0.value) }
    }
    if sum.isFinite, terms.allSatisfy(\.value.isFinite) { program.addRow(-.infinity, sum, terms) }
    return Affine(terms: [(column, 1)])
  }

  /// What the program says of a linear function of activations.
  struct Found {
    /// For an upper bound of the function.
    var multipliers: Multipliers
    /// The inputs where the program has its largest value.
    var input: [Double]
  }

  /// - Returns: `nil` where no optimum was found.
  func maximum(of functional: SampleBounds.Functional) -> Found? {
    var objective = [Double](repeating: 0, count: program.columnLower.count)
    for (k, value) in zip(functional.neurons, functional.values) {
      for term in activations[k].terms { objective[term.column] += value * term.value }
    }
    guard let solution = solver.maximum(of: objective) else { return nil }
    let g = rows.map { row in
      row < 0 || !solution.duals[row].isFinite ? 0 : solution.duals[row]
    }
    var multipliers = bounds.products.multipliers([functional], g).sum(0)
    // Nothing enters units that only pass an input on, so that this changes no other ν.
    for s in rows.indices where rows[s] < 0 {
      multipliers.g[s] = multipliers.nu[Int(bounds.network.neuronOfUnit[s])]
      multipliers.states[s] = multipliers.g[s]
    }
    return Found(
      multipliers: multipliers,
      input: inputs.enumerated().map { j, input in
        input.terms.reduce(bounds.inputs.center[j]) {
          $0 + $1.value * solution.columns[$1.column]
        }
      })
  }
}
