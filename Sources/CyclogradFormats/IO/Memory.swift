import Cyclograd
import Glibc

/// Refuses allocations that cannot succeed; Swift would end the process instead.
enum Memory {
  /// Below this, asking the system costs more than it is worth.
  private static let unchecked = 1 << 26

  static func require(_ bytes: Int, for purpose: String, file: String) throws {
    guard bytes > unchecked else { return }
    let available = available()
    guard bytes <= available, canMap(bytes) else {
      throw CyclogradError(
        .tooLarge,
        "\(purpose) needs \(bytes) bytes of memory, but only \(available) are available",
        at: CyclogradError.Location(file: file))
    }
  }

  /// What can be allocated without swapping, or else all the memory that the machine has.
  static func available() -> Int {
    if let text = try? smallFile("/proc/meminfo") {
      for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
        let words = line.split(separator: " ")
        if words.count == 3, words[2] == "kB", let kilobytes = Int(words[1]) {
          return kilobytes * 1024
        }
      }
    }
    return sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  }

  /// A limit on the address space (`ulimit -v`) shows only when one tries.
  private static func canMap(_ bytes: Int) -> Bool {
    let address = mmap(
      nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let address, address != MAP_FAILED else { return false }
    munmap(address, bytes)
    return true
  }

  private static func smallFile(_ path: String) throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
