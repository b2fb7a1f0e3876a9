public import Cyclograd

/// A network read from a file of any format.
public struct ImportedNetwork: Sendable {
  /// Something a network needs that not every format says.
  public enum Need: String, Sendable, CaseIterable {
    /// The neurons' activation functions.
    case activation
    /// Which neurons are inputs.
    case inputs
    /// Which neurons are outputs.
    case outputs

    /// The option that says it.
    var option: String {
      switch self {
      case .activation: "--activation"
      case .inputs: "--input-neurons"
      case .outputs: "--output-neurons"
      }
    }
  }

  /// The graph; a graph file's references to other files are replaced by what is in them.
  public var graph: Graph
  /// What the reader assumed or left out, for people.
  public var remarks: [String]
  /// What neither the file nor the options said.
  public var lacks: Set<Need>
  /// What becomes of a file's columns before they enter the network, where its parameters are those of a training.
  public var transform: InputTransform?
  /// The file.
  public let file: String
  /// Where the parts of a graph file stood.
  let document: GraphDocument?

  init(
    graph: Graph, remarks: [String] = [], lacks: Set<Need> = [], file: String,
    document: GraphDocument? = nil
  ) {
    self.graph = graph
    self.remarks = remarks
    self.lacks = lacks
    self.file = file
    self.document = document
  }

  /// A network that was not read from a file, under the name that messages give it.
  package init(_ graph: Graph, named name: String) { self.init(graph: graph, file: name) }

  /// The neurons' names, where any group names its own.
  var names: [String]? { ExpandedNetwork.names(of: graph.groups) }

  /// The matrices that were left in their shards, by the connections whose edges they are.
  package var rowSources: [Int: any RowSource] { document?.shards ?? [:] }

  /// Where a part of the graph stood: what ``Cyclograd/Graph/compile(locate:)`` wants to know.
  public func location(of part: GraphPart) -> CyclogradError.Location? {
    document?.location(of: part) ?? .init(file: file)
  }

  /// Asks for what is missing, by the name of the option that says it.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` if the network lacks any of the needs.
  public func require(_ needs: Set<Need>, for purpose: String) throws {
    let missing = Need.allCases.filter { needs.contains($0) && lacks.contains($0) }
    guard let first = missing.first else { return }
    if document != nil {
      throw CyclogradError(
        .invalidGraph, "the graph has no \(first.rawValue)", at: location(of: .graph) ?? .init(),
        advice: "give a group the role \(first == .inputs ? "input" : "output"), "
          + "or list \(first.rawValue), or give \(first.option)")
    }
    throw CyclogradError(
      .invalidGraph,
      "the file does not say the network's \(missing.map(\.rawValue).joined(separator: ", ")), "
        + "which \(purpose) needs",
      at: .init(file: file),
      advice: "give " + missing.map(\.option).joined(separator: ", "))
  }
}
