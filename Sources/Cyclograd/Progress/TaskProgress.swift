import Synchronization

/// How far a long task has come: the task reports it, and a display asks for it.
///
/// Readers, training and measurements tell ``current``, if there is one; it costs them a lock for
/// each call, so they call once for each block of work, from any thread.
public final class TaskProgress: Sendable {
  /// The progress that tasks started from here report to; `nil` if nobody wants to know.
  ///
  /// It is not seen by threads that a task starts by itself: take it before.
  @TaskLocal public static var current: TaskProgress?

  /// What is being done.
  public struct State: Sendable, Equatable {
    /// What the task is, for people.
    public var name: String
    /// How much of it is done, in the unit of ``total``.
    public var done = 0
    /// How much there is to do; `nil` if that is not known.
    public var total: Int?
    /// Differs from that of every earlier task.
    public var number: Int

    /// From 0 to 1; `nil` where nobody knows.
    public var fraction: Double? {
      guard let total, total > 0 else { return nil }
      return min(1, Double(done) / Double(total))
    }
  }

  private let content = Mutex<(state: State?, count: Int)>((nil, 0))
  private let observer: (@Sendable (State?) -> Void)?

  /// Creates a progress without a task.
  ///
  /// - Parameter observer: is told of every change, on the thread that makes it; `nil` where somebody asks for ``state``.
  public init(observer: (@Sendable (State?) -> Void)? = nil) { self.observer = observer }

  private func change(_ body: (inout (state: State?, count: Int)) -> Void) {
    let state = content.withLock { content in
      body(&content)
      return content.state
    }
    observer?(state)
  }

  /// What is being done now; `nil` between tasks.
  public var state: State? { content.withLock { $0.state } }

  /// Begins a task, which takes the place of the one before.
  public func begin(_ name: String, of total: Int? = nil) {
    change {
      $0.count += 1
      $0.state = State(name: name, total: total, number: $0.count)
    }
  }

  /// Says how much there is to do, all of it still undone.
  public func setTotal(_ total: Int) {
    change {
      $0.state?.total = total
      $0.state?.done = 0
    }
  }

  /// Runs what has so many parts, and counts those for which `body` calls its argument, unless a task that counts
  /// already is under way.
  ///
  /// A task without a total goes on under its own name; where there is none, it has the name that is given.
  static func counting<Result>(
    _ name: String, of total: Int, _ body: (@Sendable (_ done: Int) -> Void) throws -> Result
  ) rethrows -> Result {
    guard let current, total > 1, current.state?.total == nil else { return try body { _ in } }
    let begins = current.state == nil
    if begins { current.begin(name, of: total) } else { current.setTotal(total) }
    defer { if begins { current.end() } }
    return try body { current.advance(by: $0) }
  }

  /// Counts what was done, in the unit of the total.
  public func advance(by amount: Int) {
    change { $0.state?.done += amount }
  }

  /// Ends the task.
  public func end() {
    change { $0.state = nil }
  }
}
