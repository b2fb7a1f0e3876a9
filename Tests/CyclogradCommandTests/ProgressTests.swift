import Cyclograd
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import CyclogradReports

/// What a bar sent, under a clock that only the test moves.
private final class Screen: Sendable {
  let time = Mutex(0.0)
  let sent = Mutex("")
  let progress = TaskProgress()

  func bar() -> ProgressBar {
    ProgressBar(
      progress, clock: { self.time.withLock { $0 } },
      sink: { text in self.sent.withLock { $0 += text } })
  }

  /// What was sent since the last call.
  func take() -> String {
    sent.withLock { text in
      defer { text = "" }
      return text
    }
  }
}

@Suite("Progress", .tags(.slow), .unlessFast)
struct ProgressTests {
  private let erased = "\r\u{1B}[K"

  @Test func onlyTasksOfMoreThanASecondAreShown() {
    let screen = Screen()
    let bar = screen.bar()
    screen.progress.begin("reading a", of: 8)
    bar.draw()
    screen.time.withLock { $0 = 1 }
    bar.draw()
    #expect(screen.take() == "")
    // The next task has its own second.
    screen.progress.begin("reading b", of: 8)
    bar.draw()
    screen.time.withLock { $0 = 1.9 }
    bar.draw()
    #expect(screen.take() == "")
    screen.progress.advance(by: 2)
    screen.time.withLock { $0 = 2.1 }
    bar.draw()
    let line = "reading b [" + "#######" + String(repeating: " ", count: 23) + "] 25 %"
    #expect(screen.take() == erased + line)
    bar.draw()
    #expect(screen.take() == "")
    screen.progress.end()
    bar.draw()
    #expect(screen.take() == erased)
    bar.clear()
    #expect(screen.take() == "")
  }

  @Test func tasksWithoutTotalAreNamed() {
    let screen = Screen()
    let bar = screen.bar()
    screen.progress.begin("compiling")
    bar.draw()
    screen.time.withLock { $0 = 3 }
    bar.draw()
    #expect(screen.take() == erased + "compiling …")
    bar.clear()
    #expect(screen.take() == erased)
    // More than all is all.
    screen.progress.setTotal(2)
    screen.progress.advance(by: 5)
    #expect(screen.progress.state?.fraction == 1)
  }

  /// Reading a pipe that is fed late, so that the load takes more than a second.
  private func late(_ options: String, terminal: Bool) throws -> String {
    let scratch = try Scratch()
    try scratch.write(
      "w.mtx", "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 2 0.5\n")
    let command =
      "(sleep 1.6; cat w.mtx) | cyclograd convert - out.csv --from matrix-market \(options)"
    // util-linux's script gives the command a terminal.
    let run =
      terminal
      ? try scratch.shell("script -qec '\(command)' /dev/null")
      : try scratch.shell(command)
    #expect(run.status == 0, "\(run.errors)")
    #expect(scratch.read("out.csv") == "# neurons: 2\nsource,target,weight\n1,0,0.5\n")
    return run.output + run.errors
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script")))
  func aTerminalSeesIt() throws {
    #expect(try late("", terminal: true).contains("reading - …"))
    #expect(try !late("--quiet", terminal: true).contains("reading"))
  }

  @Test func aPipeDoesNot() throws {
    #expect(try !late("", terminal: false).contains("reading"))
  }
}
