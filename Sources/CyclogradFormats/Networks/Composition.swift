public import Cyclograd

/// A composed network, and its matrices: what the command `compose` writes.
public struct Composition: Sendable {
  /// The network.
  public let graph: Graph
  private let expanded: ExpandedNetwork
  private let isJunction: [Bool]
  private let file: String

  /// - Parameters:
  ///   - composed: networks joined by ``Cyclograd/GraphComposition``.
  ///   - file: what errors call them.
  /// - Throws: ``Cyclograd/CyclogradError`` with the code `invalid-graph` if inputs and outputs of the parts feed
  ///   each other so that I − D₁D₂ is singular, and if the graph does not compile.
  public init(_ composed: ComposedGraph, file: String) throws {
    graph = composed.graph
    self.file = file
    expanded = try ExpandedNetwork(expanding: graph, locate: { _ in .init(file: file) })
    let names = Set(composed.junctions.map(\.description))
    let isLinear = expanded.blocks.flatMap { block in
      repeatElement(block.activations == [.identity], count: block.size)
    }
    isJunction = zip(expanded.neuronNames, isLinear).map { names.contains($0) && $1 }
    try ImplicitModelMatrices.requireRegular(expanded, isEliminated: isJunction, file: file)
  }

  /// Writes the network in the format of the file's extension, and says what was left out.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` as ``NetworkFormat/write(_:to:options:)``.
  public func write(to path: String) throws -> [String] {
    try NetworkFormat.format(writing: path)
      .write(ImportedNetwork(graph: graph, file: file), to: path)
  }

  /// Writes A, B, C, D, the biases b and c, and the activations of x = φ(A x + B u + b), y = C x + D u + c; inputs and
  /// outputs of the parts that only add are no states.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` for neurons of several units, and if the file cannot be written.
  public func writeMatrices(to path: String) throws {
    guard path.lowercased().hasSuffix(".npz") else {
      throw CyclogradError(
        .invalidOption, "matrices are written to an .npz archive", at: .init(file: path),
        advice: "choose a name that ends in .npz")
    }
    let model = try ImplicitModelMatrices(expanded, isEliminated: isJunction, file: file)
    try ImplicitArchive(model).write(to: path)
  }
}
