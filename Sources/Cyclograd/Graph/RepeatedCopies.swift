/// Copies of a part of a graph that are equal up to their number, one after the other: steps in time, or blocks of a deep
/// network, with tied parameters.
///
/// They are found in the graph itself, whether `repeat` wrote them or a loop. Every copy but the first is fed by itself and by
/// the one before alone, in the same way; only the first and the last copy feed anything else. Edges that are not
/// tied begin with given values rather than with draws. Names do not count, except those of shared parameters.
struct RepeatedCopies {
  /// The first group of the first copy; copies and their groups follow one another.
  let firstGroup: Int
  /// How many groups a copy has.
  let period: Int
  /// How many copies there are.
  let count: Int
  /// Whether each group outside feeds the first copy, by way of others or directly.
  private let isUpstream: [Bool]

  /// Fewer copies are written out.
  static let fewest = 16
  /// Copies of more groups are not looked for.
  private static let longestPeriod = 64
  private static let mostTrials = 64

  /// The copies of a graph; `nil` if it has none.
  ///
  /// - Parameter fewest: how many there are at least, not below 6.
  /// - Complexity: O(groups + connections + edges), but for the expansion of patterns that list entries.
  init?(_ graph: Graph, fewest: Int = Self.fewest) {
    guard graph.groups.count >= fewest, let parts = Parts(graph) else { return nil }
    var trials = 0
    for period in 1...min(Self.longestPeriod, graph.groups.count / fewest) {
      for run in parts.runs(period: period, atLeast: (fewest - 1) * period) {
        for first in run.lowerBound..<min(run.lowerBound + period, run.upperBound) {
          let count = (run.upperBound - first) / period + 1
          trials += 1
          guard count >= fewest, trials <= Self.mostTrials else { break }
          if let upstream = parts.check(first: first, period: period, count: count) {
            (firstGroup, self.period, self.count, isUpstream) = (first, period, count, upstream)
            return
          }
        }
      }
    }
    return nil
  }

  /// The copy of a group, and its number there; `nil` outside.
  func place(ofGroup group: Int) -> (copy: Int, index: Int)? {
    let place = group - firstGroup
    return 0..<period * count ~= place ? (place / period, place % period) : nil
  }

  /// For each group its part of an order in which copies follow one another.
  var ranks: [Int32] {
    isUpstream.indices.map { group in
      if let (copy, _) = place(ofGroup: group) { return Int32(copy + 1) }
      return isUpstream[group] ? 0 : Int32(count + 1)
    }
  }
}

/// A graph by numbers.
private struct Parts {
  private struct Rule {
    var source: Int
    var target: Int
    /// Rules of one number differ by the groups that they connect alone.
    var kind: Int
    /// Whether copies of it have the same edges, and tied or given weights.
    var isRepeatable: Bool
  }

  private struct DrawnPattern: Equatable {
    var pattern: Pattern
    var allowsSelf: Bool
    var sizes: [Int]
  }

  private var groups: [Int] = []
  private var isRepeatable: [Bool] = []
  private var rules: [Rule] = []

  /// `nil` for a graph that names groups which it has not.
  init?(_ graph: Graph) {
    var known: [Group: Int] = [:]
    var numbers: [String: Int] = [:]
    for (number, group) in graph.groups.enumerated() {
      guard numbers.updateValue(number, forKey: group.name) == nil else { return nil }
      var group = group
      (group.name, group.neuronNames, group.draws) = ("", nil, nil)
      isRepeatable.append(group.units.allSatisfy { $0.bias.isRepeatable(isDrawn: false) })
      groups.append(known[group, default: known.count])
      known[group] = groups[number]
    }
    var connections: [Connection: Int] = [:]
    var drawn: [String: DrawnPattern] = [:]
    for connection in graph.connections {
      guard let source = numbers[connection.from], let target = numbers[connection.to] else {
        return nil
      }
      var key = connection
      (key.from, key.to) = ("", "")
      if !key.pattern.isDrawn { key.draws = nil }
      // Copies are instances of different names.
      key.draws?.instance = nil
      var isNamed = false
      if key.pattern.isDrawn, !key.weight.isTransposed, let name = key.weight.share {
        // Patterns of one name are drawn once, where they are the same (see ``EdgeExpansion``).
        let pattern = DrawnPattern(
          pattern: key.pattern, allowsSelf: key.allowsSelf,
          sizes: [graph.groups[source].size, graph.groups[target].size])
        isNamed = drawn[name, default: pattern] == pattern
        drawn[name] = drawn[name] ?? pattern
      }
      let kind = connections[key, default: 2 * connections.count]
      connections[key] = kind
      rules.append(
        Rule(
          source: source, target: target, kind: kind,
          isRepeatable: key.pattern.isRepeatable(key.draws, isNamed: isNamed)
            && key.weight.isRepeatable(isDrawn: !key.pattern.hasValues)))
    }
    var edges: [Edge: Int] = [:]
    for edge in graph.edges {
      guard let source = numbers[edge.source.group], let target = numbers[edge.target.group] else {
        return nil
      }
      var key = edge
      (key.source.group, key.target.group, key.draws) = ("", "", nil)
      let kind = edges[key, default: 2 * edges.count + 1]
      edges[key] = kind
      rules.append(
        Rule(
          source: source, target: target, kind: kind,
          isRepeatable: key.weight.isRepeatable(isDrawn: true)))
    }
  }

