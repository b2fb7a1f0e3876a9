import Cyclograd
import TestSupport
import Testing

@testable import CyclogradReports

@Suite("Figures of weights and activity")
struct ActivityFigureTests {
  /// x → h ⇄ h → y with weights that are easy to follow.
  private func solved() throws -> (Network, Parameters, Equilibrium) {
    let (network, parameters) = try Graph("net", seed: 5) {
      Group("x", size: 2, role: .input)
      Group("h", size: 3, activation: .tanh)
      Group("y", size: 2, role: .output)
      Connection("x", to: "h", weight: .normal(0.7))
      Connection("h", to: "h", weight: .normal(0.3))
      Connection("h", to: "y", weight: .normal(1))
    }.compile()
    let inputs = Matrix([[0.5, -1], [1, 0.25], [-2, 0]])
    return (network, parameters, try Simulator(network).equilibrium(parameters, inputs: inputs))
  }

  @Test(
    "A cell shows the number of the largest magnitude that shares it, and bands have the groups' names"
  )
  func matrix() throws {
    var random = TestRandom(3)
    let side = 200
    let values = (0..<side).map { _ in (0..<side).map { _ in random.symmetricUnit() } }
    let figure = MatrixFigure(
      name: "m", title: "M", summary: "s", rows: .init("to", count: side, bands: []) { "r\($0)" },
      columns: .init("from", count: side, bands: []) { "c\($0)" }, valueLabel: "w"
    ) { add in
      for (row, line) in values.enumerated() {
        for (column, value) in line.enumerated() { add(row, column, value) }
      }
    }
    #expect(figure.cells.count == 67 * 67)
    for cell in figure.cells {
      let rows = cell.row * 3..<min(side, cell.row * 3 + 3)
      let columns = cell.column * 3..<min(side, cell.column * 3 + 3)
      let all = rows.flatMap { row in columns.map { values[row][$0] } }
      #expect(abs(cell.value) == all.map(abs).max() && cell.count == all.count)
      #expect(values[cell.place.row][cell.place.column] == cell.value)
    }
    let (network, parameters, _) = try solved()
    let weights = WeightFigures(NetworkTopology(network), parameters).matrix()
    #expect(weights.cells.count == network.edgeCount)
    #expect(weights.rows.bands.map(\.name) == ["x", "h", "y"])
    #expect(weights.rows.bands.map(\.range) == [0..<2, 2..<5, 5..<7])
    // Rows are where edges lead: nothing leads to inputs.
    #expect(weights.cells.allSatisfy { $0.row >= 2 && $0.column < 5 })
    let svg = weights.svg()
    #expect(svg.contains(">h</text>") && svg.contains("data-series=\"1\""))
  }

  @Test(
    "Weights are counted by size, however large or small",
    arguments: [1, 1e308, .leastNonzeroMagnitude])
  func extremeWeights(size: Double) throws {
    let (network, parameters, _) = try solved()
    var values = parameters.values.map { _ in 0.0 }
    for edge in network.parameterLayout.weights.prefix(3) { values[Int(edge)] = size }
    values[Int(network.parameterLayout.weights[3])] = -size
    let figures = WeightFigures(NetworkTopology(network), Parameters(values))
    let figure = try #require(figures.weightDistribution())
    let (x, y) = (figure.series[0].x, figure.series[0].y)
    #expect(y.first == 1 && y[20] == Double(network.edgeCount - 4) && y.last == 3)
    #expect(x.allSatisfy(\.isFinite) && x[20] == 0)
    #expect(!figure.summary.contains("inf") && !figure.summary.contains("nan"))
    #expect(PageContent(figure.svg()).isWellFormed)
  }

