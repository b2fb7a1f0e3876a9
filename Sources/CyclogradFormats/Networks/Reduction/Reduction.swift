public import Cyclograd

/// A network without the parts that its answers do not need.
///
/// What does not reach an output goes; what no input reaches becomes part of biases; identity neurons are put into those
/// that they feed, where that takes no more edges; neurons that always agree become one; on a box of inputs, neurons that
/// are surely off go, and those that are surely linear are so; connections of low rank pass through a few neurons. Equilibria
/// stay what they are, to rounding; courses in time do not, and equilibria that a part without influence does not have
/// are no longer missed.
public struct Reduction: Sendable {
  /// What may be done.
  public struct Options: Sendable {
    /// Whether trained parameters count as constants; ties between those that change are dissolved then.
    public var includesTrained: Bool
    /// The inputs on which the network is to stay what it is; `nil`: all.
    public var box: InputBox?
    /// How far a connection may be from one of lower rank, in proportion to its Frobenius norm; `nil`: none is replaced.
    public var lowRank: Double?

    /// Creates options.
    public init(includesTrained: Bool = false, box: InputBox? = nil, lowRank: Double? = nil) {
      self.includesTrained = includesTrained
      self.box = box
      self.lowRank = lowRank
    }
  }

  /// Why something could go.
  public enum Reason: String, Sendable, CaseIterable {
    /// It reaches no output.
    case dead
    /// No input reaches it; its value has become part of biases.
    case constant
    /// It only added; it has been put into those that it fed.
    case identity
    /// Another neuron has the same activation always.
    case equal
    /// On the box its activation does not change.
    case off
    /// On the box its activation is linear.
    case linear
    /// A connection whose matrix is, or nearly is, of low rank.
    case lowRank = "low-rank"
  }

  /// One thing that went.
  public struct Step: Hashable, Sendable {
    /// Why.
    public var reason: Reason
    /// The neuron, or the connection.
    public var subject: String
    /// More, for people: the other neuron, the value, the rank and its error.
    public var detail: String
  }

  /// The network that is left; neurons keep their names.
  public let graph: Graph
  /// What went, in the order in which it did.
  public let steps: [Step]
  /// What could not be done, for people.
  public let remarks: [String]
  /// The numbers of neurons and of edges before and after.
  public let neurons: (before: Int, after: Int)
  /// The numbers of edges before and after.
  public let edges: (before: Int, after: Int)

  /// Reduces a network.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where the graph does not compile, has no outputs, or the box does not fit it.
  /// - Complexity: about linear in the edges, and a solution for what no input reaches; with a box that of bounds of all
  ///   units; for low ranks, singular values of the connections.
  public init(_ graph: Graph, options: Options = Options(), file: String = "graph") throws {
    if let tolerance = options.lowRank {
      guard tolerance >= 0, tolerance < 1 else {
        throw CyclogradError(
          .invalidOption, "the error of low ranks is \(tolerance)",
          advice: "give a number from 0 up to 1, such as 1e-12")
      }
    }
    let expanded = try ExpandedNetwork(expanding: graph, locate: { _ in .init(file: file) })
    guard expanded.outputs?.isEmpty == false else {
      throw CyclogradError(
        .invalidGraph, "the network has no outputs, so nothing of it is needed",
        at: .init(file: file), advice: "say which neurons are outputs")
    }
    var network = ReducibleNetwork(expanded, includesTrained: options.includesTrained)
    try network.simplify()
    if let box = options.box {
      if network.hasTrained {
        network.remarks.append(
          "the box was not used: trained parameters decide what happens on it")
      } else if try network.useBox(box) {
        try network.simplify()
      }
    }
    if let tolerance = options.lowRank { network.lowerRanks(tolerance) }
    let result = network.expanded
    self.graph = result.graph()
    steps = network.steps
    remarks = network.remarks
    neurons = (expanded.neuronCount, result.neuronCount)
    edges = (expanded.edgeCount, result.edgeCount)
  }
}
