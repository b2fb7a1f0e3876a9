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

  /// How many pieces some work is divided into: as many as pay, whatever the number of threads, so
  /// that results do not depend on it.
  ///
  /// - Parameter work: in matrix entries or so.
  static func pieces(_ work: Int) -> Int { min(32, max(1, work >> 15)) }

  /// Calls `body` once for each of `count` parts of a range, on at most `threads` threads.
  ///
  /// The parts must not touch what others write.
  static func forEachPart(
    of range: Range<Int>, _ count: Int, threads: Int, _ body: (_ piece: Int, Range<Int>) -> Void
  ) {
    guard count > 1, threads > 1 else {
      for piece in 0..<count { body(piece, part(piece, count, of: range)) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let work = Work(body: body)
      let next = Atomic<Int>(0)
      DispatchQueue.concurrentPerform(iterations: min(threads, count)) { _ in
        while true {
          let piece = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard piece < count else { return }
          work.body(piece, part(piece, count, of: range))
        }
      }
    }
  }

  /// The caller sees to it that the parts do not meet.
  private struct Work: @unchecked Sendable {
    let body: (Int, Range<Int>) -> Void
  }

  private static func part(_ piece: Int, _ count: Int, of range: Range<Int>) -> Range<Int> {
    let first = range.lowerBound + range.count * piece / count
    return first..<range.lowerBound + range.count * (piece + 1) / count
  }
}
