/// λ ‖S‖∞: how far an output can move at most where no input moves by more than 1 (El Ghaoui et al. 2021, section 4.3).
///
/// See ``SensitivityPenalty``. Where λ_PF(Γ|W|) is not below 1 there is no S, and the training ends with an error:
/// balls on the rows of cycles keep it below.
public struct SensitivityNorm: Regulariser, Hashable {
  /// λ.
  public var strength: Double
  /// The group whose inputs count; all inputs if `nil`. Constant inputs are best left out.
  public var group: String?

  /// Creates the term.
  public init(_ strength: Double, from group: String? = nil) {
    (self.strength, self.group) = (strength, group)
  }

  /// Such as `sensitivity 0.001 of x`.
  public var name: String { "sensitivity \(strength)" + (group.map { " of \($0)" } ?? "") }

  /// Prepares the comparison graph.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for a strength that is not positive, and a group without inputs.
  /// - Complexity: O(edges).
  public func bound(to parameters: TrainedParameters) throws(CyclogradError) -> any BoundRegulariser
  {
    try RobustnessTerm.check(strength, "strength", name)
    let network = parameters.network
    let inputs = try RobustnessTerm.inputs(of: group, network, name)
    return try RobustnessTerm.catching(name) {
      Bound(
        strength: strength,
        penalty: try SensitivityPenalty(
          network, inputs: inputs, threads: parameters.simulator.options.threads))
    }
  }

  private struct Bound: BoundRegulariser {
    let strength: Double
    let penalty: SensitivityPenalty

    func value(
      at step: RegularisedStep, addingGradientTo gradient: inout [Double]
    ) throws -> Double {
      let (value, derivatives) = try penalty(step.parameters)
      for (index, derivative) in derivatives.enumerated() {
        gradient[index] += strength * derivative
      }
      return strength * value
    }
  }
}

/// What terms about robustness have in common.
enum RobustnessTerm {
  static func check(_ number: Double, _ what: String, _ name: String) throws(CyclogradError) {
    guard number > 0, number.isFinite else {
      throw CyclogradError(
        .invalidOption, "the \(what) is \(number)", at: .init(subject: name),
        advice: "give a positive number")
    }
  }

  /// The inputs of a group, or all.
  static func inputs(
    of group: String?, _ network: Network, _ name: String
  ) throws(CyclogradError) -> [Int] {
    let all = Array(0..<network.inputCount)
    guard let group else {
      guard all.isEmpty else { return all }
      throw CyclogradError(
        .invalidOption, "the network has no inputs", at: .init(subject: name),
        advice: "leave the term out")
    }
    guard network.layout.indexOfGroup[group] != nil else {
      throw CyclogradError(
        .invalidOption, "the graph has no group '\(group)'", at: .init(subject: name),
        advice: "the groups are \(network.groups.map(\.name).joined(separator: ", "))")
    }
    let inputs = all.filter {
      let neuron = network.neuronOfUnit[Int(network.inputUnits[$0])]
      return network.entry(atPosition: Int(neuron)).group.name == group
    }
    guard !inputs.isEmpty else {
      throw CyclogradError(
        .invalidOption, "the group '\(group)' has no inputs", at: .init(subject: name),
        advice: "name a group with the role input")
    }
    return inputs
  }

  /// Errors of the library with the name of the term.
  static func catching<Result>(
    _ name: String, _ body: () throws -> Result
  ) throws(CyclogradError) -> Result {
    do { return try body() } catch let error as CyclogradError {
      var located = error
      located.location.subject = located.location.subject ?? name
      throw located
    } catch {
      throw CyclogradError(.invalidOption, "\(error)", at: .init(subject: name))
    }
  }
}
