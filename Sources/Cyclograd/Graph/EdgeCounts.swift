/// How many edges of a pattern the targets before a given one have, without expanding it.
///
/// A process that holds some targets alone learns from it which numbers its edges have among those of the rule, and
/// how to divide the targets among several processes.
struct EdgeCounts {
  private enum Law {
    /// As many for each target, less the edge to itself where it is left out.
    case equal(Int, selfExcluded: Bool)
    case strictlyLower(sources: Int)
    case random(Double, PatternExpander)
    case window(WindowCounts)
    /// Those before each target.
    case listed([Int])
    case stored(any RowSource)
  }

  private let law: Law
  private let targets: Int

  init(_ expander: PatternExpander) throws(PatternProblem) {
    targets = expander.to.size
    let sources = expander.from.size
    switch expander.pattern {
    case .all: law = .equal(sources, selfExcluded: expander.excludesSelf)
    case .oneToOne: law = .equal(1, selfExcluded: expander.excludesSelf)
    case .strictlyLower: law = .strictlyLower(sources: sources)
    case .random(let probability): law = .random(probability, expander)
    case .inDegree(let degree): law = .equal(degree, selfExcluded: false)
    case .neighborhood(let window):
      law = .window(
        try WindowCounts(window, expander, offset: try expander.windowOffset(window)))
    case .entries(let entries):
      var counts = [Int](repeating: 0, count: targets + 1)
      for index in 0..<entries.count {
        let row = Int(entries.rows[index])
        if expander.excludesSelf && entries.rows[index] == entries.columns[index] { continue }
        if (0..<targets).contains(row) { counts[row + 1] += 1 }
      }
      for row in 0..<targets { counts[row + 1] += counts[row] }
      law = .listed(counts)
    case .file: law = .equal(0, selfExcluded: false)
    }
  }

  /// Those of a matrix that is read row by row.
  init(_ source: any RowSource) {
    targets = source.rowCount
    law = .stored(source)
  }

  /// How many there are before a target, those of random patterns as expected.
  ///
  /// - Complexity: O(1).
  func expected(before target: Int) -> Double {
    if case .random(let probability, let expander) = law {
      return probability * Double(target) * Double(expander.from.size)
    }
    return Double(fixed(before: target))
  }

  /// How many there are before a target, and in all.
  ///
  /// - Complexity: O(1); for random patterns linear in the edges of the pattern, without memory.
  func exact(before target: Int) throws(PatternProblem) -> (before: Int, all: Int) {
    guard case .random(let probability, let expander) = law else {
      return (fixed(before: target), fixed(before: targets))
    }
    var (before, all) = (0, 0)
    try expander.walkRandom(probability) { row, source in
      if expander.excludesSelf && row == source { return true }
      all += 1
      if row < target { before += 1 }
      return true
    }
    return (before, all)
  }

  private func fixed(before target: Int) -> Int {
    switch law {
    case .equal(let degree, let isSelfExcluded): target * (isSelfExcluded ? degree - 1 : degree)
    case .strictlyLower(let sources):
      target <= sources
        ? target * max(0, target - 1) / 2
        : sources * (sources - 1) / 2 + (target - sources) * sources
    case .window(let counts): counts.before(target)
    case .listed(let counts): counts[target]
    case .stored(let source): source.entryCount(beforeRow: target)
    case .random: 0
    }
  }
}

/// The same of a window that moves over a grid: which of its rows and columns lie on the grid are questions apart.
private struct WindowCounts {
  private let channels: Int
  private let rows: Int
  private let columns: Int
  /// For the targets' rows and columns the positions of the window that lie on the grid before each.
  private let hitRows: [Int]
  private let hitColumns: [Int]
  /// The same of positions that are the target's own; empty where edges to oneself count as others.
  private var ownRows: [Int] = []
  private var ownColumns: [Int] = []

  init(
    _ window: Neighborhood, _ expander: PatternExpander, offset: Neighborhood.Pair
  ) throws(PatternProblem) {
    let (source, target) = (expander.from.grid, expander.to.grid)
    channels = window.channels == .all ? source.channels : 1
    rows = target.rows
    columns = target.columns
    func sums(
      _ count: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ offset: Int, _ extent: Int,
      own: Bool
    ) -> [Int] {
      var result = [0]
      for i in 0..<count {
        var hits = 0
        let start = i * stride + offset
        for p in window.reach(kernel, dilation, from: start, extent) {
          guard let place = window.place(start + p * dilation, extent) else { continue }
          if !own || place == i { hits += 1 }
        }
        result.append(result[i] + hits)
      }
      return result
    }
    func bothDirections(own: Bool) -> ([Int], [Int]) {
      (
        sums(
          target.rows, window.kernel.rows, window.stride.rows, window.dilation.rows, offset.rows,
          source.rows, own: own),
        sums(
          target.columns, window.kernel.columns, window.stride.columns, window.dilation.columns,
          offset.columns, source.columns, own: own)
      )
    }
    (hitRows, hitColumns) = bothDirections(own: false)
    if expander.excludesSelf { (ownRows, ownColumns) = bothDirections(own: true) }
  }

  func before(_ target: Int) -> Int {
    let channel = target / (rows * columns)
    let i = target / columns % rows
    let j = target % columns
    func sum(_ inRows: [Int], _ inColumns: [Int]) -> Int {
      channel * inRows[rows] * inColumns[columns] + inRows[i] * inColumns[columns]
        + (inRows[i + 1] - inRows[i]) * inColumns[j]
    }
    return channels * sum(hitRows, hitColumns) - (ownRows.isEmpty ? 0 : sum(ownRows, ownColumns))
  }
}
