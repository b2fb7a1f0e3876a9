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
  private let columns: @Sendable () -> Int
  private let content = Mutex(Content())

  private struct Content {
    var number = 0
    var begin = 0.0
    var shown = ""
  }

  /// - Parameters:
  ///   - progress: What is shown.
  ///   - clock: The time in seconds from any beginning.
  ///   - columns: How wide the terminal is now.
  ///   - sink: Takes what the terminal is to be sent.
  public init(
    _ progress: TaskProgress, clock: @escaping @Sendable () -> Double,
    columns: @escaping @Sendable () -> Int = { 80 }, sink: @escaping @Sendable (String) -> Void
  ) {
    self.columns = columns
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
      // A line that fills the last column too would make some terminals begin another one.
      let line = Self.line(state, columns: columns() - 1)
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

  static func line(_ state: TaskProgress.State, columns: Int) -> String {
    guard let fraction = state.fraction else {
      return TerminalGraphics.shortened("\(state.name) …", columns)
    }
    let percent = " \(Int(fraction * 100)) %"
    let width = min(Self.width, columns - state.name.count - 3 - percent.count)
    guard width >= 5 else {
      let room = columns - percent.count
      return room > 0
        ? TerminalGraphics.shortened(state.name, room) + percent
        : TerminalGraphics.shortened(String(percent.dropFirst()), columns)
    }
    let filled = Int(fraction * Double(width))
    let bar =
      String(repeating: "#", count: filled) + String(repeating: " ", count: width - filled)
    return "\(state.name) [\(bar)]\(percent)"
  }
}
