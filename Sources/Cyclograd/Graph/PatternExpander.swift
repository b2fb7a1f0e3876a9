/// Why a pattern cannot connect two groups.
struct PatternProblem: Error {
  var message: String
  var advice: String
}

/// Turns a pattern into edges, in time proportional to their number.
struct PatternExpander {
  let pattern: Pattern
  let from: Group
  let to: Group
  let excludesSelf: Bool
  let stream: CounterRandom

  /// About how many edges a pattern gives, never too few by much.
  static func expectedCount(_ pattern: Pattern, from: Group, to: Group) -> Int {
    // Sums of a few of these do not overflow.
    let most = 1 << 50
    func product(_ factors: Int...) -> Int {
      var result = 1
      for factor in factors {
        let (next, overflow) = result.multipliedReportingOverflow(by: max(0, factor))
        if overflow { return most }
        result = next
      }
      return min(result, most)
    }
    switch pattern {
    case .all: return product(from.size, to.size)
    case .oneToOne: return to.size
    case .strictlyLower:
      let n = min(from.size, to.size)
      return min(product(n, n) / 2 + product(from.size, max(0, to.size - n)), most)
    case .random(let probability):
      guard probability >= 0, probability <= 1 else { return 0 }
      let mean = probability * Double(from.size) * Double(to.size)
      return Int(min(mean + 4 * mean.squareRoot() + 16, Double(most)))
    case .inDegree(let degree): return product(to.size, degree)
    case .neighborhood(let window):
      let channels = window.channels == .all ? from.grid.channels : 1
      return product(
        to.size, channels, min(window.kernel.rows, from.grid.rows),
        min(window.kernel.columns, from.grid.columns))
    case .entries(let entries): return entries.count
    case .file: return 0
    }
  }

  /// How many positions the kernel has, over all pairs of channels; `nil` for other patterns.
  var kernelSize: Int? {
    guard case .neighborhood(let window) = pattern else { return nil }
    return Self.channelPairs(window, from: from, to: to) * window.kernel.rows
      * window.kernel.columns
  }

  /// How many pairs of channels each have a kernel of their own.
  static func channelPairs(_ window: Neighborhood, from: Group, to: Group) -> Int {
    window.channels == .all ? from.grid.channels * to.grid.channels : to.grid.channels
  }

  /// Calls `emit(target, source, tag)` for each edge to some targets; indices are local to the groups. The edges
  /// of other targets are neither stored nor, but for `random`, drawn.
  ///
  /// - Parameter targets: all for `nil`. Matrices of entries give all their edges in any case.
  func expand(
    _ targets: Range<Int>? = nil, _ emit: (Int, Int, Int) -> Void
  ) throws(PatternProblem) {
    let targets = targets ?? 0..<to.size
    switch pattern {
    case .all:
      for target in targets {
        for source in 0..<from.size { emit(target, source, 0) }
      }
    case .oneToOne:
      guard from.size == to.size else {
        throw PatternProblem(
          message:
            "one-to-one needs groups of equal size, not \(from.size) and \(to.size) neurons",
          advice: "use another pattern, or change a size")
      }
      for neuron in targets { emit(neuron, neuron, 0) }
    case .strictlyLower:
      for target in targets {
        for source in 0..<min(target, from.size) { emit(target, source, 0) }
      }
    case .random(let probability):
      try walkRandom(probability) { target, source in
        if targets.contains(target) { emit(target, source, 0) }
        return target < targets.upperBound
      }
    case .inDegree(let degree): try expandInDegree(degree, targets, emit)
    case .neighborhood(let window): try expandNeighborhood(window, targets, emit)
    case .entries(let entries): try expandEntries(entries, emit)
    case .file(let path):
      throw PatternProblem(
        message: "the pattern refers to the file '\(path)', which has not been read",
        advice: "resolve the graph's files before compiling it")
    }
  }

