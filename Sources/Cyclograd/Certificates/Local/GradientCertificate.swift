import Synchronization

/// Proved bounds of the errors of a gradient.
///
/// The gradient is that of the mean loss, or of Σ v a, at the equilibria that the local certificates prove, in exact
/// arithmetic. Nothing is proved where a sample is not, or where a kink lies within a sample's radius.
public struct GradientCertificate: Sendable {
  /// What is proved about the equilibria.
  public let states: [LocalCertificate.Sample]
  /// Bounds of the errors of ``Gradient/parameters``; empty where nothing is proved.
  public let parameterErrors: [Double]
  /// Bounds of the errors of ``Gradient/inputs``, a row for each of ``Gradient/samples``.
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
  /// - Throws: ``CyclogradError`` for targets that do not fit the loss.
  public init(
    _ gradient: Gradient, of loss: any Loss, targets: Matrix, at equilibrium: Equilibrium,
    threads: Int = 1
  ) throws {
    let objective = try Objective(
      meanOf: loss, targets: targets, samples: equilibrium.sampleCount, equilibrium.network)
    try self.init(gradient, of: objective, at: equilibrium, threads)
  }

  /// The same for the derivatives of Σ v a.
  ///
  /// - Parameters:
  ///   - gradient: the derivatives that are bounded.
  ///   - cotangent: v, as it was given to ``Simulator/differentiate(_:at:kind:skippingFailures:trace:)``.
  ///   - equilibrium: the equilibrium.
  ///   - threads: how many samples are treated at once.
  /// - Throws: ``CyclogradError`` for a cotangent that does not fit.
  public init(
    _ gradient: Gradient, of cotangent: Cotangent, at equilibrium: Equilibrium, threads: Int = 1
  ) throws {
    let objective = try Objective(
      sumOf: cotangent, samples: equilibrium.sampleCount, equilibrium.network)
    try self.init(gradient, of: objective, at: equilibrium, threads)
  }

  private init(
    _ gradient: Gradient, of objective: Objective, at whole: Equilibrium, _ threads: Int
  ) throws {
    let (objective, equilibrium, rows) = try gradient.part(of: objective, whole)
    let network = equilibrium.network
    let weights = network.weights(equilibrium.parameters)
    let parts = try LocalCertificate.prove(equilibrium, threads: threads) { sample, proof in
      let state = LocalCertificate.summary(equilibrium, sample, proof)
      guard state.isProved else { return Part(state: state, reason: state.reason) }
      do {
        let source = try objective.enclosures(sample: sample, proof.enclosure.activation)
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
      reason = "row \(rows[row]): \(parts[row].reason ?? "")"
      parameterErrors = []
      inputErrors = Matrix(rows: 0, columns: network.inputCount)
      return
    }
    let (parameters, inputs) = Self.enclose(network, parts, isMean: objective.isMean)
    let errors = zip(parameters, gradient.parameters).map { $0.distance(to: $1) }
    let found = gradient.inputs.selecting(rows: rows).elements
    let inputDistances = zip(inputs, found).map { $0.distance(to: $1) }
    let isFinite = (errors + inputDistances).allSatisfy(\.isFinite)
    reason = isFinite ? nil : "the bounds of the derivatives overflow"
    parameterErrors = isFinite ? errors : []
    inputErrors =
      isFinite
      ? Matrix(rows: rows.count, columns: network.inputCount, elements: inputDistances)
      : Matrix(rows: 0, columns: network.inputCount)
  }

  private struct Part: Sendable {
    var state: LocalCertificate.Sample
    var d: [Interval] = []
    var activations: [Interval] = []
    var reason: String?
  }

  /// ∂E/∂p = (Σ d a) / N over samples and places, ∂E/∂x = d / N, with N = 1 for a sum.
  private static func enclose(
    _ network: Network, _ parts: [Part], isMean: Bool
  ) -> (parameters: [Interval], inputs: [Interval]) {
    func scaled(_ value: Interval, by factor: Double) -> Interval {
      factor == 1 ? value : value * Interval(factor)
    }
    let count = Interval(isMean ? Double(parts.count) : 1)
    var parameters = [Interval](repeating: .zero, count: network.parameterCount)
    var inputs: [Interval] = []
    for part in parts {
      for s in 0..<network.unitCount {
        let bias = Int(network.biasParameter[s])
        parameters[bias] =
          parameters[bias] + scaled(part.d[s], by: network.factor(ofBias: s))
        for e in network.inEdges(of: s) {
          let p = network.parameter(ofEdge: e)
          let product = part.d[s] * part.activations[network.sourceNeuron(of: e, into: s)]
          parameters[p] = parameters[p] + scaled(product, by: network.factor(ofEdge: e))
        }
      }
      inputs += network.inputUnits.map { part.d[Int($0)] / count }
    }
    return (parameters.map { $0 / count }, inputs)
  }
}
