import SparseAlgebra

/// Fits the weights and biases of linear outputs by least squares, with the states of all other neurons as they are.
///
/// With M the activations of the neurons that feed a group of outputs, and T the targets, weights C and biases c minimise
/// ‖M C + c − T‖² + λ N ‖C‖² over N samples: the readout of implicit models and of echo state networks (Jaeger 2001). For λ = 0
/// it is the solution of least norm. Fixed weights stay, edges that share a parameter have one unknown, and each output has
/// only the edges that it has.
///
///     let fit = try ReadoutFit("y", ridge: 1e-6)
///     let (parameters, report) = try fit.fitted(simulator, parameters, on: samples, loss: .halfSquaredError)
public struct ReadoutFit: Hashable, Sendable {
  /// The group of outputs, whose neurons only add, and feed nothing; or several that are copies of each other with the same
  /// parameters, as networks over time have one at each step. Each of them then is a sample of its own.
  public let groups: [String]
  /// λ; biases are not penalised.
  public var ridge: Double

  /// Creates a fit.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for a negative λ.
  public init(_ group: String, ridge: Double = 0) throws(CyclogradError) {
    try self.init(copies: [group], ridge: ridge)
  }

  /// Creates a fit of copies.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option` for a negative λ, and for no groups.
  public init(copies groups: [String], ridge: Double = 0) throws(CyclogradError) {
    guard !groups.isEmpty, Set(groups).count == groups.count else {
      throw CyclogradError(
        .invalidOption, "a readout is not of different groups", advice: "name each group once")
    }
    guard ridge >= 0, ridge.isFinite else {
      throw CyclogradError(
        .invalidOption, "the ridge of the readout is \(ridge)",
        advice: "give a number of at least 0; 0 for the solution of least norm")
    }
    (self.groups, self.ridge) = (groups, ridge)
  }

  /// Refuses groups that are no readouts of a network.
  ///
  /// - Throws: ``CyclogradError`` `invalid-option`.
  public func check(_ network: Network) throws(CyclogradError) {
    _ = try ReadoutDesign.copies(groups, of: network)
  }

  /// What the groups are called together.
  public var name: String {
    groups.count == 1 ? groups[0] : "\(groups[0]) to \(groups[groups.count - 1])"
  }

  /// What came of a fit.
  public struct Report: Hashable, Sendable {
    /// The group of outputs, or what several are called together.
    public var group: String
    /// How many parameters were fitted.
    public var parameters: Int
    /// How many of them the samples determine; fewer where activations depend on each other linearly.
    public var rank: Int
    /// The root of the mean squared difference from the targets, over samples and outputs of the group.
    public var residual: Double
    /// How many samples were used, each as often as there are groups.
    public var used: Int
    /// How many were left out, because they have no equilibrium or no target.
    public var skipped: Int
  }

  /// How many samples are solved at once, which bounds the memory.
  private static let pieceSize = 1024

  /// The parameters with a fitted readout.
  ///
  /// Samples come piece by piece, and only a triangle with a column for each activation and each target is kept of them, so
  /// that they may be more than memory holds. Its condition is that of the activations, not its square. Of samples with
  /// missing targets there is one for each set of targets that are there: each output is fitted to all that it has.
  ///
  /// - Parameters:
  ///   - loss: what brings targets into a column for each output, such as class numbers.
  /// - Throws: ``CyclogradError``: `invalid-option` for outputs that do not only add or that feed others,
  ///   `invalid-value` where no sample has an equilibrium; and errors of the samples.
  /// - Complexity: O(N n²) after the equilibria, with n activations and targets; O(n²) memory for each set of targets.
  public func fitted(
    _ simulator: Simulator, _ parameters: Parameters, on source: any SampleSource, loss: any Loss
  ) throws -> (parameters: Parameters, report: Report) {
    let network = simulator.network
    try network.check(parameters)
    let firsts = Array(stride(from: 0, to: source.count, by: Self.pieceSize))
    return try fitted(
      network, parameters, pieces: firsts.count, accuracy: simulator.options.tolerance
    ) { number in
      let indices = Array(firsts[number]..<min(firsts[number] + Self.pieceSize, source.count))
      let (inputs, targets) = try source.samples(indices)
      let prepared = try loss.prepare(
        targets, samples: indices.count, outputs: network.outputCount)
      guard prepared.columns == network.outputCount,
        prepared.elements.allSatisfy({ $0.isFinite || loss.takesMissingTargets && $0.isNaN })
      else {
        throw CyclogradError(
          .invalidOption, "a readout is not fitted to targets of \(loss.name)",
          advice: "there must be a target for every output of every sample")
      }
      let equilibrium = try simulator.equilibrium(parameters, inputs: inputs)
      let rows = indices.indices.filter { equilibrium.evidence[$0].status == .converged }
      return (equilibrium.activations, rows, indices.count, prepared)
    }
  }

