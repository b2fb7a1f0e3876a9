/// Equilibria of the same samples met from several starts, and how stable each is.
///
/// There may be others than those listed. The first start is a = 0 unless one is given; there the given backend
/// solves. The other starts are z = b + x̂ + uniform numbers of growing size, drawn from the network's seed; there
/// `automatic` and, up to 2,000 neurons in a component, Newton's method alternate, because iteration alone does not
/// converge to unstable equilibria.
public struct EquilibriumSearch: Sendable {
  /// One equilibrium of one sample.
  public struct Found: Sendable {
    /// The state, with its evidence.
    public var equilibrium: Equilibrium
    /// From how many starts it was reached.
    public var starts: Int
    /// Whether it comes back after a small disturbance.
    public var stability: Stability
    /// The spectral radius of D Wᵀ there.
    public var radius: SpectralRadius { stability.radius }
  }

  /// For each sample the distinct equilibria, in the order in which they were met.
  public let samples: [[Found]]
  /// The answers from the first start, converged or not.
  public let first: Equilibrium

  /// Two states are the same where they differ by at most this, relative to max(1, |z|).
  public static let distinctness = 1e-6

  /// With a rougher tolerance states of one equilibrium would be told apart.
  private static let roughestTolerance = 1e-10

  /// Solves all samples from several starts.
  ///
  /// - Parameters:
  ///   - network: the network.
  ///   - parameters: the weights and biases.
  ///   - inputs: samples × inputs.
  ///   - backend: what solves from each start.
  ///   - options: when to stop; states are told apart at a tolerance of 1e-10 at most, and ``first`` has that of the options.
  ///   - given: the first start, as for ``Simulator/equilibrium(_:inputs:start:trace:)``.
  ///   - starts: how many, at least 1.
  ///   - progress: is told what is about to happen.
  /// - Throws: ``CyclogradError`` for samples that do not fit the network, and fewer than 1 start.
  public init(
    _ network: Network, _ parameters: Parameters, inputs: Matrix,
    backend: GradientBackend = .automatic, options: SolverOptions = SolverOptions(),
    start given: Matrix? = nil, starts: Int,
    progress: (String) -> Void = { _ in }
  ) throws {
    guard starts >= 1 else {
      throw CyclogradError(
        .invalidOption, "the number of starts is \(starts)", advice: "give at least 1")
    }
    var fine = options
    fine.tolerance = min(fine.tolerance, Self.roughestTolerance)
    let simulator = try Simulator(network, backend: backend, options: fine)
    // Where a factorization takes seconds, `automatic` decides when one is worth it.
    let newton =
      backend.name == GradientBackend.automatic.name
        && network.largestComponent <= AutomaticSolver.largestFactored
      ? try Simulator(network, backend: .direct, options: fine) : simulator
    let first = try Simulator(network, backend: backend, options: options)
      .equilibrium(parameters, inputs: inputs, start: given)
    var polished = first
    if options.tolerance > Self.roughestTolerance {
      var states = first.states
      for sample in 0..<states.rows where first.evidence[sample].status != .converged {
        // From a = 0 again.
        for unit in 0..<states.columns { states[sample, unit] = .nan }
      }
      polished = try simulator.equilibrium(parameters, inputs: inputs, start: states)
    }
    var found = (0..<inputs.rows).map { sample in
      Self.merge(
        polished.evidence[sample].status == .converged ? polished : first, sample, into: [])
    }
    for start in stride(from: 1, to: starts, by: 1) {
      progress("start \(start + 1) of \(starts)")
      let states = Self.start(start, network, parameters, inputs)
      let solver = start % 2 == 0 || newton.unsuitability != nil ? simulator : newton
      let equilibrium = try solver.equilibrium(parameters, inputs: inputs, start: states)
      for sample in found.indices {
        found[sample] = Self.merge(equilibrium, sample, into: found[sample])
      }
    }
    self.first = first
    samples = try found.map { list in
      try list.map { equilibrium, count in
        Found(
          equilibrium: equilibrium, starts: count, stability: try equilibrium.stabilities()[0])
      }
    }
  }

  private static func merge(
    _ equilibrium: Equilibrium, _ sample: Int, into known: [(Equilibrium, Int)]
  ) -> [(Equilibrium, Int)] {
    guard equilibrium.evidence[sample].status == .converged else { return known }
    let one = equilibrium[sample]
    var result = known
    if let index = known.firstIndex(where: { isSame($0.0.z, one.z) }) {
      result[index].1 += 1
    } else {
      result.append((one, 1))
    }
    return result
  }

  private static func isSame(_ x: [Double], _ y: [Double]) -> Bool {
    zip(x, y).allSatisfy { abs($0 - $1) <= distinctness * max(1, abs($0), abs($1)) }
  }

  /// z in file order, one row a sample.
  private static func start(
    _ start: Int, _ network: Network, _ parameters: Parameters, _ inputs: Matrix
  ) -> Matrix {
    let stream = CounterRandom(seed: network.seed, purpose: .starts, index: start)
    let size = [0.5, 2, 8][start / 2 % 3]
    let biases = network.biases(parameters)
    var result = Matrix(rows: inputs.rows, columns: network.unitCount)
    let order = network.unitsInFileOrder
    for sample in 0..<inputs.rows {
      var drive = biases
      for (s, x) in zip(network.inputUnits, inputs[row: sample]) { drive[Int(s)] += x }
      for (column, s) in order.enumerated() {
        result[sample, column] = drive[Int(s)] + size * (2 * stream.uniform(column) - 1)
      }
    }
    return result
  }
}
