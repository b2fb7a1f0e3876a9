import Foundation
import Synchronization

/// Looks at a process's own memory while it works; pages of mapped files do not count.
enum MemoryWatch {
  /// The largest growth in bytes, seen every two milliseconds, and what the body gives.
  static func peak<Result>(_ body: () throws -> Result) rethrows -> (bytes: Int, Result) {
    let before = anonymous
    let isDone = Atomic(false)
    let most = Atomic(before)
    let watcher = Thread {
      while !isDone.load(ordering: .relaxed) {
        most.max(anonymous, ordering: .relaxed)
        usleep(2000)
      }
    }
    watcher.start()
    defer { isDone.store(true, ordering: .relaxed) }
    let result = try body()
    most.max(anonymous, ordering: .relaxed)
    return (most.load(ordering: .relaxed) - before, result)
  }

  private static var anonymous: Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("RssAnon") }
    let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap {
      Int($0)
    }
    return 1024 * (kilobytes ?? 0)
  }
}