  @Test("Quartiles are those of sorted numbers, whatever is not finite")
  func quartiles() throws {
    var random = TestRandom(4)
    for count in 1...30 {
      let values = (0..<count).map { _ in (5 * random.symmetricUnit()) }
      let summary = try #require(RangeFigure.Summary(values + [.nan, .infinity]))
      let sorted = values.sorted()
      #expect(summary.count == count)
      #expect(summary.quantiles[0] == sorted[0] && summary.quantiles[4] == sorted[count - 1])
      if count % 2 == 1 { #expect(summary.quantiles[2] == sorted[count / 2]) }
      if count % 4 == 1 { #expect(summary.quantiles[1] == sorted[count / 4]) }
      #expect(zip(summary.quantiles, summary.quantiles.dropFirst()).allSatisfy { $0 <= $1 })
    }
    #expect(RangeFigure.Summary([.nan]) == nil)
  }

  @Test("What feeds outputs adds up to their input, and derivatives are differences of answers")
  func feeding() throws {
    let (network, parameters, equilibrium) = try solved()
    let topology = NetworkTopology(network)
    let reading = NeuronReading(equilibrium)
    let activity = ActivityFigures(topology, equilibrium, first: reading)
    let feeding = try #require(activity.feeding(parameters))
    let terms = zip(feeding.figure.categories, feeding.figure.series[0].values)
      .filter { $0.0.hasSuffix("→ y.0") }.compactMap(\.1)
    let output = topology.outputNeurons[0]
    let bias = topology.biases(parameters)[output]
    #expect(terms.count == 3)
    #expect(abs(terms.reduce(bias, +) - reading.inputs[output]) < 1e-12)
    #expect(zip(terms, terms.dropFirst()).allSatisfy { abs($0) >= abs($1) })
    let path = feeding.paths.row(0)[2]
    #expect(path.hasSuffix("y.0") && path.contains("→ y.0"))

    let jacobian = try #require(activity.sensitivity(threads: 1).figure)
    let h = 1e-6
    for cell in jacobian.cells {
      var (up, down) = (Matrix([[0.5, -1]]), Matrix([[0.5, -1]]))
      up[0, cell.column] += h
      down[0, cell.column] -= h
      let simulator = try Simulator(network)
      let difference =
        (try simulator.equilibrium(parameters, inputs: up).outputs[0, cell.row]
          - simulator.equilibrium(parameters, inputs: down).outputs[0, cell.row]) / (2 * h)
      #expect(abs(difference - cell.value) < 1e-6)
    }
    let ranges = activity.ranges()
    #expect(ranges.map(\.name) == ["activations", "inputs", "slopes"])
    #expect(ranges[0].series.map(\.name) == ["first sample", "3 samples"])
    #expect(ranges[0].series[1].summaries[1]?.count == 9)
    #expect(ranges[0].series[0].summaries[0]?.quantiles == [-1, -0.625, -0.25, 0.125, 0.5])
  }

  @Test("Over the plane of two inputs, a neuron that keeps itself has one equilibrium or three")
  func plane() throws {
    let (network, parameters) = try Graph("bistable") {
      Group("x", size: 2, role: .input)
      Group("h", size: 1, role: .output, activation: .tanh, bias: .frozen(0))
      Connection("x", to: "h", weight: .frozen(.constant(1)))
      Connection("h", to: "h", weight: .frozen(.constant(2)))
    }.compile()
    let found = try InputPlane(
      network, parameters, around: Matrix([[-1, -1], [1, 1]]), backend: .automatic,
      options: SolverOptions())
    let plane = try #require(found)
    // a = tanh(2 a + u) has three solutions where |u| < √2 − artanh(1/√2).
    let limit = 2.0.squareRoot() - 0.881373587019543
    var place = 0
    for row in 0..<InputPlane.side {
      for column in 0..<InputPlane.side {
        defer { place += 1 }
        let u = plane.values[0][column] + plane.values[1][InputPlane.side - 1 - row]
        if abs(u) > 1e-9 { #expect((plane.answers[place] > 0) == (u > 0)) }
        let count = plane.found[place].count
        #expect(count >= 1)
        if abs(u) > limit { #expect(count == 1) }
        if abs(u) < limit - 0.05 { #expect(count > 1) }
      }
    }
    #expect(plane.figures.map(\.name) == ["basins", "equilibria"])
  }
}
