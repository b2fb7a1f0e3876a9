/// Has the pieces of a computation done: groups of samples, and the parts of one sweep.
///
/// ``Simulator`` divides its work in a way that depends on the network and the number of samples alone, and stores results by
/// number. So results depend neither on the executor, nor on the order in which it takes the pieces. The ordinary one
/// is ``ThreadExecutor``; another may hand pieces to a pool of its own, or keep a record of them.
public protocol Executor: Sendable {
  /// How many pieces may be done at once, at least 1.
  var threads: Int { get }

  /// Calls `body` once for each index below `count`.
  ///
  /// - Parameters:
  ///   - count: how many groups of samples there are.
  ///   - body: computes a group. The slot is a number below ``threads`` that no other call has at the same time: it
  ///     names the memory that the group is computed in.
  /// - Throws: what `body` throws; of several errors that of the lowest index.
  func forEachGroup(
    _ count: Int, _ body: @Sendable (_ slot: Int, _ index: Int) throws -> Void) throws

  /// Calls `body` once for each index below `count`, on at most `threads` threads, and returns when all calls have
  /// ended. A piece takes some microseconds.
  func forEachPiece(_ count: Int, threads: Int, _ body: (_ piece: Int) -> Void)
}

/// Does everything on threads of this process.
public struct ThreadExecutor: Executor {
  /// How many threads may work at once.
  public let threads: Int

  /// Creates an executor; fewer than one thread count as one.
  public init(threads: Int) { self.threads = max(1, threads) }

  /// Shares groups out among threads.
  public func forEachGroup(
    _ count: Int, _ body: @Sendable (_ slot: Int, _ index: Int) throws -> Void
  ) throws {
    try Parallel.forEach(count, threads: threads, body)
  }

  /// Shares pieces out among threads that wait for them awake.
  public func forEachPiece(_ count: Int, threads: Int, _ body: (_ piece: Int) -> Void) {
    ThreadTeam.shared.run(count, threads: threads, body)
  }
}

/// Who does the pieces of one group's sweeps, and on how many threads.
struct ExecutionContext: Sendable {
  private let executor: any Executor
  /// How many threads may work on one piece of work.
  let threads: Int
  /// Who may end the call; `nil` if nobody may.
  private let cancellation: CancellationToken?

  /// Everything on the caller's thread.
  static let serial = ExecutionContext(ThreadExecutor(threads: 1), threads: 1)

  init(_ executor: any Executor, threads: Int, cancellation: CancellationToken? = nil) {
    self.executor = executor
    self.threads = threads
    self.cancellation = cancellation
  }

  /// The same on the caller's thread, for a call that the present token may end.
  static var cancellableSerial: ExecutionContext {
    ExecutionContext(ThreadExecutor(threads: 1), threads: 1, cancellation: .current)
  }

  /// Whether the call is to end.
  var isCancelled: Bool { cancellation?.isCancelled ?? false }

  /// Ends the call if it is to end.
  func checkCancellation() throws(CyclogradError) { try cancellation?.check() }

  /// The same for work that is too small to be shared.
  func limited(toOne isSmall: Bool) -> ExecutionContext {
    isSmall ? ExecutionContext(executor, threads: 1, cancellation: cancellation) : self
  }

  /// Calls `body` once for each of `count` parts of a range.
  ///
  /// The parts must not touch what others write. They begin at multiples of `grain` from the first.
  func forEachPart(
    of range: Range<Int>, _ count: Int, grain: Int = 1, _ body: (_ piece: Int, Range<Int>) -> Void
  ) {
    if count == 1 { return body(0, range) }
    executor.forEachPiece(count, threads: threads) {
      body($0, Parallel.part($0, count, of: range, grain))
    }
  }
}
