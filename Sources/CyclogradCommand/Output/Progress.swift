import Cyclograd
import CyclogradReports
import Dispatch
import Foundation

/// What the command is doing, on the terminal once it takes more than a second.
///
/// Nothing is shown where standard error is no terminal, or with `--quiet`.
enum Progress {
  /// What readers, solvers and training report to.
  static let task = TaskProgress()

  private static let bar = ProgressBar(
    task, clock: { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 },
    columns: { Terminal.columns(of: STDERR_FILENO) },
    sink: { FileHandle.standardError.write(Data($0.utf8)) })

  /// Draws from a thread of its own, because tasks do not stop to do so.
  nonisolated(unsafe) private static let timer: (any DispatchSourceTimer)? = {
    guard isatty(STDERR_FILENO) == 1 else { return nil }
    let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "progress"))
    timer.schedule(deadline: .now(), repeating: 0.1)
    timer.setEventHandler { bar.draw() }
    return timer
  }()

  /// Begins to show what is told, if there is anyone to see it.
  static func start(isQuiet: Bool) {
    if !isQuiet { timer?.activate() }
  }

  /// Says what is being done.
  static func show(_ message: String) { task.begin(message) }

  /// Says that nothing is being done any more.
  static func clear() {
    task.end()
    bar.clear()
  }
}
