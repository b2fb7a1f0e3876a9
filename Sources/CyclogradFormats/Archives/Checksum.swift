import CZlib
import Synchronization

/// The checksum of ZIP members.
enum Checksum {
  private static let pieceSize = 1 << 22

  /// Large blocks are summed piece by piece on all processors.
  static func crc32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let count = max(1, (bytes.count + pieceSize - 1) / pieceSize)
    if count == 1 { return sequential(bytes) }
    nonisolated(unsafe) let bytes = bytes
    let sums = Mutex([UInt32](repeating: 0, count: count))
    Workers.forEach(count) { index in
      let piece = Workers.piece(index, of: count, total: bytes.count)
      let sum = sequential(UnsafeRawBufferPointer(rebasing: bytes[piece]))
      sums.withLock { $0[index] = sum }
      return true
    }
    return sums.withLock { sums in
      sums.indices.reduce(0) { total, index in
        combine(total, sums[index], Workers.piece(index, of: count, total: bytes.count).count)
      }
    }
  }

  /// The checksum of the parts, one after the other.
  static func crc32(_ parts: [UnsafeRawBufferPointer]) -> UInt32 {
    parts.reduce(0) { combine($0, crc32($1), $1.count) }
  }

  /// The checksum of two parts from those of each, the second being of this length.
  static func combine(_ first: UInt32, _ second: UInt32, _ length: Int) -> UInt32 {
    UInt32(crc32_combine(UInt(first), UInt(second), length))
  }

  /// On one processor.
  static func sequential(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    UInt32(CZlib.crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
