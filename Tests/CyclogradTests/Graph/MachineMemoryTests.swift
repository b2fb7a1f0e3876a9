import Foundation
import Testing

@testable import Cyclograd

@Suite("Limits of memory that containers have")
struct MachineMemoryTests {
  /// Groups as a machine with these files would have them.
  private func groups(_ membership: String, _ files: [String: String]) throws -> ControlGroups {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: root) }
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    for (path, text) in files {
      let file = root.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let list = root.appendingPathComponent("membership")
    try Data(membership.utf8).write(to: list)
    return ControlGroups(root: root.path, membership: list.path)
  }

  @Test("a container of version 2 has its limit, less what it uses")
  func second() throws {
    let found = try groups(
      "0::/\n",
      [
        "memory.max": "4000000000\n", "memory.current": "1500000000\n",
        "memory.stat": "anon 900000000\nactive_file 1\ninactive_file 500000000\n",
      ])
    #expect(found.limit == 4_000_000_000)
    #expect(found.room == 3_000_000_000)
  }

  @Test("the least limit of a group and those above it counts")
  func nested() throws {
    let found = try groups(
      "0::/a.slice/b.scope\n",
      [
        "a.slice/b.scope/memory.max": "max\n", "a.slice/b.scope/memory.current": "5\n",
        "a.slice/memory.max": "2000\n", "a.slice/memory.current": "2500\n",
      ])
    #expect(found.limit == 2000)
    #expect(found.room == 0)
  }

  @Test("version 1 has names of its own, and a container finds its group at the root")
  func first() throws {
    let found = try groups(
      "11:cpu,cpuacct:/docker/x\n5:memory:/docker/x\n",
      [
        "memory/memory.limit_in_bytes": "3000\n", "memory/memory.usage_in_bytes": "1000\n",
        "memory/memory.stat": "inactive_file 1\ntotal_inactive_file 400\n",
        "cpu/docker/x/memory.limit_in_bytes": "1\n",
      ])
    #expect(found.limit == 3000)
    #expect(found.room == 2400)
  }

  @Test("without limits, or without groups, there is none")
  func unlimited() throws {
    let cases: [(String, [String: String])] = [
      ("0::/\n", ["memory.max": "max\n"]), ("0::/\n", [:]), ("", ["memory.max": "5\n"]),
      ("nonsense\n", ["memory.max": "5\n"]), ("0::/\n", ["memory.max": "\n"]),
    ]
    for (membership, files) in cases {
      let found = try groups(membership, files)
      #expect(found.limit == nil && found.room == nil)
    }
  }

  @Test("the machine's memory is a number, of which no more is free than there is")
  func machine() {
    #expect(MachineMemory.total > 1 << 20)
    #expect(MachineMemory.available() <= MachineMemory.total)
  }
}
