/// The strongly connected components of a directed graph, in topological order.
///
/// Tarjan's algorithm (SIAM J. Comput. 1, 1972) without recursion, so that a path of a million
/// vertices needs no deep call stack. Time O(V + E), memory 20 bytes a vertex beside the graph.
public struct StronglyConnectedComponents: Sendable {
  /// The component of each vertex. Every edge leads from a component to itself or to one with a
  /// smaller number.
  public let componentOfVertex: [Int32]
  /// The number of components.
  public let count: Int

  /// Finds the components.
  ///
  /// - Parameters:
  ///   - starts: vertex v's successors are entries `starts[v]..<starts[v + 1]`.
  ///   - successors: for each entry a name of the successor, to be looked up in `vertexOf`.
  ///   - vertexOf: the vertex that a name stands for; several names may stand for one vertex.
  public init(
    starts: [Int32], successors: UnsafeBufferPointer<Int32>, vertexOf: UnsafeBufferPointer<Int32>
  ) {
    let vertexCount = max(0, starts.count - 1)
    let unseen = Int32.max
    // While a vertex is on the stack `low` holds its low link; afterwards `component` counts.
    var low = [Int32](repeating: unseen, count: vertexCount)
    var component = [Int32](repeating: -1, count: vertexCount)
    var cursor = starts
    var open: [Int32] = []
    var path: [Int32] = []
    var visited: Int32 = 0
    var found: Int32 = 0
    var discovery = [Int32](repeating: 0, count: vertexCount)

    for root in 0..<vertexCount where low[root] == unseen {
      path.append(Int32(root))
      while let top = path.last {
        let v = Int(top)
        if low[v] == unseen {
          low[v] = visited
          discovery[v] = visited
          visited += 1
          open.append(top)
        }
        var descended = false
        while cursor[v] < starts[v + 1] {
          let w = Int(vertexOf[Int(successors[Int(cursor[v])])])
          if low[w] == unseen {
            path.append(Int32(w))
            descended = true
            break
          }
          cursor[v] += 1
          if component[w] < 0 { low[v] = min(low[v], low[w]) }
        }
        if descended { continue }
        path.removeLast()
        if low[v] == discovery[v] {
          while let member = open.popLast() {
            component[Int(member)] = found
            if member == top { break }
          }
          found += 1
        }
      }
    }
    componentOfVertex = component
    count = Int(found)
  }
}
