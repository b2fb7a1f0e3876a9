import Foundation
import Synchronization

/// Ctrl-C, and the signals by which a system ends programs: the first one is a request, the second one stops the
/// process as usual.
final class Interruption: Sendable {
  /// Global, because a signal's handler can capture nothing.
  private static let requested = Atomic<Int32>(0)

  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Whether someone wants the work to end.
  var isRequested: Bool { Self.requested.load(ordering: .relaxed) != 0 }

  /// What a process that was ended by the signal reports to a shell, such as 130 for Ctrl-C.
  var exitCode: Int32 { 128 + Self.requested.load(ordering: .relaxed) }

  init() {
    // Touched here first, so that the handler finds it initialised. A handler is set even where a
    // shell had Ctrl-C ignored: a dispatch source would then see nothing.
    Self.requested.store(0, ordering: .relaxed)
    var set = sigset_t()
    sigemptyset(&set)
    for number in Self.signals {
      let before = signal(number) { received in
        Interruption.requested.store(received, ordering: .relaxed)
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
        signal(SIGHUP, SIG_DFL)
      }
      // nohup lets a program go on when its terminal is closed, by having this one ignored.
      if number == SIGHUP, Self.isIgnored(before) {
        signal(number, SIG_IGN)
        continue
      }
      sigaddset(&set, number)
    }
    // A process inherits what the thread that started it had blocked, and threads of libdispatch
    // block every signal.
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
  }

  private static func isIgnored(_ handler: sighandler_t?) -> Bool {
    unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
