import Dispatch
import Synchronization

/// Runs independent pieces of work on several threads.
enum Parallel {
  /// Calls `body` once for each index below `count`, on at most `threads` threads.
  ///
  /// Each index is handled by exactly one call, so results that are stored by index do not depend
  /// on the number of threads. After an error no new piece is begun; the error of the lowest index
  /// among those that failed is thrown.
  static func forEach(
    _ count: Int, threads: Int, _ body: @Sendable (_ worker: Int, _ index: Int) throws -> Void
  ) throws {
    let workers = min(threads, count)
    if workers <= 1 {
      for index in 0..<count { try body(0, index) }
      return
    }
    let next = Atomic<Int>(0)
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        do {
          try body(worker, index)
        } catch {
          failure.withLock { known in
            if known.map({ index < $0.index }) ?? true { known = (index, error) }
          }
          next.store(count, ordering: .relaxed)
        }
      }
    }
    if let error = failure.withLock({ $0?.error }) { throw error }
  }
}
