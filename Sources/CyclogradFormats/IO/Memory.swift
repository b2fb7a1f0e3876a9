import Cyclograd
import Glibc

/// Refuses allocations that cannot succeed; Swift would end the process instead.
enum Memory {
  /// Below this, asking the system costs more than it is worth.
  private static let unchecked = 1 << 26

  static func require(_ bytes: Int, for purpose: String, file: String) throws {
    guard bytes > unchecked else { return }
    let available = MachineMemory.available()
    guard bytes <= available, canMap(bytes) else {
      throw CyclogradError(
        .tooLarge,
        "\(purpose) needs \(bytes) bytes of memory, but only \(available) are available",
        at: CyclogradError.Location(file: file))
    }
  }

  /// A limit on the address space (`ulimit -v`) shows only when one tries.
  private static func canMap(_ bytes: Int) -> Bool {
    let address = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address, address != MAP_FAILED else { return false }
    munmap(address, bytes)
    return true
  }
}
