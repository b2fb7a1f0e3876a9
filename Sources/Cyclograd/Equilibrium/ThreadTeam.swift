import Dispatch
import SparseAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Threads that wait for work awake, for a moment, so that the many short pieces of one solve cost a fraction
/// of a microsecond to hand out instead of several.
///
/// One caller at a time is helped; who finds the team at work does its pieces itself.
final class ThreadTeam: @unchecked Sendable {
  /// The process's team.
  static let shared = ThreadTeam()

  /// The present work: its number, how many pieces it has, and which is next, in one word, so that no
  /// thread that comes late takes a piece of other work than it has seen.
  private let ticket = Atomic<UInt64>(0)
  /// How many pieces of the present work are done.
  private let done = Atomic<Int>(0)
  private let isTaken = Atomic<Bool>(false)
  private let sleeping = Atomic<Int>(0)
  private let alarm = DispatchSemaphore(value: 0)
  /// Written by the one who took the team, before the ticket is, and read by those who got a piece.
  private var body: ((Int) -> Void)?
  private var helpers = 0
  private var works: UInt64 = 0

  /// For how many nanoseconds a thread waits awake: longer than the pauses within a solve, and short enough where
  /// two threads share a core for a moment and one waits for the other.
  private static let patience: UInt64 = 50_000

  private init() {}

  /// Calls `body` once for each index below `count`, on at most `threads` threads, this one included.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    guard count > 1, threads > 1, count <= 0xFFFF,
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for piece in 0..<count { body(piece) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      while helpers < threads - 1 { addHelper() }
      done.store(0, ordering: .relaxed)
      works += 1
      ticket.store(
        works << 32 | UInt64(count) << 16, ordering: .sequentiallyConsistent)
      if sleeping.load(ordering: .sequentiallyConsistent) > 0 {
        for _ in 0..<sleeping.exchange(0, ordering: .sequentiallyConsistent) { alarm.signal() }
      }
      while work() {}
      Self.wait { done.load(ordering: .acquiring) == count }
      self.body = nil
    }
    isTaken.store(false, ordering: .releasing)
  }

  /// Takes a piece and does it; `false` if there is none.
  private func work() -> Bool {
    var seen = ticket.load(ordering: .acquiring)
    while true {
      let (count, next) = (seen >> 16 & 0xFFFF, seen & 0xFFFF)
      guard next < count else { return false }
      let result = ticket.weakCompareExchange(
        expected: seen, desired: seen + 1, ordering: .acquiringAndReleasing)
      if result.exchanged {
        perform(Int(next))
        done.wrappingAdd(1, ordering: .acquiringAndReleasing)
        return true
      }
      seen = result.original
    }
  }

  /// By itself, so that nothing of the closure is held when the piece is counted as done.
  @inline(never)
  private func perform(_ piece: Int) { body?(piece) }

  private var hasWork: Bool {
    let now = ticket.load(ordering: .sequentiallyConsistent)
    return now & 0xFFFF < now >> 16 & 0xFFFF
  }

  private func addHelper() {
    helpers += 1
    let thread = DispatchQueue(label: "cyclograd.team.\(helpers)", qos: .userInitiated)
    thread.async { self.help() }
  }

  private func help() -> Never {
    while true {
      while work() {}
      if !Self.spin(until: { hasWork }) { sleep() }
    }
  }

  private func sleep() {
    sleeping.wrappingAdd(1, ordering: .sequentiallyConsistent)
    if hasWork {
      // Who hands out work may have counted this thread already; then its signal is on the way.
      var count = sleeping.load(ordering: .sequentiallyConsistent)
      while count > 0 {
        let result = sleeping.compareExchange(
          expected: count, desired: count - 1, ordering: .sequentiallyConsistent)
        if result.exchanged { return }
        count = result.original
      }
    }
    alarm.wait()
  }

  /// Waits for others' pieces, which take microseconds. When they do not, a helper has lost its core, perhaps to
  /// this very thread, which gives it away.
  private static func wait(until isDone: () -> Bool) {
    while !spin(until: isDone) { usleep(10) }
  }

  /// Looks at something for a moment; returns whether it came true.
  private static func spin(until isTrue: () -> Bool) -> Bool {
    let end = DispatchTime.now().uptimeNanoseconds + patience
    while true {
      for _ in 0..<32 {
        if isTrue() { return true }
        SpinWait.pause()
      }
      if DispatchTime.now().uptimeNanoseconds > end { return isTrue() }
    }
  }
}
