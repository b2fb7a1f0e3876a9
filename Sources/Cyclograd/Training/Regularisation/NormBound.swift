/// λ (½ (‖B‖² + ‖C‖²) / (1 − ‖A‖) + ‖D‖), all norms ∞ and with slopes of activations: a bound of how far outputs move for inputs
/// that move by 1 at most, convex for ‖A‖ < 1 (El Ghaoui et al. 2021, (4.7)).
///
/// A are the weights between states, B those from inputs to states, C and D those from states and inputs to outputs. Inputs
/// are neurons that only pass their input on, outputs those that only add up; all others are states. Where several rows
/// are the largest, the gradient is that of the first.
public struct NormBound: Regulariser, Hashable {
  /// λ.
  public var strength: Double

  /// Creates the term.
  public init(_ strength: Double) { self.strength = strength }

  /// Such as `norm bound 0.001`.
  public var name: String { "norm bound \(strength)" }

  /// Divides neurons and edges among A, B, C and D.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for a strength that is not positive, `not-applicable` where an activation has
  ///   no bound of its slope.
  /// - Complexity: O(edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try RobustnessTerm.check(strength, "strength", name)
    do throws(NoCertificate) {
      return Bound(
        name: name, strength: strength, network: parameters.network,
        parts: try Parts(parameters.network))
    } catch {
      throw CyclogradError(
        .notApplicable, error.reason, at: .init(subject: name), advice: "leave this penalty out")
    }
  }

  /// Rows of the four matrices: units with their slopes, and which of their edges count.
  private struct Parts: Sendable {
    enum Kind { case state, input, output }

    /// A row: units that count in it, with their slopes. Those of a softmax group are one row.
    struct Row: Sendable {
      var units: [(unit: Int, slope: Double)]
    }

    var kinds: [Kind]
    var states: [Row] = []
    var outputs: [Row] = []
    /// Whether a state is an output by itself, which is a row (0, …, 1, …, 0) of C.
    var hasStateAsOutput = false
    /// Γ of states that inputs drive directly: 1 more in their row of B.
    var driven: Set<Int>

    init(_ network: Network) throws(NoCertificate) {
      driven = Set(network.inputUnits.map(Int.init))
      var isSource = [Bool](repeating: false, count: network.neuronCount)
      for s in 0..<network.unitCount {
        for e in network.inEdges(of: s) { isSource[network.sourceNeuron(of: e, into: s)] = true }
      }
      let outputNeurons = Set(network.outputNeurons.map(Int.init))
      kinds = Array(repeating: .state, count: network.neuronCount)
      for k in 0..<network.neuronCount {
        let group = network.entry(atPosition: k).group
        guard group.units.count == 1, group.units[0].activation == .identity else { continue }
        let unit = Int(network.unitStarts[k])
        let isFed = !network.inEdges(of: unit).isEmpty
        if driven.contains(unit), !isFed {
          kinds[k] = .input
        } else if outputNeurons.contains(k), !isSource[k], !driven.contains(unit) {
          kinds[k] = .output
        }
      }
      let inputs = Set(network.inputUnits)
      for run in network.runs {
        let bounds = try network.slopeBounds(
          of: run, movedBy: 0..<network.neuronCount, inputs: inputs)
        let neurons = Int(run.neurons.lowerBound)..<Int(run.neurons.upperBound)
        func row(_ neurons: Range<Int>) -> Row {
          Row(
            units: neurons.flatMap { k in
              bounds.enumerated().map { (Int(network.unitStarts[k]) + $0, $1) }
            })
        }
        if network.evaluations[Int(run.group)].isSoftmax {
          states.append(row(neurons))
        } else {
          for k in neurons {
            switch kinds[k] {
            case .state: states.append(row(k..<k + 1))
            case .output: outputs.append(row(k..<k + 1))
            case .input: break
            }
          }
        }
      }
      hasStateAsOutput = outputNeurons.contains { kinds[$0] == .state }
    }
  }

  private struct Bound: BoundRegulariser {
    let name: String
    let strength: Double
    let network: Network
    let parts: Parts

    /// The largest sum of |weights| from one kind of neurons over some rows, and the row.
    private func norm(
      _ rows: [Parts.Row], from kind: Parts.Kind, _ weights: [Double]
    ) -> (value: Double, row: Int?) {
      var best: (value: Double, row: Int?) = (0, nil)
      for (index, row) in rows.enumerated() {
        var sum = 0.0
        forEachEdge(of: row, from: kind) { sum += $1 * weights[$0].magnitude }
        if kind == .input {
          for (unit, slope) in row.units where parts.driven.contains(unit) { sum += slope }
        }
        if sum > best.value { best = (sum, index) }
      }
      return best
    }

    private func forEachEdge(
      of row: Parts.Row, from kind: Parts.Kind, _ body: (_ edge: Int, _ slope: Double) -> Void
    ) {
      for (unit, slope) in row.units {
        for e in network.inEdges(of: unit)
        where parts.kinds[network.sourceNeuron(of: e, into: unit)] == kind { body(e, slope) }
      }
    }

    func value(
      at step: RegularisedStep, addingGradientTo gradient: inout [Double]
    ) throws -> Double {
      let weights = network.weights(step.parameters)
      let a = norm(parts.states, from: .state, weights)
      let b = norm(parts.states, from: .input, weights)
      var c = norm(parts.outputs, from: .state, weights)
      let d = norm(parts.outputs, from: .input, weights)
      if parts.hasStateAsOutput, c.value <= 1 { c = (1, nil) }
      guard a.value < 1 else {
        throw CyclogradError(
          .notApplicable, "‖A‖ is \(a.value), and the penalty is defined below 1 alone",
          at: .init(subject: name),
          advice: "keep the rows of cycles within balls, or use 'sensitivity'")
      }
      let rest = 1 - a.value
      let squares = b.value * b.value + c.value * c.value
      add(a.row, of: parts.states, .state, squares / (2 * rest * rest), weights, &gradient)
      add(b.row, of: parts.states, .input, b.value / rest, weights, &gradient)
      add(c.row, of: parts.outputs, .state, c.value / rest, weights, &gradient)
      add(d.row, of: parts.outputs, .input, 1, weights, &gradient)
      return strength * (squares / (2 * rest) + d.value)
    }

    private func add(
      _ row: Int?, of rows: [Parts.Row], _ kind: Parts.Kind, _ derivative: Double,
      _ weights: [Double], _ gradient: inout [Double]
    ) {
      guard let row else { return }
      forEachEdge(of: rows[row], from: kind) { edge, slope in
        let sign: Double = weights[edge] > 0 ? 1 : weights[edge] < 0 ? -1 : 0
        gradient[network.parameter(ofEdge: edge)] +=
          strength * derivative * slope * sign * network.factor(ofEdge: edge)
      }
    }
  }
}
