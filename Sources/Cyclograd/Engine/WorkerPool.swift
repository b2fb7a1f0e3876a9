import Synchronization

/// Workers that wait for their next call. Each is used by one thread at a time.
final class WorkerPool: Sendable {
  private struct Idle: @unchecked Sendable {
    var workers: [Worker] = []
  }

  /// The workers of one call, by slot; each is made when it is first asked for.
  final class Slots: Sendable {
    private struct Taken: @unchecked Sendable {
      var workers: [Worker?]
    }

    private let schedule: Schedule
    private let taken: Mutex<Taken>

    fileprivate init(_ schedule: Schedule, _ workers: [Worker], count: Int) {
      self.schedule = schedule
      var slots: [Worker?] = Array(repeating: nil, count: max(count, workers.count))
      for (slot, worker) in workers.enumerated() { slots[slot] = worker }
      taken = Mutex(Taken(workers: slots))
    }

    /// The worker of a slot.
    func worker(_ slot: Int) -> Worker {
      let known = taken.withLock { taken in Unchecked(worker: taken.workers[slot]) }
      if let worker = known.worker { return worker }
      let made = Unchecked(worker: Worker(schedule))
      taken.withLock { $0.workers[slot] = made.worker }
      return made.worker!
    }

    fileprivate var all: [Worker] {
      taken.withLock { Taken(workers: $0.workers) }.workers.compactMap { $0 }
    }
  }

  private struct Unchecked: @unchecked Sendable {
    var worker: Worker?
  }

  private let idle = Mutex(Idle())

  /// Adds a worker, so that the first call finds one.
  func add(_ schedule: Schedule) {
    let made = Unchecked(worker: Worker(schedule))
    idle.withLock { $0.workers.append(made.worker!) }
  }

  /// Lets those that wait give back the room of large weights that they have laid out.
  func giveBackLargeRoom() {
    idle.withLock { idle in for worker in idle.workers { worker.giveBackLargeRoom() } }
  }

  /// Runs `body` with workers in `count` slots, of which about `used` are needed.
  func withWorkers<Result>(
    _ schedule: Schedule, _ count: Int, keeping used: Int, _ body: (Slots) throws -> Result
  ) rethrows -> Result {
    let taken = idle.withLock { idle in
      let workers = idle.workers.suffix(used)
      idle.workers.removeLast(workers.count)
      return Idle(workers: Array(workers))
    }
    let slots = Slots(schedule, taken.workers, count: count)
    defer {
      let back = Idle(workers: slots.all)
      idle.withLock { $0.workers += back.workers }
    }
    return try body(slots)
  }
}
