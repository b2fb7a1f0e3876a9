import SparseAlgebra

/// Gives a network few weights with which its neurons still get what they got before: state matching.
///
/// The teacher's equilibria at some samples are the columns of M. Each row of W becomes the solution of min
/// ½‖M (a − w)‖² with ‖a‖₁ ≤ κ over the teacher's edges w, its bias being free (Tsai 2024, chapter 3). Other edges are
/// not allowed: a neuron is its own best predictor, and rows that copy their own states carry nothing. All rows share
/// one matrix Mᵀ M, and each follows the exact path of the lasso to κ. The new network has equilibria of its own;
/// readouts are fitted to these.
///
///     let matching = try StateMatching(simulator, parameters, on: samples)
///     let student = try matching.student(.keep(0.1), loss: .halfSquaredError)
///     print(student.report.weightsAfter, student.report.stateError)
public struct StateMatching: Sendable {
  /// What bounds ‖a‖₁ of a row.
  public enum Radius: Hashable, Sendable {
    /// κ itself, from which the magnitudes of edges within cycles that stay as they are (loops, and those that are
    /// shared, frozen or not trainable) are taken away, row by row. Below 1, with slopes of at most 1, rows within
    /// cycles are those of a contraction then.
    case absolute(Double)
    /// κ as a share of the teacher's ‖w‖₁, row by row.
    case share(Double)
    /// The largest share with which at most this share of all weights are left.
    case keep(Double)
  }

  /// What readouts are fitted to.
  public enum ReadoutTarget: String, Hashable, Sendable, CaseIterable {
    /// The samples' targets.
    case targets
    /// The teacher's outputs.
    case teacher
    /// Nothing: readouts stay.
    case nothing = "none"
  }

  /// Finds equilibria.
  public let simulator: Simulator
  /// The parameters to begin with.
  public let teacher: Parameters
  /// The outputs that are fitted, and not matched.
  public let readouts: [String]
  let source: any SampleSource
  /// The samples of which the teacher has an equilibrium.
  let samples: [Int]
  let matched: MatchedRows
  /// Rows with the same columns, and what is left of the matrix for them.
  let patterns: [(rows: [Int], elimination: PartialElimination)]
  /// Mᵀ M, where edges go that count in what is matched.
  let gram: GramMatrix?
  /// How many weights the teacher has that are matched or go.
  let teacherWeights: Int

  /// How many samples are solved at once, which bounds the memory.
  static let pieceSize = 1024

  /// Takes the teacher's states.
  ///
  /// - Parameters:
  ///   - teacher: the parameters of the network.
  ///   - source: the samples; targets count for readouts only.
  ///   - groups: the groups whose rows are matched; all but the readouts if `nil`.
  ///   - readouts: outputs that only add and feed nothing; all such groups if `nil`.
  ///   - onlyCycles: whether the norm is of the edges that close cycles alone; the others are found by least squares.
  ///   - pattern: which edges rows may have. Those that the network does not have are no columns: give it
  ///     ``absentEdges(of:for:groups:readouts:parameterGroups:)`` with the weight 0 first.
  ///   - parameterGroups: groups of parameters, of which those that are frozen stay.
  /// - Throws: ``CyclogradError``: `invalid-option` for groups that there are not and where no weight can be matched,
  ///   `invalid-value` where no sample has an equilibrium; and errors of the samples.
  /// - Complexity: O(N n²) after the equilibria, for N samples and n neurons that feed matched ones.
  public init(
    _ simulator: Simulator, _ teacher: Parameters, on source: any SampleSource,
    groups: [String]? = nil, readouts: [String]? = nil, onlyCycles: Bool = false,
    pattern: Pattern = .edges, parameterGroups: [ParameterGroup] = []
  ) throws {
    try simulator.network.check(teacher)
    let fitted = try Self.readouts(readouts, besides: groups, of: simulator.network)
    let rows = try MatchedRows(
      of: simulator.network, groups, readouts: fitted, onlyCycles: onlyCycles,
      isAcyclic: pattern == .acyclic, parameterGroups: parameterGroups)
    let (products, usable) = try Self.products(simulator, teacher, source, rows.sources)
    self.simulator = simulator
    self.teacher = teacher
    self.source = source
    self.readouts = fitted
    samples = usable
    matched = rows
    patterns = Self.patterns(rows.rows, products)
    gram = rows.rows.contains { !$0.goneColumns.isEmpty } ? products : nil
    teacherWeights = rows.rows.reduce(0) { sum, row in
      pattern == .edges
        ? sum + row.columns.count
        : sum + (row.parameters + row.goneParameters).count { teacher.values[$0] != 0 }
    }
  }

