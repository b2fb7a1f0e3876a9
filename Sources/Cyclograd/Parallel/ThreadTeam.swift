import Dispatch
import SparseAlgebra
import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// Threads that wait for work awake, for a moment, so that the many short pieces of one solve cost a fraction
/// of a microsecond to hand out instead of several. A sweep takes some ten microseconds, and waking a thread that
/// sleeps costs as much; so helpers are woken while a call still checks its arguments.
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
  /// How many threads may work at present; thread 0 is the caller, the others are helpers. Written before the ticket.
  private let seats = Atomic<Int>(0)
  /// A bit for each helper that sleeps, and what wakes it.
  private let sleepers = Atomic<UInt64>(0)
  private let alarms = (0..<mostThreads).map { _ in DispatchSemaphore(value: 0) }
  /// The helpers, each of which has written itself before it slept for the first time, and the processor that each is
  /// kept off: that of the one who woke it.
  private let threads: UnsafeMutablePointer<ThreadPlacement.Thread?>
  private let avoided: UnsafeMutablePointer<Int>
  /// Written by the one who took the team, before the ticket is, and read by those who got a piece.
  private var body: ((Int) -> Void)?
  private var helpers = 0
  private var works: UInt64 = 0
  private var pace = TeamPace()

  /// For how many nanoseconds a thread waits awake: longer than the pauses within a solve, and short enough where
  /// two threads share a core for a moment and one waits for the other.
  private static let patience: UInt64 = 100_000
  /// After how many nanoseconds it lets others go first who want its processor.
  private static let courtesy: UInt64 = 5_000
  /// One for each bit of ``sleepers``.
  private static let mostThreads = 64

  private init() {
    threads = .allocate(capacity: Self.mostThreads)
    threads.initialize(repeating: nil, count: Self.mostThreads)
    avoided = .allocate(capacity: Self.mostThreads)
    avoided.initialize(repeating: -1, count: Self.mostThreads)
  }

  /// Calls `body` once for each index below `count`, on at most `threads` threads, this one included.
  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    guard count > 1, threads > 1, count <= 0xFFFF,
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else {
      for piece in 0..<count { body(piece) }
      return
    }
    let start = Self.now
    if start < pace.aloneUntil {
      isTaken.store(false, ordering: .releasing)
      for piece in 0..<count { body(piece) }
      return
    }
    withoutActuallyEscaping(body) { body in
      self.body = body
      let threads = min(threads, Self.mostThreads)
      while helpers < threads - 1 { addHelper() }
      done.store(0, ordering: .relaxed)
      seats.store(threads, ordering: .relaxed)
      works += 1
      ticket.store(
        works << 32 | UInt64(count) << 16, ordering: .sequentiallyConsistent)
      signal(threads)
      var own = 0
      while work(0) { own += 1 }
      let end = Self.now
      Self.wait { done.load(ordering: .acquiring) == count }
      let back = Self.now
      pace.record(pieces: own, worked: end - start, waited: back - end, now: back)
      self.body = nil
    }
    isTaken.store(false, ordering: .releasing)
  }

  /// Wakes those who are about to get work, which takes them a tenth of a millisecond.
  func wake(_ threads: Int) {
    guard threads > 1,
      isTaken.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return }
    signal(min(threads, Self.mostThreads))
    isTaken.store(false, ordering: .releasing)
  }

  private func signal(_ threads: Int) {
    let all = threads == Self.mostThreads ? UInt64.max : 1 << UInt64(threads) - 1
    guard sleepers.load(ordering: .sequentiallyConsistent) & all != 0 else { return }
    let woken = sleepers.bitwiseAnd(~all, ordering: .sequentiallyConsistent).oldValue & all
    let processor = ThreadPlacement.currentProcessor
    for number in 1..<threads where woken >> UInt64(number) & 1 != 0 {
      if avoided[number] != processor, processor >= 0, let thread = self.threads[number] {
        ThreadPlacement.keep(thread, off: processor)
        avoided[number] = processor
      }
      alarms[number].signal()
    }
  }

  /// Takes a piece and does it; `false` if there is none for this thread.
  private func work(_ number: Int) -> Bool {
    var seen = ticket.load(ordering: .acquiring)
    while true {
      let (count, next) = (seen >> 16 & 0xFFFF, seen & 0xFFFF)
      guard next < count, number < seats.load(ordering: .relaxed) else { return false }
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

  private func hasWork(_ number: Int) -> Bool {
    let now = ticket.load(ordering: .sequentiallyConsistent)
    return now & 0xFFFF < now >> 16 & 0xFFFF && number < seats.load(ordering: .relaxed)
  }

  private func addHelper() {
    helpers += 1
    let number = helpers
    let thread = DispatchQueue(label: "cyclograd.team.\(number)", qos: .userInitiated)
    thread.async { self.help(number) }
  }

  private func help(_ number: Int) -> Never {
    while true {
      while work(number) {}
      if !Self.spin(until: { hasWork(number) }) { sleep(number) }
    }
  }

  private func sleep(_ number: Int) {
    let bit = UInt64(1) << UInt64(number)
    threads[number] = .current
    sleepers.bitwiseOr(bit, ordering: .sequentiallyConsistent)
    if hasWork(number) {
      // Who hands out work may have seen the bit already; then its signal is on the way.
      let before = sleepers.bitwiseAnd(~bit, ordering: .sequentiallyConsistent).oldValue
      if before & bit != 0 { return }
    }
    alarms[number].wait()
  }

  /// Waits for others' pieces, which take microseconds. When they do not, a helper has lost its core, perhaps to
  /// this very thread, which gives it away.
  private static func wait(until isDone: () -> Bool) {
    while !spin(until: isDone) { usleep(10) }
  }

  /// Looks at something for a moment; returns whether it came true.
  private static func spin(until isTrue: () -> Bool) -> Bool {
    let start = now
    while true {
      for _ in 0..<32 {
        if isTrue() { return true }
        SpinWait.pause()
      }
      let waited = now - start
      if waited > patience { return isTrue() }
      if waited > courtesy { sched_yield() }
    }
  }

  /// Nanoseconds since some moment.
  private static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }
}
