import Foundation
import Glibc
import Testing

@testable import CyclogradCommand

@Suite("Folders of logs that are looked at again and again")
struct WatchedFolderTests {
  @Test("A log that cannot be read is not read again before it changes")
  func malformed() throws {
    let scratch = try Scratch()
    let path = scratch.folder.appendingPathComponent("a.jsonl")
    let line =
      #"{"event": "step", "step": 1, "loss": 0.5, "used": 4, "learning_rate": 0.1, "#
      + #""gradient_norm": 2.0, "forward_iterations": 12, "backward_iterations": 8, "skipped": []}"#
      + "\n"
    // As long as the line.
    try scratch.write("a.jsonl", String(repeating: "x", count: line.utf8.count - 1) + "\n")
    var watched = try WatchedFolder(scratch.folder.path)
    var isNew = watched.refresh()
    let failure = try #require(watched.failures["a.jsonl"])
    #expect(isNew)
    isNew = watched.refresh()
    #expect(!isNew && watched.failures["a.jsonl"] == failure)

    // What is written so that the file seems the same would be found if it were read.
    var info = stat()
    #expect(stat(path.path, &info) == 0)
    let handle = try FileHandle(forWritingTo: path)
    try handle.write(contentsOf: Data(line.utf8))
    let times = [info.st_atim, info.st_mtim]
    #expect(futimens(handle.fileDescriptor, times) == 0)
    isNew = watched.refresh()
    #expect(!isNew && watched.failures["a.jsonl"] == failure)

    let later = [info.st_atim, timespec(tv_sec: info.st_mtim.tv_sec + 1, tv_nsec: 0)]
    #expect(futimens(handle.fileDescriptor, later) == 0)
    try handle.close()
    isNew = watched.refresh()
    #expect(isNew && watched.failures.isEmpty)
    #expect(watched.histories["a.jsonl"]?.steps.count == 1)
  }
}
