import Cyclograd
import Glibc
import Synchronization

/// A text that all processors read at once, block by block of whole lines, each line's number known;
/// no more of it is in memory than they have in hand.
///
/// It is for plain texts: who finds a line that is not reads the whole text carefully instead.
final class TextStream: @unchecked Sendable {
  private enum Source {
    case plain(FileContent)
    case compressed(GzipReader)
  }

  private let content: FileContent
  private let source: Source
  /// How many bytes there may be, from what is known of the file so far.
  ///
  /// Compressed texts may have more; those are not read as streams.
  let sizeBound: Int

  /// What one thread reads at a time.
  private static let largestBlock = 1 << 20
  private static let headSize = 1 << 16

  /// Little of a small file; that the whole of it does not fill a block shows where it ends.
  private var blockSize: Int { min(Self.largestBlock, Self.headSize + sizeBound) }

  /// Beyond this, texts of numbers do not expand.
  private static let expansion = 16

  /// What was read, but not yet handed out: less than a line, or what followed the head.
  private var pending: [UInt8] = []
  /// Where the next bytes of a plain text are, and where those that ``pending`` had at first were.
  private var position = 0
  private var start = 0
  private var line = 0
  private var isAtEnd = false
  private let lock = Mutex(())

  /// The text of a file that may be compressed by gzip.
  init(_ content: FileContent, file: String) throws {
    self.content = content
    let isCompressed = try GzipReader.isGzip(content)
    source = isCompressed ? .compressed(try GzipReader(content, file: file)) : .plain(content)
    sizeBound = content.count * (isCompressed ? Self.expansion : 1)
  }

