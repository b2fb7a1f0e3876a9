import CZlib

/// Compresses with zlib, piece by piece.
final class Deflater {
  /// zlib keeps a pointer back to this, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>
  private var piece = [UInt8](repeating: 0, count: 1 << 16)

  /// Nothing if zlib is out of memory.
  init?(_ wrapping: Inflater.Wrapping) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = deflateInit2_(
      stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, wrapping.rawValue, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else {
      stream.deallocate()
      return nil
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  /// Compresses the bytes and hands over what is ready; after the last ones, all of it.
  func deflate(
    _ bytes: UnsafeRawBufferPointer, isLast: Bool,
    _ send: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    var rest = bytes
    repeat {
      // zlib counts in 32 bits.
      let size = min(rest.count, 1 << 30)
      let flush = isLast && size == rest.count ? Z_FINISH : Z_NO_FLUSH
      stream.pointee.next_in = rest.baseAddress.map {
        UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: UInt8.self)
      }
      stream.pointee.avail_in = UInt32(size)
      var isFull = true
      while isFull {
        try piece.withUnsafeMutableBytes { piece in
          stream.pointee.next_out = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
          stream.pointee.avail_out = UInt32(piece.count)
          _ = CZlib.deflate(stream, flush)
          let count = piece.count - Int(stream.pointee.avail_out)
          isFull = stream.pointee.avail_out == 0
          try send(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        }
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[size...])
    } while !rest.isEmpty
  }
}