  /// Skips over the gaps between edges, which are geometrically distributed, until `visit` says that it has seen
  /// enough.
  func walkRandom(
    _ probability: Double, _ visit: (_ target: Int, _ source: Int) -> Bool
  ) throws(PatternProblem) {
    guard probability >= 0, probability <= 1 else {
      throw PatternProblem(
        message: "the probability \(probability) is not between 0 and 1",
        advice: "give a number from 0 to 1")
    }
    if probability == 0 { return }
    let total = from.size * to.size
    // ln(1 − p), whose leading terms suffice where 1 − p would lose p's digits.
    let logarithm =
      probability < 1e-5
      ? -probability * (1 + probability / 2 + probability * probability / 3)
      : (probability == 1 ? -Double.infinity : portableLog(1 - probability))
    var position = -1
    var draw = 0
    while true {
      let gap = (portableLog(1 - stream.uniform(draw)) / logarithm).rounded(.down)
      draw += 1
      guard gap < Double(total - position - 1) else { return }
      position += Int(gap) + 1
      guard position < total else { return }
      guard visit(position / from.size, position % from.size) else { return }
    }
  }

  /// Floyd's sampling without replacement (Bentley & Floyd, CACM 30, 1987) for each target.
  private func expandInDegree(
    _ degree: Int, _ targets: Range<Int>, _ emit: (Int, Int, Int) -> Void
  ) throws(PatternProblem) {
    let available = from.size - (excludesSelf ? 1 : 0)
    guard degree >= 0, degree <= available else {
      throw PatternProblem(
        message: "an in-degree of \(degree) is asked for, but there are \(available) sources",
        advice: "give a number from 0 to \(available)")
    }
    var chosenFor = [Int32](repeating: -1, count: available)
    var chosen: [Int] = []
    chosen.reserveCapacity(degree)
    for target in targets {
      chosen.removeAll(keepingCapacity: true)
      for i in 0..<degree {
        let last = available - degree + i
        let candidate = stream.index(target * degree + i, below: last + 1)
        let pick = chosenFor[candidate] == Int32(target) ? last : candidate
        chosenFor[pick] = Int32(target)
        chosen.append(pick)
      }
      chosen.sort()
      for pick in chosen { emit(target, excludesSelf && pick >= target ? pick + 1 : pick, 0) }
    }
  }

  /// Where the window of target (0, 0) begins, if the window has a meaning on the groups' grids.
  func windowOffset(_ window: Neighborhood) throws(PatternProblem) -> Neighborhood.Pair {
    let source = from.grid
    let target = to.grid
    let kernel = window.kernel
    let (stride, dilation) = (window.stride, window.dilation)
    guard
      [
        kernel.rows, kernel.columns, stride.rows, stride.columns, dilation.rows, dilation.columns,
      ].allSatisfy({ $0 >= 1 })
    else {
      throw PatternProblem(
        message:
          "a neighbourhood's kernel, stride and dilation must be at least 1 in both directions",
        advice: "give positive numbers")
    }
    guard
      [
        stride.rows, stride.columns, kernel.rows, kernel.columns, dilation.rows, dilation.columns,
      ].allSatisfy({ $0 <= Int(Int32.max) })
    else {
      throw PatternProblem(
        message: "a number of the neighbourhood is too large", advice: "give smaller numbers")
    }
    if window.boundary == .wrap,
      Self.meetsTwice(kernel.rows, dilation.rows, source.rows)
        || Self.meetsTwice(kernel.columns, dilation.columns, source.columns)
    {
      throw PatternProblem(
        message:
          "the kernel of \(kernel.rows) × \(kernel.columns) wraps around the grid of "
          + "\(source.rows) × \(source.columns) and meets neurons twice",
        advice: "use a smaller kernel, or the boundary zero")
    }
    if window.channels == .oneToOne && source.channels != target.channels {
      throw PatternProblem(
        message: "channels one-to-one need as many channels on both sides, not "
          + "\(source.channels) and \(target.channels)",
        advice: "use channels all, or change a shape")
    }
    let offset =
      window.offset
      ?? Neighborhood.Pair(
        -(dilation.rows * (kernel.rows - 1) / 2), -(dilation.columns * (kernel.columns - 1) / 2))
    guard [offset.rows, offset.columns].allSatisfy({ $0.magnitude <= UInt(Int64.max) / 4 }) else {
      throw PatternProblem(
        message: "a number of the neighbourhood is too large", advice: "give smaller numbers")
    }
    return offset
  }

