/// Reads an edge list on all processors, where every line is a plain edge.
///
/// Anything else, be it a name, a blank line or a mistake, makes it give up; who reads line by line
/// then finds out what it is, and where.
struct EdgeListChunks {
  /// The edges in the order of the file.
  struct Edges {
    var sources: [Int32]
    var targets: [Int32]
    var weights: [Double]
  }

  let row: EdgeRow

  private struct Pointers: @unchecked Sendable {
    var sources: UnsafeMutablePointer<Int32>
    var targets: UnsafeMutablePointer<Int32>
    var weights: UnsafeMutablePointer<Double>
  }

  func read(_ text: UnsafeBufferPointer<UInt8>, file: String) -> Edges? {
    guard let chunks = TextChunks(text) else { return nil }
    let count = chunks.lineCount
    guard (try? Memory.require(24 * count, for: "the edges", file: file)) != nil else { return nil }
    var edges = Edges(sources: [], targets: [], weights: [])
    var isComplete = false
    edges.sources = .init(unsafeUninitializedCapacity: count) { sources, sourceCount in
      edges.targets = .init(unsafeUninitializedCapacity: count) { targets, targetCount in
        edges.weights = .init(unsafeUninitializedCapacity: count) { weights, weightCount in
          if let sources = sources.baseAddress, let targets = targets.baseAddress,
            let weights = weights.baseAddress
          {
            let pointers = Pointers(sources: sources, targets: targets, weights: weights)
            isComplete = chunks.readLines { cursor, end, edge in
              guard let (source, target, weight) = row.read(&cursor, end) else { return false }
              pointers.sources[edge] = source
              pointers.targets[edge] = target
              pointers.weights[edge] = weight
              return true
            }
          }
          weightCount = isComplete ? count : 0
        }
        targetCount = isComplete ? count : 0
      }
      sourceCount = isComplete ? count : 0
    }
    return isComplete ? edges : nil
  }
}
