import Cyclograd

/// A network neuron by neuron and edge by edge: what formats without rules hold.
///
/// Neurons are numbered from 0 in the order of the file. Numbers that are not known, because they
/// are to be drawn, are NaN.
struct ExpandedNetwork {
  /// Consecutive neurons of one kind.
  struct Block {
    var name: String
    var shape: [Int]
    var combine = Group.Combination.product
    /// One for each unit.
    var activations: [Activation]
    /// Whether the activation is only assumed.
    var isActivationUnknown = false
    var timeConstant = 1.0

    var size: Int { shape.reduce(1, *) }

    init(
      name: String, shape: [Int], combine: Group.Combination = .product,
      activations: [Activation], isActivationUnknown: Bool = false, timeConstant: Double = 1
    ) {
      self.name = name
      self.shape = shape
      self.combine = combine
      self.activations = activations
      self.isActivationUnknown = isActivationUnknown
      self.timeConstant = timeConstant
    }

    /// The neurons of a group.
    init(_ group: Group) {
      self.init(
        name: group.name, shape: group.shape, combine: group.combine,
        activations: group.units.map(\.activation), timeConstant: group.timeConstant)
    }

    /// A group of the block's kind.
    func group(_ name: String, shape: [Int], units: [Group.Unit]) -> Group {
      Group(name, shape: shape, combine: combine, units: units).timeConstant(timeConstant)
    }
  }

  var name = ""
  var blocks: [Block] = []
  /// The bias of each unit; empty: the file says nothing of biases.
  var biases: [Double] = []
  /// Which biases are not trained; empty: none.
  var frozenBiases: [Bool] = []
  /// Equal numbers from 0 on for biases that are the same parameter, else −1; empty: none are.
  var biasTies: [Int32] = []

  /// The target neuron of each edge.
  var targets: [Int32] = []
  var sources: [Int32] = []
  /// The target's unit of each edge; empty: always 0.
  var units: [Int32] = []
  var weights: [Double] = []
  /// What weights that are NaN are drawn from.
  var drawing = InitialValue.defaultWeight
  var seed: UInt64 = 0
  /// Which weights are not trained; empty: none.
  var frozenWeights: [Bool] = []
  /// As ``biasTies``.
  var weightTies: [Int32] = []
  /// What tied parameters are multiplied with; empty: all with 1.
  var weightFactors: [Double] = []
  /// As ``weightFactors``, for biases.
  var biasFactors: [Double] = []
  /// The parameter of each tie; empty where all factors are 1, and the weights themselves say it.
  var tieValues: [Double] = []

  /// The inputs in order; `nil`: the file says nothing of them.
  var inputs: [Int32]?
  /// The outputs in order; `nil`: the file says nothing of them.
  var outputs: [Int32]?
  /// The neurons' names in the file.
  var names: [String]?

  var neuronCount: Int { blocks.reduce(0) { $0 + $1.size } }
  var unitCount: Int { blocks.reduce(0) { $0 + $1.size * $1.activations.count } }
  var edgeCount: Int { targets.count }

  /// Whether every neuron has one unit.
  var hasSingleUnits: Bool { blocks.allSatisfy { $0.activations.count == 1 } }

  /// `group.index` of every neuron, or the names of the file that it was read from.
  var neuronNames: [String] {
    names ?? Self.ownNames(blocks)
  }

  /// `group.index` of every neuron.
  static func ownNames(_ blocks: [Block]) -> [String] {
    blocks.flatMap { block in (0..<block.size).map { "\(block.name).\($0)" } }
  }

  /// All neurons as one group without known activations, as in a matrix of weights.
  static func plain(
    size: Int, targets: [Int32], sources: [Int32], weights: [Double]
  ) -> ExpandedNetwork {
    var network = ExpandedNetwork()
    network.blocks = [
      Block(name: "n", shape: [size], activations: [.identity], isActivationUnknown: true)
    ]
    network.targets = targets
    network.sources = sources
    network.weights = weights
    return network
  }
}
