/// The undirected graph of a square pattern without its diagonal, reduced in place.
struct EliminationGraph {
  private let starts: [Int]
  /// Neighbours by vertex; an entry is −1 where the edge is gone.
  private var neighbours: [Int32]
  private var degrees: [Int32]
  private var isAlive: [Bool]

  private var order: Int { degrees.count }

  init(_ pattern: SparsePattern) {
    let order = pattern.rowCount
    let transpose = pattern.transposed().pattern
    var starts = [0]
    starts.reserveCapacity(order + 1)
    var neighbours: [Int32] = []
    neighbours.reserveCapacity(2 * pattern.entryCount)
    for row in 0..<order {
      var out = pattern.entries(ofRow: row)[...]
      var into = transpose.entries(ofRow: row)[...]
      while !out.isEmpty || !into.isEmpty {
        let a = out.first.map { pattern.columns[$0] } ?? .max
        let b = into.first.map { transpose.columns[$0] } ?? .max
        let neighbour = min(a, b)
        if a == neighbour { out.removeFirst() }
        if b == neighbour { into.removeFirst() }
        if neighbour != row { neighbours.append(neighbour) }
      }
      starts.append(neighbours.count)
    }
    self.starts = starts
    self.neighbours = neighbours
    degrees = (0..<order).map { Int32(starts[$0 + 1] - starts[$0]) }
    isAlive = Array(repeating: true, count: order)
  }

  /// The width of the widest level after the cheap eliminations.
  func predictedFront() -> Int {
    var reduced = self
    reduced.eliminateLowDegrees()
    return reduced.widestLevel()
  }

  /// The same when dense rows are eliminated last, as AMD would; each adds one to every front.
  func predictedFrontWithoutDenseVertices() -> Int {
    let limit = max(16, 10 * Double(order).squareRoot())
    let dense = (0..<order).filter { Double(degrees[$0]) > limit }
    guard !dense.isEmpty else { return order }
    var reduced = self
    for vertex in dense { reduced.remove(vertex) }
    return dense.count + reduced.predictedFront()
  }

  /// Eliminates vertices of degree 0, 1 and 2 until none is left, as far as that is cheap. Fronts of
  /// trees and of series-parallel graphs never exceed order 3.
  private mutating func eliminateLowDegrees() {
    var queue = (0..<order).filter { isAlive[$0] && degrees[$0] <= 2 }
    while let vertex = queue.popLast() {
      guard isAlive[vertex], degrees[vertex] <= 2 else { continue }
      let ends = liveNeighbours(of: vertex)
      if ends.count == 2 {
        guard join(ends[0], ends[1], around: vertex) else { continue }
        isAlive[vertex] = false
      } else {
        remove(vertex)
      }
      for end in ends where degrees[end] <= 2 { queue.append(end) }
    }
  }

  /// The widest breadth-first level of any component, from a vertex near the component's edge.
  private func widestLevel() -> Int {
    var search = LevelSearch(order: order)
    var widest = 0
    for seed in 0..<order where isAlive[seed] && !search.wasReached(seed) {
      // Each search but the last only looks for a start that lies further out.
      var levels = search.run(self, from: seed)
      for _ in 0..<2 {
        levels = search.run(self, from: levels.farthest)
      }
      widest = max(widest, levels.widest)
    }
    return widest
  }

  func degree(of vertex: Int) -> Int32 { degrees[vertex] }

  func forEachNeighbour(of vertex: Int, _ body: (Int) -> Void) {
    for slot in starts[vertex]..<starts[vertex + 1] {
      let neighbour = Int(neighbours[slot])
      if neighbour >= 0, isAlive[neighbour] { body(neighbour) }
    }
  }

  private func liveNeighbours(of vertex: Int) -> [Int] {
    var result: [Int] = []
    forEachNeighbour(of: vertex) { result.append($0) }
    return result
  }

  private mutating func remove(_ vertex: Int) {
    isAlive[vertex] = false
    for neighbour in liveNeighbours(of: vertex) { degrees[neighbour] -= 1 }
  }

  /// Replaces the path a – middle – b by an edge; false, and no change, where the lists are long.
  private mutating func join(_ a: Int, _ b: Int, around middle: Int) -> Bool {
    let longest = 64
    guard starts[a + 1] - starts[a] <= longest, starts[b + 1] - starts[b] <= longest else {
      return false
    }
    let areAdjacent = liveNeighbours(of: a).contains(b)
    replace(middle, by: areAdjacent ? -1 : b, inListOf: a)
    replace(middle, by: areAdjacent ? -1 : a, inListOf: b)
    if areAdjacent {
      degrees[a] -= 1
      degrees[b] -= 1
    }
    return true
  }

  private mutating func replace(_ old: Int, by new: Int, inListOf vertex: Int) {
    for slot in starts[vertex]..<starts[vertex + 1] where neighbours[slot] == Int32(old) {
      neighbours[slot] = Int32(new)
      return
    }
  }
}
