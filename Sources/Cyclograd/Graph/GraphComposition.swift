/// Networks made of two others by their inputs and outputs: the algebra of implicit models (El Ghaoui, Gu, Travacca,
/// Askari & Tsai 2021, section 2.4), as surgery on graphs.
///
/// The groups of the parts are called `first.…` and `second.…`. Parts keep their parameters, ties, switches and the
/// numbers that they draw. What joins them has the weight 1 and is not trained; new groups are identity neurons
/// without trained biases. A cascade, a sum or a concatenation has exactly one equilibrium for every input if
/// the parts have (Theorem 2.8); a feedback need not.
public enum GraphComposition {
  /// y = second(first(u)); the second part's groups come first, so that the state is (x₂, x₁).
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` if the first part has not as many outputs as the
  ///   second has inputs.
  public static func cascade(_ first: Graph, _ second: Graph) throws(CyclogradError)
    -> ComposedGraph
  {
    let (a, b) = (try ComposedPart("first", first), try ComposedPart("second", second))
    try fit(a.outputs, b.inputs, "the first part's outputs and the second's inputs")
    return assembled(
      "cascade", [b, a], links: links(a.outputs, b.inputs), inputs: a.inputs, outputs: b.outputs)
  }

  /// y = α first(u) + β second(u).
  ///
  /// - Parameter sharesInputs: whether both parts have the input u; otherwise theirs follow one another.
  /// - Throws: ``CyclogradError`` if the numbers of outputs, or of shared inputs, differ.
  public static func sum(
    _ first: Graph, _ second: Graph, coefficients: (Double, Double) = (1, 1),
    sharesInputs: Bool = true
  ) throws(CyclogradError) -> ComposedGraph {
    let (a, b) = (try ComposedPart("first", first), try ComposedPart("second", second))
    try fit(a.outputs, b.outputs, "the outputs of the two parts")
    try requireSome(a.outputs, "outputs")
    guard coefficients.0.isFinite, coefficients.1.isFinite else {
      throw CyclogradError(
        .invalidOption, "the coefficients of a sum are \(coefficients.0) and \(coefficients.1)",
        advice: "give two finite numbers")
    }
    let y = junction("y", size: a.outputs.count)
    let whole = y.neurons
    return try withInputs(
      "sum", a, b, sharesInputs, groups: [y],
      links: links(a.outputs, whole, weight: coefficients.0)
        + links(b.outputs, whole, weight: coefficients.1), outputs: whole)
  }

  /// y = (first(u), second(u)).
  ///
  /// - Parameter sharesInputs: whether both parts have the input u; otherwise theirs follow one another.
  /// - Throws: ``CyclogradError`` if the numbers of shared inputs differ.
  public static func concatenation(
    _ first: Graph, _ second: Graph, sharesInputs: Bool = true
  ) throws(CyclogradError) -> ComposedGraph {
    let (a, b) = (try ComposedPart("first", first), try ComposedPart("second", second))
    return try withInputs(
      "concatenation", a, b, sharesInputs, groups: [], links: [], outputs: a.outputs + b.outputs)
  }

  /// yᵢ = firstᵢ(u) · secondᵢ(u), by product neurons.
  ///
  /// - Parameter sharesInputs: whether both parts have the input u; otherwise theirs follow one another.
  /// - Throws: ``CyclogradError`` if the numbers of outputs, or of shared inputs, differ.
  public static func product(
    _ first: Graph, _ second: Graph, sharesInputs: Bool = true
  ) throws(CyclogradError) -> ComposedGraph {
    let (a, b) = (try ComposedPart("first", first), try ComposedPart("second", second))
    try fit(a.outputs, b.outputs, "the outputs of the two parts")
    try requireSome(a.outputs, "outputs")
    let unit = Group.Unit(.identity, bias: .frozen(0))
    let y = Group("y", size: a.outputs.count, combine: .product, units: [unit, unit])
    return try withInputs(
      "product", a, b, sharesInputs, groups: [y],
      links: links(a.outputs, y.neurons) + links(b.outputs, y.neurons, unit: 1),
      outputs: y.neurons)
  }

  /// y = first(u + σ second(y)): the second part leads the first one's outputs back to its inputs.
  ///
  /// Outputs and inputs stay as neurons, so that no inverse of I − D₁D₂ is needed; the graph is well defined where
  /// that matrix is regular.
  ///
  /// - Parameter isNegative: whether σ is −1, as in control engineering, and not 1.
  /// - Throws: ``CyclogradError`` if inputs and outputs of the two do not fit each other.
  public static func feedback(
    _ first: Graph, _ second: Graph, isNegative: Bool = false
  ) throws(CyclogradError) -> ComposedGraph {
    let (a, b) = (try ComposedPart("first", first), try ComposedPart("second", second))
    try fit(a.outputs, b.inputs, "the first part's outputs and the second's inputs")
    try fit(b.outputs, a.inputs, "the second part's outputs and the first's inputs")
    return assembled(
      "feedback", [a, b],
      links: links(b.outputs, a.inputs, weight: isNegative ? -1 : 1) + links(a.outputs, b.inputs),
      inputs: a.inputs, outputs: a.outputs)
  }

  /// y = P first(F v + g) + r; what is left out changes nothing.
  ///
  /// - Parameters:
  ///   - inputMatrix: F, a row for each input of the part.
  ///   - inputOffset: g.
  ///   - outputMatrix: P, a column for each output of the part.
  ///   - outputOffset: r.
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` if sizes do not fit.
  public static func affine(
    _ first: Graph, inputMatrix: Matrix? = nil, inputOffset: [Double]? = nil,
    outputMatrix: Matrix? = nil, outputOffset: [Double]? = nil
  ) throws(CyclogradError) -> ComposedGraph {
    let part = try ComposedPart("first", first)
    var groups: [Group] = []
    var joints: [Connection] = []
    var (inputs, outputs) = (part.inputs, part.outputs)
    func check(_ count: Int, _ wanted: Int, _ what: String) throws(CyclogradError) {
      guard count == wanted else {
        throw CyclogradError(
          .shapeMismatch, "\(what): \(count) where the part has \(wanted)",
          advice: "F has a row for each input, P a column for each output")
      }
    }
    if inputMatrix != nil || inputOffset != nil {
      try check(inputMatrix?.rows ?? inputs.count, inputs.count, "rows of F")
      try check(inputOffset?.count ?? inputs.count, inputs.count, "numbers of g")
      try requireSome(inputs, "inputs")
      let sum = junction("u", size: inputs.count, bias: inputOffset)
      joints += links(sum.neurons, inputs)
      groups.append(sum)
      inputs = sum.neurons
      if let inputMatrix {
        guard inputMatrix.columns > 0 else { throw empty("F") }
        let v = junction("v", size: inputMatrix.columns)
        groups.append(v)
        joints.append(v.times(inputMatrix, to: sum))
        inputs = v.neurons
      }
    }
    if outputMatrix != nil || outputOffset != nil {
      try check(outputMatrix?.columns ?? outputs.count, outputs.count, "columns of P")
      let size = outputMatrix?.rows ?? outputs.count
      try check(outputOffset?.count ?? size, size, "numbers of r")
      guard size > 0 else { throw empty("P") }
      try requireSome(outputs, "outputs")
      let y = junction("y", size: size, bias: outputOffset)
      groups.append(y)
      if let outputMatrix {
        // The part's outputs may lie in several groups; a copy of them is one.
        let copy = junction("z", size: outputs.count)
        groups.append(copy)
        joints += links(outputs, copy.neurons)
        joints.append(copy.times(outputMatrix, to: y))
      } else {
        joints += links(outputs, y.neurons)
      }
      outputs = y.neurons
    }
    return assembled(
      "affine", [part], groups: groups, links: joints, inputs: inputs, outputs: outputs)
  }

