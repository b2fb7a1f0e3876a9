import Synchronization

/// Results that several threads store by number.
final class OrderedResults<Result: Sendable>: Sendable {
  private let stored: Mutex<[Result?]>

  init(count: Int) { stored = Mutex(Array(repeating: nil, count: count)) }

  func set(_ index: Int, _ result: Result) { stored.withLock { $0[index] = result } }

  /// All of them; each index must have been set.
  var all: [Result] { stored.withLock { $0.compactMap { $0 } } }
}
