import Synchronization

/// Results that several threads store by number.
final class OrderedResults<Result: Sendable>: Sendable {
  private let stored: Mutex<[Result?]>

  init(count: Int) { stored = Mutex(Array(repeating: nil, count: count)) }

  func set(_ index: Int, _ result: Result) { stored.withLock { $0[index] = result } }

  /// All of them.
  ///
  /// - Precondition: each has been stored; one left out would give those after it the places of others.
  var all: [Result] {
    let results = stored.withLock { $0 }
    return results.indices.map { index in
      guard let result = results[index] else {
        preconditionFailure("result \(index) of \(results.count) was not stored")
      }
      return result
    }
  }
}
