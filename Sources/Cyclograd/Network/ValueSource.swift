/// The edges of an expansion by their indices within their groups.
struct LocalEdges {
  private let expansion: EdgeExpansion
  private let layout: GraphLayout

  init(_ expansion: EdgeExpansion, _ layout: GraphLayout) {
    self.expansion = expansion
    self.layout = layout
  }

  /// The target's and the source's index in their groups.
  func indices(ofEdge place: Int) -> (target: Int, source: Int) {
    let unit = Int(expansion.units[place])
    let entries = layout.entries
    let entry = entries[entries.indices.partitioningIndex { entries[$0].firstUnit > unit } - 1]
    return (
      (unit - entry.firstUnit) / entry.unitsPerNeuron,
      layout.locate(neuron: Int(expansion.sources[place])).index
    )
  }
}

/// Gives the initial value of each parameter of one rule.
struct ValueSource {
  private enum Kind {
    case constant(Double)
    case values([Double])
    case uniform(lower: Double, width: Double, scaled: Bool)
    case normal(deviation: Double, scaled: Bool)
  }

  private let kind: Kind
  private let stream: CounterRandom

  /// The value of a parameter by its number within the rule.
  func value(_ index: Int, fanIn: Int) -> Double {
    func scale(_ value: Double, _ scaled: Bool) -> Double {
      guard scaled else { return value }
      return fanIn == 0 ? 0 : value / Double(fanIn).squareRoot()
    }
    switch kind {
    case .constant(let value): return value
    case .values(let values): return values[index]
    case .uniform(let lower, let width, let scaled):
      return scale(lower + width * stream.uniform(index), scaled)
    case .normal(let deviation, let scaled):
      return scale(deviation * stream.normal(index), scaled)
    }
  }

  init(weightsOf origin: EdgeExpansion.Origin, _ edges: LocalEdges) throws(GraphPartError) {
    stream = origin.stream
    let problem = Problem(part: origin.part, subject: origin.subject)
    if let values = origin.patternValues {
      kind = try .values(problem.checked(values))
    } else if case .entries(let entries)? = origin.rule.initial {
      kind = try .values(problem.matched(entries, origin, edges))
    } else {
      kind = try problem.kind(
        origin.rule.initial ?? .defaultWeight, count: origin.parameterCount, of: "weights")
    }
  }

  init(biasesOf claim: ParameterTies.Claim, _ stream: CounterRandom) throws(GraphPartError) {
    self.stream = stream
    kind = try Problem(part: claim.part, subject: claim.subject)
      .kind(claim.rule.initial ?? .constant(0), count: claim.count, of: "biases")
  }

  /// Checks values and says whose they are when they are wrong.
  private struct Problem {
    var part: GraphPart
    var subject: String

    func error(_ message: String, _ advice: String) -> GraphPartError {
      GraphPartError(part: part, subject: subject, message: message, advice: advice)
    }

    func kind(
      _ initial: InitialValue, count: Int, of what: String
    ) throws(GraphPartError) -> Kind {
      switch initial {
      case .constant(let value):
        return .constant(try checked([value])[0])
      case .uniform(let lower, let upper, let scaled):
        guard lower.isFinite, upper.isFinite, lower <= upper, (upper - lower).isFinite else {
          throw error(
            "uniform needs two finite bounds in order, not \(lower) and \(upper)",
            "give [lower, upper]")
        }
        return .uniform(lower: lower, width: upper - lower, scaled: scaled == .fanIn)
      case .normal(let deviation, let scaled):
        guard deviation.isFinite, deviation >= 0 else {
          throw error(
            "normal needs a finite standard deviation of at least 0, not \(deviation)",
            "give a positive number")
        }
        return .normal(deviation: deviation, scaled: scaled == .fanIn)
      case .list(let values):
        guard values.count == count else {
          throw error(
            "the list has \(values.count) numbers for \(count) \(what)",
            "give \(count) numbers, or one number for all")
        }
        return .values(try checked(values))
      case .entries:
        throw error(
          "entries of a matrix can start weights, not \(what)", "give a list")
      case .file(let path, _):
        throw error(
          "the values refer to the file '\(path)', which has not been read",
          "resolve the graph's files before compiling it")
      }
    }

    func checked(_ values: [Double]) throws(GraphPartError) -> [Double] {
      guard let index = values.firstIndex(where: { !$0.isFinite }) else { return values }
      throw error(
        "value \(index) is \(values[index])", "all initial values must be finite numbers")
    }

    /// Values by position, one for each edge.
    func matched(
      _ entries: SparseEntries, _ origin: EdgeExpansion.Origin, _ edges: LocalEdges
    ) throws(GraphPartError) -> [Double] {
      guard let given = entries.values else {
        throw error("the matrix has a pattern but no values", "use it as the pattern")
      }
      guard origin.rule.tying == .none else {
        throw error("entries of a matrix give each edge its own value", "remove the tie")
      }
      var valueAt: [Int: Double] = Dictionary(minimumCapacity: entries.count)
      for index in 0..<entries.count {
        let key = Int(entries.rows[index]) << 32 | Int(entries.columns[index])
        if valueAt.updateValue(given[index], forKey: key) != nil {
          throw error(
            "the entry at row \(entries.rows[index]), column \(entries.columns[index]) "
              + "stands twice", "keep one of them")
        }
      }
      var values: [Double] = []
      values.reserveCapacity(origin.count)
      for place in origin.first..<origin.first + origin.count {
        let (target, source) = edges.indices(ofEdge: place)
        guard let value = valueAt[target << 32 | source] else {
          throw error(
            "the matrix has no entry at row \(target), column \(source), where there is an edge",
            "add the entry, or use the matrix as the pattern")
        }
        values.append(value)
      }
      guard entries.count == values.count else {
        throw error(
          "the matrix has \(entries.count) entries for \(values.count) edges",
          "remove the entries where there is no edge, or use the matrix as the pattern")
      }
      return try checked(values)
    }
  }
}
