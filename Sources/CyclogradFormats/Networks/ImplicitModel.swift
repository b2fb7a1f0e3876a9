import Cyclograd

/// The implicit model x = φ(A x + B u), y = C x + D u.
struct ImplicitModel {
  static let names = ["A", "B", "C", "D"]

  /// A, B, C and D.
  var matrices: [CoordinateMatrix]
  /// The biases b of states and c of outputs; empty where there are none.
  var offsets: [[Double]] = []
  /// φ of the states; empty where nothing is known.
  var activations = StateActivations()

  /// Refuses matrices whose shapes do not fit together.
  func check(_ file: String) throws {
    func shape(_ index: Int) -> String {
      "\(Self.names[index]) is \(matrices[index].rows) × \(matrices[index].columns)"
    }
    let (a, b, c, d) = (matrices[0], matrices[1], matrices[2], matrices[3])
    let wrong =
      a.rows != a.columns
      ? 0
      : b.rows != a.rows
        ? 1
        : c.columns != a.rows
          ? 2
          : d.rows != c.rows || d.columns != b.columns ? 3 : nil
    guard let wrong else {
      // The sizes are only said, so small files can say enormous ones.
      let neurons = a.rows + b.columns + c.rows
      guard neurons < Int(Int32.max) else {
        throw CyclogradError(
          .tooLarge, "a model of \(neurons) neurons; at most \(Int32.max - 1) are supported",
          at: .init(file: file))
      }
      try Memory.require(32 * neurons, for: "the model", file: file)
      return
    }
    throw CyclogradError(
      .shapeMismatch,
      (0...3).map(shape).joined(separator: ", "), at: .init(file: file, subject: Self.names[wrong]),
      advice: "n states, p inputs and q outputs need A of n × n, B of n × p, C of q × n, D of q × p"
    )
  }
}

extension ImplicitModel {
  /// The network: inputs `u`, states `x` with the activation φ, outputs `y`.
  func network(
    _ activation: Activation?, unknownWeight: Double = 1
  ) -> ExpandedNetwork {
    var network = ExpandedNetwork()
    let (inputs, states, outputs) = (matrices[1].columns, matrices[0].rows, matrices[2].rows)
    // A group has one neuron at least.
    let sizes = [("u", inputs), ("x", states), ("y", outputs)].filter { $0.1 > 0 }
    network.blocks = sizes.flatMap { name, size -> [ExpandedNetwork.Block] in
      if name == "x", !activations.isEmpty { return stateBlocks }
      return [
        .init(
          name: name, shape: [size],
          activations: [name == "x" ? activation ?? .identity : .identity],
          isActivationUnknown: name == "x" && activation == nil)
      ]
    }
    network.biases =
      [Double](repeating: 0, count: inputs)
      + (offsets.isEmpty
        ? [Double](repeating: 0, count: states + outputs) : offsets[0] + offsets[1])
    // Without biases the model has none; inputs and outputs pass on what they are given.
    network.frozenBiases = network.biases.indices.map {
      offsets.isEmpty || !(inputs..<inputs + states).contains($0)
    }
    network.inputs = (0..<Int32(inputs)).map { $0 }
    network.outputs = (0..<Int32(outputs)).map { Int32(inputs + states) + $0 }
    let starts = [
      (inputs, inputs), (inputs, 0), (inputs + states, inputs), (inputs + states, 0),
    ]
    for (matrix, (row, column)) in zip(matrices, starts) {
      network.targets += matrix.rowIndices.map { $0 + Int32(row) }
      network.sources += matrix.columnIndices.map { $0 + Int32(column) }
      network.weights += matrix.values ?? matrix.rowIndices.map { _ in unknownWeight }
    }
    return network
  }

  /// States of one activation after the other as groups.
  private var stateBlocks: [ExpandedNetwork.Block] {
    let runs = activations.runs
    return runs.enumerated().map { index, run in
      .init(
        name: runs.count == 1 ? "x" : "x\(index)", shape: [run.count],
        activations: [run.activation])
    }
  }

