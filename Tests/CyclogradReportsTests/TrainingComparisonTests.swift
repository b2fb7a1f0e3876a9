import Cyclograd
import Testing

@testable import CyclogradReports

@Suite("Trainings side by side")
struct TrainingComparisonTests {
  private static func history(rate: String, losses: [Double]) -> TrainingHistory {
    var history = TrainingHistory()
    history.network = "net"
    history.settings = ["rate": rate, "batch": "8"]
    for (index, loss) in losses.enumerated() {
      var step = TrainingHistory.Step(
        step: 2 * index + 2, loss: loss, learningRate: 0.1, gradientNorm: 1, used: 4, skipped: 0,
        forwardIterations: 8, backwardIterations: 4)
      step.residual = 1e-12
      history.steps.append(step)
      history.epochs.append(
        EpochReport(
          epoch: index + 1, step: 2 * index + 2, loss: loss, used: 8, skipped: 0,
          learningRate: 0.1, forwardIterations: 8, backwardIterations: 4))
      history.validations.append(
        ValidationReport(
          step: 2 * index + 1, epoch: index + 1, loss: 2 * loss, failed: 0,
          measurements: [.init("r2", 1 - loss)], isBest: index == 0))
    }
    return history
  }

  @Test(
    "Curves share axes, validations stand where they were made, and only what differs is a setting")
  func page() throws {
    let records = [
      TrainingRecord("a", Self.history(rate: "0.1", losses: [0.5, 0.25])),
      TrainingRecord("b", Self.history(rate: "0.2", losses: [0.5, 0.125, 0.0625])),
    ]
    let page = TrainingComparison.page(records, settings: ["batch", "rate"])
    let names = page.figures.map(\.name)
    #expect(names.starts(with: ["training-loss", "validation-loss", "validation-r2"]))
    #expect(names.allSatisfy { TrainingComparison.figureNames.contains($0) })
    #expect(names.contains("residual") && !names.contains("skipped"))
    let validation = try #require(page.figures[1] as? Figure)
    #expect(validation.series.map(\.name) == ["a", "b"])
    #expect(validation.series[1].x == [0.5, 1.5, 2.5] && validation.series[0].y == [1, 0.5])
    let settings = try #require(page.tables.first { $0.title == "Settings that differ" }).table
    #expect(settings.columns == ["training", "rate"])
    #expect(settings.row(0) == ["a", "0.1"] && settings.row(1) == ["b", "0.2"])
    let results = try #require(page.tables.first { $0.title == "Results" }).table
    // The best validation's, not the last one's.
    let column = try #require(results.columns.firstIndex(of: "validation loss"))
    #expect(results.row(1)[column] == "1")
    let same = TrainingComparison.page([records[0], records[0]], settings: [])
    #expect(same.remarks.contains { $0.contains("none does") })
  }

  @Test("A training that diverged did not end with its last finite loss")
  func diverged() throws {
    let records = [
      TrainingRecord("a", Self.history(rate: "1", losses: [0.5, 0.25])),
      TrainingRecord("b", Self.history(rate: "2", losses: [0.5, 0.125, .nan])),
      TrainingRecord("c", Self.history(rate: "3", losses: [.infinity, .nan])),
    ]
    let figure = try #require(TrainingComparison.page(records, settings: []).figures.first)
    #expect(
      figure.summary
        == "At the end: a 0.25; b not finite, after 0.125; c without a finite value.")
  }

  @Test("A page in JSON has the numbers of its figures as numbers")
  func json() {
    let page = ReportPage(
      title: "a", summary: "b", facts: [("c", "1 000")],
      tables: [("t", FigureTable(columns: ["x", "y"], rows: [["1", "2.5e-3"], ["–", "0x10"]]))],
      remarks: ["r"])
    let text = page.json.line
    #expect(text.contains(#""rows": [[1, 0.0025], [null, "0x10"]]"#), "\(text)")
    #expect(text.contains(#""facts": {"c": "1 000"}"#) && text.contains(#""remarks": ["r"]"#))
  }

  @Test("Norms by group and terms of the loss are figures of a training")
  func parts() throws {
    var history = Self.history(rate: "1", losses: [0.5, 0.25])
    for index in history.steps.indices {
      history.steps[index].blocks = [BlockNorm("x → h", gradient: 2, parameters: 3)]
      history.steps[index].lossTerms = [
        TermValue(name: "a", value: -1), TermValue(name: "b", value: 0.25),
      ]
      history.steps[index].terms = [TermValue(name: "ridge", value: 0.1)]
    }
    let page = TrainingReport.page(history, title: "a", origin: "b")
    let gradients = try #require(page.figures.first { $0.name == "gradients" } as? Figure)
    #expect(gradients.series[0].name == "x → h" && gradients.series[0].y == [2, 2])
    let parameters = try #require(page.figures.first { $0.name == "parameters" } as? Figure)
    #expect(parameters.series[0].y == [3, 3])
    let terms = try #require(page.figures.first { $0.name == "terms" } as? Figure)
    #expect(terms.series.map(\.name) == ["loss", "a", "b", "ridge"])
    #expect(terms.series[1].y == [-1, -1] && terms.y.kind == .linear)
    #expect(page.figures.contains { $0.name == "residual" })
    #expect(page.figures.allSatisfy { TrainingReport.figureNames.contains($0.name) })
  }
}
