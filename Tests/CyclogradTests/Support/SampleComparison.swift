import Cyclograd
import Testing

/// Samples of one network that are computed alone, each by a simulator that has done nothing else, and then in
/// batches; collects what differs.
struct SampleComparison {
  let graph: Graph
  let network: Network
  let parameters: Parameters
  let backend: GradientBackend
  let options: SolverOptions
  let inputs: [[Double]]
  let targets: [[Double]]
  /// A state to start from, one for each sample; `nil`, and NaN, start from a = 0.
  var starts: [[Double]]?
  private(set) var alone: [SampleRecord] = []
  private(set) var differences = Differences()

  init(
    _ graph: Graph, _ backend: GradientBackend, samples: Int, isWarm: Bool = false,
    options: SolverOptions = SolverOptions()
  ) throws {
    self.graph = graph
    self.backend = backend
    self.options = options
    (network, parameters) = try graph.compile()
    var random = TestRandom(graph.seed &+ 1000)
    let (inputCount, outputCount) = (network.inputCount, network.outputCount)
    inputs = (0..<samples).map { row in
      let scale = [0.3, 1, 3][row % 3]
      return random.vector(inputCount, -scale, scale)
    }
    targets = (0..<samples).map { _ in random.vector(outputCount) }
    let unitCount = network.unitCount
    if isWarm {
      starts = (0..<samples).map { row in
        let start = random.vector(unitCount, -2, 2)
        return row % 3 == 2 ? start.map { _ in .nan } : start
      }
    }
    for row in 0..<samples { alone.append(try solveAlone(row, simulator())) }
    differences.answers = alone.count { $0.adjoint != nil }
  }

  func simulator(threads: Int = 1) throws -> Simulator {
    var options = options
    options.threads = threads
    return try Simulator(network, backend: backend, options: options)
  }

  func equilibrium(_ rows: [Int], _ simulator: Simulator) throws -> Equilibrium {
    try simulator.equilibrium(
      parameters, inputs: Matrix(rows.map { inputs[$0] }),
      start: starts.map { starts in Matrix(rows.map { starts[$0] }) })
  }

  func differentiate(
    _ rows: [Int], at equilibrium: Equilibrium, _ simulator: Simulator
  ) throws -> GradientOutcome {
    try simulator.differentiate(
      .halfSquaredError, targets: Matrix(rows.map { targets[$0] }), at: equilibrium)
  }

  private func solveAlone(_ row: Int, _ simulator: Simulator) throws -> SampleRecord {
    let equilibrium = try equilibrium([row], simulator)
    var record = SampleRecord.all(equilibrium)[0]
    guard equilibrium.isConverged else { return record }
    let outcome = try differentiate([row], at: equilibrium, simulator)
    record.adjointEvidence = outcome.evidence[0]
    record.adjoint = outcome.gradient.map { Array($0.inputs[row: 0]) }
    return record
  }

  /// Samples that have an equilibrium alone.
  var solved: [Int] { alone.indices.filter { alone[$0].evidence.status == .converged } }

  // MARK: Batches

  /// Computes samples together and compares each with what it was alone. Only samples with an answer can be
  /// differentiated together, so that the others are then left out.
  mutating func check(_ rows: [Int], _ simulator: Simulator, _ when: String = "") throws {
    let equilibrium = try equilibrium(rows, simulator)
    let records = SampleRecord.all(equilibrium)
    for (place, row) in rows.enumerated() {
      let difference = records[place].difference(from: alone[row], in: network)
      if let difference { fail(difference, rows, place, when) }
    }
    let solved = rows.filter { alone[$0].evidence.status == .converged }
    if solved.count < rows.count {
      if !solved.isEmpty { try check(solved, simulator, when) }
    } else if equilibrium.isConverged {
      try checkAdjoints(rows, at: equilibrium, simulator, when)
    }
  }

  /// Differentiates samples together and compares each adjoint with what it was alone.
  mutating func checkAdjoints(
    _ rows: [Int], at equilibrium: Equilibrium, _ simulator: Simulator, _ when: String = ""
  ) throws {
    let outcome = try differentiate(rows, at: equilibrium, simulator)
    for (place, row) in rows.enumerated() {
      guard let known = alone[row].adjointEvidence else { continue }
      if let difference = SampleRecord.difference(outcome.evidence[place], known) {
        fail("adjoint: \(difference)", rows, place, when)
      }
    }
    guard let gradient = outcome.gradient else {
      let solved = rows.filter { alone[$0].adjoint != nil }
      if !solved.isEmpty, solved.count < rows.count { try check(solved, simulator, when) }
      return
    }
    for (place, row) in rows.enumerated() {
      guard let adjoint = alone[row].adjoint else { continue }
      let difference = Self.adjointDifference(
        gradient.inputs[row: place], adjoint, rows.count, network)
      if let difference { fail(difference, rows, place, when) }
    }
  }

  /// The derivative of a mean is d / count. Where the count is a power of two, nothing is lost by that; elsewhere it
  /// may have been rounded once, or twice by way of 1 / count.
  private static func adjointDifference(
    _ row: ArraySlice<Double>, _ alone: [Double], _ count: Int, _ network: Network
  ) -> String? {
    let count = Double(count)
    for (index, (x, d)) in zip(row, alone).enumerated()
    where !SampleRecord.isSame(x, d / count) && !SampleRecord.isSame(x, d * (1 / count)) {
      return "d of \(network.inputNames[index]) is \(x * count), alone \(d)"
    }
    return nil
  }

  private mutating func fail(_ difference: String, _ rows: [Int], _ place: Int, _ when: String) {
    let batch = "\(rows.count) samples \(rows), place \(place), row \(rows[place])"
    differences.add("\(graph.name), \(backend.name), \(batch)\(when): \(difference)")
  }
}

/// What differed: how often, and the first few in full.
struct Differences {
  private(set) var count = 0
  /// How many samples have an equilibrium and an adjoint, so that there was something to compare.
  var answers = 0
  private var first: [String] = []

  mutating func add(_ text: String) {
    count += 1
    if first.count < 6 { first.append(text) }
  }

  static func += (sum: inout Differences, other: Differences) {
    sum.count += other.count
    sum.answers += other.answers
    sum.first += other.first.prefix(6 - sum.first.count)
  }

  /// Fails once for all of them.
  func expectNone(sourceLocation: SourceLocation = #_sourceLocation) {
    if count == 0 { return }
    let text = first.joined(separator: "\n")
    Issue.record("\(count) differences, among them\n\(text)", sourceLocation: sourceLocation)
  }
}
