public import Cyclograd

/// A network in memory as one square matrix of weights: an entry at row i and column j is an edge from neuron j to
/// neuron i.
public struct WeightMatrix: Sendable {
  /// How many neurons there are.
  public var size: Int
  /// The row (target) of each edge.
  public var targets: [Int32]
  /// The column (source) of each edge.
  public var sources: [Int32]
  /// The weight of each edge.
  public var weights: [Double]
  /// A bias for each neuron; `nil` for 0.
  public var biases: [Double]?
  /// The activation of all neurons, or one for each.
  public var activations: [Activation]
  /// The input neurons, in the order of a sample's numbers; `nil` for all.
  public var inputs: [Int32]?
  /// The output neurons, in the order of the answer's numbers; `nil` for all.
  public var outputs: [Int32]?
  /// The neurons' names; `nil` for none.
  public var names: [String]?

  /// Describes a network of which all neurons are inputs and outputs.
  public init(
    size: Int, targets: [Int32], sources: [Int32], weights: [Double], activation: Activation
  ) {
    self.size = size
    self.targets = targets
    self.sources = sources
    self.weights = weights
    activations = [activation]
  }

  /// The graph: a group for each run of neurons with the same activation.
  ///
  /// - Parameter name: the graph's name.
  /// - Throws: ``Cyclograd/CyclogradError``: `shape-mismatch` for lists whose lengths do not fit, `invalid-value` for
  ///   numbers that are not finite, `invalid-graph` for neurons that do not exist or are listed twice.
  /// - Complexity: O(neurons + edges).
  public func graph(name: String) throws(CyclogradError) -> Graph {
    try check()
    var network = ExpandedNetwork()
    network.name = name
    network.blocks = blocks
    network.names = names
    network.biases = biases ?? []
    network.targets = targets
    network.sources = sources
    network.weights = weights
    network.inputs = inputs ?? (0..<Int32(size)).map { $0 }
    network.outputs = outputs ?? (0..<Int32(size)).map { $0 }
    return network.graph()
  }

  private var blocks: [ExpandedNetwork.Block] {
    guard activations.count > 1 else {
      return [.init(name: "n", shape: [size], activations: activations)]
    }
    var blocks: [ExpandedNetwork.Block] = []
    for activation in activations {
      if blocks.last?.activations == [activation] {
        blocks[blocks.count - 1].shape[0] += 1
      } else {
        blocks.append(.init(name: "n\(blocks.count)", shape: [1], activations: [activation]))
      }
    }
    return blocks
  }

  private func check() throws(CyclogradError) {
    guard size > 0, size < Int(Int32.max) else {
      throw CyclogradError(
        size < 1 ? .invalidGraph : .tooLarge, "the matrix has \(size) rows",
        advice: "a network has from 1 to \(Int32.max - 1) neurons")
    }
    for (count, expected, what) in [
      (sources.count, targets.count, "columns"), (weights.count, targets.count, "weights"),
      (biases?.count ?? size, size, "biases"),
      (names?.count ?? size, size, "names"),
      (activations.count == 1 ? size : activations.count, size, "activations"),
    ] where count != expected {
      throw CyclogradError(
        .shapeMismatch, "\(count) \(what) where \(expected) are needed",
        at: .init(subject: "the matrix of weights"), advice: "give one for each")
    }
    for (neurons, what) in [(targets, "row"), (sources, "column")] {
      if let bad = neurons.first(where: { $0 < 0 || $0 >= size }) {
        throw CyclogradError(
          .invalidGraph, "there is no \(what) \(bad)", at: .init(subject: "the matrix of weights"),
          advice: "the matrix has \(size) of them, counted from 0")
      }
    }
    if let edge = weights.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue,
        "the weight at row \(targets[edge]), column \(sources[edge]) is "
          + "\(weights[edge])", at: .init(subject: "the matrix of weights"),
        advice: "give finite numbers")
    }
    if let neuron = biases?.firstIndex(where: { !$0.isFinite }) {
      throw CyclogradError(
        .invalidValue, "the bias of neuron \(neuron) is \(biases?[neuron] ?? .nan)",
        advice: "give finite numbers")
    }
    for (neurons, what) in [(inputs, "input"), (outputs, "output")] {
      guard let neurons else { continue }
      var isTaken = [Bool](repeating: false, count: size)
      for neuron in neurons {
        guard 0..<size ~= Int(neuron) else {
          throw CyclogradError(
            .invalidGraph, "there is no neuron \(neuron) to be an \(what)",
            advice: "the network has \(size) neurons, counted from 0")
        }
        guard !isTaken[Int(neuron)] else {
          throw CyclogradError(
            .invalidGraph, "neuron \(neuron) is an \(what) twice", advice: "list it once")
        }
        isTaken[Int(neuron)] = true
      }
    }
  }
}