  /// Ranges of groups that are equal to those a period later.
  func runs(period: Int, atLeast length: Int) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var first = 0
    for group in 0...groups.count - period {
      if group < groups.count - period, groups[group] == groups[group + period],
        isRepeatable[group]
      {
        continue
      }
      if group - first >= length { result.append(first..<group) }
      first = group + 1
    }
    return result
  }

  /// For each group whether it is upstream of the copies; `nil` if these are none.
  func check(first: Int, period: Int, count: Int) -> [Bool]? {
    func copy(_ group: Int) -> Int? {
      0..<period * count ~= group - first ? (group - first) / period : nil
    }
    /// A rule as seen from the copy that it feeds.
    struct View: Hashable {
      var source: Int
      var target: Int
      var kind: Int
    }
    var views = Array(repeating: [View](), count: count)
    var isUpstream = Array(repeating: false, count: groups.count)
    var outside: [(source: Int, target: Int)] = []
    for rule in rules {
      switch (copy(rule.source), copy(rule.target)) {
      case (let source?, let target?):
        guard source == target || source == target - 1, target == 0 || rule.isRepeatable else {
          return nil
        }
        let start = first + target * period
        views[target].append(
          View(source: rule.source - start, target: rule.target - start, kind: rule.kind))
      case (nil, let target?):
        guard target == 0 else { return nil }
        isUpstream[rule.source] = true
      case (let source?, nil):
        guard source == 0 || source == count - 1 else { return nil }
        outside.append((rule.source, rule.target))
      case (nil, nil): outside.append((rule.source, rule.target))
      }
    }
    guard views[2...].allSatisfy({ $0 == views[1] }) else { return nil }
    // Backwards from the groups that feed the first copy.
    var sources: [Int: [Int]] = [:]
    for rule in outside { sources[rule.target, default: []].append(rule.source) }
    var open = isUpstream.indices.filter { isUpstream[$0] }
    while let group = open.popLast() {
      for source in sources[group] ?? [] {
        // A cycle through copies and others.
        if copy(source) != nil { return nil }
        if !isUpstream[source] {
          isUpstream[source] = true
          open.append(source)
        }
      }
    }
    return isUpstream
  }
}

extension ParameterRule {
  /// Whether copies of it begin with the same values, or with the first one's.
  ///
  /// - Parameter isDrawn: whether its default is a draw.
  fileprivate func isRepeatable(isDrawn: Bool) -> Bool {
    if share != nil { return true }
    switch initial {
    case .constant, .list, .entries: return true
    case .uniform, .normal, .file: return false
    case nil: return !isDrawn
    }
  }
}

extension Pattern {
  fileprivate var hasValues: Bool {
    if case .entries(let entries) = self { entries.values != nil } else { false }
  }

  /// Whether copies of it are the same edges.
  ///
  /// - Parameter isNamed: whether all of its name are drawn as the first is.
  fileprivate func isRepeatable(_ draws: DrawOrigin?, isNamed: Bool) -> Bool {
    if case .file = self { return false }
    return !isDrawn || isNamed || draws != nil
  }
}
