import Synchronization

/// The factored systems of an equilibrium's components, so that a gradient and the products with derivatives that
/// follow it factor once.
///
/// A factor is lent to one caller at a time; who finds none factors afresh and gets the same bits. Copies of an
/// equilibrium share it, also after one of them has changed: a factor serves only the matrix that it was made from
/// (see ``JacobianFactorization/factor(_:shift:)``).
final class KeptFactors: Sendable {
  /// Whose factor it is.
  struct Key: Hashable {
    var sample: Int
    var units: Range<Int>
    var method: DirectMethod
  }

  private struct State: @unchecked Sendable {
    var factors: [Key: JacobianFactorization] = [:]
    var bytes = 0.0
    var demanded: Set<Key> = []
  }

  private let state = Mutex(State())

  /// What all factors of an equilibrium may take.
  static let mostBytes = 0x1p28

  /// The factor, which is the caller's until it is kept again; `nil` where there is none or it is lent.
  func take(_ key: Key) -> JacobianFactorization? {
    state.withLock { state in
      guard let factor = state.factors.removeValue(forKey: key) else { return nil }
      state.bytes -= factor.bytes
      return factor
    }
  }

  /// Keeps a factor where there is room.
  ///
  /// Of several samples only those that are asked for once more, as a training differentiates each batch once.
  ///
  /// - Returns: whether it was kept.
  func keep(_ factor: JacobianFactorization, _ key: Key, samples: Int) -> Bool {
    // What is sent is not used by the caller any more.
    nonisolated(unsafe) let factor = factor
    return state.withLock { state in
      let isFirst = samples > 1 && state.demanded.insert(key).inserted
      guard !isFirst, state.factors[key] == nil, state.bytes + factor.bytes <= Self.mostBytes
      else { return false }
      state.factors[key] = factor
      state.bytes += factor.bytes
      return true
    }
  }

  /// How many factors are kept at the moment.
  var count: Int { state.withLock { $0.factors.count } }
}
