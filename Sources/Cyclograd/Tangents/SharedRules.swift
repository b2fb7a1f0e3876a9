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
    _ name: String, _ places: [Int], isTrainable: Bool, isSingle: Bool, factor: Double = 1
  ) -> ParameterRule {
    let tying: ParameterRule.Tying = isSingle ? .single : .none
    guard defined.insert(name).inserted else {
      return ParameterRule(nil, tying: tying, share: name, factor: factor)
    }
    let initial: InitialValue =
      isSingle ? .constant(value(places[0])) : .list(places.map { value($0) })
    return ParameterRule(
      initial, tying: tying, isTrainable: isTrainable, share: name, factor: factor)
  }

  /// A constant bias or weight.
  mutating func constant(_ constant: Constant, isWeight: Bool = false) -> ParameterRule {
    rule(
      constant.name + (isWeight ? "-weight" : "-bias"),
      [2 * network.parameterCount + constant.rawValue], isTrainable: false, isSingle: true)
  }

  /// The biases of a group's unit, or their changes.
  mutating func bias(_ group: Int, _ unit: Int, isDirection: Bool = false) -> ParameterRule {
    let parameters = primal.biases[group][unit]
    let first = Int(parameters[0])
    let isSingle = parameters.allSatisfy { Int($0) == first }
    // Lists that begin with the same parameter are the same, because rules are tied as wholes.
    let name = (isDirection ? "change-of-" : "") + (isSingle ? "bias-\(first)" : "biases-\(first)")
    let offset = isDirection ? network.parameterCount : 0
    return rule(
      name, parameters.map { Int($0) + offset },
      isTrainable: !isDirection && network.isTrainable(parameter: first), isSingle: isSingle,
      factor: primal.biasFactors[group][unit])
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
      isTrainable: !isDirection && block.isTrainable, isSingle: block.tie != nil,
      factor: block.factor)
  }
}
