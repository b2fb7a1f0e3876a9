/// Writes edges and biases of a compiled network as rules of another graph, in which all copies of an edge or a bias share
/// its parameter.
///
/// A rule's values are those at some *places*: the primal's parameters come first, then as many of a direction, then the
/// constants −1, 0 and 1.
struct SharedRules {
  /// A constant as a parameter that is not trained.
  enum Constant: Int {
    case minusOne = 0
    case zero = 1
    case one = 2

    fileprivate var name: String { ["minus-one", "zero", "one"][rawValue] }
  }

  let network: Network
  let primal: PrimalRules
  private let value: (Int) -> Double
  private var defined: Set<String> = []

  /// - Parameter value: the number at a place.
  init(_ network: Network, _ primal: PrimalRules, value: @escaping (Int) -> Double) {
    (self.network, self.primal, self.value) = (network, primal, value)
  }

  /// A rule for the values at some places, shared by all that have this name.
  private mutating func rule(
    _ name: String, _ places: [Int], isTrainable: Bool, _ tying: ParameterRule.Tying,
    factor: Double = 1
  ) -> ParameterRule {
    guard defined.insert(name).inserted else {
      return ParameterRule(nil, tying: tying, share: name, factor: factor)
    }
    let initial: InitialValue =
      tying == .single ? .constant(value(places[0])) : .list(places.map { value($0) })
    return ParameterRule(
      initial, tying: tying, isTrainable: isTrainable, share: name, factor: factor)
  }

  /// A constant bias or weight.
  mutating func constant(_ constant: Constant, isWeight: Bool = false) -> ParameterRule {
    rule(
      constant.name + (isWeight ? "-weight" : "-bias"),
      [2 * network.parameterCount + constant.rawValue], isTrainable: false, .single)
  }

  /// The biases of a group's unit, or their changes.
  mutating func bias(_ group: Int, _ unit: Int, isDirection: Bool = false) -> ParameterRule {
    let (parameters, tying) = biasParameters(group, unit)
    let first = Int(parameters[0])
    // Lists that begin with the same parameter are the same, because rules are tied as wholes.
    let name =
      (isDirection ? "change-of-" : "") + (tying == .single ? "bias-\(first)" : "biases-\(first)")
    let offset = isDirection ? network.parameterCount : 0
    return rule(
      name, parameters.map { Int($0) + offset },
      isTrainable: !isDirection && network.isTrainable(parameter: first), tying,
      factor: primal.biasFactors[group][unit])
  }

  /// The parameters of a group's biases, each once: one, or one for each channel, or one for each neuron.
  private func biasParameters(
    _ group: Int, _ unit: Int
  ) -> (parameters: [Int32], tying: ParameterRule.Tying) {
    let parameters = primal.biases[group][unit]
    if parameters.allSatisfy({ $0 == parameters[0] }) { return ([parameters[0]], .single) }
    let width = parameters.count / network.groups[group].grid.channels
    guard width > 1,
      parameters.indices.allSatisfy({ parameters[$0] == parameters[$0 / width * width] })
    else { return (parameters, .none) }
    return (stride(from: 0, to: parameters.count, by: width).map { parameters[$0] }, .kernel)
  }

  /// The weights of a block of edges, or their changes.
  mutating func weights(
    _ block: PrimalRules.Block, _ edges: PrimalRules.Edges, isDirection: Bool = false
  ) -> ParameterRule {
    // Parameters that are not tied are used once, so the first one names the block.
    let name = block.tie.map { "weight-\($0)" } ?? "weights-\(edges.parameters[0])"
    let offset = isDirection ? network.parameterCount : 0
    return rule(
      (isDirection ? "change-of-" : "") + name, edges.parameters.map { Int($0) + offset },
      isTrainable: !isDirection && block.isTrainable, block.tie == nil ? .none : .single,
      factor: block.factor)
  }
}