  private static func empty(_ name: String) -> CyclogradError {
    CyclogradError(.shapeMismatch, "\(name) is empty", advice: "give a row and a column at least")
  }

  private static func requireSome(
    _ neurons: [NeuronReference], _ what: String
  ) throws(CyclogradError) {
    guard neurons.isEmpty else { return }
    throw CyclogradError(
      .shapeMismatch, "the part has no \(what)", advice: "name the network's \(what)")
  }
}

extension GraphComposition {
  private static func fit(
    _ x: [NeuronReference], _ y: [NeuronReference], _ what: String
  ) throws(CyclogradError) {
    guard x.count == y.count else {
      throw CyclogradError(
        .shapeMismatch, "\(what) are \(x.count) and \(y.count)",
        advice: "they must be as many; 'compose affine' changes how many there are")
    }
  }

  /// Identity neurons whose biases are not trained.
  private static func junction(_ name: String, size: Int, bias: [Double]? = nil) -> Group {
    Group(
      name, size: size, bias: .frozen(bias.map { .list($0) } ?? .constant(0)))
  }

  /// Connections from each neuron of one list to that of the other at the same place.
  private static func links(
    _ sources: [NeuronReference], _ targets: [NeuronReference], unit: Int = 0, weight: Double = 1
  ) -> [Connection] {
    var connections: [Connection] = []
    var entries = SparseEntries(rows: [], columns: [])
    var ends: (from: String, to: String)?
    func flush() {
      guard let ends, entries.count > 0 else { return }
      connections.append(
        Connection(
          ends.from, to: ends.to, unit: unit, .entries(entries),
          weight: .frozen(.constant(weight))))
      entries = SparseEntries(rows: [], columns: [])
    }
    for (source, target) in zip(sources, targets) {
      if ends == nil || ends! != (source.group, target.group) {
        flush()
        ends = (source.group, target.group)
      }
      entries.rows.append(Int32(target.index))
      entries.columns.append(Int32(source.index))
    }
    flush()
    return connections
  }

