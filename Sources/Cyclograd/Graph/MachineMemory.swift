#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The memory that the process may have: the machine's, or what its container leaves of it.
package enum MachineMemory {
  /// All of it in bytes, used or not.
  package static let total: Int = {
    let installed = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    return min(installed, ControlGroups().limit ?? installed)
  }()

  /// What can be allocated now without swapping.
  package static func available() -> Int {
    var result = total
    for line in (SmallFile.text("/proc/meminfo") ?? "").split(separator: "\n")
    where line.hasPrefix("MemAvailable:") {
      let words = line.split(separator: " ")
      if words.count == 3, words[2] == "kB", let kilobytes = Int(words[1]) {
        result = min(result, kilobytes * 1024)
      }
    }
    return min(result, ControlGroups().room ?? result)
  }
}

/// The limits that control groups of Linux set, in both of their versions: the process's own group and all above it.
struct ControlGroups {
  /// The least limit in bytes; `nil` where there is none.
  private(set) var limit: Int?
  /// What is left of the limits, where pages of files count as free that nobody has used of late.
  private(set) var room: Int?

  /// The names of the files of a group's folder, and of a row of `memory.stat`.
  private struct Names {
    var limit: String
    var used: String
    var reclaimable: String

    static let first = Names(
      limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes",
      reclaimable: "total_inactive_file")
    static let second = Names(
      limit: "memory.max", used: "memory.current", reclaimable: "inactive_file")
  }

  /// - Parameters:
  ///   - root: where groups are mounted.
  ///   - membership: the file that says which groups the process is in.
  init(root: String = "/sys/fs/cgroup", membership: String = "/proc/self/cgroup") {
    for line in (SmallFile.text(membership) ?? "").split(separator: "\n") {
      // number:controllers:path
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[1].isEmpty {
        take(root, parts[2], .second)
      } else if parts[1].split(separator: ",").contains("memory") {
        take("\(root)/memory", parts[2], .first)
      }
    }
  }

  /// A container sees its own group at the root, whatever path it is told.
  private mutating func take(_ root: String, _ group: Substring, _ names: Names) {
    var path = group
    take("\(root)\(path)", names)
    while let slash = path.lastIndex(of: "/") {
      path = path[..<slash]
      take("\(root)\(path)", names)
    }
  }

  private mutating func take(_ folder: String, _ names: Names) {
    guard let found = Self.number("\(folder)/\(names.limit)"), found > 0 else { return }
    limit = min(limit ?? found, found)
    let used = Self.number("\(folder)/\(names.used)") ?? 0
    var reclaimable = 0
    for line in (SmallFile.text("\(folder)/memory.stat") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == names.reclaimable { reclaimable = Int(words[1]) ?? 0 }
    }
    let free = max(0, found - max(0, used - reclaimable))
    room = min(room ?? free, free)
  }

  /// `nil` for `max`, which stands for no limit; version 1 then has a number beyond all memory.
  private static func number(_ path: String) -> Int? {
    SmallFile.text(path).flatMap { text in
      text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) }
    }
  }
}

/// Files of the system that are read in one piece.
private enum SmallFile {
  /// The first 16 kB of a file; `nil` where it cannot be read.
  static func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1 << 14)
    let count = read(descriptor, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }
}
