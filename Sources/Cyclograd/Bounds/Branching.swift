import Synchronization

extension BoundSolver {
  /// Upper bounds after splitting.
  struct Branched {
    var upper: [Double]
    var splits: Int
  }

  private struct Node: Sendable {
    var start: Start
    var upper: [Double]
    var worst: Double { upper.max() ?? -.infinity }
    /// The unit to split, and where.
    var cut: (unit: Int, at: Double)?
  }

  /// How many parts are split before bounds are looked at again: always as many, so that results do not depend on threads.
  private static let width = 4

  /// Upper bounds of functionals over all equilibria of a start, by splitting the states of one unit after the other
  /// at its kink, or in the middle of its interval where it has none, as long as some bound is not below 0.
  ///
  /// Every equilibrium lies in one of the parts, so the largest bound of all parts holds. A part in which no state
  /// solves the equations is dropped. The parts with the largest bounds are split first.
  ///
  /// - Parameters:
  ///   - splits: the most splits.
  ///   - threads: how many parts are bounded at once.
  ///   - mayGoOn: asked before each round with the number of splits so far.
  func branch(
    _ start: Start, _ functionals: [Functional], splits: Int, threads: Int = 1,
    while mayGoOn: (_ splits: Int) -> Bool
  ) throws -> Branched {
    guard let root = try node(start, functionals) else {
      return Branched(upper: functionals.map { _ in -.infinity }, splits: 0)
    }
    var open = [root]
    var closed = functionals.map { _ in -Double.infinity }
    var count = 0
    while count < splits, mayGoOn(count) {
      open.sort { $0.worst > $1.worst }
      guard let worst = open.first, worst.worst >= 0, worst.cut != nil else { break }
      let chosen = open.indices.filter { open[$0].worst >= 0 && open[$0].cut != nil }
        .prefix(min(Self.width, splits - count))
      let parents = chosen.map { open[$0] }
      for index in chosen.reversed() { open.remove(at: index) }
      count += parents.count
      let found = Mutex([Node?](repeating: nil, count: 2 * parents.count))
      try Parallel.forEach(2 * parents.count, threads: threads) { _, index in
        let child = try part(of: parents[index / 2], isUpper: index % 2 == 1, functionals)
        found.withLock { $0[index] = child }
      }
      for node in found.withLock({ $0 }).compactMap({ $0 }) {
        if node.worst < 0 {
          for index in closed.indices { closed[index] = max(closed[index], node.upper[index]) }
        } else {
          open.append(node)
        }
      }
    }
    for node in open {
      for index in closed.indices { closed[index] = max(closed[index], node.upper[index]) }
    }
    return Branched(upper: closed, splits: count)
  }

  /// One side of a split; `nil` if it holds no equilibrium.
  private func part(
    of parent: Node, isUpper: Bool, _ functionals: [Functional]
  ) throws -> Node? {
    guard let cut = parent.cut else { return parent }
    var child = parent.start
    let z = child.bounds.box.z[cut.unit]
    do {
      try child.bounds.narrow(
        cut.unit, to: isUpper ? Interval(cut.at, z.upper) : Interval(z.lower, cut.at))
      try child.bounds.box.activate(0..<Int32(network.runs.count))
      guard var found = try node(child, functionals) else { return nil }
      // A part's bound is never worse than the whole's.
      for index in found.upper.indices {
        found.upper[index] = min(found.upper[index], parent.upper[index])
      }
      return found
    } catch is EmptyBox {
      return nil
    }
  }

  /// Bounds of a part, and where to split it; `nil` if it holds no equilibrium.
  private func node(_ start: Start, _ functionals: [Functional]) throws -> Node? {
    var start = start
    do {
      let answer = try bound(
        &start,
        Request(methods: [.interval, .slopes, .dual], functionals: functionals, isOneSided: true))
      var node = Node(start: start, upper: answer.upper)
      if node.worst >= 0,
        let worst = node.upper.indices.max(by: { node.upper[$0] < node.upper[$1] })
      {
        node.cut = try cut(start.bounds, functionals[worst])
      }
      return node
    } catch is EmptyBox {
      return nil
    }
  }

  /// The unit whose open slope weighs most in a functional.
  private func cut(
    _ bounds: SampleBounds, _ functional: Functional
  ) throws -> (unit: Int, at: Double)? {
    let slopes = try bounds.chordSlopes()
    let system = try SlopeSystem(bounds, linear, of: [functional], slopes)
    let nu = system.multipliers[0].nu
    var best: (unit: Int, at: Double)?
    var most = 0.0
    for s in 0..<network.unitCount {
      let z = bounds.box.z[s]
      let slope = bounds.box.slope[s]
      let width = z.upper - z.lower
      guard width > 1e-9, slope.upper - slope.lower > 1e-9 else { continue }
      let score =
        nu[Int(network.neuronOfUnit[s])].magnitude * (slope.upper - slope.lower) * width
      guard score > most else { continue }
      most = score
      let group = network.entry(atPosition: Int(network.neuronOfUnit[s])).group
      let unit = s - Int(network.unitStarts[Int(network.neuronOfUnit[s])])
      let kink = group.units[unit].activation.kinks.first { z.lower < $0 && $0 < z.upper }
      best = (s, kink ?? z.middle)
    }
    return best
  }
}
