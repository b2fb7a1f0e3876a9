#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Large pages for large vectors: one whose numbers are fetched in random order would otherwise cost a look at the page
/// tables for almost each of them, and each page of a new one a call of the kernel's.
private enum LargePages {
  /// Their size on common processors, and from how many on they pay.
  static let size = 1 << 21
  static let fewest = 2

  static func pay(_ bytes: Int) -> Bool { bytes >= fewest * size }

  /// Asks for them, before the first touch; where there are none, all is as it would have been.
  static func ask(_ start: UnsafeMutableRawPointer, _ bytes: Int) {
    guard pay(bytes) else { return }
    #if canImport(Glibc)
      let first = start.alignedUp(toMultipleOf: size)
      let length = (start + bytes - first) / size * size
      if length > 0 { madvise(first, length, MADV_HUGEPAGE) }
    #endif
  }
}

/// Room for vectors of zeros, on large pages where it is large.
public final class VectorStorage {
  /// Where it begins.
  public let start: UnsafeMutablePointer<Double>

  /// Vectors of eight that begin here lie in one line of the caches each.
  private static let lineSize = 64

  /// - Parameter count: how many numbers.
  public init(count: Int) {
    let bytes = max(1, count) * MemoryLayout<Double>.stride
    let room = UnsafeMutableRawPointer.allocate(
      byteCount: bytes,
      alignment: LargePages.pay(bytes) ? LargePages.size : Self.lineSize)
    LargePages.ask(room, bytes)
    start = room.bindMemory(to: Double.self, capacity: max(1, count))
    start.initialize(repeating: 0, count: max(1, count))
  }

  deinit { start.deallocate() }
}

extension [Double] {
  /// An array of the same number, on large pages where it is large.
  public init(onLargePages count: Int, repeating value: Double = 0) {
    self.init(unsafeUninitializedCapacity: count) { buffer, used in
      if let start = buffer.baseAddress {
        LargePages.ask(start, count * MemoryLayout<Double>.stride)
        start.initialize(repeating: value, count: count)
      }
      used = count
    }
  }
}