  /// A network as such a model.
  ///
  /// Input neurons that only pass their number on become u, output neurons that only add up become
  /// rows of C and D. All others are states; B leads to those of them that are inputs, C picks those
  /// that are outputs.
  ///
  /// - Parameter keepsBiases: whether biases and activations are kept; outputs may then have biases.
  init(_ network: ExpandedNetwork, file: String, keepsBiases: Bool = false) throws {
    try network.requireSingleUnits(format: "implicit model", file: file)
    let count = network.neuronCount
    var hasEdgesIn = [Bool](repeating: false, count: count)
    var hasEdgesOut = hasEdgesIn
    for target in network.targets { hasEdgesIn[Int(target)] = true }
    for source in network.sources { hasEdgesOut[Int(source)] = true }
    let isLinear = network.blocks.flatMap { block in
      repeatElement(
        block.activations == [.identity] && !block.isActivationUnknown, count: block.size)
    }
    let (inputs, outputs) = (network.inputs ?? [], network.outputs ?? [])
    let passesOn = inputs.allSatisfy { neuron in
      let neuron = Int(neuron)
      return isLinear[neuron] && !hasEdgesIn[neuron] && network.bias(neuron) == 0
    }
    let addsUp = outputs.allSatisfy { neuron in
      let place = Int(neuron)
      return isLinear[place] && !hasEdgesOut[place]
        && (keepsBiases || network.bias(place) == 0)
        && !inputs.contains(neuron)
    }
    let ends = Set((passesOn ? inputs : []) + (addsUp ? outputs : []))
    let states = (0..<Int32(count)).filter { !ends.contains($0) }
    var places = ModelPlaces(count)
    for (index, neuron) in states.enumerated() { places.state[Int(neuron)] = Int32(index) }
    if passesOn { for (index, n) in inputs.enumerated() { places.input[Int(n)] = Int32(index) } }
    if addsUp { for (index, n) in outputs.enumerated() { places.output[Int(n)] = Int32(index) } }
    func empty(_ rows: Int, _ columns: Int) -> CoordinateMatrix {
      CoordinateMatrix(
        rows: rows, columns: columns, rowIndices: [], columnIndices: [], values: [])
    }
    matrices = [
      empty(states.count, states.count), empty(states.count, inputs.count),
      empty(outputs.count, states.count), empty(outputs.count, inputs.count),
    ]
    if keepsBiases {
      offsets = [
        states.map { network.bias(Int($0)) },
        outputs.map { addsUp ? network.bias(Int($0)) : 0 },
      ]
      activations = StateActivations(of: states.lazy.map { Int($0) }, in: network)
    }
    for edge in network.targets.indices {
      let (target, source) = (Int(network.targets[edge]), Int(network.sources[edge]))
      let isOutput = places.output[target] >= 0
      let isInput = places.input[source] >= 0
      matrices[(isOutput ? 2 : 0) + (isInput ? 1 : 0)].append(
        isOutput ? places.output[target] : places.state[target],
        isInput ? places.input[source] : places.state[source], network.weights[edge])
    }
    if !passesOn {
      for (index, neuron) in inputs.enumerated() {
        matrices[1].append(places.state[Int(neuron)], Int32(index), 1)
      }
    }
    if !addsUp {
      for (index, neuron) in outputs.enumerated() {
        let place = Int(neuron)
        if places.input[place] >= 0 {
          matrices[3].append(Int32(index), places.input[place], 1)
        } else {
          matrices[2].append(Int32(index), places.state[place], 1)
        }
      }
    }
  }
}

/// Where each neuron is in a model; −1 where it is not.
private struct ModelPlaces {
  var state: [Int32]
  var input: [Int32]
  var output: [Int32]

  init(_ count: Int) {
    state = [Int32](repeating: -1, count: count)
    input = state
    output = state
  }
}

extension CoordinateMatrix {
  fileprivate mutating func append(_ row: Int32, _ column: Int32, _ value: Double) {
    rowIndices.append(row)
    columnIndices.append(column)
    values?.append(value)
  }
}

extension ExpandedNetwork {
  /// The bias of a neuron of one unit.
  func bias(_ neuron: Int) -> Double { biases.isEmpty ? 0 : biases[neuron] }
}
