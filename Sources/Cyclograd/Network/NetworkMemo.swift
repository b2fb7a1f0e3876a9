import Synchronization

/// Facts that follow from a network alone, which other modules want more than once and which take a pass over all edges.
package final class NetworkMemo: Sendable {
  private let facts = Mutex<[ObjectIdentifier: any Sendable]>([:])

  /// The fact of a type, found when it is asked for the first time. It should be small, as it is kept as long as the network.
  package func fact<Fact: Sendable>(_ find: () -> Fact) -> Fact {
    let key = ObjectIdentifier(Fact.self)
    if let known = facts.withLock({ $0[key] }) as? Fact { return known }
    // Two threads may find it at once; it is the same.
    let found = find()
    facts.withLock { $0[key] = found }
    return found
  }
}
