import Glibc

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
    var text: UnsafePointer<UInt8>
    var sources: UnsafeMutablePointer<Int32>
    var targets: UnsafeMutablePointer<Int32>
    var weights: UnsafeMutablePointer<Double>
  }

  private struct Chunk {
    var start: Int
    var end: Int
    var firstEdge = 0
    var edges = 0
  }

  private static let chunkSize = 1 << 20

  func read(_ text: UnsafeBufferPointer<UInt8>, file: String) -> Edges? {
    var end = text.count
    while end > 0, text[end - 1] == 10 || text[end - 1] == 13 { end -= 1 }
    guard let base = text.baseAddress, end > 0 else { return nil }
    let chunks = Self.split(base, end)
    let count = chunks.reduce(0) { $0 + $1.edges }
    guard (try? Memory.require(24 * count, for: "the edges", file: file)) != nil else { return nil }
    var edges = Edges(sources: [], targets: [], weights: [])
    var isComplete = false
    edges.sources = .init(unsafeUninitializedCapacity: count) { sources, sourceCount in
      edges.targets = .init(unsafeUninitializedCapacity: count) { targets, targetCount in
        edges.weights = .init(unsafeUninitializedCapacity: count) { weights, weightCount in
          if let sources = sources.baseAddress, let targets = targets.baseAddress,
            let weights = weights.baseAddress
          {
            let pointers = Pointers(
              text: base, sources: sources, targets: targets, weights: weights)
            isComplete = Workers.forEach(chunks.count) { parse(chunks[$0], pointers) }
          }
          weightCount = isComplete ? count : 0
        }
        targetCount = isComplete ? count : 0
      }
      sourceCount = isComplete ? count : 0
    }
    return isComplete ? edges : nil
  }

  /// Chunks end behind a line feed; each is told how many lines it has.
  private static func split(_ base: UnsafePointer<UInt8>, _ end: Int) -> [Chunk] {
    var chunks: [Chunk] = []
    var start = 0
    while start < end {
      let stop = start + chunkSize
      var next = end
      if stop < end, let found = memchr(base + stop, 10, end - stop) {
        next = UnsafeRawPointer(base).distance(to: found) + 1
      }
      chunks.append(Chunk(start: start, end: next))
      start = next
    }
    var edges = 0
    for index in chunks.indices {
      let piece = UnsafeRawBufferPointer(
        start: base + chunks[index].start, count: chunks[index].end - chunks[index].start)
      chunks[index].firstEdge = edges
      // The last line has no line feed: those at the end of the text were cut off.
      chunks[index].edges = LineFeeds.count(piece) + (index == chunks.count - 1 ? 1 : 0)
      edges += chunks[index].edges
    }
    return chunks
  }

  private func parse(_ chunk: Chunk, _ pointers: Pointers) -> Bool {
    var cursor = pointers.text + chunk.start
    let end = pointers.text + chunk.end
    for edge in chunk.firstEdge..<chunk.firstEdge + chunk.edges {
      guard let (source, target, weight) = row.read(&cursor, end) else { return false }
      pointers.sources[edge] = source
      pointers.targets[edge] = target
      pointers.weights[edge] = weight
      if cursor < end, cursor.pointee == 13 { cursor += 1 }
      guard cursor == end || cursor.pointee == 10 else { return false }
      if cursor < end { cursor += 1 }
    }
    return cursor == end
  }
}
