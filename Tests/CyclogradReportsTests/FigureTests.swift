import CyclogradReports
import Foundation
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite("Figures")
struct FigureTests {
  private func figure(_ x: [Double], _ y: [Double], _ mark: Figure.Mark = .line) -> Figure {
    Figure(
      name: "probe", title: "a < b & \"c\"", summary: "A probe\u{1}.", x: .init("step"),
      y: .init("residual", .logarithmic), series: [.init("one, \"two\"", mark, x: x, y: y)])
  }

  @Test(arguments: [Figure.Mark.line, .scatter, .bar])
  func areValidXMLWithTitleAndDescription(mark: Figure.Mark) {
    let x = [0, 1, 2, 3, .nan]
    for y in [[1, 0.1, 0, .infinity, 1], [], [5], [-1, -2, -3]] as [[Double]] {
      let svg = figure(x, y, mark).svg()
      #expect(XMLParser(data: Data(svg.utf8)).parse())
      #expect(svg.contains("<title id=") && svg.contains("<desc id="))
      #expect(!svg.contains("nan") && !svg.contains("inf,"))
    }
  }

  @Test func sayHowManyPointsAreLeftOut() {
    #expect(figure([0, 1, 2], [1, 0, 2]).svg().contains("1 point has no place"))
    #expect(!figure([0, 1, 2], [1, 1, 2]).svg().contains(" no place"))
  }

  @Test func giveEveryPointAsCSV() {
    let expected = "series,step,residual\r\n\"one, \"\"two\"\"\",1.0,2.0\r\n"
    #expect(figure([1], [2]).csv() == expected)
  }

  @Test(.tags(.slow), .unlessFast) func thinningKeepsTheExtremesOfEveryColumn() {
    let count = 1_000_000
    var y = (0..<count).map { Double($0 % 7) }
    y[123_457] = 1000
    y[765_432] = -1000
    let x = (0..<count).map(Double.init)
    let kept = Thinning.indices(x: x, y: y, columns: 500)
    #expect(kept.count <= 2000)
    #expect(kept == kept.sorted() && kept.contains(123_457) && kept.contains(765_432))
    for column in 0..<500 {
      let range = (column * 2000 + 2)..<(column * 2000 + 1998)
      let drawn = kept.filter { (column * 2000 - 2...column * 2000 + 2001).contains($0) }.map {
        y[$0]
      }
      #expect(drawn.max()! >= range.map { y[$0] }.max()!)
      #expect(drawn.min()! <= range.map { y[$0] }.min()!)
    }
  }

  @Test func thinningLeavesShortSeriesAloneAndDropsWhatIsNotFinite() {
    #expect(Thinning.indices(x: [0, 1, 2], y: [0, .nan, 1], columns: 10) == [0, 2])
    #expect(Thinning.indices(x: [], y: [], columns: 0).isEmpty)
  }

  @Test func ticksAreRoundNumbersWithinTheAxis() {
    #expect(AxisScale(.linear, holding: [0, 10]).ticks() == [0, 2, 4, 6, 8, 10])
    #expect(AxisScale(.linear, holding: [-2, 2]).ticks().map { "\($0)" }.contains("0.0"))
    #expect(AxisScale(.logarithmic, holding: [1, 1000]).ticks() == [1, 10, 100, 1000])
    for values in [[], [0], [-3e300, 3e300], [.leastNonzeroMagnitude], [5, 5.0000001], [.nan]]
      as [[Double]]
    {
      for kind in [AxisScale.Kind.linear, .logarithmic] {
        let scale = AxisScale(kind, holding: values)
        #expect(
          scale.ticks().count >= 2 && scale.ticks().allSatisfy { $0.isFinite }, "\(kind) \(values)")
      }
    }
  }

  @Test("What differs by rounding alone does not fill an axis, and labels have room")
  func leastWidth() throws {
    for values in [
      [0.5, 0.5.nextUp], [-3e5, (-3e5).nextUp], [0, .leastNonzeroMagnitude], [1e308, 1.1e308],
    ] {
      let scale = AxisScale(.linear, holding: values)
      let width = scale.high - scale.low
      #expect(width >= 0.99e-9 * min(abs(values[1]), abs(scale.high)) && width > 1e-301)
      #expect(scale.ticks().allSatisfy { $0.isFinite })
    }
    let narrow = AxisScale(.linear, holding: [2, 2 + 1e-8])
    #expect(narrow.low == 2 && narrow.high == 2 + 1e-8)
    let svg = Figure(
      name: "probe", title: "a", summary: "b", x: .init("x"), y: .init("y"),
      series: [.init("c", .scatter, x: [0, 1], y: [0.5, 0.5.nextUp])]
    ).svg()
    for label in svg.matches(of: /class="tick" x="([0-9.]+)"[^>]*text-anchor="end">([^<]*)</) {
      // A digit of 13 pixels' height is about 7 wide.
      let room = try #require(Double(label.1))
      #expect(7 * Double(label.2.count) <= room, "\(label.2)")
    }
  }

  @Test("Titles of pictures have the width of their panels, and are told whole")
  func panelTitles() {
    let title = "class 11 changed by dual"
    let svg = ImageFigure(
      name: "probe", title: "a", summary: "b", columns: 2,
      panels: (0..<4).map { _ in .init(title, [0, 1, 2, 3]) }, across: 4
    ).svg()
    #expect(svg.matches(of: /class 11 changed [^<]*…</).count == 4)
    #expect(svg.matches(of: /<title>class 11 changed by dual<\/title>/).count == 4)
    #expect(!svg.contains(">class 11 changed by dual</text>"))
  }

  @Test func ticksOfCountsAreWholeNumbers() {
    for kind in [AxisScale.Kind.linear, .logarithmic] {
      for values in [[1], [0, 1], [1, 2], [2, 3], [7], [1, 30], [3, 40_000]] as [[Double]] {
        let ticks = AxisScale(kind, holding: values).ticks(isWhole: true)
        #expect(!ticks.isEmpty && ticks.allSatisfy { $0 == $0.rounded() }, "\(kind) \(values)")
      }
    }
    #expect(AxisScale(.linear, holding: [0, 2]).ticks().contains { $0 != $0.rounded() })
    #expect(AxisScale(.linear, holding: [0, 2]).ticks(isWhole: true) == [0, 1, 2])
    #expect(AxisScale(.linear, holding: [0.25, 0.75]).ticks(isWhole: true).isEmpty)
    func labels(_ axis: Figure.Axis) -> [Double] {
      Figure(
        name: "probe", title: "a", summary: "b", x: axis, y: .init("y", isCount: true),
        series: [.init("c", .scatter, x: [1, 2], y: [0, 1])]
      ).svg().matches(of: /class="tick"[^>]*>([^<]*)</).compactMap { Double($0.1) }
    }
    #expect(labels(.init("x", .logarithmic)).contains { $0 != $0.rounded() })
    #expect(labels(.init("x", .logarithmic, isCount: true)) == [1, 2, 0, 1])
  }
}
