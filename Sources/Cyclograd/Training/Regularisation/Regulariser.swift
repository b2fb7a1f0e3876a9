/// A term R that a training adds to the mean loss of each step.
///
/// A term has a gradient, a proximal step, or both: what is smooth goes into the gradient that the optimizer follows; what has
/// kinks, such as a norm that is to make parameters exactly zero, acts after the optimizer's step. Terms of one's own are values
/// of a type that conforms; see ``ElasticNet`` and ``GroupNorm``.
public protocol Regulariser: Sendable {
  /// What logs and messages call it, such as `l1 0.001 of weights to h`.
  var name: String { get }

  /// Finds the parameters of a network that it is about.
  ///
  /// - Throws: ``CyclogradError`` for numbers without a meaning, and where there is nothing that it could act on.
  func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
}

/// A term of the objective, ready for the parameters of one network.
public protocol BoundRegulariser: Sendable {
  /// R, and its gradient where it has one.
  ///
  /// - Parameters:
  ///   - step: parameters, and the equilibria of the samples of this step.
  ///   - gradient: takes ∂R/∂w for each parameter w in addition to what is there. A term that acts by its proximal step adds
  ///     nothing.
  /// - Throws: ``SampleFailures`` for samples without a value; they are then left out of the whole step.
  func value(at step: RegularisedStep, addingGradientTo gradient: inout [Double]) throws -> Double

  /// Replaces parameters by argmin ½ ‖v − w‖² + η R(v), w being those after the optimizer's step.
  ///
  /// - Parameters:
  ///   - values: all parameters; those that are not trained stay.
  ///   - rate: the learning rate η, to be multiplied with ``TrainedParameters/rateFactors``.
  func proximalStep(_ values: inout [Double], rate: Double)
}

extension BoundRegulariser {
  /// Nothing: the term acts by its gradient.
  public func proximalStep(_ values: inout [Double], rate: Double) {}
}

/// The parameters of a network as a training sees them.
public struct TrainedParameters: Sendable {
  /// Finds equilibria and derivatives.
  public let simulator: Simulator
  /// The network.
  public var network: Network { simulator.network }
  /// All terms of the objective.
  public let terms: [any Regulariser]
  /// For each parameter whether a ball bounds it.
  public let isLimited: [Bool]
  /// For each parameter what the learning rate is multiplied with; 0 for those that are not trained.
  public let rateFactors: [Double]

  init(
    _ simulator: Simulator, groups: [ParameterGroup], segments: [ParameterSegments.Segment],
    terms: [any Regulariser] = [], isLimited: [Bool]? = nil
  ) {
    let network = simulator.network
    (self.simulator, self.terms) = (simulator, terms)
    self.isLimited = isLimited ?? [Bool](repeating: false, count: network.parameterCount)
    var factors = [Double](repeating: 0, count: network.parameterCount)
    for segment in segments {
      for index in segment.range { factors[index] = groups[segment.group].rateFactor }
    }
    rateFactors = factors
  }

  /// The trained parameters that a selection means, ascending, each once however often it is used.
  ///
  /// - Parameter what: the term, for messages.
  /// - Throws: ``CyclogradError`` for groups that the graph does not have, and where no parameter is left.
  /// - Complexity: O(parameters + edges).
  public func indices(
    of selection: ParameterSelection, for what: String
  ) throws(CyclogradError) -> [Int] {
    try checkGroups(of: selection, for: what)
    var isChosen = [Bool](repeating: false, count: rateFactors.count)
    network.forEachParameter(of: selection) { isChosen[$0] = true }
    let result = isChosen.indices.filter { isChosen[$0] && rateFactors[$0] > 0 }
    guard !result.isEmpty else {
      throw CyclogradError(
        .invalidOption, "no trained parameter is selected", at: .init(subject: what),
        advice: "look at the names of the groups, the direction of the edges, and what is frozen")
    }
    return result
  }

  func checkGroups(
    of selection: ParameterSelection, for what: String
  ) throws(CyclogradError) {
    for name in [selection.source, selection.target] {
      guard let name, network.layout.indexOfGroup[name] == nil else { continue }
      throw CyclogradError(
        .invalidOption, "the graph has no group '\(name)'", at: .init(subject: what),
        advice: "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
    }
  }
}

/// What a term of the objective is evaluated at.
public struct RegularisedStep: Sendable {
  /// The parameters before the step, or where the optimizer looks ahead to.
  public let parameters: Parameters
  /// The equilibria of the samples that are used, with these parameters.
  public let equilibrium: Equilibrium
  /// Finds equilibria and derivatives.
  public let simulator: Simulator
  /// The number of the step, from 0.
  public let step: Int
  /// The numbers of the samples that are used.
  public let samples: [Int]
  /// What random numbers are drawn from.
  public let seed: UInt64
  /// Their targets as the loss takes them: samples × outputs; `nil` where there is no loss.
  public var targets: Matrix? = nil
  /// The loss of these samples.
  var objective: Objective? = nil
  /// How the loss is differentiated.
  var gradientKind = GradientKind.exact
  /// The states of a term's tangent that the equilibria are a part of, if there are such.
  var leading: LeadingSolution? = nil
}

/// Samples for which a term of the objective has no value or no gradient, by their rows in the equilibrium.
///
/// A term throws it, and the step is made without these samples, or not at all; see ``TrainerOptions/failures``.
public struct SampleFailures: Error {
  /// Why.
  public var evidence: [Int: SampleEvidence]

  /// Failures by rows.
  public init(evidence: [Int: SampleEvidence]) { self.evidence = evidence }
}

extension ParameterSelection {
  /// Such as `weights from x to h`.
  var text: String {
    (kind?.rawValue ?? "parameters") + (source.map { " from \($0)" } ?? "")
      + (target.map { " to \($0)" } ?? "")
  }
}
