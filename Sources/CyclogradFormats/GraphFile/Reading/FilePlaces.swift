import Cyclograd

/// Where the parts of a graph, and the names of files in them, stood in a graph file.
struct FilePlaces: Sendable {
  /// A unit of a group.
  struct Unit: Hashable, Sendable {
    let group: Int
    let unit: Int

    init(_ group: Int, _ unit: Int) {
      self.group = group
      self.unit = unit
    }
  }

  /// A line and a column; files can have millions of edges.
  struct Mark: Sendable {
    let line: Int32
    let column: Int32

    init(_ location: CyclogradError.Location) {
      line = Int32(clamping: location.line ?? 1)
      column = Int32(clamping: location.column ?? 1)
    }
  }

  let file: String
  var graph: Mark
  var groups: [Mark] = []
  var connections: [Mark] = []
  var edges: [Mark] = []
  var inputs: Mark?
  var outputs: Mark?
  var names: [Int: CyclogradError.Location] = [:]
  var biases: [Unit: CyclogradError.Location] = [:]
  var patterns: [Int: CyclogradError.Location] = [:]
  var weights: [Int: CyclogradError.Location] = [:]

  init(file: String, graph: CyclogradError.Location) {
    self.file = file
    self.graph = Mark(graph)
  }

  func location(of part: GraphPart) -> CyclogradError.Location {
    let mark: Mark? =
      switch part {
      case .graph: graph
      case .group(let index): groups.indices.contains(index) ? groups[index] : nil
      case .connection(let index): connections.indices.contains(index) ? connections[index] : nil
      case .edge(let index): edges.indices.contains(index) ? edges[index] : nil
      case .inputs: inputs
      case .outputs: outputs
      }
    // What a file does not have at all is missing from the file as a whole.
    let place = mark ?? graph
    return .init(file: file, line: Int(place.line), column: Int(place.column))
  }
}
