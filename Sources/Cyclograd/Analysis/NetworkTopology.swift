/// The compiled structure of a network, as it can be drawn: stages in the order of evaluation, and the edges
/// between units and neurons.
///
/// Neurons and units are numbered from 0, in condensation order or in the order of the graph file.
public struct NetworkTopology: Sendable {
  /// What is evaluated at once: one cyclic component, or all acyclic neurons of one level.
  public struct Stage: Hashable, Sendable {
    /// The neurons, in condensation order.
    public var neurons: Range<Int>
    /// The length of the longest chain of components that leads here.
    public var level: Int
    /// Whether it is a cyclic component.
    public var isCyclic: Bool
    /// The names of the groups that its neurons belong to, in file order.
    public var groups: [String]
  }

  /// The order in which rows (units) and columns (neurons) of W are numbered.
  public enum Order: Hashable, Sendable, CaseIterable {
    /// As the graph file has them.
    case file
    /// Level by level, components together.
    case condensation
  }

  /// The network.
  public let network: Network
  /// The stages, in the order of evaluation.
  public let stages: [Stage]

  /// Describes a network; O(neurons) time.
  public init(_ network: Network) {
    self.network = network
    stages = network.stages.map { stage in
      let groups = Set(stage.runs.map { Int(network.runs[Int($0)].group) }).sorted()
      return Stage(
        neurons: Int(stage.neurons.lowerBound)..<Int(stage.neurons.upperBound),
        level: Int(stage.level), isCyclic: stage.isCyclic,
        groups: groups.map { network.layout.entries[$0].group.name })
    }
  }

  /// Whether the order of the graph file is that of evaluation.
  public var isFileOrder: Bool {
    network.fileNeuron.indices.allSatisfy { network.fileNeuron[$0] == $0 }
  }

  /// `group.index` of a neuron in condensation order.
  public func name(ofNeuron position: Int) -> String { network.name(atPosition: position) }

  /// The group of each neuron in condensation order, as its index in ``Network/groups``.
  ///
  /// - Complexity: O(1), and O(neurons) the first time that a network is asked.
  public var groupOfNeuron: [Int] { network.groupOfNeuron }

  /// How many units a neuron in condensation order has.
  public func units(ofNeuron position: Int) -> Int {
    Int(network.unitStarts[position + 1] - network.unitStarts[position])
  }

  /// Calls `body` for every entry of W: its row (a unit) and its column (the source neuron).
  public func forEachEdge(_ order: Order, _ body: (_ unit: Int, _ neuron: Int) -> Void) {
    let isFile = order == .file
    var fileUnit = [Int32](repeating: 0, count: isFile ? network.unitCount : 0)
    if isFile {
      for (place, unit) in network.unitsInFileOrder.enumerated() {
        fileUnit[Int(unit)] = Int32(place)
      }
    }
    for unit in 0..<network.unitCount {
      for edge in network.inEdges(of: unit) {
        let neuron = network.sourceNeuron(of: edge, into: unit)
        body(
          isFile ? Int(fileUnit[unit]) : unit, isFile ? Int(network.fileNeuron[neuron]) : neuron)
      }
    }
  }

  /// Calls `body` for every edge: the neuron that it leaves and the one that it enters, in condensation
  /// order.
  public func forEachConnection(_ body: (_ source: Int, _ target: Int) -> Void) {
    for unit in 0..<network.unitCount {
      for edge in network.inEdges(of: unit) {
        body(network.sourceNeuron(of: edge, into: unit), Int(network.neuronOfUnit[unit]))
      }
    }
  }

  /// The neurons that take samples' numbers, in condensation order.
  ///
  /// - Complexity: O(inputs).
  public var inputNeurons: [Int] {
    network.inputUnits.map { Int(network.neuronOfUnit[Int($0)]) }
  }

  /// The neurons that give the answer's numbers, in condensation order.
  ///
  /// - Complexity: O(outputs).
  public var outputNeurons: [Int] { network.outputNeurons.map(Int.init) }

  /// The sizes of all components, cyclic ones apart: a component without a cycle is one neuron, or a whole
  /// softmax group.
  ///
  /// - Complexity: O(components + runs of neighbouring neurons of one group).
  public var componentSizes: (cyclic: [Int: Int], acyclic: [Int: Int]) {
    var cyclic: [Int: Int] = [:]
    var acyclic: [Int: Int] = [:]
    for stage in network.stages {
      if stage.isCyclic {
        cyclic[stage.neurons.count, default: 0] += 1
        continue
      }
      for run in stage.runs.map({ network.runs[Int($0)] }) {
        if case .softmax = network.evaluations[Int(run.group)] {
          acyclic[run.neurons.count, default: 0] += 1
        } else {
          acyclic[1, default: 0] += run.neurons.count
        }
      }
    }
    return (cyclic, acyclic)
  }
}
