import Synchronization

extension BoundSolver {
  /// Upper bounds after splitting.
  struct Branched {
    var upper: [Double]
    var splits: Int
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
    let nothing = functionals.map { _ in -Double.infinity }
    let tree: SplitTree
    var open: [SplitTree.Part]
    do {
      var whole = start
      let answer = try bound(
        &whole,
        Request(
          methods: [.interval, .slopes, .dual], functionals: functionals, isOneSided: true, goal: 0)
      )
      tree = try SplitTree(whole.bounds, linear, functionals)
      guard let root = try tree.root(answer.upper) else {
        return Branched(upper: nothing, splits: 0)
      }
      open = [root]
    } catch is EmptyBox {
      return Branched(upper: nothing, splits: 0)
    }
    var closed = nothing
    func close(_ part: SplitTree.Part) {
      for index in closed.indices { closed[index] = max(closed[index], part.upper[index]) }
    }
    var count = 0
    while count < splits, mayGoOn(count) {
      open.sort { $0.worst > $1.worst }
      guard let worst = open.first, worst.worst >= 0, worst.cut != nil else { break }
      let chosen = open.indices.filter { open[$0].worst >= 0 && open[$0].cut != nil }
        .prefix(min(Self.width, splits - count))
      let parents = chosen.map { open[$0] }
      for index in chosen.reversed() { open.remove(at: index) }
      count += parents.count
      let found = Mutex([SplitTree.Part?](repeating: nil, count: 2 * parents.count))
      try Parallel.forEach(2 * parents.count, threads: threads) { _, index in
        let child = try tree.half(of: parents[index / 2], isUpper: index % 2 == 1)
        found.withLock { $0[index] = child }
      }
      for part in found.withLock({ $0 }).compactMap({ $0 }) {
        if part.worst < 0 { close(part) } else { open.append(part) }
      }
    }
    for part in open { close(part) }
    return Branched(upper: closed, splits: count)
  }
}

/// Parts of one sample's box of states. All of them have the multipliers of the whole, whose sums give theirs.
struct SplitTree: Sendable {
  typealias Functional = SampleBounds.Functional
  typealias Step = MultiplierRows.Step

  /// A part.
  struct Part: Sendable {
    /// z of all units.
    var states: [Interval]
    /// Upper bounds of the functionals, and the multiples that gave them.
    var upper: [Double]
    var steps: [[Step]]
    /// The unit to split, and where.
    var cut: (unit: Int, at: Double)?

    var worst: Double { upper.max() ?? -.infinity }
  }

  private let whole: SampleBounds
  private let system: SlopeSystem
  /// Steps down for each functional and part.
  private static let descents = 30
  /// How many units are tried before one is split.
  private static let trials = 6

  init(_ whole: SampleBounds, _ linear: LinearizedGraph, _ functionals: [Functional]) throws {
    self.whole = whole
    system = try SlopeSystem(whole, linear, of: functionals, whole.chordSlopes())
  }

  /// The whole as a part, with bounds that are known.
  func root(_ upper: [Double]) throws -> Part? {
    try part(
      Part(states: whole.box.z, upper: upper, steps: upper.map { _ in [] }), narrows: false)
  }

  /// One side of a split; `nil` if it holds no equilibrium.
  func half(of parent: Part, isUpper: Bool) throws -> Part? {
    guard let cut = parent.cut else { return parent }
    var child = parent
    let z = parent.states[cut.unit]
    child.states[cut.unit] =
      isUpper ? Interval(cut.at, z.upper) : Interval(z.lower, cut.at)
    return try part(child, narrows: true)
  }

  /// Bounds of a part, no worse than those of the one that it is a part of, and where to split it.
  private func part(_ given: Part, narrows: Bool) throws -> Part? {
    var part = given
    var bounds = whole
    bounds.box.z = part.states
    do {
      try bounds.box.activate(0..<Int32(whole.network.runs.count))
      if narrows {
        if system.unstable.isEmpty { try bounds.propagate(sweeps: 10) }
        try system.narrowByDuality(&bounds, rounds: 1)
      }
    } catch is EmptyBox {
      return nil
    }
    part.states = bounds.box.z
    let search = DualSearch(system, DualTerms(bounds))
    var room = Multipliers(
      units: whole.network.unitCount, neurons: whole.network.neuronCount)
    for index in part.upper.indices where part.upper[index] >= 0 {
      let found = search.bound(
        index, sign: 1, starts: [part.steps[index]], descents: Self.descents, room: &room)
      part.steps[index] = found.steps
      part.upper[index] = min(part.upper[index], found.upper)
    }
    part.cut = nil
    if part.worst >= 0,
      let worst = part.upper.indices.max(by: { part.upper[$0] < part.upper[$1] })
    {
      part.cut = cut(bounds, search, worst, part.steps[worst])
    }
    return part
  }

  /// The unit whose open slope weighs most in a functional; among the first few, the one whose halves have the least bounds.
  private func cut(
    _ bounds: SampleBounds, _ search: DualSearch, _ index: Int, _ steps: [Step]
  ) -> (unit: Int, at: Double)? {
    let network = whole.network
    let multipliers = system.rows.sum(index, steps)
    var candidates: [(unit: Int, at: Double, score: Double)] = []
    for s in 0..<network.unitCount {
      let z = bounds.box.z[s]
      let slope = bounds.box.slope[s]
      let width = z.upper - z.lower
      guard width > 1e-9, slope.upper - slope.lower > 1e-9 else { continue }
      let k = Int(network.neuronOfUnit[s])
      let group = network.entry(atPosition: k).group
      let unit = s - Int(network.unitStarts[k])
      let kink = group.units[unit].activation.kinks.first { z.lower < $0 && $0 < z.upper }
      // How far a chord lies above a kink, or the span of slopes.
      let reach = kink.map { ($0 - z.lower) * (z.upper - $0) / width } ?? width
      let score = multipliers.nu[k].magnitude * (slope.upper - slope.lower) * reach
      if score > 0 { candidates.append((s, kink ?? z.middle, score)) }
    }
    candidates.sort { ($0.score, $1.unit) > ($1.score, $0.unit) }
    var best: (unit: Int, at: Double)?
    var least = Double.infinity
    var room = multipliers
    for (unit, at, _) in candidates.prefix(Self.trials) {
      if best == nil { best = (unit, at) }
      guard let place = search.terms.bent.firstIndex(where: { $0.unit == unit }),
        search.terms.isSimple
      else { continue }
      let z = bounds.box.z[unit]
      var most = -Double.infinity
      for half in [Interval(z.lower, at), Interval(at, z.upper)] {
        let terms = search.terms.splitting(place, to: half)
        let found = DualSearch(system, terms).bound(
          index, sign: 1, starts: [steps], room: &room)
        most = max(most, found.upper)
      }
      if most < least {
        least = most
        best = (unit, at)
      }
    }
    return best
  }
}
