import Cyclograd
import Testing

@testable import CyclogradReports

@Suite("Pictures made of characters")
struct TerminalGraphicsTests {
  @Test("A sparkline goes from the lowest block to the highest, and means of neighbours share one")
  func sparkline() {
    #expect(TerminalGraphics.sparkline([0, 1, 2, 3, 4, 5, 6, 7], width: 20) == "▁▂▃▄▅▆▇█")
    #expect(TerminalGraphics.sparkline([3, 3], width: 9) == "▁▁")
    #expect(TerminalGraphics.sparkline([1, 1, 9, 9, .nan, .nan], width: 3) == "▁█ ")
    #expect(TerminalGraphics.sparkline([-1e308, 1e308], width: 5) == "▁█")
    #expect(TerminalGraphics.sparkline([4, 8], width: 5, from: 0) == "▅█")
    #expect(TerminalGraphics.sparkline([], width: 5).isEmpty)
    #expect(TerminalGraphics.sparkline([1], width: 0).isEmpty)
  }

  @Test("A bar is as wide as asked, and nothing that is there is unseen")
  func bar() {
    #expect(TerminalGraphics.bar([1, 1], width: 4) == "██▓▓")
    #expect(TerminalGraphics.bar([1, 0, 1_000_000], width: 5) == "█▒▒▒▒")
    #expect(TerminalGraphics.bar([0, 0], width: 5).isEmpty)
    for width in 3..<60 {
      #expect(TerminalGraphics.bar([7, 1, 13], width: width).count == width)
    }
  }

  @Test("Lines fit, with what is most important", arguments: 0..<60)
  func fitting(columns: Int) {
    let line = TerminalGraphics.line(
      ["epoch 1/2", "", "12 s left", "3 samples/s"], columns: columns)
    #expect(line.count <= columns)
    if columns >= 9 { #expect(line.hasPrefix("epoch 1/2")) }
    if columns >= 20 { #expect(line.hasPrefix("epoch 1/2, 12 s left")) }
    let progress = TaskProgress()
    progress.begin("reading a file with a long name", of: 8)
    progress.advance(by: 3)
    if let state = progress.state {
      let bar = ProgressBar.line(state, columns: columns)
      #expect(bar.count <= max(0, columns), "\(bar)")
      if columns > 6 { #expect(bar.hasSuffix("37 %")) }
    }
    progress.begin("compiling a network of many neurons")
    if let state = progress.state {
      #expect(ProgressBar.line(state, columns: columns).count <= max(0, columns))
    }
  }
}
