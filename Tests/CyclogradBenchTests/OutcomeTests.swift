import Cyclograd
import Foundation
import Testing

@testable import CyclogradBench

@Suite("The benchmark's own side")
struct OutcomeTests {
  private let settings = Settings(
    rounds: 1, budget: 5, threads: 1, limit: 5, backends: ["automatic", "edge-list", "klu"],
    python: nil, largest: 1000)

  @Test("Backends race and agree; the outcome is told in words and numbers")
  func race() throws {
    let entry = Entry(family: .islands, neurons: 200, peers: [], target: 20) {
      try Families.islands(4, of: 50)
    }
    let (problem, race) = try entry.race(settings) { _ in }
    #expect(race.results.map(\.name) == settings.backends.map { "\($0), 1 thread" })
    #expect(race.results.allSatisfy { $0.withdrawal == nil && $0.total ?? 0 > 0 })
    #expect(race.ratio == nil)
    var outcome = Outcome(threads: 1)
    outcome.rows = [
      .init(name: problem.name, neurons: 200, edges: 10, target: 20, race: race)
    ]
    outcome.measurements = [
      Measurement(name: "tax", value: 1.5, target: 1.25, unit: "×", detail: "3 over 2")
    ]
    let text = outcome.text
    #expect(text.contains("edge-list, 1 thread") && text.contains("missed"))
    let json = try JSONSerialization.jsonObject(with: Data(outcome.json.text.utf8))
    let fields = try #require(json as? [String: Any])
    #expect((fields["races"] as? [[String: Any]])?.first?["problem"] as? String == problem.name)
    #expect(fields["geometric_mean"] is NSNull)
  }

  @Test func training() throws {
    let entry = Entry(family: .autoencoder, neurons: 8, peers: [], task: .training) {
      try Autoencoder.small(.v2).problem()
    }
    let (_, race) = try entry.race(settings) { _ in }
    #expect(race.own.total ?? 0 > 0 && race.own.equilibrium == nil)
  }

  @Test("Figures that are not races")
  func measurements() throws {
    let raw = try RawFactorization.measure(neurons: 400, settings)
    #expect(!raw.isEmpty && raw.allSatisfy { $0.value > 0 })
    let scale = try Scale.measure(small: 1000, large: 2000, settings)
    #expect(scale[0].value > 0)
    #expect(try Bandwidth.measure(neurons: 900, settings).value > 0)
    #expect(Streaming(edges: 1000, units: 10, threads: 2).seconds() > 0)
  }

  @Test("Sweeps are measured at every size, and told in words, numbers and a picture")
  func sweeps() throws {
    var report = SweepReport()
    for family in [Family.uniform, .local] {
      let make = try #require(Family.swept.first { $0.family == family }?.make)
      report.costs += try SweepCost.measure(family, settings, { _ in }, make)
    }
    #expect(report.costs.map(\.neurons) == [1000, 961])
    for cost in report.costs {
      #expect(cost.own.count == 1 && cost.sciPy == nil)
      #expect(cost.own.allSatisfy { $0.forward.outside >= 0 && $0.reading > 0 })
    }
    #expect(report.text.contains("local 1e3"))
    #expect(report.json.text.contains("forward_outside_seconds"))
    #expect(report.figure.series.map(\.name) == ["uniform", "local", "reading once"])
  }

  @Test("What is outside of sweeps is what two solves have in common")
  func sweepsAlone() {
    let direction = SweepCost.Direction(short: (1.9, 3), long: (5.4, 10))
    #expect(abs(direction.sweep - 0.5) < 1e-12 && abs(direction.outside - 0.4) < 1e-12)
    #expect(SweepCost.Direction(short: (1, 3), long: (8, 10)).outside == 0)
  }

  @Test("The matrix of the raw calls is I − D W")
  func reducedMatrix() throws {
    let problem = try Families.local(400)
    let equilibrium = try Simulator(problem.network)
      .equilibrium(problem.parameters, inputs: problem.inputs)
    let matrix = ReducedMatrix(problem, equilibrium)
    #expect(matrix.count == 400)
    // I − D W, whose rows sum to 1 − slope · Σ w.
    let layout = problem.network.parameterLayout
    let a = equilibrium.neuronActivations
    for row in [0, 57, 399] {
      let weights = (layout.rowStarts[row]..<layout.rowStarts[row + 1]).reduce(0.0) {
        $0 + problem.parameters.values[Int(layout.weights[$1])]
      }
      let sum = (Int(matrix.starts[row])..<Int(matrix.starts[row + 1])).reduce(0.0) {
        $0 + matrix.values[$1]
      }
      #expect(abs(sum - (1 - (1 - a[0, row] * a[0, row]) * weights)) < 1e-12)
    }
  }
}
