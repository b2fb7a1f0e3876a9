import CZlib

/// Undoes zlib's compression, piece by piece.
struct Inflater: ~Copyable {
  enum Wrapping: Int32 {
    /// Nothing around the compressed data, as in ZIP members.
    case raw = -15
    /// The header and trailer of gzip, whose checksum and length zlib compares.
    case gzip = 31
  }

  enum Status { case more, end }

  struct Failure: Error { let reason: String }

  /// zlib keeps a pointer back to this, so it must not move.
  private let stream: UnsafeMutablePointer<z_stream>

  init(_ wrapping: Wrapping) throws(Failure) {
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = inflateInit2_(
      stream, wrapping.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw Failure(reason: "zlib refuses to start (\(status))") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Uses some of the input and fills some of the room: all of the one or of the other, except at
  /// the end.
  mutating func inflate(
    _ input: UnsafeRawBufferPointer, into room: UnsafeMutableRawBufferPointer
  ) throws(Failure) -> (used: Int, count: Int, status: Status) {
    // zlib counts in 32 bits.
    let outputs = min(room.count, 1 << 30)
    let inputs = min(input.count, 1 << 30)
    stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(outputs)
    stream.pointee.next_in = input.baseAddress.map {
      UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: UInt8.self)
    }
    stream.pointee.avail_in = UInt32(inputs)
    let status = CZlib.inflate(stream, Z_NO_FLUSH)
    let used = inputs - Int(stream.pointee.avail_in)
    let count = outputs - Int(stream.pointee.avail_out)
    switch status {
    case Z_STREAM_END: return (used, count, .end)
    case Z_OK, Z_BUF_ERROR: return (used, count, .more)
    case Z_MEM_ERROR: throw Failure(reason: "zlib is out of memory")
    default:
      throw Failure(reason: stream.pointee.msg.map { String(cString: $0) } ?? "code \(status)")
    }
  }

  /// Starts with the next member, which follows the one just ended.
  mutating func startNextMember() { inflateReset(stream) }
}
