public import Cyclograd
import Synchronization

/// Shows on one line of a terminal how far a task has come, once it takes more than a second.
///
/// ``draw()`` is to be called a few times a second. Clock and sink come from outside.
public final class ProgressBar: Sendable {
  /// How many seconds a task must take before it is shown.
  public static let delay = 1.0
  private static let width = 30

  private let progress: TaskProgress
  private let clock: @Sendable () -> Double
  private let sink: @Sendable (String) -> Void
  private let content = Mutex(Content())

  private struct Content {
    var number = 0
    var begin = 0.0
    var shown = ""
  }

  /// - Parameters:
  ///   - progress: What is shown.
  ///   - clock: The time in seconds from any beginning.
  ///   - sink: Takes what the terminal is to be sent.
  public init(
    _ progress: TaskProgress, clock: @escaping @Sendable () -> Double,
    sink: @escaping @Sendable (String) -> Void
  ) {
    self.progress = progress
    self.clock = clock
    self.sink = sink
  }

  /// Brings the line up to date.
  public func draw() {
    content.withLock { content in
      guard let state = progress.state else { return erase(&content) }
      let now = clock()
      if state.number != content.number {
        (content.number, content.begin) = (state.number, now)
        erase(&content)
      }
      guard now - content.begin > Self.delay else { return }
      let line = Self.line(state)
      guard line != content.shown else { return }
      content.shown = line
      sink("\r\u{1B}[K" + line)
    }
  }

  /// Takes the line away, so that something else can be printed.
  public func clear() {
    content.withLock { erase(&$0) }
  }

  private func erase(_ content: inout Content) {
    guard !content.shown.isEmpty else { return }
    content.shown = ""
    sink("\r\u{1B}[K")
  }

  static func line(_ state: TaskProgress.State) -> String {
    guard let fraction = state.fraction else { return "\(state.name) …" }
    let filled = Int(fraction * Double(width))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
    return "\(state.name) [\(bar)] \(Int(fraction * 100)) %"
  }
}
