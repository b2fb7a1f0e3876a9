extension TrainingRun {
  /// The events of this run from here on; each is worked out when it is asked for.
  ///
  /// The sequence works on a copy. ``TrainingEvents/Iterator/run`` is how far it has come. A task
  /// that is cancelled ends the sequence after the current event.
  public var events: TrainingEvents { TrainingEvents(run: self) }
}

/// The events of a training, as an asynchronous sequence.
public struct TrainingEvents: AsyncSequence, Sendable {
  /// An event.
  public typealias Element = TrainingEvent

  let run: TrainingRun

  /// Works out one event after the other.
  public struct Iterator: AsyncIteratorProtocol {
    /// How far the training has come.
    public private(set) var run: TrainingRun

    init(_ run: TrainingRun) { self.run = run }

    /// The next event; `nil` at the end, or when the task was cancelled.
    public mutating func next() async throws -> TrainingEvent? {
      if Task.isCancelled { return nil }
      // Others on the same thread of the pool get their turn between two events.
      await Task.yield()
      return try run.next()
    }
  }

  /// Begins where the run stands.
  public func makeAsyncIterator() -> Iterator { Iterator(run) }
}
