/// The part of a network that one of several processes holds: neighbouring neurons in the file's order, their rows of
/// W, and their parameters. Nothing is condensed.
///
/// Vectors over its units and neurons are in the file's order and begin with its first.
package struct NetworkSlice: Sendable {
  /// The name of the graph.
  package let name: String
  /// The seed of the graph.
  package let seed: UInt64
  /// Where each process's neurons begin, and where the last one's end.
  package let starts: [Int]
  /// Which of the processes this one is.
  package let index: Int
  /// W by rows, one for each unit.
  package let rowStarts: [Int32]
  /// The source of each edge, among all neurons, ascending within a row.
  package let columns: [Int32]
  /// The parameter of each edge; `nil`: edge e has parameter e.
  package let edgeParameter: [Int32]?
  /// The parameter of each unit's bias.
  package let biasParameter: [Int32]
  /// What the edges' and the biases' parameters are multiplied with; empty where all factors are 1.
  package let edgeFactors: [Double]
  package let biasFactors: [Double]
  /// The initial parameters: of edges and of biases that have one of their own, and last those of ties, which all
  /// processes hold alike.
  package let parameters: [Double]
  /// How many of the parameters belong to weights alone, at the beginning; and ties, at the end, those of weights first.
  package let ownWeightCount: Int
  package let tiedWeightCount: Int
  package let tiedBiasCount: Int
  /// Which parameters training must leave alone; empty where there are none.
  package let frozen: [Bool]
  /// The input neurons and the output neurons of the whole network, in their order.
  package let inputNeurons: [Int32]
  package let outputNeurons: [Int32]

  let layout: GraphLayout

  /// The neurons of the whole network, and its units.
  package var neuronCount: Int { layout.neuronCount }
  package var unitCount: Int { layout.unitCount }
  /// Its own neurons and units.
  package var neurons: Range<Int> { starts[index]..<starts[index + 1] }
  package var units: Range<Int> { layout.units(of: neurons) }
  /// Where the units of each process begin, and where the last one's end.
  package var unitStarts: [Int] { starts.map { layout.units(of: 0..<$0).count } }
  package var tiedCount: Int { tiedWeightCount + tiedBiasCount }
  package var ownBiasCount: Int { parameters.count - ownWeightCount - tiedCount }
  /// How many of its own parameters, and how many ties, training must leave alone.
  package var frozenOwnCount: Int { frozen.dropLast(tiedCount).count { $0 } }
  package var frozenTiedCount: Int { frozen.suffix(tiedCount).count { $0 } }

  /// Whether training may change a parameter.
  package func isTrainable(_ parameter: Int) -> Bool { frozen.isEmpty || !frozen[parameter] }

  /// The neuron, among all, of one of its own units, and which of the neuron's units that is.
  package func locate(ownUnit unit: Int) -> (neuron: Int, unit: Int) {
    layout.locate(unit: units.lowerBound + unit)
  }

  /// A cotangent, if it fits.
  ///
  /// - Throws: ``CyclogradError`` with the code `shape-mismatch` or `invalid-value`.
  package func checked(
    _ cotangent: Cotangent, samples: Int
  ) throws(CyclogradError) -> Cotangent {
    try cotangent.check(samples: samples, outputs: outputCount, neurons: neuronCount)
    return cotangent
  }

  /// The groups of the graph.
  package var groups: [Group] { layout.entries.map(\.group) }
  /// The neuron's own name, or `group.index`; the neuron is one of all.
  package func name(ofNeuron neuron: Int) -> String { layout.name(ofNeuron: neuron) }
  /// The group of a neuron.
  package func group(ofNeuron neuron: Int) -> Group {
    layout.entries[layout.locate(neuron: neuron).group].group
  }
  /// The group of an output.
  package func group(ofOutput output: Int) -> Group {
    group(ofNeuron: Int(outputNeurons[output]))
  }
  package var inputCount: Int { inputNeurons.count }
  package var outputCount: Int { outputNeurons.count }
  /// The unit 0 of a neuron, among all units.
  package func unit(ofNeuron neuron: Int) -> Int { layout.units(of: 0..<neuron).count }

  package var inputNames: [String] { inputNeurons.map { name(ofNeuron: Int($0)) } }
  package var outputNames: [String] { outputNeurons.map { name(ofNeuron: Int($0)) } }
  package var neuronNames: [String] { layout.neuronNames }
  package var unitNames: [String] { layout.unitNames }

  /// The weights of its edges.
  package func weights(_ parameters: [Double]) -> [Double] {
    guard let edgeParameter else { return Array(parameters[..<columns.count]) }
    if edgeFactors.isEmpty { return edgeParameter.map { parameters[Int($0)] } }
    return zip(edgeParameter, edgeFactors).map { parameters[Int($0)] * $1 }
  }

  /// The biases of its units.
  package func biases(_ parameters: [Double]) -> [Double] {
    if biasFactors.isEmpty { return biasParameter.map { parameters[Int($0)] } }
    return zip(biasParameter, biasFactors).map { parameters[Int($0)] * $1 }
  }

  /// How its neurons' activations are computed.
  package var map: SliceMap { SliceMap(layout, neurons) }

  /// The same of other neurons, by their numbers among all, ascending; those of a softmax all or none.
  package func map(ofNeurons numbers: [Int32]) -> SliceMap { SliceMap(layout, numbers: numbers) }

  /// The process that has a neuron, which is one of all.
  package func owner(ofNeuron neuron: Int) -> Int {
    max(0, starts.indices.partitioningIndex { starts[$0] > neuron } - 1)
  }
}

extension Graph {
  /// What one of several processes finds out of its part by itself.
  ///
  /// - Parameters:
  ///   - parts: how many processes there are.
  ///   - index: which of them this is.
  ///   - rowSources: the matrices of connections whose patterns are still files, of which the rows of the part are read.
  ///   - locate: tells where in a file a part of the graph stood, for error messages.
  /// - Throws: ``CyclogradError`` as ``compile(locate:)`` does, and what reading rows throws.
  /// - Complexity: linear in the edges of the part; the numbers of `random` patterns are drawn for all. Transposed ties,
  ///   weights looked up in a matrix and matrices shared by name are expanded whole.
  package func draft(
    parts: Int, index: Int, rowSources: [Int: any RowSource] = [:],
    locate: GraphPartLocator? = nil
  ) throws(CyclogradError) -> SliceDraft {
    do {
      return try SliceDraft(self, parts: parts, index: index, rowSources: rowSources)
    } catch {
      throw CyclogradError(error, locate)
    }
  }
}