  private func expandNeighborhood(
    _ window: Neighborhood, _ targets: Range<Int>, _ emit: (Int, Int, Int) -> Void
  ) throws(PatternProblem) {
    let offset = try windowOffset(window)
    let source = from.grid
    let target = to.grid
    let kernel = window.kernel
    let (stride, dilation) = (window.stride, window.dilation)
    for neuron in targets {
      let targetChannel = neuron / (target.rows * target.columns)
      let i = neuron / target.columns % target.rows
      let j = neuron % target.columns
      let (top, left) = (i * stride.rows + offset.rows, j * stride.columns + offset.columns)
      let rows = window.reach(kernel.rows, dilation.rows, from: top, source.rows)
      let columns = window.reach(kernel.columns, dilation.columns, from: left, source.columns)
      let channels =
        window.channels == .all ? 0..<source.channels : targetChannel..<targetChannel + 1
      for channel in channels {
        let pair =
          window.channels == .all ? targetChannel * source.channels + channel : targetChannel
        for p in rows {
          guard let row = window.place(top + p * dilation.rows, source.rows) else { continue }
          for q in columns {
            guard let column = window.place(left + q * dilation.columns, source.columns)
            else { continue }
            emit(
              neuron, (channel * source.rows + row) * source.columns + column,
              (pair * kernel.rows + p) * kernel.columns + q)
          }
        }
      }
    }
  }

  /// Whether a window on a torus meets a place twice.
  private static func meetsTwice(_ kernel: Int, _ dilation: Int, _ extent: Int) -> Bool {
    var (a, b) = (dilation % extent, extent)
    while a != 0 { (a, b) = (b % a, a) }
    // Multiples of the dilation come back to where they began after extent / gcd steps.
    return kernel > extent / b
  }

  private func expandEntries(
    _ entries: SparseEntries, _ emit: (Int, Int, Int) -> Void
  ) throws(PatternProblem) {
    for index in 0..<entries.count {
      let row = Int(entries.rows[index])
      let column = Int(entries.columns[index])
      guard (0..<to.size).contains(row), (0..<from.size).contains(column) else {
        throw PatternProblem(
          message: "entry \(index) at row \(row), column \(column) lies outside the matrix of "
            + "\(to.size) rows (targets) and \(from.size) columns (sources)",
          advice: "correct the entry, or the size of a group")
      }
      emit(row, column, index)
    }
  }
}

extension Neighborhood {
  /// The positions of a kernel in one direction that may lie on the grid: beyond a boundary of zeros there is nothing, however
  /// large the kernel is.
  ///
  /// - Parameter start: the place of its first position, on the grid or not.
  func reach(_ kernel: Int, _ dilation: Int, from start: Int, _ extent: Int) -> Range<Int> {
    guard boundary == .zero else { return 0..<kernel }
    let before = start < 0 ? (dilation - 1 - start) / dilation : 0
    let end = start < extent ? (extent - start + dilation - 1) / dilation : 0
    let first = min(before, kernel)
    return first..<max(first, min(end, kernel))
  }

  /// The place on the grid that an index means in one direction, if there is one.
  func place(_ index: Int, _ extent: Int) -> Int? {
    if (0..<extent).contains(index) { return index }
    guard boundary == .wrap else { return nil }
    let rest = index % extent
    return rest < 0 ? rest + extent : rest
  }
}
