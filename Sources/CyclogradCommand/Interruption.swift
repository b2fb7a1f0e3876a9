import Dispatch
import Foundation
import Synchronization

/// Ctrl-C: the first one is a request, the second one stops the process as usual.
final class Interruption: Sendable {
  private let requested = Atomic(false)
  private nonisolated(unsafe) let source: any DispatchSourceSignal

  /// Whether someone wants the work to end.
  var isRequested: Bool { requested.load(ordering: .relaxed) }

  init() {
    source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
    source.setEventHandler { [weak self] in
      self?.requested.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
    source.resume()
    // Only now, so that no signal between is lost.
    signal(SIGINT, SIG_IGN)
  }

  deinit { source.cancel() }
}