  private static func assembled(
    _ name: String, _ parts: [ComposedPart], groups: [Group] = [], links: [Connection],
    inputs: [NeuronReference], outputs: [NeuronReference]
  ) -> ComposedGraph {
    var graph = Graph(name: name, groups: groups)
    for part in parts { graph.append(part.graph) }
    graph.connections += links
    graph.inputs = inputs.isEmpty ? nil : ranges(inputs)
    graph.outputs = outputs.isEmpty ? nil : ranges(outputs)
    let joints = groups.flatMap(\.neurons) + parts.flatMap { $0.inputs + $0.outputs }
    return ComposedGraph(graph: graph, junctions: Array(Set(joints)))
  }

  private static func ranges(_ neurons: [NeuronReference]) -> [NeuronRange] {
    var result: [NeuronRange] = []
    for neuron in neurons {
      if let last = result.last, last.group == neuron.group, let indices = last.indices,
        indices.upperBound + 1 == neuron.index
      {
        result[result.count - 1].indices = indices.lowerBound...neuron.index
      } else {
        result.append(NeuronRange(neuron.group, neuron.index...neuron.index))
      }
    }
    return result
  }

  /// Two parts side by side, with one input or two.
  private static func withInputs(
    _ name: String, _ a: ComposedPart, _ b: ComposedPart, _ isShared: Bool, groups: [Group],
    links joints: [Connection], outputs: [NeuronReference]
  ) throws(CyclogradError) -> ComposedGraph {
    guard isShared, !(a.inputs.isEmpty && b.inputs.isEmpty) else {
      return assembled(
        name, [a, b], groups: groups, links: joints, inputs: a.inputs + b.inputs,
        outputs: outputs)
    }
    try fit(a.inputs, b.inputs, "the inputs of the two parts")
    let u = junction("u", size: a.inputs.count)
    return assembled(
      name, [a, b], groups: [u] + groups,
      links: links(u.neurons, a.inputs) + links(u.neurons, b.inputs) + joints, inputs: u.neurons,
      outputs: outputs)
  }
}

extension Group {
  fileprivate var neurons: [NeuronReference] { (0..<size).map { NeuronReference(name, $0) } }

  /// A connection by all numbers of a matrix, a row for each target, that are not 0; they are not trained.
  fileprivate func times(_ matrix: Matrix, to target: Group) -> Connection {
    var entries = SparseEntries(rows: [], columns: [], values: [])
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns where matrix[row, column] != 0 {
        entries.rows.append(Int32(row))
        entries.columns.append(Int32(column))
        entries.values?.append(matrix[row, column])
      }
    }
    return Connection(
      name, to: target.name, .entries(entries), weight: ParameterRule(nil, isTrainable: false))
  }
}
