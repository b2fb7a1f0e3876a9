public import Cyclograd

/// A graph as a file describes it, with the places where its parts stood.
public struct GraphDocument: Sendable {
  /// The graph; weights, biases and patterns may still be names of files.
  public private(set) var graph: Graph
  /// The folder that the names of files are relative to; empty for the current one.
  public let folder: String
  /// What was assumed about the files that were read, for people.
  public internal(set) var remarks: [String] = []
  /// The matrices of connections that were left in their shards.
  var shards: [Int: ShardedMatrix] = [:]
  let places: FilePlaces

  init(graph: Graph, folder: String, places: FilePlaces) {
    self.graph = graph
    self.folder = folder
    self.places = places
  }

  /// Where a part of the graph stood: what ``Graph/compile(locate:)`` wants to know.
  public func location(of part: GraphPart) -> CyclogradError.Location? {
    places.location(of: part)
  }

  /// The same document with other contents in the graph.
  func replacing(_ graph: Graph) -> GraphDocument {
    var copy = self
    copy.graph = graph
    return copy
  }
}
