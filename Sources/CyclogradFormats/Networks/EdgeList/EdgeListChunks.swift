/// Reads an edge list on all processors, where every line is a plain edge.
///
/// Anything else, such as a name, a blank line or a mistake, makes it give up. The reader that goes
/// line by line then finds out what it is and where.
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

  func read(_ stream: TextStream, file: String) throws -> Edges? {
    let count = try stream.countLines()
    guard count > 0, (try? Memory.require(24 * count, for: "the edges", file: file)) != nil else {
      return nil
    }
    var edges = Edges(sources: [], targets: [], weights: [])
    var isComplete = false
    edges.sources = try .init(unsafeUninitializedCapacity: count) { sources, sourceCount in
      edges.targets = try .init(unsafeUninitializedCapacity: count) { targets, targetCount in
        edges.weights = try .init(unsafeUninitializedCapacity: count) { weights, weightCount in
          if let sources = sources.baseAddress, let targets = targets.baseAddress,
            let weights = weights.baseAddress
          {
            LargeBlock.prepare(UnsafeMutableBufferPointer(start: sources, count: count))
            LargeBlock.prepare(UnsafeMutableBufferPointer(start: targets, count: count))
            LargeBlock.prepare(UnsafeMutableBufferPointer(start: weights, count: count))
            let pointers = Pointers(sources: sources, targets: targets, weights: weights)
            isComplete = try stream.readLines(count) { cursor, end, edge in
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
