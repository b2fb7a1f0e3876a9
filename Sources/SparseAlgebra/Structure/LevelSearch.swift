/// Breadth-first searches that share their workspace.
struct LevelSearch {
  private var lastRun: [Int32]
  private var run: Int32 = 0
  private var queue: [Int] = []

  init(order: Int) { lastRun = Array(repeating: 0, count: order) }

  func wasReached(_ vertex: Int) -> Bool { lastRun[vertex] > 0 }

  /// The widest level's size, and a vertex of lowest degree in the last level.
  mutating func run(_ graph: EliminationGraph, from start: Int) -> (widest: Int, farthest: Int) {
    run += 1
    queue.removeAll(keepingCapacity: true)
    queue.append(start)
    lastRun[start] = run
    var widest = 1
    var level = 0..<1
    while true {
      for position in level {
        graph.forEachNeighbour(of: queue[position]) { neighbour in
          if lastRun[neighbour] != run {
            lastRun[neighbour] = run
            queue.append(neighbour)
          }
        }
      }
      let next = level.upperBound..<queue.count
      if next.isEmpty {
        let farthest = queue[level].min { graph.degree(of: $0) < graph.degree(of: $1) }
        return (widest, farthest ?? start)
      }
      widest = max(widest, next.count)
      level = next
    }
  }
}
