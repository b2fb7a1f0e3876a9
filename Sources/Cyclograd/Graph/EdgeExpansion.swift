/// The edges of a graph in the order in which its rules give them, 8 bytes an edge: all of them, or those to some
/// neighbouring neurons alone.
struct EdgeExpansion {
  /// What the edges of one connection, or one single edge, have in common.
  struct Origin {
    var part: GraphPart
    var subject: String
    var rule: ParameterRule
    /// Position of the first of its edges.
    var first: Int
    /// How many edges it has here.
    var count: Int
    /// The number, among the edges of the rule, of the first of its edges; not 0 only where others are elsewhere.
    var firstNumber = 0
    /// The number of each of its edges, where these do not follow one another.
    var numbers: [Int32]?
    /// How many different parameters it has before sharing by name.
    var parameterCount: Int
    /// For kernel ties, each edge's position in the kernel.
    var kernelPositions: [Int32]?
    /// Weights that came with the pattern.
    var patternValues: [Double]?
    var stream: CounterRandom
    /// The instance that it came in with its draws.
    var instance: String?

    /// Which of the origin's parameters belongs to its i-th edge.
    func parameter(ofEdge i: Int) -> Int {
      switch rule.tying {
      case .none: numbers.map { Int($0[i]) } ?? firstNumber + i
      case .single: 0
      case .kernel: Int(kernelPositions?[i] ?? 0)
      }
    }
  }

  /// The target unit of each edge, in the file's numbering.
  private(set) var units: [Int32] = []
  /// The source neuron of each edge, in the file's numbering.
  private(set) var sources: [Int32] = []
  /// Where single edges begin, after those of the rules.
  private(set) var firstSingleEdge = 0
  /// Where the edges come from, in order.
  private(set) var origins: [Origin] = []

  /// The draws of patterns whose weights have a name, by that name: the same weights belong to the same edges.
  private var namedDraws: [String: NamedDraws] = [:]

  private struct NamedDraws {
    var pattern: Pattern
    var sizes: [Int]
    var stream: CounterRandom
  }

  private let layout: GraphLayout
  private let seed: UInt64
  /// The neurons whose edges are asked for, in the file's order.
  private let targets: Range<Int>
  /// The matrices that are read row by row, by their connections.
  private let rowSources: [Int: any RowSource]
  private var isPart: Bool { targets.count < layout.neuronCount }

  /// - Parameters:
  ///   - targets: the neurons whose edges are wanted, in the file's order; all for `nil`.
  ///   - rowSources: the matrices of connections whose patterns are still files.
  init(
    _ graph: Graph, _ layout: GraphLayout, targets: Range<Int>? = nil,
    rowSources: [Int: any RowSource] = [:]
  ) throws(GraphPartError) {
    self.layout = layout
    self.rowSources = rowSources
    self.targets = targets ?? 0..<layout.neuronCount
    seed = graph.seed
    var expected = graph.edges.count
    var kernelPositions = 0
    for (index, connection) in graph.connections.enumerated() {
      expected += try expectedCount(connection, index)
      guard expected <= GraphLayout.indexLimit else {
        throw GraphPartError(
          part: .connection(index), code: .tooLarge, subject: Self.subject(connection, index),
          message: "with it the graph has about \(expected) edges, more than can be numbered",
          advice: "use a sparser pattern")
      }
      kernelPositions += try self.kernelPositions(connection, index)
    }
    // Positions of a tied kernel are parameters, whether or not an edge has them.
    try MemoryBudget.check(
      edges: expected + kernelPositions, units: layout.unitCount(of: self.targets))
    units.reserveCapacity(expected)
    sources.reserveCapacity(expected)
    for (index, connection) in graph.connections.enumerated() {
      try append(connection, index)
    }
    firstSingleEdge = units.count
    for (index, edge) in graph.edges.enumerated() { try append(edge, index) }
  }

  /// The origin of the edge at a position.
  func originIndex(ofEdge position: Int) -> Int {
    origins.indices.partitioningIndex { origins[$0].first > position } - 1
  }

  /// The same, where it is likely to be the one that is known of another edge: those of a row mostly come from the same
  /// connection.
  func originIndex(ofEdge position: Int, near known: Int) -> Int {
    let origin = origins[known]
    return position >= origin.first && position < origin.first + origin.count
      ? known : originIndex(ofEdge: position)
  }

  private func stream(
    _ purpose: CounterRandom.Purpose, _ draws: DrawOrigin?, _ index: Int
  ) -> CounterRandom {
    CounterRandom(seed: draws?.seed ?? seed, purpose: purpose, index: draws?.position ?? index)
  }

