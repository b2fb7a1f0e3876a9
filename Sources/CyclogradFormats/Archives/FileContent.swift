import Cyclograd
import Glibc

/// The bytes of a whole file, mapped where the system can, so that they take no memory of their own.
///
/// Another program that shortens a mapped file while it is read ends this process, as with every
/// mapped file; ours are replaced whole and never shortened.
final class FileContent: @unchecked Sendable {
  private enum Storage {
    case mapped
    case allocated
  }

  private let bytes: UnsafeRawBufferPointer
  private let storage: Storage

  /// Takes over a block that `malloc` gave.
  init(allocated bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    storage = .allocated
  }

  private init(mapped bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
    storage = .mapped
  }

  deinit {
    guard let base = UnsafeMutableRawPointer(mutating: bytes.baseAddress) else { return }
    switch storage {
    case .mapped: munmap(base, bytes.count)
    case .allocated: free(base)
    }
  }

  var count: Int { bytes.count }

  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(bytes) }
  }

  /// An open file's bytes, if it can be mapped.
  static func map(_ descriptor: Int32, size: Int) -> FileContent? {
    guard size > 0 else { return nil }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else { return nil }
    madvise(address, size, MADV_WILLNEED)
    return FileContent(mapped: UnsafeRawBufferPointer(start: address, count: size))
  }
}
