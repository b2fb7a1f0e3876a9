import Cyclograd
import Glibc

/// A text in pieces of whole lines that all processors read at once, each line's number known.
struct TextChunks {
  struct Chunk: Sendable {
    /// Where the piece lies in the text.
    var bytes: Range<Int>
    /// The numbers of its lines, counted from 0.
    var lines = 0..<0
  }

  /// The text without the line ends at its end.
  let text: UnsafeBufferPointer<UInt8>
  let chunks: [Chunk]

  var lineCount: Int { chunks.last?.lines.upperBound ?? 0 }

  /// Nothing if no line is left.
  init?(_ whole: UnsafeBufferPointer<UInt8>, size: Int = 1 << 20) {
    var end = whole.count
    while end > 0, whole[end - 1] == 10 || whole[end - 1] == 13 { end -= 1 }
    guard end > 0, let base = whole.baseAddress else { return nil }
    text = UnsafeBufferPointer(start: base, count: end)
    chunks = Self.numbered(Self.split(base, end, size), base)
  }

  /// Reads all chunks; `false` if any of them could not be.
  ///
  /// `read` moves the cursor from the start of a line to behind what it takes of it, and is told the
  /// line's number. Each line must then be at its end: LF, CRLF, or that of the text.
  @inline(__always)
  func readLines(
    _ read:
      @Sendable (
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ line: Int
      ) -> Bool
  ) -> Bool {
    guard let base = text.baseAddress else { return false }
    nonisolated(unsafe) let start = base
    let progress = TaskProgress.current
    let chunks = chunks
    progress?.setTotal(text.count)
    return Workers.forEach(chunks.count) { index in
      let chunk = chunks[index]
      var cursor = start + chunk.bytes.lowerBound
      let end = start + chunk.bytes.upperBound
      for line in chunk.lines {
        guard read(&cursor, end, line) else { return false }
        if cursor < end, cursor.pointee == 13 { cursor += 1 }
        guard cursor == end || cursor.pointee == 10 else { return false }
        if cursor < end { cursor += 1 }
      }
      progress?.advance(by: chunk.bytes.count)
      return cursor == end
    }
  }

  /// Chunks end behind a line feed.
  private static func split(_ base: UnsafePointer<UInt8>, _ end: Int, _ size: Int) -> [Chunk] {
    var chunks: [Chunk] = []
    var start = 0
    while start < end {
      let stop = start + size
      var next = end
      if stop < end, let found = memchr(base + stop, 10, end - stop) {
        next = UnsafeRawPointer(base).distance(to: found) + 1
      }
      chunks.append(Chunk(bytes: start..<next))
      start = next
    }
    return chunks
  }

  private static func numbered(_ split: [Chunk], _ base: UnsafePointer<UInt8>) -> [Chunk] {
    nonisolated(unsafe) let base = base
    var counts = [Int](repeating: 0, count: split.count)
    counts.withUnsafeMutableBufferPointer { counts in
      nonisolated(unsafe) let counts = counts
      Workers.forEach(split.count) { index in
        let bytes = split[index].bytes
        counts[index] = LineFeeds.count(
          UnsafeRawBufferPointer(start: base + bytes.lowerBound, count: bytes.count))
        return true
      }
    }
    // The last line has no line feed: those at the end of the text were cut off.
    counts[counts.count - 1] += 1
    var first = 0
    var chunks = split
    for index in chunks.indices {
      chunks[index].lines = first..<first + counts[index]
      first += counts[index]
    }
    return chunks
  }
}
