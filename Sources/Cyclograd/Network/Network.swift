/// What the machine runs: the topology of a graph, compiled once.
///
/// Neurons and units are numbered in condensation order: level by level of the graph of
/// components, and within a level acyclic neurons first. Numbers in the order of the graph file
/// ("file order") appear only where people look. A network is immutable; its weights and biases
/// live in ``Parameters``, which change at every step of a training.
public final class Network: Sendable {
  /// The name of the graph.
  public let name: String
  /// The seed of the graph.
  public let seed: UInt64
  /// The groups of the graph, in file order.
  public let groups: [Group]
  /// The number of neurons, K.
  public let neuronCount: Int
  /// The number of units, S ≥ K.
  public let unitCount: Int
  /// The number of edges.
  public let edgeCount: Int
  /// The number of edges that are stored; fewer where copies of a part share theirs.
  public let storedEdgeCount: Int
  /// The number of parameters; edges or biases that are tied count once.
  public let parameterCount: Int
  /// The number of those parameters that are weights; they come first.
  public let weightParameterCount: Int
  /// The number of parameters that training may change.
  public let trainableParameterCount: Int
  /// The strongly connected components of the graph's evaluation blocks.
  public let componentCount: Int
  /// The number of neurons of the largest component.
  public let largestComponent: Int
  /// The number of components that contain a cycle.
  public let cyclicComponentCount: Int
  /// The number of levels of the condensation: the longest chain of components.
  public let levelCount: Int

  /// File numbering of groups, neurons and units.
  let layout: GraphLayout
  /// Position in condensation order of each neuron in file order.
  let position: [Int32]
  /// The neuron in file order at each position.
  let fileNeuron: [Int32]
  /// Units of neuron k are `unitStarts[k]..<unitStarts[k + 1]`.
  let unitStarts: [Int32]
  /// The neuron of each unit.
  let neuronOfUnit: [Int32]
  /// W as CSR: row per unit, columns (source neurons) ascending.
  let rows: TopologyRows
  /// What is known of the transpose.
  let transposes: TransposeStore
  /// The parameter of each entry of W; `nil`: entry e has parameter e.
  let edgeParameter: [Int32]?
  /// The parameter of each unit's bias.
  let biasParameter: [Int32]
  /// What parameters are multiplied with; `nil` where all factors are 1.
  let factors: ParameterFactors?
  /// Parameters that training must leave alone; empty when there are none.
  let frozen: [Bool]
  /// What is evaluated one after the other.
  let stages: [Stage]
  /// Runs of neighbouring neurons of one group, by stage.
  let runs: [ActivationRun]
  /// How each group's neurons are evaluated.
  let evaluations: [UnitEvaluation]
  /// Unit 0 of each input neuron, in the order of a sample's numbers.
  let inputUnits: [Int32]
  /// The output neurons, in the order of the answer's numbers.
  let outputNeurons: [Int32]

  /// What other modules have found out about it.
  package let memo = NetworkMemo()

  /// One component, or all acyclic components of one level.
  struct Stage: Sendable {
    var neurons: Range<Int32>
    var runs: Range<Int32>
    var level: Int32
    var isCyclic: Bool
    /// The stage that this one is a copy of, whose rows it may share; −1 for none.
    var original: Int32 = -1
  }

  /// Neighbouring neurons of one group within a stage.
  struct ActivationRun: Sendable {
    var neurons: Range<Int32>
    var group: Int32
  }

  /// - Parameter defersTranspose: see ``TransposeStore``.
  init(_ parts: NetworkParts, defersTranspose: Bool? = nil) {
    name = parts.name
    seed = parts.seed
    groups = parts.layout.entries.map(\.group)
    neuronCount = parts.layout.neuronCount
    unitCount = parts.layout.unitCount
    edgeCount = parts.rows.edgeCount(0..<parts.layout.unitCount)
    storedEdgeCount = parts.rows.columns.count
    parameterCount = parts.initialValues.count
    weightParameterCount = parts.weightParameterCount
    trainableParameterCount = parts.initialValues.count - parts.frozen.count { $0 }
    componentCount = parts.componentCount
    largestComponent = parts.largestComponent
    cyclicComponentCount = parts.stages.count { $0.isCyclic }
    levelCount = Int(parts.stages.last.map { $0.level + 1 } ?? 0)
    layout = parts.layout
    position = parts.position
    fileNeuron = parts.fileNeuron
    unitStarts = parts.unitStarts
    neuronOfUnit = parts.neuronOfUnit
    rows = parts.rows
    transposes = TransposeStore(parts, isDeferred: defersTranspose)
    edgeParameter = parts.edgeParameter
    biasParameter = parts.biasParameter
    factors = parts.factors
    frozen = parts.frozen.contains(true) ? parts.frozen : []
    stages = parts.stages
    runs = parts.runs
    evaluations = parts.layout.entries.map { UnitEvaluation($0.group) }
    inputUnits = parts.inputUnits
    outputNeurons = parts.outputNeurons
  }

