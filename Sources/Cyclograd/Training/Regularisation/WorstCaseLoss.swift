import Foundation

/// λ times the largest loss that inputs within a radius can cause, bounded by global sensitivities (Tsai 2024, section 4; El
/// Ghaoui et al. 2021, (4.6)), averaged over the samples.
///
/// σ bounds how far outputs move, s how far states move, both one solution of the comparison graph for all samples. The
/// squared error is Σ (|y − t| + σ)². The cross-entropy is ln(1 + Σ exp mᵢ), where mᵢ bounds yᵢ − y_t: outputs that only add
/// up move together, so that mᵢ = yᵢ − y_t + Σ |Wᵢⱼ − W_tj| sⱼ. Of probabilities of classes it is the mean.
public struct WorstCaseLoss: Regulariser, Hashable {
  /// What is bounded.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Σ (y − t)².
    case square
    /// −ln softmax(y)ₜ for the class t.
    case crossEntropy = "cross-entropy"
  }

  /// λ.
  public var strength: Double
  /// How far each input may move.
  public var radius: Double
  /// What is bounded.
  public var kind: Kind
  /// The group whose inputs move; all inputs if `nil`.
  public var group: String?

  /// Creates the term.
  public init(_ strength: Double, radius: Double, _ kind: Kind, from group: String? = nil) {
    (self.strength, self.radius, self.kind, self.group) = (strength, radius, kind, group)
  }

  /// Such as `worst square 0.1 within 0.02`.
  public var name: String {
    "worst \(kind.rawValue) \(strength) within \(radius)" + (group.map { " of \($0)" } ?? "")
  }

  /// Prepares the comparison graph.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for numbers that are not positive, and a group without inputs.
  /// - Complexity: O(edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try RobustnessTerm.check(strength, "strength", name)
    try RobustnessTerm.check(radius, "radius", name)
    let network = parameters.network
    if kind == .crossEntropy, network.outputCount < 2 {
      throw CyclogradError(
        .invalidOption, "one output has no classes", at: .init(subject: name),
        advice: "use the kind square, or an output for each class")
    }
    let inputs = try RobustnessTerm.inputs(of: group, network, name)
    return try RobustnessTerm.catching(name) {
      BoundWorstCase(
        self,
        try DifferentiableComparison(
          network, inputs: inputs, radius: radius, threads: parameters.simulator.options.threads))
    }
  }
}

private struct BoundWorstCase: BoundRegulariser {
  private let term: WorstCaseLoss
  private let comparison: DifferentiableComparison
  private var network: Network { comparison.network }
  /// For each output its unit, if it only adds up.
  private let units: [Int?]

  init(_ term: WorstCaseLoss, _ comparison: DifferentiableComparison) {
    (self.term, self.comparison) = (term, comparison)
    let network = comparison.network
    let driven = Set(network.inputUnits)
    units = network.outputNeurons.map { k in
      let group = network.entry(atPosition: Int(k)).group
      let unit = network.unitStarts[Int(k)]
      guard group.units.count == 1, group.units[0].activation == .identity, !driven.contains(unit)
      else { return nil }
      return Int(unit)
    }
  }

