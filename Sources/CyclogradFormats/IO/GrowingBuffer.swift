import Cyclograd
import Glibc

/// Bytes that arrive without saying how many they will be.
///
/// Large blocks grow in place: the C library moves their pages instead of copying them, which a
/// Swift array cannot.
struct GrowingBuffer: ~Copyable {
  private let file: String
  private let purpose: String
  private var base: UnsafeMutableRawPointer?
  private(set) var count = 0
  private var capacity = 0

  init(for purpose: String, file: String) {
    self.purpose = purpose
    self.file = file
  }

  deinit { free(base) }

  /// Makes room for at least this many bytes more, and returns all the room there is.
  mutating func room(_ size: Int) throws -> UnsafeMutableRawBufferPointer {
    if capacity - count < size {
      let wanted = max(count + size, capacity + capacity / 2)
      try Memory.require(wanted - count, for: purpose, file: file)
      guard let grown = realloc(base, wanted) else {
        throw CyclogradError(
          .tooLarge, "\(purpose) needs \(wanted) bytes of memory, which the system refuses",
          at: CyclogradError.Location(file: file))
      }
      (base, capacity) = (grown, wanted)
    }
    return UnsafeMutableRawBufferPointer(start: base! + count, count: capacity - count)
  }

  /// Counts bytes that were written into the room.
  mutating func advance(_ size: Int) { count += size }

  /// The content, which leaves the buffer empty.
  mutating func finish() -> FileContent {
    let bytes = UnsafeRawBufferPointer(start: realloc(base, max(count, 1)) ?? base, count: count)
    (base, count, capacity) = (nil, 0, 0)
    return FileContent(allocated: bytes, path: file)
  }
}
