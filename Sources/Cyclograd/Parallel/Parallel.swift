import Dispatch
import Synchronization

/// Runs independent pieces of work on several threads.
package enum Parallel {
  /// Calls `body` once for each index below `count`, on at most `threads` threads.
  ///
  /// Each index is handled by exactly one call, so results that are stored by index do not depend
  /// on the number of threads. After an error no new piece is begun; the error of the lowest index
  /// among those that failed is thrown.
  package static func forEach(
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

  /// The work of a sweep, in matrix entries or so, from which on several threads share it: some 30 microseconds.
  private static let fewest = 1 << 16

  /// Whether a sweep over some samples side by side is so much work that several threads share it.
  static func isShared(_ network: Network, samples: Int) -> Bool {
    (network.edgeCount + 4 * network.unitCount) * samples >= fewest
  }

  /// The most pieces that some work is divided into.
  static let mostPieces = 32

  /// How many pieces some work is divided into: as many as pay, whatever the number of threads, so
  /// that results do not depend on it.
  ///
  /// - Parameter work: in matrix entries or so.
  static func pieces(_ work: Int) -> Int { min(mostPieces, max(1, work >> 13)) }

  /// A part of a range that is divided into `count` parts; it begins at a multiple of `grain` from the first.
  static func part(
    _ piece: Int, _ count: Int, of range: Range<Int>, _ grain: Int
  ) -> Range<Int> {
    let grains = (range.count + grain - 1) / grain
    func start(_ piece: Int) -> Int {
      min(range.lowerBound + grains * piece / count * grain, range.upperBound)
    }
    return start(piece)..<start(piece + 1)
  }
}
