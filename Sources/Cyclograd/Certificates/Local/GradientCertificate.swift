import Synchronization

/// Proved bounds of the errors of a gradient.
///
/// The gradient is that of the mean loss at the equilibria that the local certificates prove, in exact
/// arithmetic. Nothing is proved where a sample is not, or where a kink lies within a sample's radius.
public struct GradientCertificate: Sendable {
  /// What is proved about the equilibria.
  public let states: [LocalCertificate.Sample]
  /// Bounds of the errors of ``Gradient/parameters``; empty where nothing is proved.
  public let parameterErrors: [Double]
  /// Bounds of the errors of ``Gradient/inputs``.
  public let inputErrors: Matrix
  /// Why nothing is proved; `nil` where it is.
  public let reason: String?

  /// Whether every error is bounded.
  public var isProved: Bool { reason == nil }
  /// The largest error of a derivative; NaN where nothing is proved.
  public var largestError: Double {
    isProved ? (parameterErrors + inputErrors.elements).max() ?? 0 : .nan
  }

  /// Tries to prove a gradient; it takes about as long as ``LocalCertificate``, and O(edges) more a sample.
  ///
  /// - Parameters:
  ///   - gradient: the gradient that is bounded.
  ///   - loss: what is differentiated.
  ///   - targets: as they were given to ``Simulator/gradient(of:targets:at:)``.
  ///   - equilibrium: the equilibrium.
  ///   - threads: how many samples are treated at once.
  public init(
    _ gradient: Gradient, of loss: Loss, targets: Matrix, at equilibrium: Equilibrium,
    threads: Int = 1
  ) throws {
    let network = equilibrium.network
    let count = equilibrium.sampleCount
    let targets = try loss.prepare(targets, samples: count, outputs: network.outputCount)
    let weights = network.weights(equilibrium.parameters)
    let parts = try LocalCertificate.prove(equilibrium, threads: threads) { sample, proof in
      let state = LocalCertificate.summary(equilibrium, sample, proof)
      guard state.isProved else { return Part(state: state, reason: state.reason) }
      do {
        var source = [Interval](repeating: .zero, count: network.neuronCount)
        let outputs = network.outputNeurons.map { proof.enclosure.activation[Int($0)] }
        let derivatives = try loss.derivatives(outputs, Array(targets[row: sample]))
        for (k, value) in zip(network.outputNeurons, derivatives) {
          source[Int(k)] = source[Int(k)] + value
        }
        let adjoint = try AdjointProof(proof, weights: weights, source: source)
        return Part(
          state: state, d: adjoint.d, activations: proof.enclosure.activation)
      } catch let error as NoCertificate {
        return Part(state: state, reason: error.reason)
      }
    } failed: {
      Part(state: LocalCertificate.Sample(reason: $0), reason: $0)
    }
    states = parts.map(\.state)
    if let row = parts.firstIndex(where: { $0.reason != nil }) {
      reason = "row \(row): \(parts[row].reason ?? "")"
      parameterErrors = []
      inputErrors = Matrix(rows: 0, columns: network.inputCount)
      return
    }
    let (parameters, inputs) = Self.enclose(network, parts)
    let errors = zip(parameters, gradient.parameters).map { $0.distance(to: $1) }
    let inputDistances = zip(inputs, gradient.inputs.elements).map { $0.distance(to: $1) }
    let isFinite = (errors + inputDistances).allSatisfy(\.isFinite)
    reason = isFinite ? nil : "the bounds of the derivatives overflow"
    parameterErrors = isFinite ? errors : []
    inputErrors =
      isFinite
      ? Matrix(rows: count, columns: network.inputCount, elements: inputDistances)
      : Matrix(rows: 0, columns: network.inputCount)
  }

  private struct Part: Sendable {
    var state: LocalCertificate.Sample
    var d: [Interval] = []
    var activations: [Interval] = []
    var reason: String?
  }

  /// ∂E/∂p = (Σ d a) / N over samples and places, ∂E/∂x = d / N.
  private static func enclose(
    _ network: Network, _ parts: [Part]
  ) -> (parameters: [Interval], inputs: [Interval]) {
    let count = Interval(Double(parts.count))
    var parameters = [Interval](repeating: .zero, count: network.parameterCount)
    var inputs: [Interval] = []
    for part in parts {
      for s in 0..<network.unitCount {
        let bias = Int(network.biasParameter[s])
        parameters[bias] = parameters[bias] + part.d[s]
        for e in Int(network.rowStarts[s])..<Int(network.rowStarts[s + 1]) {
          let p = network.parameter(ofEdge: e)
          parameters[p] = parameters[p] + part.d[s] * part.activations[Int(network.columns[e])]
        }
      }
      inputs += network.inputUnits.map { part.d[Int($0)] / count }
    }
    return (parameters.map { $0 / count }, inputs)
  }
}

extension Loss {
  /// Encloses ∂E/∂aⱼ of one sample.
  ///
  /// - Throws: ``NoCertificate`` where an output may be at a kink.
  func derivatives(
    _ outputs: [Interval], _ targets: [Double]
  ) throws(NoCertificate) -> [Interval] {
    var result: [Interval] = []
    for (a, y) in zip(outputs, targets) {
      let difference = a - Interval(y)
      switch self {
      case .halfSquaredError: result.append(difference)
      case .absoluteError:
        guard difference.mignitude > 0 else {
          throw NoCertificate(
            reason: "an output may equal its target, where the absolute error has a kink")
        }
        result.append(Interval(difference.lower > 0 ? 1 : -1))
      case .binaryCrossEntropy:
        guard let found = Activation.logistic.enclosure(on: a) else {
          throw NoCertificate(reason: "an output is not finite")
        }
        result.append(found.value - Interval(y))
      case .softmaxCrossEntropy: break
      }
    }
    guard self == .softmaxCrossEntropy else { return result }
    let top = outputs.map(\.upper).max() ?? 0
    guard top.isFinite else { throw NoCertificate(reason: "an output is not finite") }
    let powers = outputs.map { Interval.exp($0 - Interval(top)) }
    let sum = powers.reduce(.zero, +)
    let weight = targets.reduce(Interval.zero) { $0 + Interval($1) }
    return zip(powers, targets).map { weight * ($0 / sum) - Interval($1) }
  }
}
