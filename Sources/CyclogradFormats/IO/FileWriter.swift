import Cyclograd
import Glibc

/// A file that is being written, with a buffer in front of it.
///
/// After an error every further call fails with the same error.
public struct FileWriter: ~Copyable {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var failure: CyclogradError?
  private let deflater: Deflater?
  private static let capacity = 1 << 16

  /// What goes into a file whose name ends in `.gz` is compressed.
  init(path: String, descriptor: Int32) throws {
    self.path = path
    self.descriptor = descriptor
    let isCompressed = path.lowercased().hasSuffix(".gz")
    deflater = isCompressed ? Deflater(.gzip) : nil
    if isCompressed, deflater == nil { throw SystemError.file("cannot compress", path, ENOMEM) }
    buffer.reserveCapacity(Self.capacity)
  }

  /// Writes text as UTF-8.
  public mutating func write(_ text: String) throws {
    var text = text
    // The copy is made contiguous, which only matters for strings that come from elsewhere.
    text.makeContiguousUTF8()
    try text.utf8.withContiguousStorageIfAvailable { try write(UnsafeRawBufferPointer($0)) }
  }

  /// Writes bytes.
  public mutating func write(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write($0) }
  }

  /// Writes bytes.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    if buffer.count + bytes.count > Self.capacity { try flush() }
    if bytes.count >= Self.capacity {
      try send(bytes)
    } else {
      buffer.append(contentsOf: bytes)
    }
  }

  /// Writes the shortest decimal that reads back as the same number; see ``text(of:)``.
  public mutating func write(number: Double) throws { try write(Self.text(of: number)) }

  /// Writes an integer.
  public mutating func write(number: Int) throws { try write(String(number)) }

  /// The shortest decimal that reads back as the same number, or `nan`, `inf` or `-inf`.
  public static func text(of number: Double) -> String {
    number.isNaN ? "nan" : number.description
  }

  /// Writes what is still in the buffer; nothing may follow.
  mutating func finish() throws {
    try flush()
    guard let deflater else { return }
    try deflater.deflate(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true) {
      try store($0)
    }
  }

  private mutating func flush() throws {
    let full = buffer
    buffer.removeAll(keepingCapacity: true)
    try full.withUnsafeBytes { try send($0) }
  }

  private mutating func send(_ bytes: UnsafeRawBufferPointer) throws {
    guard let deflater else { return try store(bytes) }
    try deflater.deflate(bytes, isLast: false) { try store($0) }
  }

  private mutating func store(_ bytes: UnsafeRawBufferPointer) throws {
    if let failure { throw failure }
    var rest = bytes[...]
    while !rest.isEmpty {
      let step = Glibc.write(
        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if step >= 0 {
        rest = rest.dropFirst(step)
      } else if errno != EINTR {
        let error = SystemError.file("cannot write the file", path, errno)
        failure = error
        throw error
      }
    }
  }
}