  /// The groups that are fitted: those of a list, or all that can be.
  static func readouts(
    _ names: [String]?, besides groups: [String]?, of network: Network
  ) throws(CyclogradError) -> [String] {
    if let names {
      for name in names {
        _ = try ReadoutDesign(name, of: network)
        guard groups?.contains(name) == true else { continue }
        throw CyclogradError(
          .invalidOption,
          "the rows of '\(name)' are to be matched, and fitted as a readout as well",
          at: .init(subject: "state matching"),
          advice: "name it among the groups or among the readouts")
      }
      return names
    }
    return network.groups.map(\.name).filter { name in
      groups?.contains(name) != true && (try? ReadoutDesign(name, of: network)) != nil
    }
  }

  /// Mᵀ M, and the samples that have an equilibrium.
  private static func products(
    _ simulator: Simulator, _ teacher: Parameters, _ source: any SampleSource, _ sources: [Int]
  ) throws -> (GramMatrix, [Int]) {
    let width = sources.count + 1
    var gram = GramMatrix(count: width)
    var samples: [Int] = []
    for first in stride(from: 0, to: source.count, by: pieceSize) {
      let indices = Array(first..<min(first + pieceSize, source.count))
      let equilibrium = try simulator.equilibrium(teacher, inputs: source.samples(indices).inputs)
      let rows = indices.indices.filter { equilibrium.evidence[$0].status == .converged }
      samples += rows.map { indices[$0] }
      var block = [Double](repeating: 1, count: rows.count * width)
      for (column, neuron) in sources.enumerated() {
        for (place, row) in rows.enumerated() {
          block[column * rows.count + place] =
            equilibrium.activations[neuron * indices.count + row]
        }
      }
      try solving { try gram.add(block, rows: rows.count) }
    }
    guard !samples.isEmpty else {
      throw CyclogradError(
        .invalidValue, "no sample has an equilibrium, so there are no states to match",
        advice: "try another backend, or other samples")
    }
    return (gram, samples)
  }

  private static func patterns(
    _ rows: [MatchedRows.Row], _ gram: GramMatrix
  ) -> [(rows: [Int], elimination: PartialElimination)] {
    var rowsOfPattern: [[[Int]]: [Int]] = [:]
    for (index, row) in rows.enumerated() {
      rowsOfPattern[row.pattern, default: []].append(index)
    }
    return rowsOfPattern.values.sorted { $0[0] < $1[0] }.map { numbers in
      let row = rows[numbers[0]]
      let columns = row.freeColumns + row.columns
      return (
        numbers,
        PartialElimination(
          gram.selecting(columns), count: columns.count, first: row.freeColumns.count)
      )
    }
  }

  static func solving<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as FactorizationError {
      throw CyclogradError(
        .overflow, "the states were not matched: \(error)",
        advice: "look for very large activations"
      )
    }
  }

  /// The number of weights that are matched.
  public var weightCount: Int { matched.rows.reduce(0) { $0 + $1.columns.count } }

  /// The largest number of unknowns that a row has, its bias included.
  package var mostUnknowns: Int {
    matched.rows.map { $0.columns.count + $0.freeColumns.count }.max() ?? 0
  }

  /// How many samples the teacher has an equilibrium of.
  package var sampleCount: Int { samples.count }
}