  /// The same topology with a parameter of its own for each edge, then for each bias, where every unit has an input
  /// and every neuron is an output, both in condensation order. No rows may share entries (see ``writtenOut()``).
  init(untying network: Network) {
    name = network.name
    seed = network.seed
    groups = network.groups
    neuronCount = network.neuronCount
    unitCount = network.unitCount
    edgeCount = network.edgeCount
    storedEdgeCount = network.storedEdgeCount
    parameterCount = network.edgeCount + network.unitCount
    weightParameterCount = network.edgeCount
    trainableParameterCount = network.edgeCount + network.unitCount
    componentCount = network.componentCount
    largestComponent = network.largestComponent
    cyclicComponentCount = network.cyclicComponentCount
    levelCount = network.levelCount
    layout = network.layout
    position = network.position
    fileNeuron = network.fileNeuron
    unitStarts = network.unitStarts
    neuronOfUnit = network.neuronOfUnit
    rows = network.rows
    transposes = network.transposes
    edgeParameter = nil
    biasParameter = (0..<network.unitCount).map { Int32(network.edgeCount + $0) }
    factors = nil
    frozen = []
    stages = network.stages
    runs = network.runs
    evaluations = network.evaluations
    inputUnits = Array(0..<Int32(network.unitCount))
    outputNeurons = Array(0..<Int32(network.neuronCount))
  }
}

extension Network {
  /// The number of numbers in a sample.
  public var inputCount: Int { inputUnits.count }
  /// The number of numbers in an answer.
  public var outputCount: Int { outputNeurons.count }

  /// The input neurons' names, `group.index`, in the order of a sample's numbers.
  ///
  /// - Complexity: O(inputs · log groups).
  public var inputNames: [String] {
    inputUnits.map { name(atPosition: Int(neuronOfUnit[Int($0)])) }
  }
  /// The output neurons' names, in the order of the answer's numbers.
  ///
  /// - Complexity: O(outputs · log groups).
  public var outputNames: [String] { outputNeurons.map { name(atPosition: Int($0)) } }

  /// The input neurons by their numbers in file order, in the order of a sample's numbers.
  package var fileInputs: [Int32] { inputUnits.map { fileNeuron[Int(neuronOfUnit[Int($0)])] } }
  /// The output neurons by their numbers in file order, in the order of the answer's numbers.
  package var fileOutputs: [Int32] { outputNeurons.map { fileNeuron[Int($0)] } }

  /// The names of all neurons in file order: their own, or `group.index`.
  public var neuronNames: [String] { layout.neuronNames }

  /// The names of all units in file order: the neuron's, with `/unit` where a neuron has several.
  public var unitNames: [String] { layout.unitNames }

  /// Whether training may change a parameter.
  public func isTrainable(parameter: Int) -> Bool { frozen.isEmpty || !frozen[parameter] }

  /// The group entry of the neuron at a position.
  func entry(atPosition k: Int) -> GraphLayout.Entry {
    layout.entries[layout.locate(neuron: Int(fileNeuron[k])).group]
  }

  /// `group.index` of the neuron at a position.
  func name(atPosition k: Int) -> String { layout.name(ofNeuron: Int(fileNeuron[k])) }

  /// Where a unit, given in file order by its neuron and number, stands in condensation order.
  func unit(fileNeuron: Int, unit: Int) -> Int {
    Int(unitStarts[Int(position[fileNeuron])]) + unit
  }

  /// The time constant of each unit, in condensation order.
  var timeConstants: [Double] {
    var result = [Double](repeating: 1, count: unitCount)
    for run in runs {
      let constant = layout.entries[Int(run.group)].group.timeConstant
      let units =
        Int(unitStarts[Int(run.neurons.lowerBound)])..<Int(unitStarts[Int(run.neurons.upperBound)])
      for s in units { result[s] = constant }
    }
    return result
  }

  /// The units in file order, as their places in condensation order.
  var unitsInFileOrder: [Int32] {
    [Int32](unsafeUninitializedCapacity: unitCount) { result, count in
      for neuron in 0..<neuronCount {
        let k = Int(position[neuron])
        for unit in unitStarts[k]..<unitStarts[k + 1] {
          result[count] = unit
          count += 1
        }
      }
    }
  }
}
