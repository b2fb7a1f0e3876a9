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
    /// How many were left out, because they have no equilibrium or a target is missing.
    public var skipped: Int
  }

  /// How many samples are solved at once, which bounds the memory.
  private static let pieceSize = 1024

  /// The parameters with a fitted readout.
  ///
  /// Samples come piece by piece, and only a triangle with a column for each activation and each target is kept of them, so
  /// that they may be more than memory holds. Its condition is that of the activations, not its square.
  ///
  /// - Parameters:
  ///   - loss: what brings targets into a column for each output, such as class numbers.
  /// - Throws: ``CyclogradError``: `invalid-option` for outputs that do not only add or that feed others,
  ///   `invalid-value` where no sample has an equilibrium; and errors of the samples.
  /// - Complexity: O(N n²) after the equilibria, with n activations and targets.
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
    let width = design.sources.count + 1 + design.outputs.count
    var triangle: [Double] = []
    var (used, skipped) = (0, 0)
    // Rows that wait, one after the other, so that many are brought into the triangle at once.
    var waiting: [Double] = []
    func reduce() throws {
      guard !waiting.isEmpty else { return }
      triangle = try Self.solving { try Self.triangle(triangle, waiting, columns: width) }
      waiting.removeAll(keepingCapacity: true)
    }
    for number in 0..<pieces {
      let (activations, rows, count, prepared) = try piece(number)
      skipped += (count - rows.count) * designs.count
      for design in designs {
        for row in rows {
          let targets = design.outputs.map { prepared[row, $0.place] }
          guard !targets.contains(where: \.isNaN) else {
            skipped += 1
            continue
          }
          used += 1
          for source in design.sources { waiting.append(activations[source * count + row]) }
          waiting.append(1)
          waiting += targets
        }
        if waiting.count >= max(width, Self.pieceSize) * width { try reduce() }
      }
    }
    try reduce()
    guard used > 0 else {
      throw CyclogradError(
        .invalidValue, "no sample has an equilibrium and its targets, so there is nothing to fit",
        at: .init(subject: "readout \(name)"), advice: "try another backend, or other parameters")
    }
    return try solve(
      design, triangle, width, parameters, used: used, skipped: skipped, accuracy: accuracy)
  }

  /// The triangle of what is there and some rows more.
  private static func triangle(
    _ triangle: [Double], _ rows: [Double], columns: Int
  ) throws -> [Double] {
    let (height, more) = (triangle.count / columns, rows.count / columns)
    var block = [Double](repeating: 0, count: (height + more) * columns)
    for column in 0..<columns {
      let start = column * (height + more)
      for row in 0..<height { block[start + row] = triangle[column * height + row] }
      for row in 0..<more { block[start + height + row] = rows[row * columns + column] }
    }
    return try LeastSquares.triangle(block, rows: height + more, columns: columns)
  }

  private static func solving<Result>(_ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let error as FactorizationError {
      throw CyclogradError(
        .overflow, "the readout was not found: \(error)", advice: "look for very large activations")
    }
  }

  private func solve(
    _ design: ReadoutDesign, _ triangle: [Double], _ width: Int, _ parameters: Parameters,
    used: Int, skipped: Int, accuracy: Double
  ) throws -> (parameters: Parameters, report: Report) {
    let height = triangle.count / width
    let penalty = (ridge * Double(used)).squareRoot()
    var result = parameters
    var (rank, squares) = (0, 0.0)
    func column(_ index: Int) -> ArraySlice<Double> {
      triangle[index * height..<(index + 1) * height]
    }
    for system in design.systems {
      let unknowns = system.unknowns
      let extra = penalty > 0 ? unknowns.filter { !$0.isBias }.count : 0
      let rows = system.outputs.count * height + extra
      var matrix = [Double](repeating: 0, count: rows * unknowns.count)
      var right = [Double](repeating: 0, count: rows)
      for (number, output) in system.outputs.enumerated() {
        let start = number * height
        for (row, value) in column(design.sources.count + 1 + output).enumerated() {
          right[start + row] = value
        }
        for edge in design.outputs[output].edges {
          if let unknown = system.places[edge.parameter] {
            for (row, value) in column(edge.column).enumerated() {
              matrix[unknown * rows + start + row] += edge.factor * value
            }
          } else {
            let weight = edge.factor * parameters.values[edge.parameter]
            for (row, value) in column(edge.column).enumerated() {
              right[start + row] -= weight * value
            }
          }
        }
      }
      var row = system.outputs.count * height
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
      for row in 0..<system.outputs.count * height {
        var rest = -right[row]
        for place in unknowns.indices { rest += matrix[place * rows + row] * found.solution[place] }
        squares += rest * rest
      }
    }
    let report = Report(
      group: name, parameters: design.systems.reduce(0) { $0 + $1.unknowns.count }, rank: rank,
      residual: (squares / Double(used * design.outputs.count)).squareRoot(), used: used,
      skipped: skipped)
    return (result, report)
  }
}
