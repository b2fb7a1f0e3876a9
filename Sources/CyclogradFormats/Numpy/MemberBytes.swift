import Cyclograd
import Glibc

/// The bytes of one array's file, taken one after another: from a file or a part of it, as they are
/// or inflated on the way, and summed where there is a checksum to compare.
final class MemberBytes {
  private enum Source {
    case stored(FileContent, Range<Int>)
    case deflated(InflatingReader)
  }

  private let source: Source
  /// How many bytes there are.
  let count: Int
  private(set) var position = 0
  private let checksum: UInt32?
  private var sum: UInt32 = 0
  let location: CyclogradError.Location

  /// How much is converted at once.
  private static let blockSize = 1 << 18

  /// A whole file.
  init(_ content: FileContent, at location: CyclogradError.Location) {
    source = .stored(content, 0..<content.count)
    count = content.count
    checksum = nil
    self.location = location
  }

  /// A part of a file.
  private init(_ content: FileContent, _ range: Range<Int>, at location: CyclogradError.Location) {
    source = .stored(content, range)
    count = range.count
    checksum = nil
    self.location = location
  }

  /// A member of an archive, stored as it is.
  init(
    _ content: FileContent, _ range: Range<Int>, checksum: UInt32,
    at location: CyclogradError.Location
  ) {
    source = .stored(content, range)
    count = range.count
    self.checksum = checksum
    self.location = location
  }

  /// A member of an archive that inflates to this many bytes.
  init(
    deflated reader: InflatingReader, count: Int, checksum: UInt32,
    at location: CyclogradError.Location
  ) {
    source = .deflated(reader)
    self.count = count
    self.checksum = checksum
    self.location = location
  }

  var available: Int { count - position }

  /// Fills the room with the next bytes, and compares the checksum after the last one.
  ///
  /// - Precondition: as many are available.
  func read(into room: UnsafeMutableRawBufferPointer) throws {
    precondition(room.count <= available, "bytes after the member's end")
    switch source {
    case .stored(let content, let range):
      let start = range.lowerBound + position
      if checksum == nil {
        try content.read(start, into: room)
      } else {
        sum = Checksum.combine(sum, try content.readSummed(start, into: room), room.count)
      }
    case .deflated(let reader):
      LargeBlock.prepare(room)
      try inflate(reader, into: room)
    }
    position += room.count
    if position == count { try finish() }
  }

  /// Some of the bytes alone, which are not compared with a checksum; all of them are.
  ///
  /// - Throws: ``Cyclograd/CyclogradError`` where they are compressed: their place is not known then.
  func part(_ range: Range<Int>) throws -> MemberBytes {
    if position == 0, range == 0..<count { return self }
    guard case .stored(let content, let all) = source else {
      throw CyclogradError(
        .malformedFile, "the member is compressed, so that no part of it can be read by itself",
        at: location, advice: "store it uncompressed")
    }
    let start = all.lowerBound + position + range.lowerBound
    return MemberBytes(content, start..<start + range.count, at: location)
  }

  /// The next bytes, in memory.
  func next(_ size: Int) throws -> MemberBytes {
    let room = UnsafeMutableRawBufferPointer(start: malloc(max(1, size)), count: size)
    let content = FileContent(allocated: UnsafeRawBufferPointer(room), path: location.file ?? "")
    try read(into: room)
    return MemberBytes(content, at: location)
  }

  /// The next bytes.
  func bytes(_ size: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
      try read(into: UnsafeMutableRawBufferPointer(buffer))
      initialized = size
    }
  }

  /// Hands over all the bytes that are left in blocks of whole elements of this size.
  func readBlocks(of size: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let largest = max(Self.blockSize / size, 1) * size
    let block = UnsafeMutableRawBufferPointer.allocate(
      byteCount: min(largest, available), alignment: 64)
    defer { block.deallocate() }
    while available > 0 {
      let room = UnsafeMutableRawBufferPointer(rebasing: block[..<min(largest, available)])
      try read(into: room)
      try body(UnsafeRawBufferPointer(room))
    }
  }

  private func inflate(
    _ reader: InflatingReader, into room: UnsafeMutableRawBufferPointer
  ) throws {
    // Pieces are summed while they are in the cache.
    var rest = room
    while rest.count > 0 {
      let piece = UnsafeMutableRawBufferPointer(rebasing: rest[..<min(rest.count, Self.blockSize)])
      guard try inflated(reader, piece) == piece.count else { throw wrongSize() }
      sum = Checksum.combine(sum, Checksum.sequential(UnsafeRawBufferPointer(piece)), piece.count)
      rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece.count...])
    }
  }

  private func inflated(
    _ reader: InflatingReader, _ room: UnsafeMutableRawBufferPointer
  ) throws -> Int {
    do { return try reader.read(into: room) } catch let error as Inflater.Failure {
      throw failure("the member's compressed data are damaged: \(error.reason)")
    }
  }

  private func finish() throws {
    if case .deflated(let reader) = source {
      // A byte more than it claims shows whether it is longer.
      let more = try withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) {
        try inflated(reader, $0)
      }
      guard more == 0, reader.isAtEndOfInput else { throw wrongSize() }
    }
    guard checksum == nil || sum == checksum else {
      throw failure("the member's checksum differs: its data are damaged")
    }
  }

  private func wrongSize() -> CyclogradError {
    failure("the member does not inflate to the \(count) bytes that it claims")
  }

  private func failure(_ reason: String) -> CyclogradError {
    CyclogradError(.malformedFile, reason, at: location)
  }
}
