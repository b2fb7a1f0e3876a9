import Glibc

/// Uninitialized memory whose allocation may fail without ending the process.
struct MallocBuffer<Element: BitwiseCopyable>: ~Copyable {
  let pointer: UnsafeMutablePointer<Element>

  init(count: Int) throws {
    let bytes = max(count, 1).multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard !bytes.overflow, let raw = malloc(bytes.partialValue) else {
      throw FactorizationError(.outOfMemory, "no memory for \(count) numbers")
    }
    pointer = raw.bindMemory(to: Element.self, capacity: max(count, 1))
  }

  deinit { free(pointer) }
}
