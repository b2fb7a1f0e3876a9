import Cyclograd
import Testing

@testable import CyclogradReports

@Suite("Figures of trainings")
struct TrainingFigureTests {
  @Test("Scores, errors, squares and thresholds have axes of their own")
  func metrics() throws {
    var history = TrainingHistory()
    for step in 1...3 {
      history.validations.append(
        ValidationReport(
          step: step, epoch: step, loss: 1, failed: 0,
          measurements: [
            .init("f1", 0.5), .init("threshold", 100 / Double(step * step * step)),
            .init("auc", 0.9), .init("mse", 0.04), .init("rmse", 0.2),
          ], isBest: step == 3))
    }
    let page = TrainingReport.page(history, title: "a", origin: "b")
    let scores = try #require(page.figures.first { $0.name == "metrics" } as? Figure)
    #expect(scores.series.map(\.name) == ["f1", "auc"] && scores.y.kind == .linear)
    let errors = try #require(page.figures.first { $0.name == "errors" } as? Figure)
    #expect(errors.series.map(\.name) == ["rmse"])
    let squares = try #require(page.figures.first { $0.name == "squared-errors" } as? Figure)
    #expect(squares.series.map(\.name) == ["mse"])
    let threshold = try #require(page.figures.first { $0.name == "threshold" } as? Figure)
    #expect(threshold.series.map(\.name) == ["threshold"] && threshold.y.kind == .logarithmic)
    #expect(page.figures.allSatisfy { TrainingReport.figureNames.contains($0.name) })
  }

  @Test("Classes that have names are called by them, and more samples are a darker cell")
  func confusion() throws {
    let counts = [[80, 3], [20, 40]]
    let pairs = (0..<2).flatMap { actual in
      (0..<2).flatMap { found in Array(repeating: (actual, found), count: counts[actual][found]) }
    }
    let matrix = try ConfusionMatrix(
      classCount: 2, actual: pairs.map(\.0), found: pairs.map(\.1))
    let svg = TrainingReport.confusion(matrix, names: ["usual", "anomaly"]).svg()
    #expect(svg.contains(">usual</text>") && svg.contains(">anomaly</text>"))
    #expect(svg.contains("class anomaly, taken for usual: 20 samples"))
    let shades = svg.matches(of: /opacity:([0-9.]+)"/).compactMap { Double($0.1) }
    #expect(shades.count == 4 && shades[0] > 2 * shades[2] && shades[1] < 0.1)
  }
}
