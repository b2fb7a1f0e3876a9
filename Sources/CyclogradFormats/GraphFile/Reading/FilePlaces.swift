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
    /// 0 for the file itself, otherwise one more than a place among ``moduleFiles``.
    var file: Int32 = 0

    init(_ location: CyclogradError.Location) {
      line = Int32(clamping: location.line ?? 1)
      column = Int32(clamping: location.column ?? 1)
    }
  }

  let file: String
  /// The files of modules, parts of which have become parts of the graph.
  private(set) var moduleFiles: [String] = []
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
    let name = place.file == 0 ? file : moduleFiles[Int(place.file) - 1]
    return .init(file: name, line: Int(place.line), column: Int(place.column))
  }

  /// Appends the places of another list of parts, perhaps in another file.
  mutating func append(_ other: FilePlaces) {
    let (firstGroup, firstConnection) = (groups.count, connections.count)
    var numbers: [Int32: Int32] = [:]
    func moved(_ mark: Mark) -> Mark {
      var mark = mark
      if let number = numbers[mark.file] {
        mark.file = number
        return mark
      }
      let name = mark.file == 0 ? other.file : other.moduleFiles[Int(mark.file) - 1]
      var number: Int32 = 0
      if name != file {
        let index = moduleFiles.firstIndex(of: name) ?? moduleFiles.count
        if index == moduleFiles.count { moduleFiles.append(name) }
        number = Int32(index + 1)
      }
      numbers[mark.file] = number
      mark.file = number
      return mark
    }
    groups += other.groups.map(moved)
    connections += other.connections.map(moved)
    edges += other.edges.map(moved)
    for (group, location) in other.names { names[group + firstGroup] = location }
    for (unit, location) in other.biases {
      biases[.init(unit.group + firstGroup, unit.unit)] = location
    }
    for (index, location) in other.patterns { patterns[index + firstConnection] = location }
    for (index, location) in other.weights { weights[index + firstConnection] = location }
  }

  /// Places for as many parts as a graph has, all of them one.
  mutating func fill(_ graph: Graph, with location: CyclogradError.Location) {
    let mark = Mark(location)
    groups = graph.groups.map { _ in mark }
    connections = graph.connections.map { _ in mark }
    edges = graph.edges.map { _ in mark }
  }
}
