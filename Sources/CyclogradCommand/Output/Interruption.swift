import Foundation
import Synchronization

/// Ctrl-C: the first one is a request, the second one stops the process as usual.
final class Interruption: Sendable {
  /// Global, because a signal's handler can capture nothing.
  private static let requested = Atomic(false)

  /// Whether someone wants the work to end.
  var isRequested: Bool { Self.requested.load(ordering: .relaxed) }

  init() {
    // Touched here first, so that the handler finds it initialised. A handler is set even where a
    // shell had the signal ignored: a dispatch source would then see nothing.
    Self.requested.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.requested.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
    // A process inherits what the thread that started it had blocked, and threads of libdispatch
    // block every signal.
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    pthread_sigmask(SIG_UNBLOCK, &interrupt, nil)
  }
}
