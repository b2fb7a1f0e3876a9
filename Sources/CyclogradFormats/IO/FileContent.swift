import Cyclograd
import Glibc
import Synchronization

/// The bytes of a file: in memory, or on the disk until they are asked for.
///
/// Nothing is mapped: another program that shortens a mapped file would end this process, whereas
/// reading it gives an error.
final class FileContent: @unchecked Sendable {
  private enum Storage {
    case memory(UnsafeRawBufferPointer)
    case disk(descriptor: Int32)
  }

  private let storage: Storage
  private let path: String
  let count: Int

  /// What a thread reads at once: little enough to be in the cache still when it is looked at.
  private static let pieceSize = 1 << 19
  /// So many are sooner read than handed to other threads.
  private static let fewPieces = 2

  /// Takes over a block that `malloc` gave.
  init(allocated bytes: UnsafeRawBufferPointer, path: String) {
    storage = .memory(bytes)
    count = bytes.count
    self.path = path
  }

  /// Takes over the descriptor of a file with this many bytes.
  init(descriptor: Int32, count: Int, path: String) {
    storage = .disk(descriptor: descriptor)
    self.count = count
    self.path = path
  }

  deinit {
    switch storage {
    case .memory(let bytes): free(UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    case .disk(let descriptor): close(descriptor)
    }
  }

  func starts(with prefix: [UInt8]) throws -> Bool {
    try withBytes(0..<min(prefix.count, count)) { $0.elementsEqual(prefix) }
  }

  /// Lends a part of the bytes, all of them if no part is named; bytes on the disk are read again each time.
  func withBytes<Result>(
    _ range: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) throws -> Result {
    let range = range ?? 0..<count
    if case .memory(let bytes) = storage {
      return try withExtendedLifetime(self) {
        try body(UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
    try Memory.require(range.count, for: "reading the file", file: path)
    let block = UnsafeMutableRawBufferPointer.allocate(byteCount: range.count, alignment: 64)
    defer { block.deallocate() }
    try read(range.lowerBound, into: block)
    return try body(UnsafeRawBufferPointer(block))
  }

  /// All the bytes.
  func array() throws -> [UInt8] {
    try Memory.require(count, for: "reading the file", file: path)
    return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      try read(0, into: UnsafeMutableRawBufferPointer(buffer))
      initialized = count
    }
  }

  /// Fills the room with the bytes from a place on, on all processors if there are many.
  ///
  /// - Precondition: the file has that many.
  func read(_ start: Int, into room: UnsafeMutableRawBufferPointer) throws {
    try readPieces(start, into: room) { _, _ in }
  }

  /// The same, together with the bytes' checksum.
  func readSummed(_ start: Int, into room: UnsafeMutableRawBufferPointer) throws -> UInt32 {
    let sums = Mutex([Int: UInt32]())
    try readPieces(start, into: room) { index, piece in
      let sum = Checksum.sequential(piece)
      sums.withLock { $0[index] = sum }
    }
    return sums.withLock { sums in
      let count = Self.pieceCount(room.count)
      return (0..<count).reduce(0) { total, index in
        let length = Workers.piece(index, of: count, total: room.count).count
        return Checksum.combine(total, sums[index] ?? 0, length)
      }
    }
  }

  private static func pieceCount(_ size: Int) -> Int { (size + pieceSize - 1) / pieceSize }

  private func readPieces(
    _ start: Int, into room: UnsafeMutableRawBufferPointer,
    _ inspect: @Sendable (_ index: Int, _ piece: UnsafeRawBufferPointer) -> Void
  ) throws {
    precondition(start >= 0 && room.count <= count - start, "bytes after the file's end")
    LargeBlock.prepare(room)
    nonisolated(unsafe) let room = room
    let failure = Mutex<CyclogradError?>(nil)
    let pieces = Self.pieceCount(room.count)
    let take: @Sendable (Int) -> Bool = { index in
      let place = Workers.piece(index, of: pieces, total: room.count)
      let piece = UnsafeMutableRawBufferPointer(rebasing: room[place])
      if let error = self.readPiece(start + place.lowerBound, into: piece) {
        failure.withLock { $0 = $0 ?? error }
        return false
      }
      inspect(index, UnsafeRawBufferPointer(piece))
      return true
    }
    if pieces <= Self.fewPieces {
      _ = (0..<pieces).allSatisfy(take)
    } else {
      Workers.forEach(pieces, take)
    }
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func readPiece(
    _ start: Int, into room: UnsafeMutableRawBufferPointer
  ) -> CyclogradError? {
    switch storage {
    case .memory(let bytes):
      room.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<start + room.count]))
      return nil
    case .disk(let descriptor):
      var done = 0
      while done < room.count {
        let step = pread(
          descriptor, room.baseAddress! + done, room.count - done, off_t(start + done))
        if step > 0 {
          done += step
        } else if step == 0 {
          return CyclogradError(
            .file, "the file has become shorter while it was read",
            at: CyclogradError.Location(file: path))
        } else if errno != EINTR {
          return SystemError.file("cannot read the file", path, errno)
        }
      }
      return nil
    }
  }
}