  /// Passes on the text's beginning, without a byte order mark. `size` in the result is the number of
  /// bytes that were used, which must be whole lines.
  func takeHead<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> (Result, size: Int)?
  ) throws -> Result? {
    pending = try [UInt8](unsafeUninitializedCapacity: Self.headSize) { buffer, initialized in
      let room = UnsafeMutableRawBufferPointer(buffer)
      initialized = try fill(UnsafeMutableRawBufferPointer(rebasing: room[..<Self.headSize]))
    }
    let mark = pending.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let taken = try pending.withUnsafeBufferPointer {
      try body(UnsafeBufferPointer(rebasing: $0[mark...]))
    }
    guard let taken else { return nil }
    start = mark + taken.size
    pending.removeSubrange(..<start)
    return taken.0
  }

  /// How many lines are left; line ends at the end of the text begin no line.
  ///
  /// - Precondition: the text is not compressed.
  func countLines() throws -> Int {
    guard case .plain = source else { preconditionFailure("a compressed text is read once") }
    let (start, total) = (start, content.count - start)
    let pieces = 4 * Workers.count
    let result = Mutex<(count: Int, failure: (any Error)?)>((0, nil))
    Workers.forEach(pieces) { index in
      let piece = Workers.piece(index, of: pieces, total: total)
      do {
        let count = try self.countLineFeeds(start + piece.lowerBound..<start + piece.upperBound)
        result.withLock { $0.count += count }
      } catch { result.withLock { $0.failure = error } }
      return true
    }
    let (count, failure) = result.withLock { $0 }
    if let failure { throw failure }
    let tail = max(start, content.count - 2)..<content.count
    let endsInLine = try content.withBytes(tail) { !$0.isEmpty && $0.last != 10 }
    return count + (endsInLine ? 1 : 0)
  }

  private func countLineFeeds(_ range: Range<Int>) throws -> Int {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    defer { block.deallocate() }
    var count = 0
    for place in stride(from: range.lowerBound, to: range.upperBound, by: block.count) {
      let size = min(block.count, range.upperBound - place)
      let room = UnsafeMutableRawBufferPointer(rebasing: block[..<size])
      try content.read(place, into: room)
      count += LineFeeds.count(UnsafeRawBufferPointer(room))
    }
    return count
  }

  /// Reads the rest of the text, which must have `count` lines; `false` if one of them could not be read.
  ///
  /// `read` is given the line's number, from 0, and moves the cursor from the start of the line past what
  /// it uses. The cursor must then be at the line's end: LF, CRLF, or the end of the text.
  @inline(__always)
  func readLines(
    _ count: Int,
    _ read:
      @Sendable (
        _ cursor: inout UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, _ line: Int
      ) -> Bool
  ) throws -> Bool {
    let progress = TaskProgress.current
    progress?.setTotal(content.count)
    let failure = Mutex<(any Error)?>(nil)
    let isPlain = Workers.forEach(Workers.count) { _ in
      let block = UnsafeMutableRawBufferPointer.allocate(
        byteCount: self.blockSize, alignment: 64)
      defer { block.deallocate() }
      do {
        while let (size, lines) = try self.next(block, progress) {
          let bytes = UnsafeRawBufferPointer(block).bindMemory(to: UInt8.self)
          guard lines.upperBound <= count, let base = bytes.baseAddress else {
            return self.giveUp()
          }
          var cursor = base
          let end = base + size
          for line in lines {
            guard read(&cursor, end, line) else { return self.giveUp() }
            if cursor < end, cursor.pointee == 13 { cursor += 1 }
            guard cursor == end || cursor.pointee == 10 else { return self.giveUp() }
            if cursor < end { cursor += 1 }
          }
          guard cursor == end else { return self.giveUp() }
        }
      } catch {
        failure.withLock { $0 = error }
        return false
      }
      return true
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return isPlain && line == count
  }

  /// Hands over the rest of the text in blocks of whole lines, with the lines' numbers, on this thread alone.
  func readBlocks(
    _ body: (UnsafeBufferPointer<UInt8>, _ lines: Range<Int>) throws -> Void
  ) throws {
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 64)
    defer { block.deallocate() }
    while let (size, lines) = try next(block, nil) {
      let bytes = UnsafeRawBufferPointer(rebasing: block[..<size]).bindMemory(to: UInt8.self)
      try body(bytes, lines)
    }
  }

  /// Leaves nothing for the other threads to read.
  private func giveUp() -> Bool {
    lock.withLock { _ in isAtEnd = true }
    return false
  }

  /// Fills a block with whole lines: how many bytes, and which lines; nothing at the end.
  private func next(
    _ block: UnsafeMutableRawBufferPointer, _ progress: TaskProgress?
  ) throws -> (size: Int, lines: Range<Int>)? {
    nonisolated(unsafe) let block = block
    return try lock.withLock { _ -> (size: Int, lines: Range<Int>)? in
      if isAtEnd { return nil }
      let before = used
      block.copyBytes(from: pending)
      let kept = pending.count
      var end =
        try kept + fill(UnsafeMutableRawBufferPointer(rebasing: block[kept...]))
      if end < block.count {
        // The text's end, and the line ends in front of it.
        isAtEnd = true
        pending = []
        while end > 0, block[end - 1] == 10 || block[end - 1] == 13 { end -= 1 }
      } else {
        guard let feed = block.lastIndex(of: 10) else {
          // No number is that long.
          isAtEnd = true
          line = .max
          return nil
        }
        end = feed + 1
        pending = [UInt8](block[end...])
      }
      progress?.advance(by: used - before)
      guard end > 0 else { return nil }
      let first = line
      line +=
        LineFeeds.count(UnsafeRawBufferPointer(rebasing: block[..<end])) + (isAtEnd ? 1 : 0)
      return (end, first..<line)
    }
  }

  /// How much of the file was used.
  private var used: Int {
    switch source {
    case .plain: position
    case .compressed(let reader): reader.position
    }
  }

  /// The next bytes; fewer than there is room for only at the end.
  private func fill(_ room: UnsafeMutableRawBufferPointer) throws -> Int {
    switch source {
    case .plain(let content):
      let size = min(room.count, content.count - position)
      try content.read(position, into: UnsafeMutableRawBufferPointer(rebasing: room[..<size]))
      position += size
      return size
    case .compressed(let reader): return try reader.read(into: room)
    }
  }
}
