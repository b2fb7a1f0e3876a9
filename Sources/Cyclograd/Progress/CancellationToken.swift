import Synchronization

/// Lets somebody else end a call that takes too long.
///
/// A call asks the token that was ``current`` when it began: every solver at least once for each product with the
/// matrix, and before each factorization. It then ends with the error `cancelled`; nothing that existed before has
/// changed, and simulators can be used again.
///
///     let token = CancellationToken()
///     let equilibrium = try CancellationToken.$current.withValue(token) {
///       try simulator.equilibrium(parameters, inputs: x)
///     }
///
/// and, on another thread, `token.cancel()`.
public final class CancellationToken: Sendable {
  /// The token that calls from here ask; `nil` if nobody may end them.
  ///
  /// It is not seen by threads that a task starts by itself: take it before.
  @TaskLocal public static var current: CancellationToken?

  private let flag = Atomic<Bool>(false)

  /// Creates a token that has not been cancelled.
  public init() {}

  /// Whether somebody has asked for the end.
  public var isCancelled: Bool { flag.load(ordering: .relaxed) }

  /// Asks for the end, from any thread. It cannot be taken back.
  public func cancel() { flag.store(true, ordering: .relaxed) }

  /// Ends the caller if somebody has asked for that.
  ///
  /// - Throws: ``CyclogradError`` with the code `cancelled`.
  public func check() throws(CyclogradError) {
    if isCancelled { throw CyclogradError(.cancelled, "the call was cancelled") }
  }

  /// The same for the ``current`` token, if there is one.
  ///
  /// - Throws: ``CyclogradError`` with the code `cancelled`.
  public static func checkCurrent() throws(CyclogradError) { try current?.check() }
}

extension CyclogradError.Code {
  /// The call was ended from outside; see ``CancellationToken``.
  public static let cancelled = CyclogradError.Code(rawValue: "cancelled")
}