  /// What the pattern of a connection is drawn from: what the first of those drew from whose weights have the same
  /// name, if it is the same pattern.
  private mutating func patternStream(
    _ connection: Connection, _ index: Int, sizes: [Int]
  ) -> CounterRandom {
    let own = stream(.pattern, connection.draws, index)
    guard connection.pattern.isDrawn, let name = connection.weight.share,
      !connection.weight.isTransposed
    else { return own }
    if let known = namedDraws[name] {
      return known.pattern == connection.pattern && known.sizes == sizes ? known.stream : own
    }
    namedDraws[name] = NamedDraws(pattern: connection.pattern, sizes: sizes, stream: own)
    return own
  }

  static func subject(_ connection: Connection, _ index: Int) -> String {
    "connection \(index) (\(connection.from) to \(connection.to))"
  }

  private mutating func append(_ edge: Edge, _ index: Int) throws(GraphPartError) {
    let part = GraphPart.edge(index)
    let subject = "edge \(index) (\(edge.source) to \(edge.target))"
    let source = try layout.neuron(edge.source, of: part, subject)
    _ = try layout.neuron(edge.target, of: part, subject)
    let target = try layout.entry(named: edge.target.group, of: part, subject)
    try check(unit: edge.unit, of: target, part, subject)
    if edge.weight.tying != .none {
      throw GraphPartError(
        part: part, subject: subject, message: "a single edge has nothing to be tied with",
        advice: "give it a share name")
    }
    let isHere = targets.contains(target.firstNeuron + edge.target.index)
    origins.append(
      Origin(
        part: part, subject: subject, rule: edge.weight, first: units.count,
        count: isHere ? 1 : 0, parameterCount: 1,
        stream: stream(.edgeWeight, edge.draws, index), instance: edge.draws?.instance))
    guard isHere else { return }
    units.append(
      Int32(target.firstUnit + edge.target.index * target.unitsPerNeuron + edge.unit))
    sources.append(Int32(source))
  }

  private func check(
    unit: Int, of target: GraphLayout.Entry, _ part: GraphPart, _ subject: String
  ) throws(GraphPartError) {
    guard (0..<target.unitsPerNeuron).contains(unit) else {
      throw GraphPartError(
        part: part, subject: subject,
        message: "group \(target.group.name) has no unit \(unit)",
        advice: target.unitsPerNeuron == 1
          ? "its neurons have the one unit 0" : "use 0 to \(target.unitsPerNeuron - 1)")
    }
  }

  private mutating func append(_ connection: Connection, _ index: Int) throws(GraphPartError) {
    let part = GraphPart.connection(index)
    let subject = Self.subject(connection, index)
    let from = try layout.entry(named: connection.from, of: part, subject)
    let to = try layout.entry(named: connection.to, of: part, subject)
    try check(unit: connection.unit, of: to, part, subject)
    if !connection.allowsSelf && connection.from != connection.to {
      throw GraphPartError(
        part: part, subject: subject,
        message: "'self' has a meaning only within one group", advice: "leave it out")
    }
    let first = units.count
    let range = targets.clamped(to: to.firstNeuron..<to.firstNeuron + to.size)
    let rows = range.lowerBound - to.firstNeuron..<range.upperBound - to.firstNeuron
    var connection = connection
    if let source = rowSources[index] {
      connection.pattern = .entries(try Self.entries(source, rows, part, subject))
    }
    let stride = to.unitsPerNeuron
    let unitBase = to.firstUnit + connection.unit
    let sourceBase = from.firstNeuron
    let tiesKernel = connection.weight.tying == .kernel
    let carriesValues =
      if case .entries(let entries) = connection.pattern { entries.values != nil } else { false }
    // Entries of a matrix stand in any order.
    var numbers: [Int32]?
    if isPart, case .entries = connection.pattern, !carriesValues { numbers = [] }
    var count = 0
    var kernelPositions: [Int32] = []
    var values: [Double] = []

    // The tag of an edge is its kernel position or its number among the entries.
    func emit(_ target: Int, _ source: Int, _ tag: Int) {
      if !connection.allowsSelf && target == source { return }
      count += 1
      guard rows.contains(target) else { return }
      numbers?.append(Int32(truncatingIfNeeded: count - 1))
      units.append(Int32(truncatingIfNeeded: unitBase + target * stride))
      sources.append(Int32(truncatingIfNeeded: sourceBase + source))
      if tiesKernel { kernelPositions.append(Int32(tag)) }
      if carriesValues, case .entries(let entries) = connection.pattern {
        values.append(entries.values?[tag] ?? 0)
      }
    }
    let expander = PatternExpander(
      pattern: connection.pattern, from: from.group, to: to.group,
      excludesSelf: !connection.allowsSelf,
      stream: patternStream(
        connection, index, sizes: [from.size, to.size, connection.allowsSelf ? 1 : 0]))
    var (firstNumber, total) = (0, 0)
    do throws(PatternProblem) {
      try expander.expand(rows, emit)
      total = count
      if isPart, numbers == nil, !carriesValues {
        (firstNumber, total) = try EdgeCounts(expander).exact(before: rows.lowerBound)
      }
    } catch {
      throw GraphPartError(
        part: part, subject: subject, message: error.message, advice: error.advice)
    }

    var origin = Origin(
      part: part, subject: subject, rule: connection.weight, first: first,
      count: units.count - first, firstNumber: firstNumber, numbers: numbers,
      parameterCount: carriesValues ? units.count - first : total,
      stream: stream(.weights, connection.draws, index), instance: connection.draws?.instance)
    try Self.complete(
      &origin, values: carriesValues ? values : nil, kernelSize: expander.kernelSize,
      kernelPositions)
    origins.append(origin)
  }