  /// What a piece of the samples is: activations, neuron-major; the rows that count, of how many; and prepared targets.
  typealias Piece = (activations: [Double], rows: [Int], count: Int, targets: Matrix)

  /// The parameters with a readout that is fitted to given activations.
  ///
  /// - Parameter accuracy: how accurate activations are, relative to their size: directions that they span by less than ten
  ///   times that are noise, and count as none.
  func fitted(
    _ network: Network, _ parameters: Parameters, pieces: Int, accuracy: Double = 0,
    piece: (Int) throws -> Piece
  ) throws -> (parameters: Parameters, report: Report) {
    let designs = try ReadoutDesign.copies(groups, of: network)
    let design = designs[0]
    var triangles: [[Int]: ReadoutTriangle] = [:]
    var (used, skipped) = (0, 0)
    for number in 0..<pieces {
      let (activations, rows, count, prepared) = try piece(number)
      skipped += (count - rows.count) * designs.count
      for design in designs {
        for row in rows {
          let there = design.outputs.indices.filter {
            !prepared[row, design.outputs[$0].place].isNaN
          }
          guard !there.isEmpty else {
            skipped += 1
            continue
          }
          used += 1
          try Self.solving {
            try triangles[
              there, default: ReadoutTriangle(sources: design.sources.count, outputs: there)
            ].append { values in
              for source in design.sources { values.append(activations[source * count + row]) }
              values.append(1)
              for output in there { values.append(prepared[row, design.outputs[output].place]) }
            }
          }
        }
      }
    }
    guard used > 0 else {
      throw CyclogradError(
        .invalidValue, "no sample has an equilibrium and its targets, so there is nothing to fit",
        at: .init(subject: "readout \(name)"), advice: "try another backend, or other parameters")
    }
    // In an order that does not depend on hashes.
    let whole = try triangles.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { entry in
      var triangle = entry.value
      try Self.solving { try triangle.reduce() }
      return triangle
    }
    return try solve(
      design, whole, parameters, used: used, skipped: skipped, accuracy: accuracy)
  }

  private static func solving<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as FactorizationError {
      throw CyclogradError(
        .overflow, "the readout was not found: \(error)", advice: "look for very large activations")
    }
  }

  private func solve(
    _ design: ReadoutDesign, _ triangles: [ReadoutTriangle], _ parameters: Parameters,
    used: Int, skipped: Int, accuracy: Double
  ) throws -> (parameters: Parameters, report: Report) {
    var result = parameters
    var (rank, squares, targets) = (0, 0.0, 0)
    for system in design.systems {
      let unknowns = system.unknowns
      // The rows of each output, one triangle after the other.
      var blocks: [(output: Int, start: Int, triangle: ReadoutTriangle)] = []
      var height = 0
      var samples = 0
      for triangle in triangles {
        let own = system.outputs.filter(triangle.outputs.contains)
        for output in own {
          blocks.append((output, height, triangle))
          height += triangle.height
          targets += triangle.samples
        }
        if !own.isEmpty { samples += triangle.samples }
      }
      guard samples > 0 else { continue }
      let penalty = (ridge * Double(samples)).squareRoot()
      let extra = penalty > 0 ? unknowns.filter { !$0.isBias }.count : 0
      let rows = height + extra
      var matrix = [Double](repeating: 0, count: rows * unknowns.count)
      var right = [Double](repeating: 0, count: rows)
      for (output, start, triangle) in blocks {
        for (row, value) in triangle.target(output).enumerated() { right[start + row] = value }
        for edge in design.outputs[output].edges {
          if let unknown = system.places[edge.parameter] {
            for (row, value) in triangle.column(edge.column).enumerated() {
              matrix[unknown * rows + start + row] += edge.factor * value
            }
          } else {
            let weight = edge.factor * parameters.values[edge.parameter]
            for (row, value) in triangle.column(edge.column).enumerated() {
              right[start + row] -= weight * value
            }
          }
        }
      }
      var row = height
      for (place, unknown) in unknowns.enumerated() where penalty > 0 && !unknown.isBias {
        matrix[place * rows + row] = penalty
        row += 1
      }
      let found = try Self.solving {
        try LeastSquares.solve(
          matrix, rows: rows, columns: unknowns.count, right,
          threshold: max(
            10 * accuracy, Double(max(rows, unknowns.count)) * Double.ulpOfOne))
      }
      rank += found.rank
      for (place, unknown) in unknowns.enumerated() {
        result.values[unknown.parameter] = found.solution[place]
      }
      for row in 0..<height {
        var rest = -right[row]
        for place in unknowns.indices { rest += matrix[place * rows + row] * found.solution[place] }
        squares += rest * rest
      }
    }
    let report = Report(
      group: name, parameters: design.systems.reduce(0) { $0 + $1.unknowns.count }, rank: rank,
      residual: (squares / Double(max(1, targets))).squareRoot(), used: used,
      skipped: skipped)
    return (result, report)
  }
}
