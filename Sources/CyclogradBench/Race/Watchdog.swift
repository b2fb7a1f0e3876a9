import Foundation
import Synchronization

/// Kills a process that does not answer in time.
final class Watchdog: Sendable {
  private enum State { case waiting, cancelled, acted }
  private let state = Mutex(State.waiting)

  init(after seconds: Double, _ process: Process) {
    let identifier = process.processIdentifier
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) { [weak self] in
      self?.state.withLock { state in
        guard state == .waiting else { return }
        state = .acted
        kill(identifier, SIGKILL)
      }
    }
  }

  var hasActed: Bool { state.withLock { $0 == .acted } }

  func cancel() { state.withLock { if $0 == .waiting { $0 = .cancelled } } }
}