  /// Gives an origin the values of its pattern, or the parameters of its ties.
  private static func complete(
    _ origin: inout Origin, values: [Double]?, kernelSize: Int?, _ kernelPositions: [Int32]
  ) throws(GraphPartError) {
    if let values {
      if origin.rule.initial != nil {
        throw GraphPartError(
          part: origin.part, subject: origin.subject,
          message: "the weights are given twice, with the pattern's entries and by 'weight'",
          advice: "remove one of them")
      }
      if origin.rule.tying != .none {
        throw GraphPartError(
          part: origin.part, subject: origin.subject,
          message: "the pattern's entries carry one weight each, so they cannot be tied",
          advice: "use a pattern without weights")
      }
      origin.patternValues = values
    }
    switch origin.rule.tying {
    case .none: break
    case .single: origin.parameterCount = min(1, origin.parameterCount)
    case .kernel:
      guard let kernelSize else {
        throw GraphPartError(
          part: origin.part, subject: origin.subject,
          message: "weights tied by kernel need the pattern 'neighborhood'",
          advice: "use 'single', or another pattern")
      }
      origin.parameterCount = kernelSize
      origin.kernelPositions = kernelPositions
    }
  }

  private static func entries(
    _ source: any RowSource, _ rows: Range<Int>, _ part: GraphPart, _ subject: String
  ) throws(GraphPartError) -> SparseEntries {
    do throws(CyclogradError) { return try source.entries(ofRows: rows) } catch {
      throw GraphPartError(
        part: part, code: error.code, subject: subject, message: error.description)
    }
  }

  /// How many positions a kernel has that weights are tied to; 0 for other connections.
  ///
  /// - Throws: an error of the connection if its kernel has more positions than can be numbered, tied or not.
  private func kernelPositions(
    _ connection: Connection, _ index: Int
  ) throws(GraphPartError) -> Int {
    guard case .neighborhood(let window) = connection.pattern else { return 0 }
    let part = GraphPart.connection(index)
    let subject = Self.subject(connection, index)
    let from = try layout.entry(named: connection.from, of: part, subject).group
    let to = try layout.entry(named: connection.to, of: part, subject).group
    let isTied = connection.weight.tying == .kernel
    var count = isTied ? PatternExpander.channelPairs(window, from: from, to: to) : 1
    for extent in [window.kernel.rows, window.kernel.columns] {
      let (product, overflow) = count.multipliedReportingOverflow(by: max(0, extent))
      guard !overflow, product <= GraphLayout.indexLimit else {
        throw GraphPartError(
          part: part, code: .tooLarge, subject: subject,
          message: "its kernel has more than \(GraphLayout.indexLimit) positions",
          advice: "use a smaller kernel")
      }
      count = product
    }
    return isTied ? count : 0
  }

  /// About how many edges to the neurons asked for a connection has, never too few by much.
  private func expectedCount(
    _ connection: Connection, _ index: Int
  ) throws(GraphPartError) -> Int {
    let part = GraphPart.connection(index)
    let subject = Self.subject(connection, index)
    let from = try layout.entry(named: connection.from, of: part, subject)
    let to = try layout.entry(named: connection.to, of: part, subject)
    if let source = rowSources[index] {
      let range = targets.clamped(to: to.firstNeuron..<to.firstNeuron + to.size)
      return source.entryCount(beforeRow: range.upperBound - to.firstNeuron)
        - source.entryCount(beforeRow: range.lowerBound - to.firstNeuron)
    }
    let count = PatternExpander.expectedCount(connection.pattern, from: from.group, to: to.group)
    guard isPart else { return count }
    let range = targets.clamped(to: to.firstNeuron..<to.firstNeuron + to.size)
    return Int(Double(count) * Double(range.count) / Double(max(1, to.size)))
  }
}