  func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) throws -> Double {
    guard let targets = step.targets else {
      throw CyclogradError(
        .notApplicable, "there are no targets to bound a loss of", at: .init(subject: term.name),
        advice: "leave this penalty out")
    }
    let solution = try comparison.solve(step.parameters)
    let outputs = step.equilibrium.outputs
    guard targets.columns == outputs.columns else {
      throw CyclogradError(
        .shapeMismatch,
        "the targets have \(targets.columns) columns, and there are \(outputs.columns) outputs",
        at: .init(subject: term.name), advice: "give a target for each output")
    }
    let factor = term.strength / Double(max(1, outputs.rows))
    var slopes = Matrix(rows: outputs.rows, columns: outputs.columns)
    var c = [Double](repeating: 0, count: network.neuronCount)
    var sum = 0.0
    switch term.kind {
    case .square: sum = square(outputs, targets, solution.values, &slopes, &c)
    case .crossEntropy:
      sum = try crossEntropy(
        outputs, targets, solution.values, network.weights(step.parameters), factor, &slopes, &c,
        &gradient)
    }
    for index in slopes.elements.indices { slopes.elements[index] *= factor }
    let ofOutputs = try step.simulator.gradient(outputDerivatives: slopes, at: step.equilibrium)
    for (index, value) in ofOutputs.parameters.enumerated() { gradient[index] += value }
    try comparison.addGradient(of: c, at: solution, times: factor, to: &gradient)
    return factor * sum
  }

  /// Adds derivatives by outputs to `slopes` and those by s to `c`, all for the sum over the samples.
  private func square(
    _ outputs: Matrix, _ targets: Matrix, _ s: [Double], _ slopes: inout Matrix,
    _ c: inout [Double]
  ) -> Double {
    var sum = 0.0
    for row in 0..<outputs.rows {
      for j in 0..<outputs.columns where !targets[row, j].isNaN {
        let k = Int(network.outputNeurons[j])
        let distance = outputs[row, j] - targets[row, j]
        let most = distance.magnitude + s[k]
        sum += most * most
        slopes[row, j] = distance < 0 ? -2 * most : 2 * most
        c[k] += 2 * most
      }
    }
    return sum
  }

  private func crossEntropy(
    _ outputs: Matrix, _ targets: Matrix, _ s: [Double], _ weights: [Double], _ factor: Double,
    _ slopes: inout Matrix, _ c: inout [Double], _ gradient: inout [Double]
  ) throws -> Double {
    let count = outputs.columns
    // By class and other output: the bound of the margin, and the derivative by it.
    var moves = Matrix(rows: count, columns: count)
    var ofMoves = moves
    for t in 0..<count {
      for i in 0..<count where i != t { moves[t, i] = margin(i, t, s, weights) }
    }
    var sum = 0.0
    for row in 0..<outputs.rows {
      let shares = targets[row: row]
      guard shares.allSatisfy({ $0 >= 0 }), abs(shares.reduce(0, +) - 1) < 1e-9 else {
        throw CyclogradError(
          .invalidValue, "the targets are no classes",
          at: .init(subject: term.name),
          advice: "give class numbers, or for each output the probability of its class")
      }
      for (t, probability) in shares.enumerated() where probability > 0 {
        let margins = (0..<count).map { i in
          i == t ? 0 : outputs[row, i] - outputs[row, t] + moves[t, i]
        }
        let largest = margins.max() ?? 0
        let total = margins.reduce(0) { $0 + exp($1 - largest) }
        sum += probability * (largest + log(total))
        for i in 0..<count where i != t {
          let share = probability * exp(margins[i] - largest) / total
          slopes[row, i] += share
          slopes[row, t] -= share
          ofMoves[t, i] += share
        }
      }
    }
    for t in 0..<count {
      for i in 0..<count where i != t && ofMoves[t, i] != 0 {
        addDerivative(ofMoves[t, i], i, t, s, weights, factor, &c, &gradient)
      }
    }
    return sum
  }

  /// How far yᵢ − y_t can move.
  private func margin(_ i: Int, _ t: Int, _ s: [Double], _ weights: [Double]) -> Double {
    guard units[i] != nil, units[t] != nil else {
      return s[Int(network.outputNeurons[i])] + s[Int(network.outputNeurons[t])]
    }
    var sum = 0.0
    forEachDifference(i, t, weights) { neuron, difference, _, _ in
      sum += difference.magnitude * s[neuron]
    }
    return sum
  }

  private func addDerivative(
    _ value: Double, _ i: Int, _ t: Int, _ s: [Double], _ weights: [Double], _ factor: Double,
    _ c: inout [Double], _ gradient: inout [Double]
  ) {
    guard units[i] != nil, units[t] != nil else {
      c[Int(network.outputNeurons[i])] += value
      c[Int(network.outputNeurons[t])] += value
      return
    }
    forEachDifference(i, t, weights) { neuron, difference, first, second in
      c[neuron] += value * difference.magnitude
      let sign: Double = difference > 0 ? 1 : difference < 0 ? -1 : 0
      for (edge, side) in [(first, 1.0), (second, -1.0)] {
        guard let edge else { continue }
        gradient[network.parameter(ofEdge: edge)] +=
          factor * value * side * sign * s[neuron] * network.factor(ofEdge: edge)
      }
    }
  }

  /// Wᵢⱼ − W_tj for each neuron j that feeds one of the two; columns ascend within a row.
  private func forEachDifference(
    _ i: Int, _ t: Int, _ weights: [Double],
    _ body: (_ neuron: Int, _ difference: Double, _ first: Int?, _ second: Int?) -> Void
  ) {
    guard let s = units[i], let u = units[t] else { return }
    let (own, other) = (network.inEdges(of: s), network.inEdges(of: u))
    var (e, f) = (own.lowerBound, other.lowerBound)
    while e < own.upperBound || f < other.upperBound {
      let j = e < own.upperBound ? network.sourceNeuron(of: e, into: s) : Int.max
      let k = f < other.upperBound ? network.sourceNeuron(of: f, into: u) : Int.max
      if j == k {
        body(j, weights[e] - weights[f], e, f)
        (e, f) = (e + 1, f + 1)
      } else if j < k {
        body(j, weights[e], e, nil)
        e += 1
      } else {
        body(k, -weights[f], nil, f)
        f += 1
      }
    }
  }
}
