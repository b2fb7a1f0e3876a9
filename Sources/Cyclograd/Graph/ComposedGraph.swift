/// A graph made of others, and the neurons at which they were joined.
public struct ComposedGraph: Hashable, Sendable {
  /// The graph.
  public var graph: Graph
  /// The inputs and outputs of the parts, and the neurons of new groups.
  public var junctions: [NeuronReference]
}

/// A graph that is to be a part, with its inputs and outputs neuron by neuron.
struct ComposedPart {
  let graph: Graph
  let inputs: [NeuronReference]
  let outputs: [NeuronReference]

  init(_ name: String, _ module: Graph) throws(CyclogradError) {
    // With its own seed it draws what it draws by itself, also if that is 0.
    graph = Instance(name, of: module, seed: module.seed).graph(isTiedTo: false)
    do throws(GraphPartError) {
      let layout = try GraphLayout(module.groups)
      func references(_ list: [NeuronRange]?, _ role: Group.Role, _ part: GraphPart)
        throws(GraphPartError) -> [NeuronReference]
      {
        try layout.neurons(list, role: role, of: part, name).map { neuron in
          let (group, index) = layout.locate(neuron: Int(neuron))
          return NeuronReference("\(name).\(layout.entries[group].group.name)", index)
        }
      }
      inputs = try references(module.inputs, .input, .inputs)
      outputs = try references(module.outputs, .output, .outputs)
    } catch {
      throw CyclogradError(
        error.code, error.message, at: .init(subject: "the \(name) part"), advice: error.advice)
    }
  }
}
